"""Image-level labels from labelme's files."""
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...structures import UserError, read_json
from ...structures.problems import error, problem_of
from ...structures.text_files import described
from .label_format import LabelFormat
from .label_rows import LabelRow, LabelRows, LabelSource, note_empty

_KIND = 'files of labelme that cannot be read'
# Shapes that labelme itself takes for no class.
_NO_CLASSES = ('__ignore__', '_background_')
_LOOKED_AT = 20


class LabelMeFormat(LabelFormat):
    """``NAME.json``: labels of shapes, and flags that are set."""
    name = 'labelme'
    source = "folder of labelme's JSON files"
    may_be_empty = True

    def recognizes(self, source: LabelSource) -> bool:
        """A file of labelme, or a folder that holds some."""
        if source.is_folder:
            return any(_is_labelme(_value(path))
                       for path in source.files('.json')[:_LOOKED_AT])
        return source.is_json and _is_labelme(source.json)

    def rows(self, source: LabelSource,
             classes: Sequence[str] = ()) -> LabelRows:
        """Each file."""
        found = LabelRows()
        files = source.files('.json') if source.is_folder else [source.path]
        for path in files:
            try:
                data = read_json(path, 'file of labelme', 'save it again')
            except UserError as flaw:
                found.problems.append(problem_of(_KIND, flaw))
                continue
            if _is_labelme(data):
                self._add(found, source, path, data)
            elif not source.is_folder:
                found.problems.append(error(
                    _KIND, path, 'not a file of labelme', 'save it again'))
        return note_empty(found, source)

    @staticmethod
    def _add(found: LabelRows, source: LabelSource, path: Path,
             data: dict) -> None:
        labels = []
        for number, shape in enumerate(data['shapes']):
            label = shape.get('label') if isinstance(shape, dict) else None
            if isinstance(label, str) and label.strip():
                labels.append(label.strip())
            else:
                found.problems.append(error(
                    _KIND, path, f'the label of shape {number} is '
                    f'{described(label)}', 'name its class'))
        flags = data.get('flags')
        if isinstance(flags, dict):
            labels += [name for name, is_set in flags.items() if is_set]
        found.rows.append(LabelRow(
            str(path), _names(source, path, data['imagePath']),
            tuple(each for each in labels if each not in _NO_CLASSES)))


def _value(path: Path) -> Any:
    try:
        return read_json(path)
    except UserError:
        return None


def _is_labelme(data: Any) -> bool:
    return (isinstance(data, dict) and isinstance(data.get('shapes'), list)
            and isinstance(data.get('imagePath'), str))


def _names(source: LabelSource, path: Path, told: str) -> tuple[str, ...]:
    """What the image may be called: beside its file, or as it is told."""
    told = told.replace('\\', '/')
    names = [(path.parent / told).resolve().as_posix()] if told else []
    if source.is_folder:
        names.append(source.names_beside(path))
    return tuple(dict.fromkeys([*names, told, path.stem]))
