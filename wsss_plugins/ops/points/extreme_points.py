"""Extreme points: the top, left, bottom and right pixel of an object.

An object's four points are an array (4, 2) of x and y in pixel indices, in
the order top, left, bottom, right: the layout of ExtremeNet (X. Zhou et al.:
Bottom-up Object Detection by Grouping Extreme and Center Points, CVPR 2019,
https://arxiv.org/abs/1901.08043), with which EXITS trains. Nothing here knows
files or frameworks.
"""
from itertools import product

import numpy as np

TOP, LEFT, BOTTOM, RIGHT = range(4)
POINT_NAMES = ('top', 'left', 'bottom', 'right')
# Of the height or width of the object: how flat a side counts as extreme.
_FLAT = .02
# Axis of the coordinate that is extreme, and its sign where least is sought.
_SIDES = ((1, 1), (0, 1), (1, -1), (0, -1))
_NOISES = ('uniform', 'normal')


def extreme_points(vertices: np.ndarray) -> np.ndarray:
    """The published rule: from a list of points of an object's outline.

    A side's point is the first vertex that is furthest out. Consecutive
    vertices of the list before and after it that are nearly as far out (2 % of
    the object's height or width) make a flat run, and the middle of the run
    is taken. The list is closed by one vertex at either end. So the run does
    not go on beyond that, it crosses from one part of an object to the next,
    and its middle may lie beside the object: all as published.

    Args:
        vertices (np.ndarray): x and y, real (N, 2), N at least 1: the vertices
            of all polygons one after the other, or all pixels of a mask in
            rows.

    Returns:
        np.ndarray: Top, left, bottom and right, int32 (4, 2), fractions cut
        off. A polygon that ends at the border of the image gives the width or
        height of the image; see :func:`clip_points`.

    Raises:
        ValueError: If the shape is wrong or there are no points.
    """
    vertices = np.asarray(vertices, dtype=np.float64)
    if vertices.ndim != 2 or vertices.shape[1] != 2 or not len(vertices):
        raise ValueError(f'vertices {vertices.shape} are not (N, 2), N >= 1')
    extent = vertices.max(axis=0) - vertices.min(axis=0) + 1
    closed = np.concatenate([vertices[-1:], vertices, vertices[:1]])
    points = np.empty((4, 2), dtype=np.float64)
    for side, (axis, sign) in enumerate(_SIDES):
        depth = sign * closed[:, axis]
        first = int(depth.argmin())
        flat = depth - depth[first] <= _FLAT * extent[axis]
        run = closed[_run(flat, first), 1 - axis]
        points[side, axis] = closed[first, axis]
        points[side, 1 - axis] = (run.max() + run.min()) // 2
    return points.astype(np.int32)


def _run(flags: np.ndarray, place: int) -> slice:
    """The unbroken stretch of true flags around a place."""
    gaps = np.flatnonzero(~flags)
    after = int(np.searchsorted(gaps, place))
    start = int(gaps[after - 1]) + 1 if after else 0
    stop = int(gaps[after]) if after < len(gaps) else len(flags)
    return slice(start, stop)


def mask_extreme_points(mask: np.ndarray) -> np.ndarray:
    """The published rule on the pixels of a mask, row after row.

    Args:
        mask (np.ndarray): Non-zero on the object, (H, W).

    Returns:
        np.ndarray: Top, left, bottom and right, int32 (4, 2).

    Raises:
        ValueError: If the mask is empty.
    """
    rows, columns = np.nonzero(mask)
    if not len(rows):
        raise ValueError('the mask is empty; it has no extreme points')
    return extreme_points(np.stack([columns, rows], axis=1))


