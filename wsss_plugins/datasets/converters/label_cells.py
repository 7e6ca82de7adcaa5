"""What the cells of a table of labels mean."""
import ast
import re
from collections.abc import Collection

from ...structures.failures import READ_FAILURES

#: Cells of a class's own column.
SHOWN = ('1', 'x', 'yes', 'y', 'true', 't', '1.0', '+', '\u2713', '\u2714')
ABSENT = ('0', '', 'no', 'n', 'false', 'f', '0.0', '-', 'nan', 'none', 'null')
#: What stands alone in a cell of labels where there are none.
NONE = ('none', 'nan', 'null', '-', 'n/a', '[]', '{}')
_SEPARATORS = re.compile('[;|\n]')
_SPLITS = dict(
    train='train', training='train', val='val', valid='val', dev='val',
    validation='val', test='val', testing='val')


def labels_of_cell(cell: str, classes: Collection[str] = ()) -> list[str]:
    """Class names of a cell; ``;``, ``|``, commas and line ends separate.

    Lists as Python and Label Studio write them into tables are read as well.

    Args:
        cell (str): Stripped.
        classes (Collection[str]): Names that may hold a separator.
    """
    if cell in classes:
        return [cell]
    if cell.lower() in NONE:
        return []
    listed = _literal(cell)
    found = listed if listed is not None else [
        label for part in map(str.strip, _SEPARATORS.split(cell))
        for label in ([part] if part in classes else part.split(','))]
    return [name.strip() for name in found if name.strip()]


def _literal(cell: str) -> list[str] | None:
    """Items of a list; None if the cell holds none."""
    if not cell.startswith(('[', '{')):
        return None
    try:
        value = ast.literal_eval(cell)
    except READ_FAILURES:
        return None
    if isinstance(value, dict):
        value = value.get('choices')
    plain = isinstance(value, list) and all(isinstance(v, str) for v in value)
    return value if plain else None


def split_of(cell: str) -> str | None:
    """``'train'``, ``'val'``, or empty; None if a cell tells no split."""
    return _SPLITS.get(cell.lower(), None if cell else '')
