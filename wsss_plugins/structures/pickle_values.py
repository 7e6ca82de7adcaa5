"""Plain values that a pickle may hold, and the names they are written with.

Numpy arrays, dtypes and scalars, and what early protocols have no opcodes
for, are written as calls of functions. Here is what stands for those
functions; nothing is looked up in the modules that the file names.
"""
import math
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

_SCALARS = (str, bytes, int, float, complex, type(None), np.generic)
_MAX_KEY_PARTS = 16
_MAX_KEY_BITS = 64
_DTYPE = re.compile(
    r'\?|b1|[iu][1248]|f(2|4|8|12|16)|c(8|16)|[SU][1-9]\d{0,8}|O8?')


class RefusedError(Exception):
    """What is wrong with a file, without the file's name."""


def make_array(data: bytes | bytearray | str | list, dtype: np.dtype,
               shape: tuple[int, ...], order: str) -> np.ndarray:
    """An array of its own memory and this machine's byte order.

    Args:
        data (bytes | bytearray | str | list): Its memory, as Latin-1 text
            where Python 2 wrote it; or its items, of an array of objects.
        dtype (np.dtype): Numbers, booleans, text, bytes or objects.
        shape (tuple[int]): Its shape; nothing is inferred.
        order (str): ``'C'`` or ``'F'``.

    Raises:
        RefusedError: If one of them is anything else, or they disagree.
    """
    # Values are not put into messages: text of nested ones may be endless.
    if type(shape) is not tuple or any(
            type(n) is not int or n < 0 for n in shape):
        raise RefusedError('an array without a shape')
    if order not in ('C', 'F'):
        raise RefusedError('an array in another order than C or Fortran')
    if not isinstance(dtype, np.dtype) or not _DTYPE.fullmatch(dtype.str[1:]):
        raise RefusedError('an array of other items than numbers and text')
    count = math.prod(shape)
    if dtype.kind == 'O':
        return _object_array(data, count).reshape(shape, order=order)
    data = data.encode('latin1') if isinstance(data, str) else data
    if len(data) != count * dtype.itemsize:
        raise RefusedError(f'{len(data)} bytes for an array of {dtype}, '
                           f'shape {shape}')
    array = np.zeros(count, dtype=dtype.newbyteorder('='))
    if data:
        array[:] = np.frombuffer(data, dtype=dtype)
    if dtype.kind == 'U' and (
            array.view(np.uint32) > sys.maxunicode).any():
        raise RefusedError('an array of text whose content is no text')
    return array.reshape(shape, order=order)


def _object_array(items: list, count: int) -> np.ndarray:
    if type(items) is not list or len(items) != count:
        raise RefusedError('an array of objects without its objects')
    array = np.empty(count, dtype=object)
    for index, item in enumerate(items):
        array[index] = item
    return array


def as_text(value: Any) -> str:
    """Text, also where Python 2 wrote it as bytes.

    Raises:
        RefusedError: If it is neither.
    """
    value = value.decode('latin1') if isinstance(value, bytes) else value
    if type(value) is not str:
        raise RefusedError(f'a {type(value).__name__} in place of a text')
    return value


class Dtype:
    """A dtype until it is put into something; its state is the byte order.

    Args:
        code (str | bytes): Kind and size, such as ``'f4'``.
        flags: Alignment and copying, of no meaning here.
    """

    def __init__(self, code: str | bytes, *flags: object) -> None:
        code = as_text(code)
        if not _DTYPE.fullmatch(code):
            raise RefusedError(f'dtype {code!r}')
        self.value = np.dtype(code)

    def build(self, state: tuple) -> None:
        """Take the state that numpy writes for a dtype without fields."""
        if len(state) != 8 or state[2:5] != (None, None, None):
            raise RefusedError('a dtype with fields or metadata')
        order = as_text(state[1])
        if order in ('<', '>'):
            self.value = self.value.newbyteorder(order)


