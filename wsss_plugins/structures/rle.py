"""Masks as COCO's RLEs, with counts as text that JSON can hold."""
from typing import Any

import numpy as np

from .errors import UserError


def _coco():
    """Functions of pycocotools on masks, asked for where they are needed."""
    try:
        from pycocotools import mask
    except ImportError as error:
        raise UserError('masks in COCO json need pycocotools; run "pip '
                        f'install pycocotools" ({error})') from None
    return mask


def encode_mask(mask: np.ndarray) -> dict[str, Any]:
    """Run-length code of a mask.

    Args:
        mask (np.ndarray): bool or 0/1, (H, W).

    Returns:
        dict: ``size`` ([H, W]) and ``counts`` (str).
    """
    runs = _coco().encode(np.asfortranarray(mask, dtype=np.uint8))
    return _texted(runs)


def segment_rle(segmentation: Any, size: tuple[int, int],
                 where: str = 'segmentation') -> dict[str, Any]:
    """Run-length code of what COCO has in ``segmentation``.

    Args:
        segmentation (list | dict): Polygons, or run lengths of either kind.
        size (tuple[int, int]): Height and width of the image.
        where (str): What it is of, for messages.

    Returns:
        dict: ``size`` ([H, W]) and ``counts`` (str).

    Raises:
        UserError: If it is broken, or of another size.
    """
    coco = _coco()
    try:
        if isinstance(segmentation, list):
            runs = coco.merge(coco.frPyObjects(segmentation, *size))
        elif isinstance(segmentation['counts'], list):
            runs = coco.frPyObjects(segmentation, *size)
        else:
            runs = segmentation
        runs = _texted(runs)
        lengths = run_lengths(runs['counts'])
        # pycocotools would read memory behind counts that end early.
        if min(lengths) < 0 or sum(lengths) != np.prod(runs['size']):
            raise ValueError('its counts do not add up')
    except Exception as error:  # pycocotools raises bare ones
        raise UserError(f'{where} has no whole segmentation ({error!r}); fix '
                        'the file') from None
    if tuple(runs['size']) != tuple(size):
        raise UserError(f'{where} has a segmentation of {runs["size"]}, but '
                        f'its image is {list(size)}; fix the file')
    return runs


def run_lengths(counts: str) -> list[int]:
    """Lengths of runs, background first, from COCO's text.

    Five bits a character, the lowest first, with a sign; from the fourth on
    lengths are differences to the last but one.

    Args:
        counts (str): Compressed counts.

    Raises:
        IndexError: If the text ends within a number.
    """
    lengths: list[int] = []
    place = 0
    while place < len(counts):
        value = bits = 0
        more = True
        while more:
            code = ord(counts[place]) - 48
            value |= (code & 31) << bits
            more = code & 32
            place, bits = place + 1, bits + 5
        if code & 16:
            value -= 1 << bits
        lengths.append(value + (lengths[-2] if len(lengths) > 2 else 0))
    return lengths


def decode_mask(segmentation: Any, size: tuple[int, int],
                where: str = 'segmentation') -> np.ndarray:
    """Pixels of what COCO has in ``segmentation``, bool (H, W).

    Args and errors as of :func:`segment_rle`.
    """
    runs = segment_rle(segmentation, size, where)
    return _coco().decode(_packed(runs)).astype(bool)


def rle_area(runs: dict[str, Any]) -> int:
    """Number of pixels of a RLE."""
    return int(_coco().area(_packed(runs)))


def rle_box(runs: dict[str, Any]) -> list[float]:
    """Tight box of a RLE: left, top, width, height."""
    return [float(value) for value in _coco().toBbox(_packed(runs))]


def rle_iou(first: dict[str, Any], second: dict[str, Any]) -> float:
    """Intersection over union of two RLEs; 0 for two empty."""
    pair = [_packed(first)], [_packed(second)], [0]
    # pycocotools counts two empty masks as 0 / 0, a number without meaning.
    if rle_area(first) == 0 and rle_area(second) == 0:
        return 0.
    return float(_coco().iou(*pair)[0, 0])


def box_rle(box: tuple[float, ...], size: tuple[int, int]) -> dict[str, Any]:
    """Run-length code of a box, the pixels it touches.

    Args:
        box (tuple[float]): Left, top, width and height in pixels.
        size (tuple[int, int]): Height and width of the image.
    """
    left, top, width, height = box
    mask = np.zeros(size, dtype=np.uint8, order='F')
    # At least the pixel of its corner, or there would be nothing to learn.
    rows = slice(_start(top, size[0]), _stop(top, height, size[0]))
    columns = slice(_start(left, size[1]), _stop(left, width, size[1]))
    mask[rows, columns] = 1
    return encode_mask(mask)


def _start(low: float, length: int) -> int:
    return int(np.clip(np.floor(low), 0, length - 1))


def _stop(low: float, extent: float, length: int) -> int:
    end = int(np.clip(np.ceil(low + extent), 0, length))
    return max(end, _start(low, length) + 1)


def _texted(runs: dict) -> dict[str, Any]:
    counts = runs['counts']
    if isinstance(counts, bytes):
        counts = counts.decode('ascii')
    return dict(size=[int(side) for side in runs['size']], counts=counts)


def _packed(runs: dict) -> dict[str, Any]:
    return dict(size=runs['size'], counts=runs['counts'].encode('ascii'))
