"""A parameter that was chosen by ground truth."""
from dataclasses import dataclass

from ...registry import REPORT_RESULTS
from ...structures.chosen_value import KIND, ChosenValue
from ...structures.errors import UserError
from .base import Result


@REPORT_RESULTS.register_module(KIND)
@dataclass
class ChosenResult(Result):
    """A choice.

    Attributes:
        choice (ChosenValue): What was chosen, and what it is worth.
    """
    choice: ChosenValue

    @classmethod
    def read(cls, data: dict) -> 'ChosenResult':
        """Check and take over the contents of a file."""
        try:
            return cls(ChosenValue.of(data))
        except (KeyError, TypeError, ValueError):
            raise UserError('not a chosen value; run the stage again'
                            ) from None
