"""Image-level labels from a table that people keep by hand."""
import argparse
import os
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import PurePosixPath

from ...structures import ImageLabels, UserError
from ...structures.image_files import split_suffix
from .label_format import LabelFormat
from .table import IMAGE_COLUMNS, Rows, read_rows

_SEPARATORS = re.compile('[;|,]')
_LABEL_COLUMNS = ('tag', 'tags', 'label', 'labels', 'class', 'classes')
_SHOWN = ('1', 'x', 'yes', 'y', 'true')
_ABSENT = ('0', '', 'no', 'n', 'false')


def from_csv(path: str | os.PathLike,
             classes: Sequence[str] | None = None) -> ImageLabels:
    """Read a CSV file with a header line.

    The header decides. Its first cell is ``image`` (or ``name``, ``file``,
    ``filename``). If a column is named ``tags`` (``tag``, ``labels``,
    ``class``, ...), its cells hold class names separated by ``;``, ``|`` or
    commas, further columns are notes, and an image may come on several lines.
    Otherwise each column is a class, and its cells are 1 (``x``, ``yes``) or
    0 (or empty, ``no``). Images are named with or without folder and suffix.

    Args:
        path (str | PathLike): The file, see :func:`.read_rows`.
        classes (Sequence[str], optional): Foreground classes. Defaults to
            those of the file: in order of columns, or of the alphabet.

    Raises:
        UserError: Naming the line of what is wrong.
    """
    rows = read_rows(path)
    number, header = rows[0] if rows else (1, [])
    if len(header) < 2 or header[0].lower() not in IMAGE_COLUMNS:
        raise UserError(f'{path}: line {number}: expected a header, '
                        '"image,tags" or "image,CLASS,CLASS,..."')
    if len(rows) < 2:
        raise UserError(f'{path}: no lines after the header; add the images')
    column = _label_column(path, header)
    if column is None:
        images = _from_columns(path, header, rows[1:])
        found = header[1:]
    else:
        images = _from_lists(path, header, rows[1:], column, classes or ())
        found = sorted({c for labels in images.values() for c in labels})
    try:
        return ImageLabels(tuple(classes or found), images)
    except UserError as error:
        raise UserError(f'{path}: {error}') from None


def _label_column(path: str | os.PathLike, header: list[str]) -> int | None:
    """Column of the class names; None if each column is a class."""
    found = [i for i, name in enumerate(header)
             if i and name.lower() in _LABEL_COLUMNS]
    if len(found) > 1:
        raise UserError(f'{path}: line 1: the columns '
                        f'{", ".join(header[i] for i in found)} all hold '
                        'class names; keep one')
    return found[0] if found else None


def _named_rows(path: str | os.PathLike, header: list[str],
                rows: Rows) -> Iterator[tuple[int, str, list[str]]]:
    """Line, image name and cells of each row.

    Two files of one stem are two images, which one name cannot tell apart.
    """
    written: dict[str, str] = {}
    for number, row in rows:
        if len(row) != len(header) or not row[0]:
            raise UserError(
                f'{path}: line {number}: {len(row)} cells of which the first '
                f'is {row[0]!r:.60}; expected an image and {len(header)} '
                'cells')
        name = _stem(row[0])
        if written.setdefault(name, row[0]) != row[0]:
            raise UserError(
                f'{path}: line {number}: {row[0]!r} and {written[name]!r} are '
                f'both named {name!r}; rename one')
        yield number, name, row


def _stem(cell: str) -> str:
    """Name without folders and image suffix; other dots belong to it."""
    return split_suffix(PurePosixPath(cell.replace('\\', '/')).name)[0]


def _from_lists(path: str | os.PathLike, header: list[str], rows: Rows,
                column: int, classes: Collection[str]) -> dict[str, list[str]]:
    images: dict[str, list[str]] = {}
    for _, name, row in _named_rows(path, header, rows):
        cell = row[column]
        # A class may have a comma in its name.
        labels = [cell] if cell in classes else _SEPARATORS.split(cell)
        images.setdefault(name, []).extend(
            label.strip() for label in labels if label.strip())
    return images


def _from_columns(path: str | os.PathLike, header: list[str],
                  rows: Rows) -> dict[str, list[str]]:
    images: dict[str, list[str]] = {}
    for number, name, row in _named_rows(path, header, rows):
        cells = [cell.lower() for cell in row[1:]]
        wrong = [cell for cell in cells if cell not in _SHOWN + _ABSENT]
        if wrong:
            raise UserError(f'{path}: line {number}: {wrong[0]!r:.60} is '
                            'neither 0 nor 1; class names go under the header '
                            '"image,tags"')
        if name in images:
            raise UserError(f'{path}: line {number}: image {name!r} comes '
                            'twice; join its lines')
        images[name] = [c for c, cell in zip(header[1:], cells)
                        if cell in _SHOWN]
    return images


class CSVFormat(LabelFormat):
    """A table that people keep by hand."""
    name = 'csv'
    source = 'table of labels'

    def read(self, args: argparse.Namespace, classes: Sequence[str] | None,
             names: Sequence[str] | None) -> ImageLabels:
        """Read them by :func:`from_csv`."""
        return from_csv(args.source, classes)
