"""Partial pseudo labels: confident seeds of a GCN (WSGCN, RRM).

A pixel of the feature map is labeled if two CRF results, one started with a
low and one with a high background score, agree, its CAM is among the highest
of its class, and the CRF is confident.
"""
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class PartialLabels(NamedTuple):
    """Labels of the pixels of a feature map.

    Attributes:
        indices (np.ndarray): Local class indices, int64 (h, w): 0 the
            background, k the k-th class, -1 without a label.
        scores (np.ndarray): Mixed scores for ``vote``, float (K + 1, h, w).
    """
    indices: np.ndarray
    scores: np.ndarray


@dataclass(frozen=True)
class PartialLabelRule:
    """Which pixels of the feature map are confident seeds.

    Args:
        ratio (float): Share of the pixels of a class with its highest
            values, in (0, 1]. The release has 0.3, RRM and earlier
            experiments 0.4.
        confidence (float): Minimum score after the CRF, and minimum
            background score.
        floor (float): Only pixels whose CAM exceeds this count.
        alpha (float): Exponent of the background score ``(1 - max)^alpha``
            that competes with the CAMs.

    Raises:
        ValueError: If an argument is out of its range.
    """
    ratio: float = .3
    confidence: float = .8
    floor: float = .1
    alpha: float = 32.

    def __post_init__(self) -> None:
        if not 0 < self.ratio <= 1:
            raise ValueError(f'ratio={self.ratio} is not in (0, 1]')
        if not self.alpha > 0:
            raise ValueError(f'alpha={self.alpha} is not positive')

    def __call__(self, maps: np.ndarray, low: np.ndarray,
                 high: np.ndarray) -> PartialLabels:
        """Label the confident seeds.

        Args:
            maps (np.ndarray): CAMs in [0, 1], float (K, h, w).
            low (np.ndarray): CRF result with the weak background (small
                alpha), float (K + 1, h, w), background first.
            high (np.ndarray): The same with the strong background.

        Returns:
            PartialLabels: Before the vote.
        """
        winner = low.argmax(axis=0)
        indices = np.where(winner == 0, -1, winner)
        indices[high.argmax(axis=0) == 0] = 0
        scores = np.concatenate([high[:1], low[1:]])
        seeds = self.confident_seeds(maps, np.unique(winner))
        indices[~seeds | (scores.max(axis=0) < self.confidence)] = -1
        return PartialLabels(indices, scores)

    def confident_seeds(self, maps: np.ndarray,
                   present: np.ndarray) -> np.ndarray:
        """Pixels with the highest CAM values of the class that wins there.

        Args:
            maps (np.ndarray): (K, h, w).
            present (np.ndarray): Local class indices that occur in the CRF
                result; others have no seeds.

        Returns:
            np.ndarray: bool (h, w).
        """
        if not len(maps):
            return np.ones(maps.shape[1:], dtype=bool)
        background = (1 - maps.max(axis=0))**self.alpha
        winner = np.concatenate([background[None], maps]).argmax(axis=0)
        seeds = np.zeros(maps.shape[1:], dtype=bool)
        for index in present:
            own = winner == index
            if index == 0:
                seeds |= own & (background > self.confidence)
                continue
            values = np.sort(maps[index - 1][own])
            values = values[values > self.floor]
            # A class that only the CRF introduced has no pixel of its own.
            if len(values):
                bound = values[int(len(values) * (1 - self.ratio))]
                seeds |= own & (maps[index - 1] > bound)
        return seeds


def vote(labels: PartialLabels) -> np.ndarray:
    """Drop labels that do not have the greatest mixed score.

    Returns:
        np.ndarray: Local class indices, int64 (h, w), -1 without a label.
    """
    agree = labels.scores.argmax(axis=0) == labels.indices
    return np.where(agree, labels.indices, -1)
