"""Pairs of nearby pixels: offsets, lines between them, views, labels.

AffinityNet (PSA, https://arxiv.org/abs/1803.10464) and IRNet
(https://arxiv.org/abs/1904.05044) relate each pixel of a feature map to the
pixels within a radius. A pair is listed once, by its upper end (the source)
and the offset to its other end, so values of pairs form a *stencil*: a tensor
(B, P, h, w) with a plane for each of the P offsets of half a disc.

There are two borders. ``'reference'``: sources are the pixels from which all
offsets stay inside, which leaves out the last rows and the first and last
columns, as the code of both papers does in training, and PSA's also in the
random walk. ``'padded'``: every pair with both ends inside.
"""
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

BORDERS = ('reference', 'padded')


@lru_cache
def half_disc(radius: int) -> tuple[tuple[int, int], ...]:
    """Offsets (dy, dx) as plain numbers; see :func:`pair_offsets`."""
    if radius < 2:
        raise ValueError(f'radius={radius}: pairs need at least 2')
    reach = radius - 1
    right = [(0, dx) for dx in range(1, radius)]
    below = [(dy, dx) for dy in range(1, radius)
             for dx in range(-reach, radius) if dy**2 + dx**2 < radius**2]
    return tuple(right + below)


def pair_offsets(radius: int) -> np.ndarray:
    """Offsets (dy, dx) of half a disc, in the order of PSA's code.

    Args:
        radius (int): Offsets are shorter than this, in pixels; at least 2.

    Returns:
        np.ndarray: int64 (P, 2); 34 offsets for radius 5, 152 for 10. No
        offset is the negative of another.

    Raises:
        ValueError: If the radius is less than 2.
    """
    return np.array(half_disc(radius), dtype=np.int64)


@lru_cache
def path_to(dy: int, dx: int) -> tuple[tuple[int, int], ...]:
    """Pixels less than one pixel off the line to an offset, far end first.

    See :func:`pair_paths`.
    """
    columns = range(min(dx, 0), max(dx, 0) + 1)
    pixels = [(y, x) for y in range(dy + 1) for x in columns
              if (dy * x - dx * y)**2 < dy**2 + dx**2]
    return tuple(sorted(pixels, key=lambda c: -abs(c[0]) - abs(c[1])))


def pair_paths(radius: int) -> list[np.ndarray]:
    """Pixels on the line between the ends of each pair (IRNet Sec. 4.1).

    Both ends are included. Pixels are relative to the source, sorted by their
    city block distance from it in descending order; so pixel 0 is the other
    end.

    Args:
        radius (int): As in :func:`pair_offsets`.

    Returns:
        list[np.ndarray]: int64 (L_p, 2) for each offset in order.
    """
    return [np.array(path_to(*offset)) for offset in half_disc(radius)]


def path_order(radius: int) -> np.ndarray:
    """Order in which IRNet's code lists the offsets: by length of path.

    Args:
        radius (int): As in :func:`pair_offsets`.

    Returns:
        np.ndarray: Indices into :func:`pair_offsets`, int64 (P,).
    """
    lengths = [len(path_to(*offset)) for offset in half_disc(radius)]
    return np.argsort(lengths, kind='stable')


def check_border(border: str) -> str:
    """Give back a known border.

    Raises:
        ValueError: If it is not one of :data:`BORDERS`.
    """
    if border not in BORDERS:
        raise ValueError(f'border={border!r}; choose one of '
                         f'{", ".join(BORDERS)}')
    return border


def pad_for_pairs(maps: Tensor, radius: int, fill: float = 0.) -> Tensor:
    """Surround maps so that every pixel becomes a source.

    Args:
        maps (Tensor): (..., h, w).
        radius (int): As in :func:`pair_offsets`.
        fill (float): Value outside.

    Returns:
        Tensor: (..., h + radius - 1, w + 2 * (radius - 1)).
    """
    reach = radius - 1
    return F.pad(maps, (reach, reach, 0, reach), value=fill)


def source_size(size: tuple[int, int], radius: int) -> tuple[int, int]:
    """Height and width of the region of sources, border 'reference'.

    Raises:
        ValueError: If no pixel is a source.
    """
    reach = radius - 1
    height, width = size[0] - reach, size[1] - 2 * reach
    if height < 1 or width < 1:
        raise ValueError(
            f'a map of {size[0]}x{size[1]} pixels has no pairs of radius '
            f"{radius} away from its border; use border='padded', a smaller "
            'radius or larger images')
    return height, width


