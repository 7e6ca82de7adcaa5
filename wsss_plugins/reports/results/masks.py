"""Masks against ground truth."""
from dataclasses import dataclass

from ...registry import REPORT_RESULTS
from .base import ClassScores, Result, class_scores, entry, number


@dataclass
class Confusion:
    """How much of one class is predicted as another.

    Attributes:
        of, taken (str): The class, and the one that it is taken for.
        ratio (float, optional): Pixels of ``of`` that are predicted as
            ``taken`` over the true positives of ``taken``.
        iou (float, optional): IoU of ``taken``, a fraction.
    """
    of: str
    taken: str
    ratio: float | None
    iou: float | None


@REPORT_RESULTS.register_module('masks')
@dataclass
class MaskResult(Result):
    """Scores of masks against ground truth.

    Attributes:
        per_class (ClassScores): By class.
        confusions (list[Confusion]): Of the pairs that were asked for.
    """
    per_class: ClassScores
    confusions: list[Confusion]

    @classmethod
    def read(cls, data: dict) -> 'MaskResult':
        """Check and take over the contents of a file."""
        rows = data.get('confusion_ratio') or []
        return cls(class_scores(data), [
            Confusion(
                entry(row, 'of', str), entry(row, 'as', str),
                number(row.get('ratio'), 'ratio'),
                number(row.get('iou'), 'iou')) for row in rows
        ])

    def class_tables(self, stage: str, alone: bool) -> dict[str, ClassScores]:
        """Scores of the masks."""
        return {stage if alone else f'{stage}, masks': self.per_class}
