"""Crops of single objects and what lies in them.

Re-implemented from the description of MAL (S. Lan et al.: Vision Transformers
Are Good Mask Auto-Labelers, CVPR 2023, https://arxiv.org/abs/2301.03992, Sec.
3.2), whose crops EXITS trains on. A box is (x0, y0, x1, y1); of the whole
image the box covers the pixels ``int(x0)..int(x1)`` and ``int(y0)..int(y1)``,
both ends included. A crop is a box of integers, right and bottom excluded,
and may reach beyond the image.
"""
from collections.abc import Sequence

import numpy as np
from PIL import Image

PADS = ('wrap', 'reflect', 'constant')
BACKENDS = ('pillow', 'cv2')


def draw_margins(rng: np.random.Generator | np.random.RandomState,
                 margin: tuple[float, float] = (0., 1.2)) -> np.ndarray:
    """Random margins of a training crop.

    Each side draws from ``margin``; then left and right share one random
    budget, top and bottom another: a share g goes to the first side, 1 - g to
    the other.

    Args:
        rng (np.random.Generator | np.random.RandomState): Draws four numbers,
            then two.
        margin (tuple[float, float]): Least and greatest margin, in halves of
            the box's width or height. Defaults to (0, 1.2).

    Returns:
        np.ndarray: Left, top, right and bottom margin, float64 (4,).
    """
    low, high = margin
    margins = low + (high - low) * rng.random(4)
    share = rng.random(2)
    return margins * np.concatenate([share, 1 - share])


def crop_box(box: Sequence[float],
             margins: float | Sequence[float] = .3) -> tuple[int, ...]:
    """The integer crop around a box.

    Args:
        box (Sequence[float]): x0, y0, x1, y1 in pixels.
        margins (float | Sequence[float]): Of all sides, or left, top, right
            and bottom, in halves of the box's width or height. Defaults to
            0.3, MAL's margin of inference.

    Returns:
        tuple[int, int, int, int]: x0, y0, x1, y1, right and bottom excluded.
        At least as large as the box; may be negative or beyond the image.
    """
    box = np.asarray(box, dtype=np.float64)
    margins = np.broadcast_to(np.asarray(margins, dtype=np.float64), 4)
    center = (box[:2] + box[2:]) / 2
    low = np.floor(center - (center - box[:2]) * (1 + margins[:2]))
    high = np.ceil(center + (box[2:] - center) * (1 + margins[2:]) + 1)
    return tuple(int(value) for value in (*low, *high))


def source_index(start: int, stop: int, length: int,
                 pad: str) -> tuple[np.ndarray, np.ndarray]:
    """Which pixel of the image each pixel of a crop shows, along one side.

    Args:
        start, stop (int): The crop, in pixels of the image.
        length (int): Of the image, at least 1.
        pad (str): What is beyond the image: ``'wrap'``, the opposite side;
            ``'reflect'``, the mirrored image without its edge twice;
            ``'constant'``, the last pixel, for the caller to paint over.

    Returns:
        tuple[np.ndarray, np.ndarray]: Index in 0..length-1, int64, and
        whether it is the pixel itself, bool, both (stop - start,).
    """
    if pad not in PADS:
        raise ValueError(f'pad={pad!r}; choose one of {", ".join(PADS)}')
    places = np.arange(start, stop)
    inside = (places >= 0) & (places < length)
    if pad == 'wrap':
        return places % length, inside
    if pad == 'constant' or length == 1:
        return places.clip(0, length - 1), inside
    phase = places % (2 * length - 2)
    return np.minimum(phase, 2 * length - 2 - phase), inside


def crop_array(array: np.ndarray,
               crop: Sequence[int],
               pad: str = 'reflect',
               fill: float | Sequence[float] = 0) -> np.ndarray:
    """Cut a crop out of an image that it may reach beyond.

    Args:
        array (np.ndarray): (H, W) or (H, W, C).
        crop (Sequence[int]): x0, y0, x1, y1.
        pad (str): See :func:`source_index`. Defaults to ``'reflect'``.
        fill (float | Sequence[float]): Value for ``pad='constant'``.

    Returns:
        np.ndarray: (y1 - y0, x1 - x0[, C]); of an inner crop a view.
    """
    x0, y0, x1, y1 = crop
    rows, inner_rows = source_index(y0, y1, array.shape[0], pad)
    columns, inner_columns = source_index(x0, x1, array.shape[1], pad)
    if inner_rows.all() and inner_columns.all():
        return array[y0:y1, x0:x1]
    part = array.take(rows, axis=0).take(columns, axis=1)
    if pad == 'constant':
        part[~inner_rows] = fill
        part[:, ~inner_columns] = fill
    return part


def resize_crop(array: np.ndarray, side: int,
                backend: str = 'pillow') -> np.ndarray:
    """Resize to a square, whatever the proportions.

    Args:
        array (np.ndarray): uint8 (h, w) or (h, w, 3).
        side (int): Height and width of the result.
        backend (str): ``'pillow'``: antialiased bicubic, as the reference.
            ``'cv2'``: faster; the mean of areas where it shrinks, else
            bicubic.

    Returns:
        np.ndarray: uint8 (side, side[, 3]).
    """
    if backend not in BACKENDS:
        raise ValueError(f'backend={backend!r}; choose one of '
                         f'{", ".join(BACKENDS)}')
    if backend == 'pillow':
        return np.asarray(
            Image.fromarray(array).resize((side, side), Image.BICUBIC))
    import cv2
    shrinks = max(array.shape[:2]) > side
    return cv2.resize(
        array, (side, side),
        interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)


