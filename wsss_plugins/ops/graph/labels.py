"""Partial pseudo labels: the few cells whose class is sure (WSGCN, RRM).

Of a CAM and two CRF results, one with a background score that is easily
beaten and one with a score that is not, a cell gets a label if both agree,
it is among its class' strongest, and the CRF is confident.
"""
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class PartialLabels(NamedTuple):
    """Slots of cells: 0 the background, k the k-th class; -1 ignored.

    Attributes:
        slots (np.ndarray): int64 (h, w), -1 where not confident.
        scores (np.ndarray): Mixed scores that ``vote`` looks at, float
            (K + 1, h, w).
    """
    slots: np.ndarray
    scores: np.ndarray


@dataclass(frozen=True)
class PartialLabelRule:
    """Which cells are sure.

    Args:
        ratio (float): Share of a class' strongest cells, in (0, 1]. The
            release has 0.3, RRM and earlier experiments 0.4.
        confidence (float): Least score after the CRF, and least background
            score.
        floor (float): Cells of a class count above this.
        alpha (float): Exponent of the background score ``(1 - max)^alpha``
            that competes with the maps.

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
        """Label the sure cells.

        Args:
            maps (np.ndarray): Class maps in [0, 1], float (K, h, w).
            low (np.ndarray): CRF result with the weak background (small
                alpha), float (K + 1, h, w), background first.
            high (np.ndarray): The same with the strong background.

        Returns:
            PartialLabels: Before the vote.
        """
        low_slots = low.argmax(axis=0)
        slots = np.where(low_slots == 0, -1, low_slots)
        slots[high.argmax(axis=0) == 0] = 0
        scores = np.concatenate([high[:1], low[1:]])
        sure = self.sure_cells(maps, np.unique(low_slots))
        slots[~sure | (scores.max(axis=0) < self.confidence)] = -1
        return PartialLabels(slots, scores)

    def sure_cells(self, maps: np.ndarray,
                   present: np.ndarray) -> np.ndarray:
        """Cells that are among the strongest of the class that wins there.

        Args:
            maps (np.ndarray): (K, h, w).
            present (np.ndarray): Slots that a CRF result has anywhere;
                others have no sure cell.

        Returns:
            np.ndarray: bool (h, w).
        """
        if not len(maps):
            return np.ones(maps.shape[1:], dtype=bool)
        background = (1 - maps.max(axis=0))**self.alpha
        winner = np.concatenate([background[None], maps]).argmax(axis=0)
        sure = np.zeros(maps.shape[1:], dtype=bool)
        for slot in present:
            own = winner == slot
            if slot == 0:
                sure |= own & (background > self.confidence)
                continue
            values = np.sort(maps[slot - 1][own])
            values = values[values > self.floor]
            # A class that the CRF made up has no cell of its own.
            if len(values):
                bound = values[int(len(values) * (1 - self.ratio))]
                sure |= own & (maps[slot - 1] > bound)
        return sure


def vote(labels: PartialLabels) -> np.ndarray:
    """Ignore cells whose label is not the greatest mixed score.

    Returns:
        np.ndarray: Slots, int64 (h, w), -1 ignored.
    """
    agree = labels.scores.argmax(axis=0) == labels.slots
    return np.where(agree, labels.slots, -1)
