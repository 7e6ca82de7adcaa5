"""What a doubt sees of an image, and what it says."""
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...structures import ClassMaps


@dataclass(frozen=True)
class Evidence:
    """All that is known of an image. Class indices are the dataset's.

    Attributes:
        name (str): Of the image.
        labels (tuple[int, ...]): Image-level labels.
        classes (tuple[str, ...]): Names of all classes, background included.
        maps (ClassMaps): CAMs.
        masks (dict[str, np.ndarray]): Masks of the same size, uint8 (h, w):
            ``'cam'`` of the CAMs, ``'segmentor'`` and ``'final'``.
        scores (np.ndarray, optional): Probability of each class by a
            classifier that never saw the image, (classes, ); NaN for the
            background.
    """
    name: str
    labels: tuple[int, ...]
    classes: tuple[str, ...]
    maps: ClassMaps
    masks: dict[str, np.ndarray]
    scores: np.ndarray | None = None

    def areas(self, mask: str = 'final') -> np.ndarray:
        """Share of the image that each class covers, float (classes, )."""
        return mask_areas(self.masks[mask], len(self.classes))


@dataclass(frozen=True)
class Reason:
    """One doubt about an image.

    Attributes:
        kind (str): Name of the doubt.
        score (float): 0 (none) to 1 (certainly wrong).
        text (str): In words, for the person who looks at the image.
    """
    kind: str
    score: float
    text: str


class Doubt:
    """A kind of doubt; a subclass in a module of this package is found.

    Attributes:
        kind (str): Its name, by which reasons are filtered.
        weight (float): How much it says of errors, 0 to 1.
    """
    kind: str
    weight: float = 1.

    def learn(self, areas: np.ndarray, labels: Sequence[tuple]) -> None:
        """Look at the whole set before any image.

        Args:
            areas (np.ndarray): Share of each class in each final mask, (N,
                classes).
            labels (Sequence[tuple]): Labels of each image.
        """

    def reason(self, image: Evidence) -> Reason | None:
        """What there is to doubt; None if nothing."""
        raise NotImplementedError


def named(classes: Sequence[str], indices: Sequence[int]) -> str:
    """Names of classes, joined."""
    return ' and '.join(classes[i] for i in indices)


def mask_areas(mask: np.ndarray, num_classes: int) -> np.ndarray:
    """Share of a mask that each class covers, float (num_classes, ).

    Args:
        mask (np.ndarray): Dataset class indices, uint8 (h, w).
        num_classes (int): Number of classes, background included.
    """
    counts = np.bincount(mask.ravel(), minlength=256)
    return counts[:num_classes] / mask.size
