"""Label Studio's RLE of brush strokes.

A stream of bits: the number of values (32), the bits of a value less one (5),
four sizes of lengths less one (4 each); then blocks. A block is 1 or 0, which
of the four sizes (2), its length less one, and one value that is repeated, or
as many values. Values are the four channels of each pixel. The layout is that
of thi.ng/rle-pack and of label-studio-converter's ``brush.py``.
"""
import numpy as np

_SIZES = (3, 4, 8, 16)
_CHANNELS = 4
_WORD = 8


def encode_brush(mask: np.ndarray) -> list[int]:
    """Bytes of a mask.

    Args:
        mask (np.ndarray): bool (H, W).

    Returns:
        list[int]: In 0..255.
    """
    flat = mask.ravel()
    starts = np.concatenate([[0], np.flatnonzero(flat[1:] != flat[:-1]) + 1,
                             [len(flat)]])
    bits = [f'{flat.size * _CHANNELS:032b}{_WORD - 1:05b}',
            *(f'{size - 1:04b}' for size in _SIZES)]
    most = 1 << _SIZES[-1]
    for first, length in zip(starts, np.diff(starts) * _CHANNELS):
        value = f'{255 if flat[first] else 0:08b}'
        for left in range(int(length), 0, -most):
            bits.append(_length(min(left, most)) + value)
    text = ''.join(bits)
    digits = np.frombuffer(text.encode(), dtype=np.uint8) - ord('0')
    return np.packbits(digits).tolist()


def _length(length: int) -> str:
    """Head of a block of equal values."""
    place = next(i for i, size in enumerate(_SIZES) if length <= 1 << size)
    return f'1{place:02b}{length - 1:0{_SIZES[place]}b}'


def decode_brush(data: list[int], size: tuple[int, int]) -> np.ndarray:
    """Pixels of a mask that are not clear, bool (H, W).

    Args:
        data (list[int]): Bytes in 0..255.
        size (tuple[int, int]): Height and width.

    Raises:
        ValueError: If they are no such bytes, or of another size.
    """
    bits = _Bits(data)
    count = bits.take(32)
    if count != size[0] * size[1] * _CHANNELS:
        raise ValueError(f'{count} values of brush strokes are not four for '
                         f'each pixel of {size[1]}x{size[0]}')
    word = bits.take(5) + 1
    sizes = [bits.take(4) + 1 for _ in range(4)]
    values = np.zeros(count, dtype=np.uint8)
    place = 0
    while place < count:
        repeated = bits.take(1)
        end = place + 1 + bits.take(sizes[bits.take(2)])
        if end > count:
            raise ValueError('brush strokes have too many values')
        if repeated:
            values[place:end] = bits.take(word)
        else:
            values[place:end] = [bits.take(word) for _ in range(place, end)]
        place = end
    return values.reshape(*size, _CHANNELS)[..., -1] > 0


class _Bits:
    """Numbers of a given length from a stream of bits."""

    def __init__(self, data: list[int]) -> None:
        array = np.array(data, dtype=np.uint8)
        self.text = (np.unpackbits(array) + ord('0')).tobytes().decode()
        self.place = 0

    def take(self, length: int) -> int:
        end = self.place + length
        if end > len(self.text):
            raise ValueError('brush strokes end within a number')
        found = int(self.text[self.place:end], 2)
        self.place = end
        return found
