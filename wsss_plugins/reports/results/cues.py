"""Localization cues against ground truth."""
from dataclasses import dataclass

from ...registry import REPORT_RESULTS
from .base import ClassScores, Result, class_scores


@REPORT_RESULTS.register_module('cues')
@dataclass
class CueResult(Result):
    """Scores of localization cues against ground truth.

    Attributes:
        per_class (ClassScores): ``precision`` and ``recall`` by class.
    """
    per_class: ClassScores

    @classmethod
    def read(cls, data: dict) -> 'CueResult':
        """Check and take over the contents of a file."""
        return cls(class_scores(data))
