"""Masks on their way between page and server: gzip of rows of indices."""
import base64
import binascii
import zlib

import numpy as np

from ..structures import IGNORE_INDEX
from .errors import RequestError

_GZIP = 31  # zlib's number of a window with gzip's header


def pack(mask: np.ndarray) -> bytes:
    """A uint8 array (H, W) as gzip."""
    packer = zlib.compressobj(1, zlib.DEFLATED, _GZIP)
    return packer.compress(np.ascontiguousarray(mask)) + packer.flush()


def unpack(text: str, size: tuple[int, int], num_classes: int) -> np.ndarray:
    """A mask from base64 of gzip, uint8 (H, W).

    Never takes more memory than a mask of this size.

    Args:
        text (str): What the page sent.
        size (tuple[int, int]): Height and width that it must have.
        num_classes (int): Indices must be below it, or 255.

    Raises:
        RequestError: If it is none, or of another size.
    """
    height, width = size
    try:
        unpacker = zlib.decompressobj(_GZIP)
        data = unpacker.decompress(
            base64.b64decode(text, validate=True), height * width + 1)
    except (TypeError, ValueError, binascii.Error, zlib.error):
        raise RequestError(422, 'the mask is no gzip in base64') from None
    if len(data) != height * width:
        raise RequestError(422, f'the mask is not {height}x{width} bytes')
    mask = np.frombuffer(data, np.uint8).reshape(size)
    wrong = mask[(mask >= num_classes) & (mask != IGNORE_INDEX)]
    if wrong.size:
        raise RequestError(422, f'the mask holds {wrong[0]}, but there are '
                           f'{num_classes} classes')
    return mask
