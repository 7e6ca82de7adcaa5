"""Connected components of label maps."""
import numpy as np

#: Minimum share of an object's area that a part must have to count.
PART_SHARE = .1


def connected_components(labels: np.ndarray) -> np.ndarray:
    """Number the connected components of a label map.

    Pixels are connected if they share an edge and have the same label; pixels
    of label 0 (or False) belong to no component.

    Args:
        labels (np.ndarray): Integer or bool (H, W).

    Returns:
        np.ndarray: int64 (H, W): 0, or the number of the component, from 1
        in the order of their first pixels, row by row.

    Raises:
        ValueError: If the map is not two-dimensional.
    """
    labels = np.asarray(labels)
    if labels.ndim != 2:
        raise ValueError(f'labels {labels.shape} are not (H, W)')
    pixels = np.arange(labels.size).reshape(labels.shape)
    ends = [
        np.concatenate([part[0].ravel(), part[1].ravel()])
        for part in zip(_linked(pixels, labels, 0),
                        _linked(pixels, labels, 1))
    ]
    root = _roots(labels.size, *ends).reshape(labels.shape)
    root[labels == 0] = -1
    found, pieces = np.unique(root, return_inverse=True)
    return pieces.reshape(labels.shape) + int(found[:1].min(initial=0) >= 0)


def _linked(pixels: np.ndarray, labels: np.ndarray,
            axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Neighbors along an axis with the same label, by their numbers."""
    length = labels.shape[axis]
    first, second = np.arange(length - 1), np.arange(1, length)
    same = labels.take(first, axis) == labels.take(second, axis)
    same &= labels.take(first, axis) != 0
    return pixels.take(first, axis)[same], pixels.take(second, axis)[same]


def _roots(count: int, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Smallest member of the component of each pixel.

    Components are joined at their roots, then all pixels jump to their root's
    root; a few rounds do, whatever the shape of the pieces.
    """
    root = np.arange(count)
    while True:
        a, b = root[first], root[second]
        apart = a != b
        if not apart.any():
            return root
        a, b = a[apart], b[apart]
        np.minimum.at(root, np.maximum(a, b), np.minimum(a, b))
        while True:
            further = root[root]
            if (further == root).all():
                break
            root = further


def num_parts(mask: np.ndarray, share: float = PART_SHARE) -> int:
    """Number of large connected components of a mask.

    Args:
        mask (np.ndarray): bool (H, W).
        share (float): Minimum share of the mask's area of a component that
            counts.
    """
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return 0
    inner = mask[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1]
    areas = np.bincount(connected_components(inner).ravel())[1:]
    return int((areas >= share * inner.sum()).sum())
