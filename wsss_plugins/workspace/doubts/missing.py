"""Labels that their mask does not show."""
from .base import Doubt, Evidence, Reason, named

_LEAST = .002


class MissingLabel(Doubt):
    """A label covers next to nothing of the final mask."""
    kind = 'missing'
    weight = .9

    def reason(self, image: Evidence) -> Reason | None:
        """Look for each label."""
        areas = image.areas()
        gone = [label for label in image.labels if areas[label] < _LEAST]
        if not gone:
            return None
        verb = 'is' if len(gone) == 1 else 'are'
        return Reason(self.kind, len(gone) / len(image.labels),
                      f'{named(image.classes, gone)} {verb} not in the mask')
