"""Read pickled arrays of other projects without running their code.

Label and cue files of the reference implementations are pickles, and a pickle
is a program that may import and call anything. The reader here is a machine
of its own for that language, which has no import and no call: it knows plain
containers, numbers, text, and the few names that numpy arrays are written
with. At any other name it stops.
"""
import functools
import gzip
import io
import os
from typing import Any

import numpy as np

from .errors import UserError
from .failures import READ_FAILURES, reason
from .pickle_machine import PickleMachine
from .pickle_values import RefusedError, make_array

_MAX_BYTES = 1 << 30
# Of the first words and the version.
_MAGIC = 8
_ENCODINGS = ('latin1', 'bytes')
_FAILURES = (RefusedError, *READ_FAILURES)


def load_pickle(path: str | os.PathLike, encoding: str = 'latin1') -> Any:
    """Read a pickle of plain containers and numpy arrays, gzipped or not.

    Args:
        path (str | PathLike): The file; any protocol, also from Python 2; at
            most 1 GiB when unpacked.
        encoding (str): What Python 2's strings become: ``'latin1'`` text, or
            ``'bytes'``.

    Returns:
        Any: Dicts, lists, tuples, sets, text, bytes, numbers, arrays.

    Raises:
        UserError: If the file is missing, cut off, too large, or holds
            anything else; a name that it asks for is told.
    """
    if encoding not in _ENCODINGS:
        raise UserError(f'encoding={encoding!r}; choose one of '
                        f'{", ".join(_ENCODINGS)}')
    try:
        return PickleMachine(_read(path), encoding).run()
    except _FAILURES as error:
        raise _refusal(path, error) from None


def load_npy(path: str | os.PathLike) -> Any:
    """Read a ``.npy`` file, plain or with a pickled object inside.

    Args:
        path (str | PathLike): The file; at most 1 GiB.

    Returns:
        Any: The array; of an object array of no dimensions, its content.

    Raises:
        UserError: If the file is missing, cut off, too large, or its objects
            are more than plain data.
    """
    try:
        return parse_npy(_read(path))
    except _FAILURES as error:
        raise _refusal(path, error) from None


def _read(path: str | os.PathLike) -> bytes:
    """The bytes of a file, unpacked where it is a gzip file."""
    try:
        with open(path, 'rb') as file:
            zipped = file.read(2) == b'\x1f\x8b'
    except OSError as error:
        raise UserError(f'{path}: cannot be read ({error.strerror}); fix the '
                        'path') from None
    with gzip.open(path) if zipped else open(path, 'rb') as file:
        data = file.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise RefusedError(f'it is longer than {_MAX_BYTES} bytes')
    return data


def _refusal(path: str | os.PathLike, error: Exception) -> UserError:
    if isinstance(error, UserError):
        return error
    return UserError(f'{path}: not plain data ({reason(error)}); only whole '
                     'files of containers, numbers, text and numpy arrays '
                     'are read')


def parse_npy(data: bytes, objects: bool = True) -> Any:
    """The content of a ``.npy`` file; nothing is taken that is not there.

    Args:
        data (bytes): The whole file.
        objects (bool): Whether an array may hold plain objects.

    Raises:
        RefusedError: If the file is cut off or holds anything else; other
            errors are among :data:`.READ_FAILURES`.
    """
    version = np.lib.format.read_magic(io.BytesIO(data[:_MAGIC]))
    if version not in ((1, 0), (2, 0), (3, 0)):
        raise RefusedError(f'.npy version {version}')
    start = _MAGIC + (2 if version == (1, 0) else 4)
    start += int.from_bytes(data[_MAGIC:start], 'little')
    shape, fortran, dtype = _header(data[:start])
    payload = data[start:]
    if dtype.kind != 'O':
        return make_array(payload, dtype, shape, 'F' if fortran else 'C')
    if not objects:
        raise RefusedError('an array of objects, not of numbers or text')
    value = PickleMachine(payload, 'latin1').run()
    if not isinstance(value, np.ndarray) or value.shape != shape:
        raise RefusedError('its objects are not the array of its header')
    return value.item() if shape == () else value


@functools.lru_cache(256)
def _header(start: bytes) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, order and dtype of a ``.npy`` file from what precedes its data.

    It is the text of a Python dict, which costs more to parse than a small
    array to read; the files of a folder have few different ones.
    """
    # numpy's own parser wants a file; it runs no code.
    file = io.BytesIO(start)
    # Version 3 is version 2 in UTF-8, for field names, which are refused.
    read = (np.lib.format.read_array_header_1_0
            if np.lib.format.read_magic(file) == (1, 0)
            else np.lib.format.read_array_header_2_0)
    return read(file)
