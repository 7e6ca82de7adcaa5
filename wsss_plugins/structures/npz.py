"""Archives of arrays (``.npz``), read in one way and written in one."""
import os
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from .atomic import atomic_path
from .errors import UserError
from .failures import reading
from .pickle_values import RefusedError
from .safe_pickle import parse_npy

#: Most bytes of an array, unpacked, unless the file has as many.
MAX_BYTES = 1 << 30
_NUMBERS = dict(int='iu', number='iuf', text='U')


def save_arrays(path: str | os.PathLike, **arrays: np.ndarray) -> None:
    """Write an archive, atomically; not compressed.

    Args:
        path (str | PathLike): ``NAME.npz``.
        **arrays (np.ndarray): By name.
    """
    with atomic_path(path) as temporary, open(temporary, 'wb') as file:
        np.savez(file, **arrays)


@contextmanager
def load_arrays(path: str | os.PathLike, names: Iterable[str], what: str,
                fix: str) -> Iterator[dict[str, np.ndarray]]:
    """Arrays of an archive, for a block that checks and uses them.

    Sizes are compared with what is in the file before memory is taken, and
    no code of the file is run. Whatever the block raises about the arrays
    becomes an error that names the file.

    Args:
        path (str | PathLike): ``NAME.npz``.
        names (Iterable[str]): Arrays to read.
        what (str): What the file is to the user, such as ``'CAM file'``.
        fix (str): What to do about it.

    Yields:
        dict[str, np.ndarray]: By name, each of its own memory.

    Raises:
        UserError: If the file is missing, damaged, encrypted, no archive,
            lacks an array, or the block finds a mistake in one.
    """
    if not Path(path).is_file():
        raise UserError(f'{path}: {what} not found; {fix}')
    with reading(path, what, fix):
        try:
            with zipfile.ZipFile(path) as archive:
                arrays = {name: _member(archive, name) for name in names}
            yield arrays
        except RefusedError as error:
            raise ValueError(str(error)) from None


def _member(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    try:
        info = archive.getinfo(f'{name}.npy')
    except KeyError:
        raise ValueError(f'it has no array {name!r}') from None
    # A file that is large itself may hold as much.
    if info.file_size > max(MAX_BYTES, os.path.getsize(archive.filename)):
        raise ValueError(f'its array {name!r} has {info.file_size} bytes '
                         f'unpacked, more than {MAX_BYTES}')
    with archive.open(info) as file:
        # One byte more: the size in the directory may be a lie.
        data = file.read(info.file_size + 1)
    try:
        return parse_npy(data, objects=False)
    except RefusedError as error:
        raise ValueError(f'its array {name!r}: {error}') from None


def checked_array(array: np.ndarray, name: str, kind: str,
                  ndim: int) -> np.ndarray:
    """The array, if it is of a kind and number of axes.

    Args:
        array (np.ndarray): Of a file.
        name (str): For the message.
        kind (str): ``'int'``, ``'number'`` (int or float) or ``'text'``.
        ndim (int): Number of axes.

    Raises:
        ValueError: Naming what it is.
    """
    if array.ndim != ndim or array.dtype.kind not in _NUMBERS[kind]:
        raise ValueError(f'{name} is {array.dtype} of shape {array.shape}, '
                         f'not {kind} with {ndim} axes')
    return array
