"""Masks against a few images with ground truth."""
from dataclasses import dataclass

from ...registry import REPORT_RESULTS
from .base import ClassScores, Result, class_scores, entry, number, numbers


@REPORT_RESULTS.register_module('few_images')
@dataclass
class FewImagesResult(Result):
    """Scores of masks, and how sure they are.

    Attributes:
        miou (float): A fraction.
        interval (list[float]): Its 95 % interval over draws of images.
        images (int): Number of images.
        images_by_class (dict[str, int]): Those whose truth shows a class.
        per_class (ClassScores): By class.
    """
    miou: float | None
    interval: list[float | None]
    images: int
    images_by_class: dict[str, int]
    per_class: ClassScores

    @classmethod
    def read(cls, data: dict) -> 'FewImagesResult':
        """Check and take over the contents of a file."""
        return cls(number(data.get('miou'), 'miou'),
                   numbers(data, 'interval'), entry(data, 'images', int),
                   entry(data, 'images_by_class', dict), class_scores(data))

    def class_tables(self, stage: str, alone: bool) -> dict[str, ClassScores]:
        """Scores of the masks."""
        return {stage if alone else f'{stage}, masks': self.per_class}
