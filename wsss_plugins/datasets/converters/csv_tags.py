"""Tags from a table that people keep by hand."""
import csv
import os
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from ...structures import ImageLabels, UserError

_TAG_SEPARATOR = ';'
IMAGE_COLUMNS = ('image', 'images', 'name', 'file', 'filename', 'file_name')
_TAG_COLUMNS = ('tag', 'tags', 'label', 'labels', 'class', 'classes')
IMAGE_SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp', '.webp', '.gif', '.tif',
                  '.tiff')
_Rows = list[tuple[int, list[str]]]


def from_csv(path: str | os.PathLike,
             classes: Sequence[str] | None = None) -> ImageLabels:
    """Read a CSV file with a header line.

    The header decides. Its first cell is ``image`` (or ``name``, ``file``,
    ``filename``). If one column named ``tags`` (``tag``, ``labels``,
    ``class``, ...) follows, its cells hold tags separated by ``;``, and an
    image may come on several lines. Otherwise each column is a class, and
    its cells are 0 or 1. Images are named with or without folder and suffix.

    Args:
        path (str | PathLike): The file.
        classes (Sequence[str], optional): Foreground classes. Defaults to
            those of the file: in order of columns, or of the alphabet.

    Raises:
        UserError: Naming the line of what is wrong.
    """
    path = Path(path)
    rows = read_rows(path)
    number, header = rows[0] if rows else (1, [])
    if len(header) < 2 or header[0].lower() not in IMAGE_COLUMNS:
        raise UserError(f'{path}: line {number}: expected a header, '
                        '"image,tags" or "image,CLASS,CLASS,..."')
    if len(rows) < 2:
        raise UserError(f'{path}: no lines after the header; add the images')
    lists = len(header) == 2 and header[1].lower() in _TAG_COLUMNS
    read = _from_lists if lists else _from_columns
    images = read(path, header, rows[1:])
    found = header[1:] if not lists else sorted(
        {tag for tags in images.values() for tag in tags})
    try:
        return ImageLabels(tuple(classes or found), images)
    except UserError as error:
        raise UserError(f'{path}: {error}') from None


def read_rows(path: Path) -> list[tuple[int, list[str]]]:
    """Cells of the lines that are not empty, with the number of the line."""
    try:
        with path.open(newline='', encoding='utf-8-sig') as file:
            reader = csv.reader(file, strict=True)
            rows = [(reader.line_num, [cell.strip() for cell in row])
                    for row in reader]
    except OSError as error:
        raise UserError(f'{path}: cannot be read ({error.strerror}); fix the '
                        'path') from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f'{path}: not a CSV file in UTF-8 ({error}); save it '
                        'as one') from None
    return [(number, row) for number, row in rows if any(row)]


def _named_rows(path: Path, header: list[str],
                rows: _Rows) -> Iterator[tuple[int, str, list[str]]]:
    """Line, image name and further cells of each row.

    Two files of one stem are two images, which one name cannot tell apart.
    """
    written: dict[str, str] = {}
    for number, row in rows:
        if len(row) != len(header) or not row[0]:
            raise UserError(
                f'{path}: line {number}: {len(row)} cells of which the first '
                f'is {row[0]!r}; expected an image and {len(header)} cells')
        name = _stem(row[0])
        if written.setdefault(name, row[0]) != row[0]:
            raise UserError(
                f'{path}: line {number}: {row[0]!r} and {written[name]!r} are '
                f'both named {name!r}; rename one')
        yield number, name, row[1:]


def _stem(cell: str) -> str:
    """Name without folders and image suffix; other dots belong to it."""
    name = PurePosixPath(cell.replace('\\', '/'))
    known = name.suffix.lower() in IMAGE_SUFFIXES
    return name.stem if known else name.name


def _from_lists(path: Path, header: list[str],
                rows: _Rows) -> dict[str, list[str]]:
    images: dict[str, list[str]] = {}
    for _, name, (cell, ) in _named_rows(path, header, rows):
        tags = [tag.strip() for tag in cell.split(_TAG_SEPARATOR)]
        images.setdefault(name, []).extend(tag for tag in tags if tag)
    return images


def _from_columns(path: Path, header: list[str],
                  rows: _Rows) -> dict[str, list[str]]:
    images: dict[str, list[str]] = {}
    for number, name, cells in _named_rows(path, header, rows):
        wrong = [cell for cell in cells if cell not in ('0', '1')]
        if wrong:
            raise UserError(f'{path}: line {number}: {wrong[0]!r} is neither '
                            '0 nor 1; tags go under the header "image,tags"')
        if name in images:
            raise UserError(f'{path}: line {number}: image {name!r} comes '
                            'twice; join its lines')
        images[name] = [n for n, cell in zip(header[1:], cells) if cell == '1']
    return images
