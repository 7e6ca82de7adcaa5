"""Tags from a table that people keep by hand."""
import csv
import os
from collections.abc import Sequence
from pathlib import Path

from ...structures import ImageLabels, UserError

_TAG_SEPARATOR = ';'
_TAG_COLUMNS = ('tag', 'tags', 'label', 'labels', 'class', 'classes')


def from_csv(path: str | os.PathLike,
             classes: Sequence[str] | None = None) -> ImageLabels:
    """Read a CSV file with a header line.

    Two layouts: ``image,tags`` with tags separated by ``;`` (an image may
    come on several lines), or ``image,cat,dog,...`` with 0 and 1. Images are
    named with or without folder and suffix.

    Args:
        path (str | PathLike): The file.
        classes (Sequence[str], optional): Foreground classes. Defaults to
            those of the file: in order of columns, or of the alphabet.

    Raises:
        UserError: Naming the line of what is wrong.
    """
    path = Path(path)
    try:
        with path.open(newline='', encoding='utf-8-sig') as file:
            rows = [(number, [cell.strip() for cell in row])
                    for number, row in enumerate(csv.reader(file), start=1)
                    if any(cell.strip() for cell in row)]
    except OSError as error:
        raise UserError(f'{path}: cannot be read ({error.strerror})') from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f'{path}: not a CSV file ({error})') from None
    if not rows or len(rows[0][1]) < 2:
        raise UserError(f'{path}: line 1: expected a header "image,tags" or '
                        '"image,CLASS,CLASS,..."')
    header = rows[0][1]
    if len(header) == 2 and header[1].lower() in _TAG_COLUMNS:
        images = _from_lists(path, rows[1:])
        found = sorted({tag for tags in images.values() for tag in tags})
    else:
        images = _from_columns(path, header[1:], rows[1:])
        found = header[1:]
    return ImageLabels(tuple(classes or found), images)


def _from_lists(path: Path, rows: list) -> dict[str, list[str]]:
    images: dict[str, list[str]] = {}
    for number, row in rows:
        if len(row) != 2 or not row[0]:
            raise UserError(f'{path}: line {number}: expected "image,tag;tag"')
        tags = [t.strip() for t in row[1].split(_TAG_SEPARATOR) if t.strip()]
        images.setdefault(Path(row[0]).stem, []).extend(tags)
    return images


def _from_columns(path: Path, names: list[str],
                  rows: list) -> dict[str, list[str]]:
    images = {}
    for number, row in rows:
        if len(row) != len(names) + 1:
            raise UserError(f'{path}: line {number}: {len(row)} cells, but the'
                            f' header has {len(names) + 1}')
        wrong = [cell for cell in row[1:] if cell not in ('0', '1')]
        if wrong:
            raise UserError(f'{path}: line {number}: {wrong[0]!r} is neither 0'
                            ' nor 1')
        name = Path(row[0]).stem
        if name in images:
            raise UserError(f'{path}: line {number}: image {name!r} comes '
                            'twice')
        images[name] = [n for n, cell in zip(names, row[1:]) if cell == '1']
    return images
