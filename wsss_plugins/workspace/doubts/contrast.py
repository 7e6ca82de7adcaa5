"""CAMs that do not tell an object from what is around it."""
import numpy as np

from .base import Doubt, Evidence, Reason

_HIGH, _LOW = .6, .2


class LowContrast(Doubt):
    """Much of the CAMs is neither high nor low.

    The score is the share of undecided pixels among those that are not low.
    """
    kind = 'contrast'
    weight = .6

    def reason(self, image: Evidence) -> Reason | None:
        """Count undecided pixels."""
        if not len(image.maps.labels):
            return None
        best = image.maps.maps.max(axis=0)
        shown = np.count_nonzero(best > _LOW)
        if not shown:
            return Reason(self.kind, 1., 'the CAMs are empty')
        unsure = np.count_nonzero((best > _LOW) & (best < _HIGH)) / shown
        return Reason(self.kind, float(unsure),
                      f'{unsure:.0%} of what the CAMs show is undecided')
