"""What a result of a stage is."""
import math
from collections.abc import Mapping

from ...structures.errors import UserError

# Scores of a class by their names; None where one is 0 / 0.
ClassScores = dict[str, dict[str, float | None]]


class Result:
    """Outcome of a stage, read from a JSON file that says its ``kind``.

    A subclass is registered in ``wsss_plugins.registry.REPORT_RESULTS``; the
    name it gets there is the ``kind`` of its files. Sections ask for the
    results of a class, see ``StageResult.results``.
    """

    @classmethod
    def read(cls, data: dict) -> 'Result':
        """Check and take over the contents of a file.

        Args:
            data (dict): The file's, as JSON has them.

        Returns:
            Result: The result.

        Raises:
            UserError: If something is missing or of a wrong type. The file
                is named by whoever reads it.
        """
        raise NotImplementedError

    def class_tables(self, stage: str, alone: bool) -> dict[str, ClassScores]:
        """Scores by class, for the section on classes.

        Args:
            stage (str): Name of the stage.
            alone (bool): Whether it has no other result.

        Returns:
            dict[str, ClassScores]: Tables by title. Defaults to none.
        """
        return {}


def entry(data: Mapping, key: str, kind: type | tuple[type, ...]):
    """An entry of a file.

    Raises:
        UserError: If it is missing or of another type.
    """
    value = data.get(key) if isinstance(data, Mapping) else None
    if not isinstance(value, kind):
        raise UserError(f'{key} is missing or of a wrong type')
    return value


def number(value: object, what: str) -> float | None:
    """A number of a file; None if it is null or not finite.

    Raises:
        UserError: If it is something else.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise UserError(f'{what} is {value!r}, not a number')
    return value if math.isfinite(value) else None


def numbers(data: Mapping, key: str) -> list[float | None]:
    """A list of numbers of a file; empty if it is not there."""
    if key not in data:
        return []
    return [number(value, key) for value in entry(data, key, list)]


def class_scores(data: Mapping) -> ClassScores:
    """Entry ``per_class`` of a file."""
    found = entry(data, 'per_class', dict)
    return {
        name: {
            key: number(value, f'per_class, {name}, {key}')
            for key, value in entry(found, name, dict).items()
        }
        for name in found
    }
