"""Placeholders in the texts of a pipeline file."""
import re
from collections.abc import Iterator

from ..structures import UserError

PLACEHOLDER = re.compile(r'\{([\w.-]+)\}')
Value = str | int | float


class Placeholders:
    """Fills ``{X}`` in strings.

    Args:
        path (str): The pipeline file, for messages.
        values (dict[str, str | int | float]): What may be named. Values may
            name each other.

    Raises:
        UserError: If one names itself, or an unknown one.
    """

    def __init__(self, path: str, values: dict[str, Value]) -> None:
        self.path = path
        # A title may have braces of its own.
        self.values = {key: self._expanded(key, values)
                       for key in values if key != 'title'}

    def fill(self, value, stage_dir: str | None = None):
        """Replace placeholders in strings, lists and dicts.

        Args:
            value (object): What may hold placeholders. A text that is one
                placeholder only gets the type of its value.
            stage_dir (str, optional): What ``{stage_dir}`` stands for.
                Without one, ``{name}`` is left for the report to fill in.

        Raises:
            UserError: If a placeholder is unknown.
        """
        if isinstance(value, dict):
            return {k: self.fill(v, stage_dir) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.fill(v, stage_dir) for v in value]
        if not isinstance(value, str):
            return value
        more = dict(name='{name}') if stage_dir is None else dict(
            stage_dir=stage_dir)
        return self._replaced(value, {**self.values, **more})

    def _replaced(self, text: str, values: dict[str, Value]) -> Value:

        def known(match: re.Match) -> str:
            if match[1] not in values:
                raise UserError(f'{self.path}: unknown placeholder '
                                f'{match[0]}; there are '
                                f'{", ".join(sorted(values))}')
            return str(values[match[1]])

        filled = PLACEHOLDER.sub(known, text)
        whole = PLACEHOLDER.fullmatch(text)
        return values[whole[1]] if whole else filled

    def _expanded(self, key: str, values: dict[str, Value]) -> Value:
        """A value with the others that it names filled in."""
        text = values[key]
        for _ in values:
            if not isinstance(text, str) or not PLACEHOLDER.search(text):
                return text
            text = self._replaced(text, values)
        raise UserError(f'{self.path}: {key} = {values[key]!r} names itself')


def strings(value) -> Iterator[str]:
    """All strings in nested lists and dicts."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from strings(item)
    elif isinstance(value, dict):
        yield from strings(list(value.values()))
