"""Scores of mask proposals for classes: CAMs averaged over each mask.

X. Yang and X. Gong: Foundation Model Assisted Weakly Supervised Semantic
Segmentation, WACV 2024, https://arxiv.org/abs/2312.03585.
"""
from collections.abc import Sequence

import numpy as np

_EPS = 1e-7
NORMS = ('relu', 'late', 'double', 'none')
PRIORITIES = ('level', 'conf', 'area')


def prepared_maps(maps: np.ndarray, norm: str) -> np.ndarray:
    """What is averaged over the masks.

    Args:
        maps (np.ndarray): CAMs of any sign, float (P, H, W).
        norm (str): ``'relu'``, positive parts; ``'double'``, these scaled
            from their least to their greatest value as well; ``'late'`` or
            ``'none'``, the maps as they are.

    Returns:
        np.ndarray: float64 (P, H, W).

    Raises:
        ValueError: If the norm is not known.
    """
    if norm not in NORMS:
        raise ValueError(f'norm={norm!r} is not one of {", ".join(NORMS)}')
    maps = np.asarray(maps, dtype=np.float64)
    if norm in ('late', 'none'):
        return maps
    maps = np.maximum(maps, 0)
    return _scaled(maps, (1, 2)) if norm == 'double' else maps


def mask_scores(means: np.ndarray, norm: str = 'relu',
                rest: np.ndarray | None = None) -> np.ndarray:
    """Scale the means of each class from the least to the greatest mask.

    Args:
        means (np.ndarray): Of the maps over the masks, float (P, S).
        norm (str): ``'none'`` leaves them as they are.
        rest (np.ndarray, optional): Means over the pixels in no mask, (P,),
            which take part in the scaling. Without them a lone mask has no
            score at all.

    Returns:
        np.ndarray: (P, S) in [0, 1].
    """
    if norm == 'none' or not means.size:
        return means
    count = means.shape[1]
    if rest is not None:
        means = np.concatenate([means, rest[:, None]], axis=1)
    return _scaled(np.maximum(means, 0), 1)[:, :count]


def with_background(scores: np.ndarray, power: float | None = None,
                    threshold: float | None = None) -> np.ndarray:
    """Add the background's scores.

    Args:
        scores (np.ndarray): (P, S) in [0, 1].
        power (float, optional): ``(1 - max_c score_c) ** power``. Give this
            or a threshold.
        threshold (float, optional): A constant.

    Returns:
        np.ndarray: (1 + P, S), the background first.

    Raises:
        ValueError: If both or none are given.
    """
    if (power is None) == (threshold is None):
        raise ValueError('give power or threshold, one of them; got '
                         f'power={power}, threshold={threshold}')
    if threshold is None:
        best = scores.max(axis=0, initial=0., keepdims=True)
        background = np.clip(1 - best, 0, None)**power
    else:
        background = np.full((1, scores.shape[1]), threshold)
    return np.concatenate([background, scores])


def painting_order(priority: Sequence[str], levels: np.ndarray,
                   confidence: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """Order in which masks are painted, the most important last.

    Args:
        priority (Sequence[str]): What counts first: ``'level'``, ``'conf'``
            or ``'area'`` (smaller is more important). Ties keep their order.
        levels, confidence, areas (np.ndarray): Of the masks, (S,).

    Returns:
        np.ndarray: int64 (S,).

    Raises:
        ValueError: If a priority is not known.
    """
    keys = dict(level=levels, conf=confidence, area=-np.asarray(areas))
    unknown = [name for name in priority if name not in keys]
    if unknown or not priority:
        raise ValueError(f'priority={list(priority)}: give some of '
                         f'{", ".join(PRIORITIES)}')
    # The last key of lexsort counts first.
    return np.lexsort([keys[name] for name in reversed(priority)])


def _scaled(values: np.ndarray, axis: int | tuple[int, ...]) -> np.ndarray:
    low = values.min(axis=axis, keepdims=True)
    high = values.max(axis=axis, keepdims=True)
    return (values - low) / (high - low + _EPS)
