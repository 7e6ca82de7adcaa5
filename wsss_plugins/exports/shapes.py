"""Label masks as polygons, and back, without a pixel changed."""
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from ..structures import IGNORE_INDEX, decode_mask

#: A pixel is drawn as its inner half, so that every rasterizer that asks
#: whether the center of a pixel lies inside gives the same mask.
_SCALE = 2


@dataclass(frozen=True)
class Region:
    """A connected component of a class.

    Attributes:
        label (int): Class index.
        polygon (np.ndarray): Outline in pixels, where 0 is the left or upper
            edge of the first pixel; x and y, float (N, 2).
        holes (list[np.ndarray]): Outlines of what is not part of it.
    """
    label: int
    polygon: np.ndarray
    holes: list[np.ndarray] = field(default_factory=list)

    @property
    def area(self) -> float:
        """Of the polygon, its holes included."""
        return float(cv2.contourArea(self.polygon.astype(np.float32)))

    def box(self) -> tuple[int, int, int, int]:
        """First and last column and row: x0, y0, x1, y1, both included."""
        low = np.floor(self.polygon.min(axis=0)).astype(int).tolist()
        high = np.ceil(self.polygon.max(axis=0)).astype(int).tolist()
        return low[0], low[1], high[0] - 1, high[1] - 1


def labels_of(mask: np.ndarray) -> list[int]:
    """Class indices of a mask but the background and 255, sorted."""
    counts = np.bincount(mask.ravel(), minlength=256)
    return [label for label in np.flatnonzero(counts).tolist()
            if label not in (0, IGNORE_INDEX)]


def regions(mask: np.ndarray) -> Iterator[Region]:
    """Connected components of all classes of a mask, largest first.

    Args:
        mask (np.ndarray): Class indices, uint8 (H, W).
    """
    found = [region for label in labels_of(mask)
             for region in _components(mask == label, label)]
    yield from sorted(found, key=lambda region: -region.area)


def _components(mask: np.ndarray, label: int) -> Iterator[Region]:
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    part = mask[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1]
    wide = part.astype(np.uint8).repeat(_SCALE, 0).repeat(_SCALE, 1)
    outlines, tree = cv2.findContours(wide, cv2.RETR_CCOMP,
                                      cv2.CHAIN_APPROX_SIMPLE)
    points = [(outline.reshape(-1, 2) + .5) / _SCALE
              + (columns[0], rows[0]) for outline in outlines]
    holes: dict[int, list[np.ndarray]] = {}
    for place, (_, _, _, parent) in enumerate(tree[0]):
        if parent >= 0:
            holes.setdefault(parent, []).append(points[place])
    for place, (_, _, _, parent) in enumerate(tree[0]):
        if parent < 0:
            yield Region(label, points[place], holes.get(place, []))


def painted(shapes: Iterable[tuple[int, np.ndarray]],
            size: tuple[int, int]) -> np.ndarray:
    """A label mask of pixel masks; smaller ones lie above larger ones.

    Args:
        shapes (Iterable): Class index and mask, bool (H, W), of each.
        size (tuple[int, int]): Height and width.

    Returns:
        np.ndarray: uint8 (H, W), 0 where there is no shape.
    """
    packed = [(int(mask.sum()), label, np.packbits(mask))
              for label, mask in shapes]
    result = np.zeros(size, dtype=np.uint8)
    count = size[0] * size[1]
    for _, label, bits in sorted(packed, key=lambda one: -one[0]):
        result[np.unpackbits(bits, count=count).reshape(size) > 0] = label
    return result


def filled(polygon: np.ndarray | Sequence, size: tuple[int, int],
           where: str = 'polygon') -> np.ndarray:
    """Pixels whose center lies in a polygon, bool (H, W).

    Args:
        polygon (np.ndarray): x and y in pixels, (N, 2).
        size (tuple[int, int]): Height and width.
        where (str): What it is of, for messages.

    Raises:
        UserError: If numbers are not finite or far outside.
    """
    flat = np.asarray(polygon, dtype=np.float64).ravel().tolist()
    return decode_mask([flat], size, where)


def without_holes(mask: np.ndarray) -> np.ndarray:
    """What is left of a mask as polygons without holes, uint8 (H, W)."""
    return painted(((region.label, filled(region.polygon, mask.shape))
                    for region in regions(mask)), mask.shape)


def without_ignored(mask: np.ndarray) -> np.ndarray:
    """A mask whose pixels of 255 are background."""
    return np.where(mask == IGNORE_INDEX, 0, mask).astype(np.uint8)