class Array:
    """An array until it is put into something; its state is its content."""

    value: np.ndarray | None = None

    def build(self, state: tuple) -> None:
        """Take version, shape, dtype, order and content."""
        _, shape, dtype, fortran, data = state
        if self.value is not None:
            raise RefusedError('an array that is filled twice')
        self.value = make_array(data, dtype, shape, 'F' if fortran else 'C')


@dataclass(frozen=True, eq=False)
class Name:
    """A name that pickles of plain data ask for, and what stands for it."""

    name: str
    call: Callable


@dataclass(frozen=True, eq=False)
class Arguments:
    """A tuple that holds a name; good for nothing but a call."""

    items: tuple


def _encode(text: str, encoding: str = 'latin1') -> bytes:
    if as_text(encoding) not in ('latin1', 'latin-1'):
        raise RefusedError('text in another encoding than Latin-1')
    return as_text(text).encode('latin1')


def _bytearray(data: bytes | str = b'', encoding: str = 'latin1') -> bytearray:
    return bytearray(data if type(data) is bytes else _encode(data, encoding))


def _set(items: list) -> set:
    if type(items) is not list:
        raise RefusedError('a set of no list')
    return {checked_key(item) for item in items}


def _complex(real: float, imaginary: float) -> complex:
    if type(real) is not float or type(imaginary) is not float:
        raise RefusedError('a complex number of no numbers')
    return complex(real, imaginary)


def _no_call(*args: object) -> None:
    raise RefusedError('it makes an array in another way than numpy does')


def _reconstruct(subtype: object, *args: object) -> Array:
    if subtype is not _NDARRAY:
        raise RefusedError('an array of a subclass')
    return Array()


def _scalar(dtype: np.dtype, data: bytes | str) -> np.generic:
    if type(data) is list:
        raise RefusedError('a scalar that is an object')
    return make_array(data, dtype, (), 'C')[()]


def _from_buffer(data: bytes | bytearray, dtype: np.dtype, shape: tuple,
                 order: str) -> np.ndarray:
    return make_array(data, dtype, shape, order)


_NDARRAY = Name('numpy.ndarray', _no_call)
_CALLS: dict[str, Callable] = {
    '_codecs.encode': _encode,
    'numpy.dtype': Dtype,
}
for _core in ('numpy.core', 'numpy._core'):
    _CALLS[f'{_core}.multiarray._reconstruct'] = _reconstruct
    _CALLS[f'{_core}.multiarray.scalar'] = _scalar
    _CALLS[f'{_core}.numeric._frombuffer'] = _from_buffer
for _builtins in ('__builtin__', 'builtins'):
    # Early protocols have no opcodes for these.
    _CALLS[f'{_builtins}.bytes'] = lambda: b''
    _CALLS[f'{_builtins}.bytearray'] = _bytearray
    _CALLS[f'{_builtins}.complex'] = _complex
    _CALLS[f'{_builtins}.set'] = _set
    _CALLS[f'{_builtins}.frozenset'] = lambda items: frozenset(_set(items))
NAMES = {name: Name(name, call) for name, call in _CALLS.items()}
NAMES[_NDARRAY.name] = _NDARRAY


def checked_key(value: Any) -> Any:
    """Refuse keys but scalars and flat, short tuples.

    To hash others, such as tuples of tuples of tuples, may take for ever.

    Raises:
        RefusedError: If the key is of another type.
    """
    parts = value if type(value) is tuple else (value, )
    if len(parts) > _MAX_KEY_PARTS or not all(
            isinstance(part, _SCALARS) for part in parts):
        raise RefusedError(f'a {type(value).__name__} as a key')
    if any(type(part) is int and part.bit_length() > _MAX_KEY_BITS
           for part in parts):
        raise RefusedError('a number as a key that is too large')
    return value


def plain(item: Any) -> Any:
    """What an item of the stack is when it is put into something.

    Raises:
        RefusedError: If it is a name, or an array that has no content yet.
    """
    if isinstance(item, Name | Arguments):
        raise RefusedError('it holds a function or class')
    if isinstance(item, Dtype | Array):
        if item.value is None:
            raise RefusedError('an array without content')
        return item.value
    return item
