"""Image-level labels from a table that people keep by hand."""
import argparse
import os
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from ...structures import ImageLabels, Problem, UserError
from ...structures.problems import error, warning
from .label_cells import ABSENT, NONE, SHOWN, labels_of_cell, split_of
from .label_format import LabelFormat
from .label_rows import LabelRow, LabelRows, LabelSource, labels_by_stem, stem
from .table import IMAGE_COLUMNS, Rows, scan_rows

# The most telling first.
_IMAGE_COLUMNS = (*IMAGE_COLUMNS, 'image_path', 'image_name', 'image_file',
                  'path', 'filepath', 'file_path', 'img', 'photo', 'picture',
                  'image_id', 'id')
_LABEL_COLUMNS = ('tag', 'tags', 'label', 'labels', 'class', 'classes',
                  'category', 'categories', 'class_name', 'species', 'choice')
_NUMBERED = re.compile(r'(tag|label|class|category)[ _-]?\d+')
_SPLIT_COLUMNS = ('split', 'set', 'subset', 'partition', 'fold')
_HEADER = 'expected a header, "image,tags" or "image,CLASS,CLASS,..."'


def from_csv(path: str | os.PathLike,
             classes: Sequence[str] | None = None) -> ImageLabels:
    """Read a CSV file with a header line.

    The header decides. One column is ``image`` (or ``name``, ``file``,
    ``filename``, ...). If a column is named ``tags`` (``tag``, ``labels``,
    ``class``, ...), its cells hold class names separated by ``;``, ``|`` or
    commas, further columns are notes, and an image may come on several lines.
    Otherwise each column is a class, and its cells are 1 (``x``, ``yes``) or
    0 (or empty, ``no``). Images are named with or without folder and suffix.

    Args:
        path (str | PathLike): The file, see :func:`.scan_rows`.
        classes (Sequence[str], optional): Foreground classes. Defaults to
            those of the file: in order of columns, or of the alphabet.

    Raises:
        UserError: Naming the line of what is wrong.
    """
    found = CSVFormat().rows(LabelSource(path), classes or ())
    if found.classes:
        _no_image_twice(found)
    return labels_by_stem(found, path, classes)


def _no_image_twice(found: LabelRows) -> None:
    """Columns of classes tell all of an image in one line."""
    seen = set()
    for row in found.rows:
        name = stem(row.images[0])
        if name in seen:
            raise UserError(f'{row.where}: image {name!r} comes twice; join '
                            'its lines')
        seen.add(name)


@dataclass
class _Columns:
    """Where a table holds what; indices of columns."""
    image: int
    labels: list[int]
    split: int | None
    classes: list[int]


