"""A split that the user gives in a file."""
import os
from collections.abc import Iterator

from ..datasets.converters.label_cells import split_of
from ..datasets.converters.table import IMAGE_COLUMNS, scan_rows
from ..structures import Problem
from ..structures.image_list import some
from ..structures.problems import error
from .matching import PhotoIndex
from .split import VAL

_COLUMN = 'split'
_KIND = 'split that cannot be used'
_FIX = ('write the columns image,split with train or val in each line, or the '
        'name of a held-out image a line')


def read_split(path: str | os.PathLike,
               index: PhotoIndex) -> tuple[dict[str, str], list[Problem]]:
    """Splits of images by source.

    Args:
        path (str | PathLike): A table with the columns ``image`` and
            ``split``, or a list of the images that are held out.
        index (PhotoIndex): Finds the images.

    Returns:
        tuple: ``'train'`` or ``'val'`` by source; what is wrong.
    """
    rows, problems = scan_rows(path)
    splits: dict[str, str] = {}
    if not rows and not problems:
        problems.append(error(_KIND, path, 'it is empty', _FIX))
    for number, name, split in _told(rows):
        where = f'{path}: line {number}'
        found = index.find([name])
        if split is None:
            problems.append(error(_KIND, where, f'{name!r:.200} has neither '
                                  'train nor val', _FIX))
        elif len(found) != 1:
            what = f'may be {some(found)}' if found else 'is no image'
            problems.append(error(_KIND, where, f'{name!r:.200} {what}',
                                  'fix the name'))
        elif splits.setdefault(found[0], split) != split:
            problems.append(error(_KIND, where, f'{name!r:.200} is in both '
                                  'splits', 'keep one line of it'))
    return splits, problems


def _told(rows: list) -> Iterator[tuple[int, str, str | None]]:
    """Line, name and split of each image; None: not told."""
    header = [cell.lower() for cell in rows[0][1]] if rows else []
    if _COLUMN not in header:
        yield from ((number, row[0], VAL) for number, row in rows)
        return
    image = next((i for i, name in enumerate(header)
                  if name in IMAGE_COLUMNS), 0)
    column = header.index(_COLUMN)
    for number, row in rows[1:]:
        cells = row + [''] * (len(header) - len(row))
        yield number, cells[image], split_of(cells[column]) or None
