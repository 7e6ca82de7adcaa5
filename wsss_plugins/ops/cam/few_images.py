"""What a few images with ground truth can tell: choices, and how sure."""
from typing import NamedTuple

import numpy as np

from .confusion import scores_from_confusion

_LEVEL = .95


class Chosen(NamedTuple):
    """A choice among candidates, and what it is worth.

    Attributes:
        best (int): The candidate with the best mIoU on all images.
        held_out (np.ndarray): Confusion matrices of the images, each by the
            candidate that was the best on the other folds, (N, C, C + 1).
        picks (list[int]): That candidate of each fold.
    """
    best: int
    held_out: np.ndarray
    picks: list[int]


def mean_iou(matrix: np.ndarray) -> np.ndarray:
    """Mean IoU of the classes that are there or predicted.

    Args:
        matrix (np.ndarray): Confusion matrices, (..., C, C + 1), rows true.

    Returns:
        np.ndarray: Fractions, (...); 0 where no class counts.
    """
    iou = scores_from_confusion(matrix)['iou']
    counts = ~np.isnan(iou)
    return np.where(counts, iou, 0).sum(-1) / np.maximum(counts.sum(-1), 1)


def choose_by_folds(matrices: np.ndarray, folds: int = 5,
                    seed: int = 0) -> Chosen:
    """Choose a candidate, and measure the choosing by cross-validation.

    The best of several is good on the images that it was chosen by in part
    by luck. So each fold is measured with the candidate that is the best on
    the others; these scores are those of the procedure on new images.

    Args:
        matrices (np.ndarray): Confusion matrices of V candidates on N images,
            (V, N, C, C + 1).
        folds (int): At most N are made; of one image, there is nothing to
            hold out.
        seed (int): Of the division of the images.

    Returns:
        Chosen: Of equal candidates the first.
    """
    count = matrices.shape[1]
    total = matrices.sum(axis=1)
    best = int(mean_iou(total).argmax())
    if count < 2:
        return Chosen(best, matrices[best], [best])
    order = np.random.default_rng(seed).permutation(count)
    held_out, picks = np.empty_like(matrices[0]), []
    for part in np.array_split(order, min(folds, count)):
        rest = total - matrices[:, part].sum(axis=1)
        picks.append(int(mean_iou(rest).argmax()))
        held_out[part] = matrices[picks[-1], part]
    return Chosen(best, held_out, picks)


def bootstrap_interval(matrices: np.ndarray,
                       against: np.ndarray | None = None,
                       repeats: int = 1000,
                       seed: int = 0) -> tuple[float, float]:
    """Interval of the mIoU, or of a difference, over draws of images.

    Args:
        matrices (np.ndarray): Confusion matrices of images, (N, C, C + 1).
        against (np.ndarray, optional): Of the same images by something else;
            the interval is then that of the difference.
        repeats (int): Draws of N images with replacement.
        seed (int): Of the draws.

    Returns:
        tuple[float, float]: 2.5th and 97.5th percentile.
    """
    count = len(matrices)
    draws = np.random.default_rng(seed).integers(count, size=(repeats, count))
    weights = np.stack([np.bincount(draw, minlength=count) for draw in draws])
    scores = mean_iou(_weighted(weights, matrices))
    if against is not None:
        scores = scores - mean_iou(_weighted(weights, against))
    low, high = np.quantile(scores, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return float(low), float(high)


def _weighted(weights: np.ndarray, matrices: np.ndarray) -> np.ndarray:
    flat = matrices.reshape(len(matrices), -1)
    return (weights @ flat).reshape(-1, *matrices.shape[1:])


def images_with(matrices: np.ndarray) -> list[int]:
    """Number of images whose truth shows each class.

    Args:
        matrices (np.ndarray): Confusion matrices of images, (N, C, C + 1).
    """
    return (matrices.sum(axis=-1) > 0).sum(axis=0).tolist()