class _Table:
    """One table and its mistakes."""

    def __init__(self, path: os.PathLike, rows: Rows,
                 classes: Collection[str]) -> None:
        self.path = path
        self.line, header = rows[0]
        while header and not header[-1]:
            header.pop()
        self.header = header
        self.known = classes
        self.found = LabelRows()
        self.rows = rows[1:]

    def _whole(self, columns: _Columns) -> Iterator[tuple[int, list[str]]]:
        """Rows of as many cells as the header; notes may be left out."""
        width = len(self.header)
        needed = 1 + max(columns.image, *columns.labels, *columns.classes)
        for number, row in self.rows:
            while len(row) > width and not row[-1]:
                row.pop()
            if needed <= len(row) <= width:
                yield number, row + [''] * (width - len(row))
            else:
                self._flaw('rows with other cells than the header', number,
                           f'{len(row)} cells of which the first is '
                           f'{row[0]!r:.60}, but the header has {width}',
                           'quote cells that hold commas, or fix the line')

    def _flaw(self, kind: str, number: int, what: str, fix: str) -> None:
        self.found.problems.append(error(kind, self._where(number), what, fix))

    def _where(self, number: int) -> str:
        return f'{self.path}: line {number}'

    def read(self) -> LabelRows:
        """Rows of the table."""
        columns = self._columns()
        if columns is None:
            return self.found
        self.rows = list(self._whole(columns))
        self._settle_split(columns)
        if columns.classes:
            columns.classes = self._class_columns(columns)
            names = [self.header[i] for i in columns.classes]
            self.found.classes = tuple(dict.fromkeys(names))
            self._look_at_names(names)
        commas = 0
        for number, row in self.rows:
            if not row[columns.image]:
                self._flaw('rows that name no image', number,
                           f"{len(row)} cells of which the first is ''"
                           if not row[0] else 'no image in it',
                           'name the image, or remove the line')
                continue
            self._add(columns, number, row)
            commas += any(',' in row[i] and row[i] not in self.known
                          for i in columns.labels)
        if commas:
            self.found.problems.append(warning(
                'commas inside cells', self.path, f'{commas} cells hold '
                'commas, and are read as several labels', 'if a class has a '
                'comma in its name, list it in the file of classes'))
        return self.found

    def _look_at_names(self, names: list[str]) -> None:
        for name in dict.fromkeys(n for n in names if names.count(n) > 1):
            self._flaw('columns of one class', self.line, 'classes must be '
                       f'unique, but {names.count(name)} columns are called '
                       f'{name!r}', 'join or rename them')

    def _columns(self) -> _Columns | None:
        """What the header says; None after a mistake in it."""
        names = [name.lower() for name in self.header]
        image = next((names.index(n) for n in _IMAGE_COLUMNS if n in names),
                     None)
        if image is None or len(names) < 2:
            self._flaw('table without a header', self.line, _HEADER,
                       'write it as the first line')
            return None
        others = [i for i, n in enumerate(names) if n and i != image]
        split = next((i for i in others if names[i] in _SPLIT_COLUMNS), None)
        labels = [i for i in others if names[i] in _LABEL_COLUMNS]
        numbered = [i for i in others if _NUMBERED.fullmatch(names[i])]
        if len(labels) > 1:
            named = ', '.join(self.header[i] for i in labels)
            self._flaw('table with two columns of labels', self.line,
                       f'the columns {named} all hold class names', 'keep one')
            return None
        classes = [] if labels or numbered else [
            i for i in others if i != split]
        if not (labels or numbered or classes):
            self._flaw('table without a header', self.line, _HEADER,
                       'add a column of labels')
            return None
        return _Columns(image, labels or numbered, split, classes)

    def _settle_split(self, columns: _Columns) -> None:
        """A column called a split is one if its cells are."""
        if columns.split is None:
            return
        cells = {row[columns.split] for _, row in self.rows}
        if not all(split_of(cell) is not None for cell in cells):
            if columns.classes:
                columns.classes.append(columns.split)
            columns.split = None

    def _class_columns(self, columns: _Columns) -> list[int]:
        """Columns of 0 and 1; others are notes, if there are both."""
        flags = {i for i in columns.classes for _, row in self.rows
                 if row[i] and row[i].lower() in SHOWN + ABSENT}
        notes = [i for i in columns.classes if i not in flags
                 and any(row[i] for _, row in self.rows)]
        if not flags or not notes:
            return columns.classes
        named = ', '.join(repr(self.header[i]) for i in notes)
        self.found.problems.append(warning(
            'columns that are no classes', self._where(self.line),
            f'no cell of the columns {named} is 0 or 1, so they are left out',
            'nothing, if they are notes'))
        return [i for i in columns.classes if i not in notes]

    def _add(self, columns: _Columns, number: int, row: list[str]) -> None:
        if columns.classes:
            labels = self._flagged(columns.classes, number, row)
        else:
            labels = [label for i in columns.labels
                      for label in labels_of_cell(row[i], self.known)]
            self._note_none(columns, number, row)
        split = '' if columns.split is None else split_of(row[columns.split])
        self.found.rows.append(LabelRow(
            self._where(number), (row[columns.image], ), tuple(labels),
            split or '', columns=(
                self.header[columns.image],
                self.header[columns.labels[0]] if columns.labels else '')))

    def _note_none(self, columns: _Columns, number: int,
                   row: list[str]) -> None:
        words = [row[i] for i in columns.labels if row[i].lower() in NONE]
        if words:
            self.found.problems.append(warning(
                'cells that say none', self._where(number), f'{words[0]!r} is '
                'read as: the image shows none of the classes',
                'nothing; leave the cell empty to be sure'))

    def _flagged(self, columns: list[int], number: int,
                 row: list[str]) -> list[str]:
        labels = []
        for i in columns:
            cell = row[i].lower()
            if cell in SHOWN:
                labels.append(self.header[i])
            elif cell not in ABSENT:
                self._flaw('cells that are neither 0 nor 1', number,
                           f'{row[i]!r:.60} is neither 0 nor 1 (column '
                           f'{self.header[i]!r})', 'class names go under the '
                           'header "image,tags"')
        return labels


class CSVFormat(LabelFormat):
    """A table that people keep by hand."""
    name = 'csv'
    source = 'table of labels'
    last_resort = True

    def recognizes(self, source: LabelSource) -> bool:
        """Any file that is not JSON or XML."""
        return (source.path.is_file() and not source.is_json
                and not source.head.startswith(b'<'))

    def read(self, args: argparse.Namespace, classes: Sequence[str] | None,
             names: Sequence[str] | None) -> ImageLabels:
        """Read them by :func:`from_csv`."""
        return from_csv(args.source, classes)

    def rows(self, source: LabelSource,
             classes: Sequence[str] = ()) -> LabelRows:
        """Each line of the table."""
        rows, problems = scan_rows(source.path)
        if not rows:
            flaws = problems or [_empty(source.path, 1, _HEADER)]
            return LabelRows(problems=flaws)
        table = _Table(source.path, rows, classes)
        table.found.problems[:0] = problems
        found = table.read()
        if not table.rows and not found.problems:
            found.problems.append(_empty(
                source.path, None, 'no lines after the header'))
        return found


def _empty(path: os.PathLike, line: int | None, what: str) -> Problem:
    where = f'{path}: line {line}' if line else path
    return error('table without rows', where, what, 'add the images')
