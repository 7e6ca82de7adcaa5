"""Objects of an area that is rare for their class."""
from collections.abc import Sequence

import numpy as np

from .base import Doubt, Evidence, Reason

_FEWEST = 8


class ExtremeArea(Doubt):
    """A class covers much more or less of the image than it mostly does."""
    kind = 'area'
    weight = .4

    def learn(self, areas: np.ndarray, labels: Sequence[tuple]) -> None:
        """Collect the areas of each class in the images that show it."""
        self.known: dict[int, np.ndarray] = {}
        for label in {label for found in labels for label in found}:
            rows = [i for i, found in enumerate(labels) if label in found]
            self.known[label] = np.sort(areas[rows, label])

    def reason(self, image: Evidence) -> Reason | None:
        """Place the image among the others of its classes."""
        areas, found = image.areas(), []
        for label in image.labels:
            others = self.known.get(label, ())
            if len(others) >= _FEWEST:
                rank = np.searchsorted(others, areas[label]) / len(others)
                found.append((abs(2 * rank - 1), label))
        if not found:
            return None
        score, label = max(found)
        middle = np.median(self.known[label])
        return Reason(self.kind, float(score)**4,
                      f'{image.classes[label]} covers {areas[label]:.0%} of '
                      f'the image, where {middle:.0%} is usual')