def box_mask(box: Sequence[float],
             crop: Sequence[int],
             size: tuple[int, int],
             side: int,
             pad: str = 'constant') -> np.ndarray:
    """The box in a resized crop, without drawing it in the whole image.

    Equal to filling the box in an image of zeros, cropping and resizing with
    Pillow's bicubic, bit by bit: an upright box is the product of two lines.

    Args:
        box (Sequence[float]): x0, y0, x1, y1 in pixels of the image.
        crop (Sequence[int]): x0, y0, x1, y1.
        size (tuple[int, int]): Height and width of the image.
        side (int): Height and width of the result.
        pad (str): ``'wrap'``: the box comes again where the image does, as
            MAL trains. Otherwise there is no box beyond the image.

    Returns:
        np.ndarray: 0 or 1, uint8 (side, side).
    """
    lines = [
        _box_line(box[axis], box[axis + 2], crop[axis], crop[axis + 2],
                  size[1 - axis], side, pad) for axis in (0, 1)
    ]
    return lines[1][:, None] * lines[0][None, :]


def _box_line(low: float, high: float, start: int, stop: int, length: int,
              side: int, pad: str) -> np.ndarray:
    """Extent of the box along one side of the crop, uint8 (side,)."""
    places, inside = source_index(start, stop, length, pad)
    line = (places >= int(low)) & (places <= int(high))
    if pad != 'wrap':
        line &= inside
    row = Image.fromarray(line.astype(np.uint8)[None])
    return np.asarray(row.resize((side, 1), Image.BICUBIC))[0]


def valid_mask(crop: Sequence[int], size: tuple[int, int],
               side: int) -> np.ndarray:
    """Which pixels of a resized crop show the image and no padding.

    Args:
        crop (Sequence[int]): x0, y0, x1, y1.
        size (tuple[int, int]): Height and width of the image.
        side (int): Height and width of the result.

    Returns:
        np.ndarray: Bool (side, side); by the center of the pixel.
    """
    x0, y0, x1, y1 = box_to_crop((0, 0, size[1], size[0]), crop, side)
    centers = np.arange(side) + .5
    columns = (centers > x0) & (centers < x1)
    rows = (centers > y0) & (centers < y1)
    return rows[:, None] & columns[None, :]


def box_edges(box: Sequence[float], size: tuple[int, int]) -> np.ndarray:
    """Outer edges of the pixels that a box covers.

    Args:
        box (Sequence[float]): x0, y0, x1, y1 in pixels of the image.
        size (tuple[int, int]): Height and width of the image.

    Returns:
        np.ndarray: x0, y0, x1, y1, float64 (4,), within 0..W and 0..H, where
        pixel i reaches from i to i + 1.
    """
    edges = np.asarray(box, dtype=np.float64).astype(np.int64)
    edges = (edges + (0, 0, 1, 1)).astype(np.float64)
    height, width = size
    return np.clip(edges, 0, (width, height, width, height))


def box_to_crop(edges: Sequence[float], crop: Sequence[int],
                side: int) -> np.ndarray:
    """Edges in the image to edges in the resized crop, float64 (4,).

    Args:
        edges (Sequence[float]): x0, y0, x1, y1 where pixel i reaches from i
            to i + 1.
        crop (Sequence[int]): x0, y0, x1, y1.
        side (int): Height and width of the resized crop.
    """
    crop = np.asarray(crop, dtype=np.float64)
    scale = side / (crop[2:] - crop[:2])
    return ((np.asarray(edges) - np.tile(crop[:2], 2)) * np.tile(scale, 2))


def points_to_crop(points: np.ndarray, crop: Sequence[int],
                   side: int) -> np.ndarray:
    """Pixel indices of the image to pixel indices of the resized crop.

    Args:
        points (np.ndarray): x and y, real (..., 2); whole numbers are centers
            of pixels.
        crop (Sequence[int]): x0, y0, x1, y1.
        side (int): Height and width of the resized crop.

    Returns:
        np.ndarray: Float64 (..., 2), likewise; between -0.5 and side - 0.5
        for points in the crop.
    """
    crop = np.asarray(crop, dtype=np.float64)
    scale = side / (crop[2:] - crop[:2])
    return (np.asarray(points) + .5 - crop[:2]) * scale - .5


def flip_points(points: np.ndarray, side: int) -> np.ndarray:
    """Mirror extreme points in a crop; left and right change roles.

    Args:
        points (np.ndarray): Top, left, bottom, right, (..., 4, 2), in pixel
            indices of the crop.
        side (int): Width of the crop.

    Returns:
        np.ndarray: Of the same shape, in the same order.
    """
    flipped = np.array(points)[..., [0, 3, 2, 1], :]
    flipped[..., 0] = side - 1 - flipped[..., 0]
    return flipped


def outside_strip(box: Sequence[float],
                  crop: Sequence[int],
                  size: tuple[int, int],
                  side: int,
                  pad: str = 'reflect') -> float:
    """Width of the broadest strip beside the box, in pixels of the crop.

    Where it is less than a patch the crop may hold no patch of background,
    and EXITS' background scores have no seeds.

    Args:
        box (Sequence[float]): x0, y0, x1, y1 in pixels of the image.
        crop (Sequence[int]): x0, y0, x1, y1.
        size (tuple[int, int]): Height and width of the image.
        side (int): Height and width of the resized crop.
        pad (str): With ``'wrap'`` padding counts as background, as MAL has
            it, else only the image does.

    Returns:
        float: At least 0.
    """
    inner = box_to_crop(box_edges(box, size), crop, side)
    outer = np.array([0., 0., side, side])
    if pad != 'wrap':
        image = box_to_crop((0, 0, size[1], size[0]), crop, side)
        outer = np.clip(image, 0, side)
    return float(max(0., *(inner - outer)[:2], *(outer - inner)[2:]))
