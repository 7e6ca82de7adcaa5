"""Pseudo masks at many background thresholds."""
from dataclasses import dataclass

from ...registry import REPORT_RESULTS
from ...structures.errors import UserError
from .base import ClassScores, Result, class_scores, entry, number, numbers


@REPORT_RESULTS.register_module('sweep')
@dataclass
class SweepResult(Result):
    """Scores of pseudo masks as the background threshold varies.

    Attributes:
        thresholds (list[float]): In order.
        curves (dict[str, list]): Fractions at each threshold by name:
            ``miou``, ``precision``, ``recall``; None where one is 0 / 0.
        best_threshold (float): That of the best mIoU.
        best_miou (float): The best mIoU, a fraction.
        per_class (ClassScores): Scores there.
    """
    thresholds: list[float]
    curves: dict[str, list[float | None]]
    best_threshold: float
    best_miou: float
    per_class: ClassScores

    @classmethod
    def read(cls, data: dict) -> 'SweepResult':
        """Check and take over the contents of a file."""
        best = entry(data, 'best', dict)
        thresholds = numbers(data, 'thresholds')
        curves = {key: numbers(data, key)
                  for key in ('miou', 'precision', 'recall')}
        for key, values in curves.items():
            if len(values) not in (0, len(thresholds)):
                raise UserError(f'{key} has {len(values)} values for '
                                f'{len(thresholds)} thresholds')
        return cls(thresholds, {k: v for k, v in curves.items() if v},
                   number(entry(best, 'threshold', (int, float)),
                          'threshold'),
                   number(entry(best, 'miou', (int, float)), 'miou'),
                   class_scores(best))

    def class_tables(self, stage: str, alone: bool) -> dict[str, ClassScores]:
        """Scores at the best threshold."""
        return {f'{stage}, best threshold': self.per_class}
