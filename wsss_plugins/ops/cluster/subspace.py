"""Spread of points, and the subspace that holds most of it."""
from dataclasses import dataclass

import torch
from torch import Tensor

_ROWS = 256  # of points at once, where a copy of all would be needed


@dataclass(frozen=True)
class Spread:
    """How points lie about their mean.

    Attributes:
        mean (Tensor): (d,).
        squares (Tensor): Squared distance of each point to it, (n,).
        total (float): Their sum.
    """
    mean: Tensor
    squares: Tensor
    total: float


def spread_of(points: Tensor) -> Spread:
    """Mean of points (n, d), and their squared distances to it."""
    mean = points.mean(dim=0)
    squares = torch.cat([(part - mean).square_().sum(dim=1)
                         for part in points.split(_ROWS)])
    return Spread(mean, squares, squares.double().sum().item())


def project(points: Tensor, mean: Tensor, dims: int | None,
            generator: torch.Generator) -> Tensor:
    """Coordinates of points in their principal subspace.

    Args:
        points (Tensor): (n, d).
        mean (Tensor): Their mean, (d,), which becomes the origin.
        dims (int, optional): Most dimensions of the subspace. If the points
            have no more, or it is None, they are only moved.
        generator (torch.Generator): On the CPU; for the sketch.

    Returns:
        Tensor: (n, s), s at most ``dims``. Distances are those of the points
        but for what lies outside the subspace.
    """
    if dims is None or points.shape[1] <= dims:
        return points - mean
    basis = principal_basis(points, mean, dims, generator)
    return points @ basis - mean @ basis


def principal_basis(points: Tensor, mean: Tensor, dims: int,
                    generator: torch.Generator) -> Tensor:
    """About the leading right singular vectors, by one power iteration.

    Halko, Martinsson and Tropp, SIAM Review 2011, Alg. 4.3 and 4.4 with a
    sparse sketch: each of its columns adds up a run of neighboring
    dimensions with random signs, which costs one read of the points.

    Args:
        points (Tensor): (n, d).
        mean (Tensor): (d,).
        dims (int): Most columns of the basis.
        generator (torch.Generator): On the CPU.

    Returns:
        Tensor: Orthonormal columns, (d, s), s at most ``dims``.
    """
    width = -(-points.shape[1] // min(dims, len(points)))
    signs = torch.randint(
        2, (points.shape[1], ), generator=generator).to(points)
    signs = signs.mul_(2).sub_(1)
    sketch = torch.cat(
        [_runs((part - mean) * signs, width) for part in points.split(_ROWS)])
    sketch = _orthonormal(sketch)
    back = points.T @ sketch - torch.outer(mean, sketch.sum(dim=0))
    return _orthonormal(back)


def _runs(values: Tensor, width: int) -> Tensor:
    """Sums over runs of ``width`` columns; the last run may be shorter."""
    whole = values.shape[1] // width * width
    sums = values[:, :whole].reshape(len(values), -1, width).sum(dim=2)
    if whole == values.shape[1]:
        return sums
    rest = values[:, whole:].sum(dim=1, keepdim=True)
    return torch.cat([sums, rest], dim=1)


def _orthonormal(columns: Tensor) -> Tensor:
    """Orthonormal basis of the columns, without those that depend.

    Directions with less than 1e-5 of the greatest energy are dropped: single
    precision cannot tell them from others.
    """
    values, vectors = torch.linalg.eigh((columns.T @ columns).double())
    kept = values > 1e-5 * values[-1:]
    vectors = vectors[:, kept] * values[kept].rsqrt()
    return columns @ vectors.to(columns.dtype)
