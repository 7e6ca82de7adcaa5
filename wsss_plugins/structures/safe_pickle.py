"""Read pickled arrays of other projects without running their code.

Label and cue files of the reference implementations are pickles, and a pickle
is a program. The reader here knows plain containers and numpy arrays; at any
other name it stops.
"""
import gzip
import io
import os
import pickle
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from .errors import UserError


def _decode(text: str, encoding: str = 'latin1') -> bytes:
    """What pickles of Python 2 strings call; nothing but Latin-1."""
    if encoding not in ('latin1', 'latin-1'):
        raise pickle.UnpicklingError(f'encoding {encoding!r}')
    return text.encode('latin1')


class _Dtype:
    """Stands for a dtype; its state may only set the byte order."""

    def __init__(self, code: str | bytes, *flags: object) -> None:
        code = code.decode('latin1') if isinstance(code, bytes) else code
        self.value = np.dtype(str(code))

    def __setstate__(self, state: tuple) -> None:
        if any(part is not None for part in state[2:5]):
            raise pickle.UnpicklingError('an array of records')
        order = state[1]
        order = order.decode('latin1') if isinstance(order, bytes) else order
        if order in ('<', '>'):
            self.value = self.value.newbyteorder(order)


class _Array:
    """Stands for an array until its state comes."""

    value = None

    def __setstate__(self, state: tuple) -> None:
        _, shape, dtype, fortran, data = state
        self.value = _array(data, dtype, shape, 'F' if fortran else 'C')


class _Scalar:
    """Stands for a numpy scalar."""

    def __init__(self, dtype: _Dtype, data: bytes | str) -> None:
        self.value = _array(data, dtype, (), 'C')[()]


def _array(data: bytes | str | list, dtype: _Dtype, shape: tuple,
           order: str) -> np.ndarray:
    """An array from the parts that its pickle holds."""
    if dtype.value.hasobject:
        array = np.empty(len(data), dtype=object)
        array[:] = data
    else:
        data = data.encode('latin1') if isinstance(data, str) else data
        array = np.frombuffer(data, dtype=dtype.value).copy()
    return array.reshape(shape, order=order)


class _Buffer(_Array):
    """Stands for an array of protocol 5."""

    def __init__(self, data: bytes, dtype: _Dtype, shape: tuple,
                 order: str) -> None:
        self.value = _array(bytes(data), dtype, shape, order)


def _reconstruct(subtype: type, shape: tuple, code: object) -> _Array:
    if subtype is not _Array:
        raise pickle.UnpicklingError('an array of a subclass')
    return _Array()


_KNOWN = {
    ('_codecs', 'encode'): _decode,
    ('builtins', 'set'): set,
    ('builtins', 'frozenset'): frozenset,
    ('__builtin__', 'set'): set,
    ('__builtin__', 'frozenset'): frozenset,
    ('numpy', 'dtype'): _Dtype,
    ('numpy', 'ndarray'): _Array,
}
for _core in ('numpy.core', 'numpy._core'):
    _KNOWN[f'{_core}.multiarray', '_reconstruct'] = _reconstruct
    _KNOWN[f'{_core}.multiarray', 'scalar'] = _Scalar
    _KNOWN[f'{_core}.numeric', '_frombuffer'] = _Buffer


class _Unpickler(pickle.Unpickler):
    """Unpickler of plain containers and numpy arrays."""

    def find_class(self, module: str, name: str) -> Any:
        try:
            return _KNOWN[module, name]
        except KeyError:
            raise pickle.UnpicklingError(
                f'it asks for {module}.{name}, which is not plain data'
            ) from None

    def persistent_load(self, pid: object) -> Any:
        raise pickle.UnpicklingError('it refers to objects elsewhere')


def _plain(value: Any) -> Any:
    """Put the arrays and scalars that the placeholders stand for."""
    if isinstance(value, (_Array, _Scalar, _Dtype)):
        value = value.value
        if value is None:
            raise pickle.UnpicklingError('an array without content')
        if isinstance(value, np.ndarray) and value.dtype.hasobject:
            for index in np.ndindex(value.shape):
                value[index] = _plain(value[index])
        return value
    if isinstance(value, dict):
        return {_plain(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return type(value)(_plain(item) for item in value)
    if callable(value):
        raise pickle.UnpicklingError('it holds a function or class')
    return value


def load_pickle(path: str | os.PathLike) -> Any:
    """Read a pickle of plain containers and numpy arrays, gzipped or not.

    Args:
        path (str | PathLike): The file; any protocol, also from Python 2.

    Returns:
        Any: Dicts, lists, strings, numbers, arrays.

    Raises:
        UserError: If the file is missing, cut off, or holds anything else.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f'{path}: cannot be read ({error.strerror})') from None
    try:
        if data[:2] == b'\x1f\x8b':
            data = gzip.decompress(data)
        return _load(io.BytesIO(data))
    except Exception as error:
        raise _refusal(path, error) from None


def load_npy(path: str | os.PathLike) -> Any:
    """Read a ``.npy`` file, plain or with a pickled object inside.

    Args:
        path (str | PathLike): The file.

    Returns:
        Any: The array; of an object array of no dimensions, its content.

    Raises:
        UserError: If the file is missing, cut off, or its objects are more
            than plain data.
    """
    path = Path(path)
    try:
        file = path.open('rb')
    except OSError as error:
        raise UserError(f'{path}: cannot be read ({error.strerror})') from None
    with file:
        try:
            version = np.lib.format.read_magic(file)
            read = (np.lib.format.read_array_header_1_0 if version == (1, 0)
                    else np.lib.format.read_array_header_2_0)
            shape, _, dtype = read(file)
            if dtype.hasobject:
                value = _load(file)
                return value.item() if shape == () else value
            file.seek(0)
            return np.load(file, allow_pickle=False)
        except Exception as error:
            raise _refusal(path, error) from None


def _load(file: BinaryIO) -> Any:
    return _plain(_Unpickler(file, encoding='latin1').load())


def _refusal(path: Path, error: Exception) -> UserError:
    reason = ' '.join(str(error).split()) or type(error).__name__
    return UserError(f'{path}: not plain data ({reason}); only containers and '
                     'numpy arrays are read')
