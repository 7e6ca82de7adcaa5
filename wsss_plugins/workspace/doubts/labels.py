"""Labels that a classifier does not believe."""
import numpy as np

from .base import Doubt, Evidence, Reason, named

_DOUBTFUL, _SURE = .2, .8


class DoubtedLabel(Doubt):
    """A classifier that never saw the image misses a label in it."""
    kind = 'label'
    weight = .5

    def reason(self, image: Evidence) -> Reason | None:
        """Ask the classifier about each label."""
        if image.scores is None or not image.labels:
            return None
        scores = image.scores[list(image.labels)]
        least = int(np.argmin(scores))
        if scores[least] > _DOUBTFUL:
            return None
        return Reason(
            self.kind, 1 - float(scores[least]) / _DOUBTFUL,
            f'the classifier doubts the label '
            f'{image.classes[image.labels[least]]} ({scores[least]:.0%})')


class UnlabeledClass(Doubt):
    """A classifier that never saw the image sees more than the labels."""
    kind = 'unlabeled'
    weight = .4

    def reason(self, image: Evidence) -> Reason | None:
        """Look for classes without a label."""
        if image.scores is None:
            return None
        scores = np.nan_to_num(image.scores)
        scores[list(image.labels)] = 0
        seen = np.flatnonzero(scores > _SURE)
        if not len(seen):
            return None
        best = float(scores.max())
        return Reason(
            self.kind, (best - _SURE) / (1 - _SURE),
            f'the classifier sees {named(image.classes, seen)} '
            f'({best:.0%}), which is no label')
