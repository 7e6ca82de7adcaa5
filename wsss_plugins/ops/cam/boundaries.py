"""Borders of label maps, and how well two of them agree."""
from typing import NamedTuple

import numpy as np
from scipy.ndimage import distance_transform_edt


class BoundaryCounts(NamedTuple):
    """Pixels of borders, and how many of them have a counterpart.

    Attributes:
        predicted: Border pixels of the prediction.
        right: Those of them near a border of the ground truth.
        true: Border pixels of the ground truth.
        found: Those of them near a predicted border.
    """
    predicted: int
    right: int
    true: int
    found: int


def label_edges(labels: np.ndarray) -> np.ndarray:
    """Pixels whose label differs from a neighbor's, whatever the classes.

    Where a Laplacian of the label map, which is 4 times a pixel minus its
    four neighbors, would not vanish, without the labels that happen to cancel
    out. Borders are two pixels wide, one on each side.

    Args:
        labels (np.ndarray): Integers (H, W).

    Returns:
        np.ndarray: bool (H, W).
    """
    edges = np.zeros(labels.shape, dtype=bool)
    for axis in range(2):
        differs = np.diff(labels.astype(np.int64), axis=axis) != 0
        first, second = [slice(None)] * 2, [slice(None)] * 2
        first[axis], second[axis] = slice(None, -1), slice(1, None)
        edges[tuple(first)] |= differs
        edges[tuple(second)] |= differs
    return edges


def fill_ignored(labels: np.ndarray,
                 ignore: int = 255) -> np.ndarray:
    """Give pixels without a label that of the nearest labeled one.

    VOC's masks leave a strip of five pixels along each border without label;
    the border then runs in its middle.

    Args:
        labels (np.ndarray): Integers (H, W).
        ignore (int): Marks pixels without a label. Defaults to 255.

    Returns:
        np.ndarray: (H, W); the same where no pixel has a label.
    """
    unknown = labels == ignore
    if not unknown.any() or unknown.all():
        return labels
    nearest = distance_transform_edt(
        unknown, return_distances=False, return_indices=True)
    return labels[tuple(nearest)]


def match_boundaries(predicted: np.ndarray, true: np.ndarray,
                     distance: float) -> BoundaryCounts:
    """Count border pixels that have a counterpart.

    Args:
        predicted, true (np.ndarray): Borders, bool (H, W).
        distance (float): Most pixels between counterparts.

    Returns:
        BoundaryCounts: A pixel may be the counterpart of several.
    """
    return BoundaryCounts(
        int(predicted.sum()), _near(predicted, true, distance),
        int(true.sum()), _near(true, predicted, distance))


def _near(edges: np.ndarray, others: np.ndarray, distance: float) -> int:
    """Number of border pixels with one of the others near them."""
    if not edges.any() or not others.any():
        return 0
    return int((distance_transform_edt(~others)[edges] <= distance).sum())
