"""Masks as COCO's RLEs, with counts as text; the one gate that checks them."""
from typing import Any

import numpy as np

from .errors import UserError
from .text_files import described

# Of a polygon that covers something.
_LEAST_CORNERS = 3
_LEAST_NUMBERS = 2 * _LEAST_CORNERS
# How far, in pixels, a corner may lie outside its image. The rasterizer walks
# along every edge, so that 1e9 would take minutes.
_FAR = 100_000
_MOST_CHARACTERS = 8


def _coco():
    """Functions of pycocotools on masks, asked for where they are needed."""
    try:
        from pycocotools import mask
    except ImportError as error:
        raise UserError('masks in COCO json need pycocotools; run "pip '
                        f'install pycocotools" ({error})') from None
    return mask


def encode_mask(mask: np.ndarray) -> dict[str, Any]:
    """RLE of a mask.

    Args:
        mask (np.ndarray): bool or 0/1, (H, W).

    Returns:
        dict: ``size`` ([H, W]) and ``counts`` (str).
    """
    runs = _coco().encode(np.asfortranarray(mask, dtype=np.uint8))
    return _texted(runs)


def segment_rle(segmentation: Any, size: tuple[int, int],
                where: str = 'segmentation') -> dict[str, Any]:
    """RLE of what COCO has in ``segmentation``; the one gate for all of it.

    Parts of a polygon with less than three corners cover nothing and are left
    out, wherever they stand; what leaves the image is cut off there.

    Args:
        segmentation (list | dict): Polygons, or an RLE of either kind.
        size (tuple[int, int]): Height and width of the image.
        where (str): What it is of, for messages.

    Returns:
        dict: ``size`` ([H, W]) and ``counts`` (str).

    Raises:
        UserError: If it is none of them, of another size, counts do not fill
            the image, or numbers are not finite or far outside.
    """
    flaw = segmentation_flaw(segmentation, size)
    if flaw:
        raise UserError(f'{where}: {flaw}; fix the file')
    if isinstance(segmentation, dict):
        if isinstance(segmentation['counts'], list):
            return _texted(_coco().frPyObjects(segmentation, *size))
        return _texted(segmentation)
    # A first part of four numbers would turn all parts into boxes.
    parts = [part for part in segmentation if len(part) >= _LEAST_NUMBERS]
    return _texted(_coco().merge(_coco().frPyObjects(parts, *size)))


def segmentation_flaw(segmentation: Any,
                      size: tuple[int, int]) -> str | None:
    """What is wrong with COCO's ``segmentation``; None if it is sound.

    Args and limits as of :func:`segment_rle`.
    """
    if isinstance(segmentation, list):
        return polygon_flaw(segmentation, size)
    if isinstance(segmentation, dict):
        return _rle_flaw(segmentation, size)
    if segmentation is None:
        return 'no segmentation'
    return (f'segmentation is {described(segmentation)}, not a list of '
            'polygons or an RLE')


def polygon_flaw(segmentation: list,
                 size: tuple[int, int] | None = None) -> str | None:
    """What is wrong with polygons; None if they are sound.

    Args:
        segmentation (list): COCO's ``segmentation``, ``[[x, y, ...], ...]``.
        size (tuple[int, int], optional): Height and width of the image; at
            least one part must reach into it.
    """
    if all(part == [] for part in segmentation):
        return 'segmentation is empty, it has no polygon'
    if isinstance(segmentation[0], int | float):
        return (f'segmentation {segmentation!r:.40} is a flat list; expected '
                'a list of polygons, [[x, y, x, y, ...], ...]')
    far = _FAR + max(size or (0, ))
    most, inside = 0, False
    for part in segmentation:
        numbers = _numbers(part)
        if numbers is None or len(numbers) % 2:
            return f'polygon {part!r:.60} is not pairs of numbers'
        # NaN compares as False, so it is refused too.
        if not (np.abs(numbers) < far).all():
            return (f'polygon {part!r:.60} is not within {far} pixels of the '
                    'image')
        points = numbers.reshape(-1, 2)
        most = max(most, len(set(zip(part[::2], part[1::2]))))
        inside = inside or size is None or _reaches(points, size)
    # Specks beside a sound part occur in COCO and do no harm.
    if most < _LEAST_CORNERS:
        return (f'degenerate polygons {segmentation!r:.60} of less than three '
                'corners')
    if not inside:
        return (f'polygons {segmentation!r:.60} lie outside the image '
                f'({size[1]}x{size[0]}); is it turned by EXIF?')
    return None


