"""Proposals of several levels: parts that wholes have already are left out."""
import numpy as np


def filter_levels(masks: np.ndarray, levels: np.ndarray,
                  most: float = .3) -> np.ndarray:
    """Keep the highest level, and of lower ones what lies outside it.

    Level 2 is a whole, 1 a part, 0 a part of a part. A mask is kept if less
    than a share of it lies in any mask kept of the levels above; those of
    one level are not compared. As in FMA-WSSS
    (https://arxiv.org/abs/2312.03585).

    Args:
        masks (np.ndarray): bool (S, H, W).
        levels (np.ndarray): int (S,).
        most (float): The share. Defaults to 0.3.

    Returns:
        np.ndarray: Indices kept, int64, the highest level first.
    """
    levels = np.asarray(levels)
    if not len(levels):
        return np.zeros(0, dtype=np.int64)
    flat = masks.reshape(len(masks), -1).astype(np.float32)
    areas = flat.sum(axis=1)
    kept = np.flatnonzero(levels == levels.max())
    for level in sorted(set(levels.tolist()) - {levels.max()}, reverse=True):
        own = np.flatnonzero((levels == level) & (areas > 0))
        shares = (flat[own] @ flat[kept].T).max(axis=1) / areas[own]
        kept = np.concatenate([kept, own[shares < most]])
    return kept
