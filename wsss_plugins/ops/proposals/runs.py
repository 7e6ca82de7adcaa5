"""Masks as runs of pixels, column by column: sums and painting without them.

A sum over a mask is a difference of prefix sums for each of its runs, so work
and memory grow with outlines, not with areas, however many masks overlap.
"""
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class MaskRuns:
    """Runs of several masks of an image.

    Args:
        starts, stops (np.ndarray): First pixel of each run and the one behind
            its last, counted column by column, int64 (R,).
        owners (np.ndarray): Number of the mask of each run, ascending, int64
            (R,).
        count (int): Number of masks S.
        size (tuple[int, int]): Height and width of the image.
    """
    starts: np.ndarray
    stops: np.ndarray
    owners: np.ndarray
    count: int
    size: tuple[int, int]

    @property
    def areas(self) -> np.ndarray:
        """Pixels of each mask, int64 (S,)."""
        return np.bincount(self.owners, self.stops - self.starts,
                           self.count).astype(np.int64)

    def sums(self, maps: np.ndarray) -> np.ndarray:
        """Sums of maps over the masks.

        Args:
            maps (np.ndarray): (P, H, W).

        Returns:
            np.ndarray: float64 (P, S).
        """
        found = np.zeros((len(maps), self.count))
        prefix = np.zeros(1 + self.size[0] * self.size[1])
        for number, one in enumerate(maps):
            np.cumsum(one.T.ravel(), dtype=np.float64, out=prefix[1:])
            found[number] = np.bincount(
                self.owners, prefix[self.stops] - prefix[self.starts],
                self.count)
        return found

    def cover(self, chosen: np.ndarray | None = None) -> np.ndarray:
        """How many masks cover each pixel, int64 (H, W).

        Args:
            chosen (np.ndarray, optional): Masks that count, bool (S,).
                Defaults to all.
        """
        keep = slice(None) if chosen is None else chosen[self.owners]
        steps = np.zeros(1 + self.size[0] * self.size[1], dtype=np.int64)
        np.add.at(steps, self.starts[keep], 1)
        np.add.at(steps, self.stops[keep], -1)
        return np.cumsum(steps[:-1]).reshape(self.size[::-1]).T

    def painted(self, values: np.ndarray, order: np.ndarray) -> np.ndarray:
        """Paint masks one over the other on a map of zeros, uint8 (H, W).

        Args:
            values (np.ndarray): Of each mask, (S,).
            order (np.ndarray): Masks, the last on top.
        """
        flat = np.zeros(self.size[0] * self.size[1], dtype=np.uint8)
        ends = np.searchsorted(self.owners, np.arange(self.count + 1))
        for mask in order:
            for run in range(ends[mask], ends[mask + 1]):
                flat[self.starts[run]:self.stops[run]] = values[mask]
        return np.ascontiguousarray(flat.reshape(self.size[::-1]).T)
