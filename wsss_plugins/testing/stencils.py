"""Small maps, whole matrices: stencils as the references write them."""
import numpy as np
import torch
from torch import Tensor

from ..ops.walk.pairs import (
    other_ends,
    pad_for_pairs,
    pair_offsets,
    to_full_grid,
)
from ..ops.walk.random_walk import random_walk


def radius_of(num_pairs: int) -> int:
    """Radius whose half disc has so many offsets.

    Raises:
        ValueError: If no radius has.
    """
    radius = 2
    while len(pair_offsets(radius)) < num_pairs:
        radius += 1
    if len(pair_offsets(radius)) != num_pairs:
        raise ValueError(f'no radius has {num_pairs} pairs')
    return radius


def dense_affinity(stencil: Tensor, size: tuple[int, int],
                   radius: int) -> np.ndarray:
    """Symmetric matrix of all pixels, ones on the diagonal, (N, N).

    Args:
        stencil (Tensor): Of one map, (P, hs, ws), either border.
        size (tuple[int, int]): Height and width of the map.
        radius (int): Of the pairs.
    """
    pixels = torch.arange(1., size[0] * size[1] + 1).reshape(size)
    others = other_ends(pad_for_pairs(pixels, radius), radius, 0).long() - 1
    values = to_full_grid(stencil, size, radius)
    here = (pixels.long() - 1).expand(len(values), -1, -1)
    inside = others >= 0
    matrix = torch.eye(pixels.numel(), dtype=values.dtype)
    matrix[here[inside], others[inside]] = values[inside]
    matrix[others[inside], here[inside]] = values[inside]
    return matrix.numpy()


def transition_power(stencil: Tensor, size: tuple[int, int], radius: int,
                     beta: float, steps: int) -> np.ndarray:
    """``T^steps`` of one map, by walking from every pixel, (N, N)."""
    pixels = size[0] * size[1]
    start = torch.eye(pixels).reshape(pixels, *size)
    return random_walk(start, stencil, radius, beta,
                       steps).reshape(pixels, pixels).numpy()
