"""Masks as polygons, for detectors that do not read RLEs."""
import numpy as np

# Contours run through the centers of pixels: of an enlarged mask, they are
# this much closer to the edges of its pixels.
_SCALE = 4


def mask_polygons(mask: np.ndarray) -> list[list[float]]:
    """The outer contours of a mask, as COCO writes them.

    Drawn again by ``pycocotools`` they give the mask, but that holes are
    filled: COCO's polygons have none.

    Args:
        mask (np.ndarray): Bool or 0 and 1, (H, W).

    Returns:
        list[list[float]]: For each connected part ``[x, y, x, y, ...]`` in
        pixels, at least three points; empty for an empty mask.
    """
    import cv2  # not needed by those who only read files

    rows, columns = (np.flatnonzero(np.asarray(mask).any(axis=axis))
                     for axis in (1, 0))
    if not len(rows):
        return []
    top, left = rows[0], columns[0]
    part = np.asarray(mask, np.uint8)[top:rows[-1] + 1, left:columns[-1] + 1]
    large = np.kron(part, np.ones((_SCALE, _SCALE), np.uint8))
    contours, _ = cv2.findContours(large, cv2.RETR_EXTERNAL,
                                   cv2.CHAIN_APPROX_SIMPLE)
    return [((contour.reshape(-1, 2) + .5) / _SCALE + (left, top)).ravel()
            .tolist() for contour in contours]
