"""Two ways to the same mask that end in different ones."""
import numpy as np

from ...structures import IGNORE_INDEX
from .base import Doubt, Evidence, Reason


class Disagreement(Doubt):
    """The masks of the CAMs and of the segmentor are different.

    The score is one less the mean over the labels of their IoU.
    """
    kind = 'disagreement'

    def reason(self, image: Evidence) -> Reason | None:
        """Compare the masks, label by label; a recipe may have but one."""
        if not {'cam', 'segmentor'} <= set(image.masks):
            return None
        ious = {label: overlap(image.masks['cam'] == label,
                               image.masks['segmentor'] == label,
                               image.masks['cam'] != IGNORE_INDEX)
                for label in image.labels}
        if not ious:
            return None
        worst = min(ious, key=ious.get)
        return Reason(
            self.kind, 1 - float(np.mean(list(ious.values()))),
            f'the two masks of {image.classes[worst]} overlap by '
            f'{ious[worst]:.0%}')


def overlap(first: np.ndarray, second: np.ndarray,
            valid: np.ndarray) -> float:
    """IoU of two masks, bool (h, w); 0 if both are empty."""
    both = np.count_nonzero(first & second & valid)
    either = np.count_nonzero((first | second) & valid)
    return both / either if either else 0.
