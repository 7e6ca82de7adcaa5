"""Read MXNet's ``.params`` files without MXNet.

The file is a list of NDArrays as MXNet's C++ core saves them (little endian):

- uint64 0x112, uint64 reserved,
- uint64 number of arrays, then each array,
- uint64 number of names, then each as uint64 length and bytes.

An array starts with a uint32: a magic number of its version, or, in the
oldest format, its number of dimensions. Dense arrays only. Every size is
checked against the length of the file before anything of that size is made.
"""
import os
import struct
from pathlib import Path

import numpy as np

from ...structures import UserError

_LIST_MAGIC = 0x112
_V1, _V2, _V3 = 0xF993FAC8, 0xF993FAC9, 0xF993FACA
_DENSE = 0
_DTYPES = dict(enumerate(
    (np.float32, np.float64, np.float16, np.uint8, np.int32, np.int8,
     np.int64)))
_MAX_DIMENSIONS = 32


class _Reader:
    """Numbers from bytes that may end too early."""

    def __init__(self, data: bytes) -> None:
        self.data = memoryview(data)
        self.position = 0

    def take(self, count: int) -> memoryview:
        end = self.position + count
        if count < 0 or end > len(self.data):
            raise ValueError(f'it ends at byte {len(self.data)}, in the '
                             f'middle of something that goes on to {end}')
        part = self.data[self.position:end]
        self.position = end
        return part

    def numbers(self, code: str, count: int = 1) -> tuple:
        size = struct.calcsize('<' + code)
        return struct.unpack(f'<{count}{code}', self.take(size * count))

    def number(self, code: str) -> int:
        return self.numbers(code)[0]


def read_mxnet_params(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """Arrays of a ``.params`` file by name (``arg:...``, ``aux:...``).

    Raises:
        UserError: If the file is missing, cut off, or of another format.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f'{path}: cannot be read ({error.strerror})') from None
    try:
        return _read(_Reader(data))
    except (ValueError, struct.error, UnicodeDecodeError) as error:
        raise UserError(f'{path}: not a whole MXNet .params file ({error})'
                        ) from None


def _read(reader: _Reader) -> dict[str, np.ndarray]:
    if reader.number('Q') != _LIST_MAGIC:
        raise ValueError('wrong magic number')
    reader.number('Q')
    arrays = [_read_array(reader) for _ in range(_count(reader))]
    names = []
    for _ in range(_count(reader)):
        names.append(bytes(reader.take(reader.number('Q'))).decode())
    if reader.position != len(reader.data):
        raise ValueError(f'it should end at byte {reader.position}, and has '
                         f'{len(reader.data)}')
    if len(names) != len(arrays) or len(set(names)) != len(names):
        raise ValueError(f'{len(arrays)} arrays with {len(set(names))} names')
    return dict(zip(names, arrays))


def _count(reader: _Reader) -> int:
    """A count, bounded by what the file can hold."""
    count = reader.number('Q')
    if count > len(reader.data) // 4:
        raise ValueError(f'{count} entries in {len(reader.data)} bytes')
    return count


def _read_array(reader: _Reader) -> np.ndarray:
    first = reader.number('I')
    if first in (_V2, _V3):
        storage = reader.number('i')
        if storage != _DENSE:
            raise ValueError(f'storage type {storage} is not dense')
    if first in (_V1, _V2, _V3):
        dimensions, code = reader.number('I'), 'q'
    else:
        dimensions, code = first, 'I'
    if dimensions > _MAX_DIMENSIONS:
        raise ValueError(f'{dimensions} dimensions')
    shape = reader.numbers(code, dimensions)
    if not shape and first != _V3:
        # Before version 3 no dimensions meant no data; since, a scalar.
        return np.zeros(0, dtype=np.float32)
    reader.numbers('i', 2)  # device
    flag = reader.number('i')
    if flag not in _DTYPES:
        raise ValueError(f'type flag {flag}')
    dtype = np.dtype(_DTYPES[flag])
    size = 1
    for side in shape:
        if side < 0:
            raise ValueError(f'shape {shape}')
        size *= side
    data = reader.take(size * dtype.itemsize)
    return np.frombuffer(data, dtype=dtype.newbyteorder('<')).reshape(shape)