def clip_points(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Move points into the image: x to 0..W-1 and y to 0..H-1.

    Args:
        points (np.ndarray): x and y, (..., 2).
        size (tuple[int, int]): Height and width of the image.

    Returns:
        np.ndarray: Of the shape and dtype of ``points``.
    """
    points = np.asarray(points)
    last = np.array([size[1] - 1, size[0] - 1], dtype=points.dtype)
    return np.clip(points, np.zeros_like(last), last)


def points_box(points: np.ndarray) -> np.ndarray:
    """Left, top, right and bottom of extreme points, (..., 4).

    Both ends are pixels of the object. From COCO's ``bbox`` it differs by
    less than a pixel.

    Args:
        points (np.ndarray): Extreme points (..., 4, 2).
    """
    points = np.asarray(points)
    return np.stack([
        points[..., LEFT, 0], points[..., TOP, 1], points[..., RIGHT, 0],
        points[..., BOTTOM, 1]
    ], axis=-1)


def out_of_order(points: np.ndarray) -> list[str]:
    """Names of the points that another of the four lies beyond.

    Args:
        points (np.ndarray): Extreme points (4, 2).

    Returns:
        list[str]: Of ``top``, ``left``, ``bottom``, ``right``; empty if all
        is well. Points may be equally far out.
    """
    points = np.asarray(points)
    return [
        name for side, (name, (axis, sign)) in enumerate(
            zip(POINT_NAMES, _SIDES))
        if (sign * points[:, axis] < sign * points[side, axis]).any()
    ]


def order_clicks(clicks: np.ndarray) -> np.ndarray:
    """Sort four clicks that were made in any order.

    Each side gets the click that is furthest out. A click on a corner serves
    two sides; of equally far ones as many different clicks as possible are
    used.

    Args:
        clicks (np.ndarray): x and y, real (4, 2).

    Returns:
        np.ndarray: Top, left, bottom and right, (4, 2) of the same dtype,
        never :func:`out_of_order`.
    """
    clicks = np.asarray(clicks)
    if clicks.shape != (4, 2):
        raise ValueError(f'clicks {clicks.shape} are not (4, 2)')
    furthest = []
    for axis, sign in _SIDES:
        depth = sign * clicks[:, axis].astype(np.float64)
        furthest.append(np.flatnonzero(depth == depth.min()))
    return clicks[list(max(product(*furthest), key=lambda p: len(set(p))))]


def random_mask_points(mask: np.ndarray, reach: float,
                       rng: np.random.Generator) -> np.ndarray:
    """Clicks of an inexact annotator, with the mask at hand.

    For each side any pixel of the object that is at most ``reach`` pixels
    from the outermost one, as DEXTR draws them (K.-K. Maninis et al.: Deep
    Extreme Cut, CVPR 2018, https://arxiv.org/abs/1711.09081, Sec. 3.1).

    Args:
        mask (np.ndarray): Non-zero on the object, (H, W).
        reach (float): Pixels, at least 0.
        rng (np.random.Generator): Source of randomness.

    Returns:
        np.ndarray: Top, left, bottom and right, int32 (4, 2). With a reach
        they may be out of order: each is drawn alone, as published.

    Raises:
        ValueError: If the mask is empty or the reach negative.
    """
    rows, columns = np.nonzero(mask)
    if not len(rows) or reach < 0:
        raise ValueError(f'{len(rows)} pixels and reach={reach}; both a '
                         'pixel and a reach of at least 0 are needed')
    pixels = np.stack([columns, rows], axis=1)
    points = np.empty((4, 2), dtype=np.int32)
    for side, (axis, sign) in enumerate(_SIDES):
        depth = sign * pixels[:, axis]
        near = np.flatnonzero(depth <= depth.min() + reach)
        points[side] = pixels[near[rng.integers(len(near))]]
    return points


def jitter_points(points: np.ndarray,
                  amount: float,
                  size: tuple[int, int],
                  rng: np.random.Generator,
                  noise: str = 'uniform') -> np.ndarray:
    """Clicks of an inexact annotator, without a mask.

    After the noise the points are moved into the image, and each is moved out
    to the furthest of the four in its own direction, so that they stay extreme
    points of one box.

    Args:
        points (np.ndarray): Extreme points, real (4, 2).
        amount (float): Pixels, at least 0: the greatest shift of a
            coordinate for ``'uniform'``, its standard deviation for
            ``'normal'``.
        size (tuple[int, int]): Height and width of the image.
        rng (np.random.Generator): Source of randomness.
        noise (str): ``'uniform'`` or ``'normal'``.

    Returns:
        np.ndarray: Float64 (4, 2).

    Raises:
        ValueError: If the amount is negative or the noise unknown.
    """
    if noise not in _NOISES or amount < 0:
        raise ValueError(f'noise={noise!r}, amount={amount}: noise is one of '
                         f'{", ".join(_NOISES)}, the amount at least 0')
    if noise == 'uniform':
        shift = rng.uniform(-amount, amount, (4, 2))
    else:
        shift = rng.normal(0., amount, (4, 2))
    moved = clip_points(np.asarray(points, dtype=np.float64) + shift, size)
    for side, (axis, sign) in enumerate(_SIDES):
        moved[side, axis] = sign * (sign * moved[:, axis]).min()
    return moved