def _numbers(part: Any) -> np.ndarray | None:
    """A list of JSON as numbers, float64 (N,); None if it is not one."""
    if not isinstance(part, list) or not all(
            type(value) in (int, float) for value in part):
        return None
    try:
        return np.array(part, dtype=np.float64)
    except OverflowError:
        return np.array([np.inf, np.inf])


def _reaches(points: np.ndarray, size: tuple[int, int]) -> bool:
    """Whether the box of some corners overlaps the image."""
    if not len(points):
        return False
    low, high = points.min(axis=0), points.max(axis=0)
    return bool((high > 0).all() and low[0] < size[1] and low[1] < size[0])


def _rle_flaw(runs: dict, size: tuple[int, int]) -> str | None:
    said, counts = runs.get('size'), runs.get('counts')
    if not isinstance(said, list | tuple) or not all(
            type(side) is int for side in said):
        return f'its RLE has size {described(said)}, not [height, width]'
    if tuple(said) != tuple(size):
        return (f'its RLE has size {list(said)}, but its image is '
                f'{list(size)} (height, width)')
    if isinstance(counts, list):
        wrong = [n for n in counts if type(n) is not int or n < 0]
        if wrong:
            return (f'its RLE counts {described(wrong[0])}, not pixels from '
                    '0 on')
        total = sum(counts)
    else:
        try:
            lengths = run_lengths(counts)
        except ValueError as error:
            return f'its RLE is broken ({error})'
        total = int(lengths.sum())
    pixels = size[0] * size[1]
    if total != pixels:
        # pycocotools would read memory behind counts that end early.
        return (f'its RLE counts {total} pixels, but its image '
                f'({size[1]}x{size[0]}) has {pixels}')
    return None


def run_lengths(counts: str | bytes) -> np.ndarray:
    """Lengths of runs, background first, from COCO's text; int64 (R,).

    Five bits a character, the lowest first, with a sign; from the fourth on
    lengths are differences to the last but one.

    Args:
        counts (str | bytes): Compressed counts.

    Raises:
        ValueError: If it is no such text, ends within a number, or a length
            is negative or of more than 32 bits.
    """
    try:
        data = counts.encode('ascii') if isinstance(counts, str) else counts
        codes = np.frombuffer(data, dtype=np.uint8).astype(np.int64) - 48
    except (UnicodeEncodeError, TypeError, ValueError):
        raise ValueError('counts are neither a list nor COCO\'s '
                         'text') from None
    if not len(codes) or codes.min() < 0 or codes.max() > 63:
        raise ValueError('counts are no text of COCO\'s')
    ends = np.flatnonzero(codes < 32)
    if not len(ends) or ends[-1] != len(codes) - 1:
        raise ValueError('counts end within a number')
    starts = np.concatenate([[0], ends[:-1] + 1])
    widths = ends + 1 - starts
    if widths.max() > _MOST_CHARACTERS:
        raise ValueError('a count has more than 32 bits')
    place = np.arange(len(codes)) - np.repeat(starts, widths)
    values = np.add.reduceat((codes & 31) << 5 * place, starts)
    values -= np.where(codes[ends] & 16, 1 << 5 * widths, 0)
    values[2::2] = np.cumsum(values[2::2])
    values[1::2] = np.cumsum(values[1::2])
    if values.min() < 0 or values.max() >> 32:
        raise ValueError('a run has a length below 0 or of more than 32 bits')
    return values


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
    # pycocotools counts two empty masks as 0 / 0, a NaN.
    if rle_area(first) == 0 and rle_area(second) == 0:
        return 0.
    return float(_coco().iou(*pair)[0, 0])


def box_rle(box: tuple[float, ...], size: tuple[int, int]) -> dict[str, Any]:
    """RLE of a box, the pixels it touches.

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
