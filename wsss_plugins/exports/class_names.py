"""Class names of a file, matched to those of a workspace."""
import os
from collections.abc import Iterable, Sequence

from ..structures import UserError


def indices_of(names: Iterable[str], classes: Sequence[str],
               path: str | os.PathLike) -> dict[str, int]:
    """Class index of each name that a file uses.

    Names that differ in case or in spaces at their ends only are the same.

    Args:
        names (Iterable[str]): Of the file.
        classes (Sequence[str]): Names by index, the background first.
        path (str | PathLike): The file, for messages.

    Raises:
        UserError: Naming all that are unknown.
    """
    known = {_key(name): index for index, name in enumerate(classes)}
    found, unknown = {}, []
    for name in dict.fromkeys(names):
        index = known.get(_key(name))
        if index is None:
            unknown.append(name)
        else:
            found[name] = index
    if unknown:
        raise UserError(
            f'{path}: unknown classes {", ".join(map(repr, unknown))}; the '
            f'classes are {", ".join(classes)}; rename them in the tool')
    return found


def _key(name: str) -> str:
    return str(name).strip().casefold()
