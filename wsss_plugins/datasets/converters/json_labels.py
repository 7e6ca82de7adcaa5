"""Image-level labels from JSON: the package's own, and what is like it."""
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...structures.problems import error
from ...structures.text_files import described, name_flaw
from .label_format import LabelFormat
from .label_rows import LabelRow, LabelRows, LabelSource

_IMAGE_KEYS = ('image', 'file_name', 'filename', 'file', 'name', 'path')
_LABEL_KEYS = ('labels', 'tags', 'classes', 'label', 'tag', 'class')
_KIND = 'entries of JSON that cannot be read'
_FIX = 'write "NAME": ["CLASS", ...]'


class JSONFormat(LabelFormat):
    """``{"classes": [...], "images": {"NAME": ["CLASS"]}}``.

    Also ``{"NAME": ["CLASS"]}`` and ``[{"image": "NAME", "labels":
    ["CLASS"]}]``.
    """
    name = 'json'
    source = 'JSON of labels by image'
    may_be_empty = True

    def recognizes(self, source: LabelSource) -> bool:
        """By the names of its entries."""
        data = source.json
        if isinstance(data, list):
            return bool(data) and all(_record(item) for item in data)
        return isinstance(data, dict) and bool(data) and (
            isinstance(data.get('images'), dict)
            or all(_is_labels(value) for value in data.values()))

    def rows(self, source: LabelSource,
             classes: Sequence[str] = ()) -> LabelRows:
        """Each image."""
        data, found = source.json, LabelRows()
        if isinstance(data, dict) and isinstance(data.get('images'), dict):
            found.classes = self._classes(data, found, source)
            data = data['images']
        for name, labels in _pairs(data):
            self._add(found, source, name, labels)
        return found

    @staticmethod
    def _classes(data: Mapping[str, Any], found: LabelRows,
                 source: LabelSource) -> tuple[str, ...]:
        names = data.get('classes', [])
        if isinstance(names, list) and all(
                name_flaw(n) is None for n in names) and len(
                    set(names)) == len(names):
            return tuple(names)
        found.problems.append(error(
            _KIND, source.path, f'classes is {described(names)}',
            'write a list of different names'))
        return ()

    @staticmethod
    def _add(found: LabelRows, source: LabelSource, name: Any,
             labels: Any) -> None:
        where = f'{source.path}: {name!r:.200}'
        flaw = name_flaw(name)
        if flaw or not _is_labels(labels):
            found.problems.append(error(
                _KIND, where, f'the name of the image {flaw}' if flaw else
                f'its labels are {described(labels)}', _FIX))
            return
        labels = [labels] if isinstance(labels, str) else labels
        unknown = [each for each in labels
                   if found.classes and each not in found.classes]
        for each in unknown:
            found.problems.append(error(
                _KIND, where, f'image {name!r:.200} is labeled {each!r}, '
                f'which is not among the classes {", ".join(found.classes)}',
                'fix the label, or add the class'))
        found.rows.append(LabelRow(where, (name, ), tuple(
            each for each in labels if each and each not in unknown)))


def _is_labels(value: Any) -> bool:
    return isinstance(value, str) or isinstance(value, list) and all(
        isinstance(each, str) for each in value)


def _record(item: Any) -> tuple[str, Any] | None:
    """Name and labels of an item of a list; None if it is of another form."""
    if not isinstance(item, dict):
        return None
    name = next((item[k] for k in _IMAGE_KEYS if k in item), None)
    labels = next((item[k] for k in _LABEL_KEYS if k in item), None)
    known = isinstance(name, str) and _is_labels(labels)
    return (name, labels) if known else None


def _pairs(data: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(data, dict):
        yield from data.items()
    else:
        yield from map(_record, data)