def pixels_at(maps: Tensor, offset: tuple[int, int], radius: int) -> Tensor:
    """Values at an offset from every source, as a view.

    Args:
        maps (Tensor): (..., h, w).
        offset (tuple[int, int]): (dy, dx) from the source; (0, 0) gives the
            sources themselves.
        radius (int): As in :func:`pair_offsets`.

    Returns:
        Tensor: (..., h - radius + 1, w - 2 * (radius - 1)).
    """
    reach = radius - 1
    height, width = source_size(maps.shape[-2:], radius)
    dy, dx = offset
    return maps[..., dy:dy + height, reach + dx:reach + dx + width]


def other_ends(maps: Tensor, radius: int, dim: int) -> Tensor:
    """Values at the other end of every pair.

    Args:
        maps (Tensor): (..., h, w).
        radius (int): As in :func:`pair_offsets`.
        dim (int): Where to put the dimension of the P offsets.

    Returns:
        Tensor: (..., P, ..., h - radius + 1, w - 2 * (radius - 1)).
    """
    return torch.stack(
        [pixels_at(maps, offset, radius) for offset in half_disc(radius)], dim)


@lru_cache(maxsize=32)
def _inside(size: tuple[int, int], radius: int,
            device: torch.device) -> Tensor:
    ones = torch.ones(size, dtype=torch.bool, device=device)
    # F.pad does not support bool in every version.
    padded = pad_for_pairs(ones.to(torch.uint8), radius)
    return other_ends(padded, radius, 0).bool()


def pairs_inside(size: tuple[int, int], radius: int,
                 device: torch.device | str = 'cpu') -> Tensor:
    """Which pairs of a map have both ends inside.

    Args:
        size (tuple[int, int]): Height and width of the map.
        radius (int): As in :func:`pair_offsets`.
        device (torch.device): Of the result.

    Returns:
        Tensor: bool (P, h, w), cached: do not modify it.
    """
    return _inside(tuple(size), radius, torch.device(device))


def to_full_grid(stencil: Tensor, size: tuple[int, int],
                 radius: int) -> Tensor:
    """Pad a stencil of sources with zeros to the size of its map.

    Args:
        stencil (Tensor): (..., P, hs, ws) of either border.
        size (tuple[int, int]): Height and width of the map.
        radius (int): As in :func:`pair_offsets`.

    Returns:
        Tensor: (..., P, h, w).

    Raises:
        ValueError: If the stencil belongs to another size or radius.
    """
    if stencil.shape[-3] != len(half_disc(radius)):
        raise ValueError(f'{stencil.shape[-3]} planes are not the '
                         f'{len(half_disc(radius))} offsets of radius '
                         f'{radius}')
    if tuple(stencil.shape[-2:]) == tuple(size):
        return stencil
    if tuple(stencil.shape[-2:]) != source_size(size, radius):
        raise ValueError(f'a stencil of {tuple(stencil.shape[-2:])} is not '
                         f'of a map of {tuple(size)}')
    return pad_for_pairs(stencil, radius)


class PairLabels(NamedTuple):
    """Labels of pairs, bool (B, P, hs, ws) each.

    Attributes:
        bg: Both ends are background.
        fg: Both ends are of one foreground class.
        neg: The ends are of different classes.
    """
    bg: Tensor
    fg: Tensor
    neg: Tensor


def pair_labels(label: Tensor,
                radius: int,
                border: str = 'reference',
                background: int = 0,
                num_classes: int | None = None,
                ignore_index: int = 255) -> PairLabels:
    """Affinity labels of all pairs (PSA Sec. 3.2, IRNet Sec. 4.2).

    Args:
        label (Tensor): Classes of pixels, integer (B, h, w).
        radius (int): As in :func:`pair_offsets`.
        border (str): See the module.
        background (int): Index of the background in ``label``.
        num_classes (int, optional): Indices of at least this are ignored, too.
        ignore_index (int): Label of pixels that belong to no pair.

    Returns:
        PairLabels: A pair that is in none of them is ignored.
    """
    if num_classes is not None:
        label = label.where(label < num_classes, ignore_index)
    if check_border(border) == 'padded':
        label = pad_for_pairs(label, radius, ignore_index)
    source = pixels_at(label, (0, 0), radius)[:, None]
    other = other_ends(label, radius, 1)
    known = source != ignore_index
    same = (source == other) & known
    is_background = source == background
    return PairLabels(same & is_background, same & ~is_background,
                      (source != other) & known & (other != ignore_index))
