"""Boxes around what a CAM shows, and masks of them."""
import numpy as np
from scipy import ndimage

_EIGHT = np.ones((3, 3), dtype=bool)


def component_boxes(cam: np.ndarray, threshold: float) -> np.ndarray:
    """Boxes of the connected components of a CAM above a threshold.

    The CAM counts in 256 levels, the threshold is a share of its maximum, and
    pixels that touch at a corner belong together.

    Args:
        cam (np.ndarray): Float (h, w) in [0, 1].
        threshold (float): In [0, 1).

    Returns:
        np.ndarray: int64 (n, 4): left, top, and right and bottom behind the
        last pixel; in the order of the components' first pixels.
    """
    levels = (np.asarray(cam) * 255).astype(np.uint8)
    above = levels > int(threshold * levels.max())
    found = ndimage.find_objects(ndimage.label(above, _EIGHT)[0])
    boxes = [(x.start, y.start, x.stop, y.stop) for y, x in found]
    return np.array(boxes, dtype=np.int64).reshape(-1, 4)


def box_mask(cam: np.ndarray,
             threshold: float,
             exclusive_edge: bool = False) -> np.ndarray:
    """Mask of the boxes of a CAM's components.

    Args:
        cam (np.ndarray): Float (h, w) in [0, 1].
        threshold (float): Share of the maximum, in [0, 1).
        exclusive_edge (bool): Leave out the last row and column, whatever the
            boxes, as the reference of CLIP-ES does. Defaults to False.

    Returns:
        np.ndarray: bool (h, w).
    """
    mask = np.zeros(np.shape(cam), dtype=bool)
    for left, top, right, bottom in component_boxes(cam, threshold):
        mask[top:bottom, left:right] = True
    if exclusive_edge:
        mask[-1] = mask[:, -1] = False
    return mask
