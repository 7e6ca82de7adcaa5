"""Graphs of the pixels of a feature map: adjacency and propagation.

WSGCN (https://arxiv.org/abs/2103.16762) connects all pixels of a map by the
transition matrix ``T^n`` of a random walk on affinities (AffinityNet's or
IRNet's). With S a symmetric matrix made of it,

    A_hat = D^-1 (S + I)    or    D^-1/2 (S + I) D^-1/2,

D the row sums of S + I. Only ``M = S + I`` and vectors of D are kept: M is
symmetric, so the product and its gradient read the same memory.

The random walk is in detailed balance with its degrees d,
``T_ij d_j = T_ji d_i``. A block of rows of T^n therefore gives the same block
of S without the rest: no step needs more memory than the result and one
block.
"""
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.autograd import Function

from ..walk.random_walk import random_walk, transition_stencil
from . import native_graph
from .laplacian import compressed

SYMMETRIES = ('max', 'mean', 'geometric', 'none')
NORMS = ('row', 'sym')
# Rows computed at once hold about this many numbers.
_BLOCK_NUMBERS = 2**25


@dataclass(frozen=True)
class RandomWalk:
    """A random walk on pairs of nearby pixels of a map.

    Args:
        radius (int): Of the offsets of the stencil.
        beta (float): Power of the affinities: 10 after IRNet, 8 after PSA.
        steps (int): Number of steps; 256 in WSGCN. 0 connects nothing.
        degree (int, optional): Of the Chebyshev polynomial in place of the
            steps, see :func:`~.random_walk.chebyshev_power`.
            Its error is 8e-10 for the default 96 and 256 steps. None: take
            every step.
        backend (str): See :func:`~.random_walk.random_walk`.
    """
    radius: int = 5
    beta: float = 10.
    steps: int = 256
    degree: int | None = 96
    backend: str = 'auto'

    def degrees(self, affinity: Tensor, size: tuple[int, int]) -> Tensor:
        """Sums of affinities of each pixel, itself included, (h * w,)."""
        return transition_stencil(affinity[None], size, self.radius,
                                  self.beta)[1].flatten().to(
                                      _precise(affinity.dtype))

    def __call__(self, state: Tensor, affinity: Tensor) -> Tensor:
        """``state T^steps`` of channels (K, h, w)."""
        return random_walk(state, affinity, self.radius, self.beta,
                           self.steps, self.degree, self.backend)

    def rows(self, affinity: Tensor, size: tuple[int, int],
             block: int | None = None) -> Iterator[tuple[int, Tensor]]:
        """Rows of ``T^steps``, block by block.

        Args:
            affinity (Tensor): Stencil (P, hs, ws) in [0, 1].
            size (tuple[int, int]): Height and width of the map.
            block (int, optional): Rows at once; else by size.

        Yields:
            tuple[int, Tensor]: Number of the first row, rows (b, h * w), of
            which none is negative.
        """
        nodes = size[0] * size[1]
        block = block or max(1, min(512, _BLOCK_NUMBERS // nodes))
        for start in range(0, nodes, block):
            stop = min(start + block, nodes)
            state = affinity.new_zeros((stop - start, nodes),
                                       dtype=_precise(affinity.dtype))
            state[:, start:stop].fill_diagonal_(1)
            rows = self(state.view(-1, *size), affinity)
            # A polynomial may fall below zero by its error.
            yield start, rows.reshape(-1, nodes).clamp_(min=0)


def _precise(dtype: torch.dtype) -> torch.dtype:
    return torch.promote_types(dtype, torch.float32)


def check_options(symmetrize: str, normalize: str) -> None:
    """Refuse unknown names.

    Raises:
        ValueError: If one is not of :data:`SYMMETRIES`, :data:`NORMS`.
    """
    for name, value, known in (('symmetrize', symmetrize, SYMMETRIES),
                               ('normalize', normalize, NORMS)):
        if value not in known:
            raise ValueError(f'{name}={value!r}; choose one of '
                             f'{", ".join(known)}')


def squared_walk(affinity: Tensor, size: tuple[int, int],
                 walk: RandomWalk) -> Tensor:
    """``T^steps`` by squaring matrices, as the references do.

    Cubic in the number of pixels, but only matrix products: faster on a GPU
    as long as a few matrices fit.

    Args:
        affinity (Tensor): Stencil (P, hs, ws) in [0, 1].
        size (tuple[int, int]): Height and width of the map.
        walk (RandomWalk): Its steps must be a power of two.

    Returns:
        Tensor: (h * w, h * w).

    Raises:
        ValueError: If the steps are not a power of two.
    """
    if walk.steps < 1 or walk.steps & (walk.steps - 1):
        raise ValueError(f'steps={walk.steps} is not a power of two, which '
                         "squaring needs; use method='walk'")
    once = RandomWalk(walk.radius, walk.beta, 1, None, walk.backend)
    matrix = torch.cat([rows for _, rows in once.rows(affinity, size)])
    for _ in range(walk.steps.bit_length() - 1):
        matrix = matrix @ matrix
    return matrix


def symmetric_rows(rows: Tensor, start: int, degrees: Tensor,
                   symmetrize: str) -> Tensor:
    """Rows of S from rows of ``T^n``, in place.

    Args:
        rows (Tensor): (b, N).
        start (int): Number of the first.
        degrees (Tensor): Of the random walk, (N,).
        symmetrize (str): ``'max'``: max(T, T^t), as the released code.
            ``'mean'`` of the two. ``'geometric'``: the root of their
            product, the random walk of D^-1/2 A D^-1/2. ``'none'``: T.

    Returns:
        Tensor: ``rows``.
    """
    if symmetrize == 'none':
        return rows
    own = degrees[start:start + len(rows), None]
    mirrored = degrees[None] / own
    if symmetrize == 'max':
        return rows.mul_(mirrored.clamp_(min=1))
    if symmetrize == 'mean':
        return rows.mul_(mirrored.add_(1).mul_(.5))
    return rows.mul_(mirrored.sqrt_())


class Graph(Protocol):
    """What layers need of the graphs of a batch of B images."""

    def propagate(self, values: Tensor) -> Tensor:
        """``A_hat values``, (B, N, C) each, with its gradient."""


class _Product(Function):
    """Product with a constant matrix whose mirror image is at hand."""

    @staticmethod
    def forward(ctx, values: Tensor, matrix: Tensor,
                mirrored: Tensor) -> Tensor:
        ctx.save_for_backward(mirrored)
        return _multiply(matrix, values)

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor, None, None]:
        return _multiply(ctx.saved_tensors[0], grad), None, None


def _multiply(matrix: Tensor, values: Tensor) -> Tensor:
    if matrix.ndim == 3:
        return torch.bmm(matrix, values.to(matrix.dtype)).to(values.dtype)
    if native_graph.applies(matrix, values):
        return native_graph.narrow_product(matrix, values[0])[None]
    return (matrix @ values[0].to(matrix.dtype)).to(values.dtype)[None]


@dataclass(frozen=True, eq=False)
class MatrixGraph:
    """``A_hat = diag(left) M diag(right)``.

    Attributes:
        matrix (Tensor): M, float (N, N) dense or sparse CSR, or dense
            (B, N, N). bfloat16 halves the memory and, where the hardware
            knows it, much more of the time.
        left (Tensor): (B, N, 1), 0 for padded nodes.
        right (Tensor, optional): (B, N, 1). None is all ones.
        mirrored (Tensor, optional): The transposed matrix, if M is not
            symmetric.
    """
    matrix: Tensor
    left: Tensor
    right: Tensor | None = None
    mirrored: Tensor | None = None

    @property
    def nodes(self) -> int:
        """Number of nodes N."""
        return self.left.shape[1]

    def propagate(self, values: Tensor) -> Tensor:
        """``A_hat values``, (B, N, C), in the type of the values."""
        if self.right is not None:
            values = values * self.right
        mirrored = self.matrix if self.mirrored is None else self.mirrored
        return _Product.apply(values, self.matrix, mirrored) * self.left

    def dense(self) -> Tensor:
        """A_hat itself, float32 or float64 (B, N, N)."""
        matrix = self.matrix
        if matrix.layout is not torch.strided:
            matrix = matrix.to_dense()
        matrix = matrix.to(self.left) * self.left
        return matrix if self.right is None else (
            matrix * self.right.transpose(1, 2))


def normalized_graph(matrix: Tensor, sums: Tensor, normalize: str = 'row',
                     dtype: torch.dtype | None = None,
                     symmetric: bool = True) -> MatrixGraph:
    """Scale ``M = S + I`` by its row sums.

    Args:
        matrix (Tensor): M, (N, N), dense or CSR.
        sums (Tensor): Of its rows, (N,), above 0; of S + I as it is before
            anything was left out of M.
        normalize (str): ``'row'``: D^-1 M, as the released code (rows sum
            to one). ``'sym'``: D^-1/2 M D^-1/2.
        dtype (torch.dtype, optional): To store M in.
        symmetric (bool): Whether M is.

    Returns:
        MatrixGraph: Of one image.
    """
    check_options('none', normalize)
    left = sums.reciprocal() if normalize == 'row' else sums.rsqrt()
    left = left[None, :, None]
    right = None if normalize == 'row' else left
    matrix = matrix.to(dtype or matrix.dtype)
    mirrored = None
    if not symmetric:
        mirrored = matrix.t()
        if matrix.layout is torch.sparse_csr:
            mirrored = compressed(mirrored)
    return MatrixGraph(matrix, left, right, mirrored)


def adjacency_graph(matrix: Tensor, symmetrize: str = 'max',
                    normalize: str = 'row',
                    dtype: torch.dtype | None = None) -> MatrixGraph:
    """Graph of a given matrix of affinities (WSGCN Sec. 3).

    Args:
        matrix (Tensor): A, for WSGCN ``T^256``, at least 0, float (N, N),
            dense. It is not changed.
        symmetrize (str): See :func:`symmetric_rows`.
        normalize (str): See :func:`normalized_graph`.
        dtype (torch.dtype, optional): To store M in.

    Returns:
        MatrixGraph: Of one image.

    Raises:
        ValueError: For an unknown option, or a matrix that is not square.
    """
    check_options(symmetrize, normalize)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f'adjacency {tuple(matrix.shape)} is not (N, N)')
    matrix = matrix.to(_precise(matrix.dtype))
    together = {
        'max': lambda: torch.maximum(matrix, matrix.t()),
        'mean': lambda: (matrix + matrix.t()) / 2,
        'geometric': lambda: (matrix * matrix.t()).sqrt_(),
        'none': matrix.clone,
    }[symmetrize]()
    together.diagonal().add_(1)
    return normalized_graph(together, together.sum(dim=1), normalize, dtype,
                            symmetrize != 'none')


def walk_graph(affinity: Tensor, size: tuple[int, int], walk: RandomWalk,
               symmetrize: str = 'max', normalize: str = 'row',
               dtype: torch.dtype | None = None,
               method: str = 'walk') -> MatrixGraph:
    """Dense graph of the random walk on a map.

    Args:
        affinity (Tensor): Stencil (P, hs, ws) in [0, 1], see
            :mod:`wsss_plugins.ops.walk.pairs`.
        size (tuple[int, int]): Height and width of the map.
        walk (RandomWalk): The random walk.
        symmetrize (str): See :func:`symmetric_rows`.
        normalize (str): See :func:`normalized_graph`.
        dtype (torch.dtype, optional): To store M in; then no whole matrix
            of another type is ever made, except by squaring.
        method (str): ``'walk'`` (random walks from each pixel, quadratic in
            pixels) or ``'squaring'`` (:func:`squared_walk`).

    Returns:
        MatrixGraph: Of one image, N = h * w nodes in rows from the top.

    Raises:
        ValueError: For an unknown option.
    """
    check_options(symmetrize, normalize)
    if method not in ('walk', 'squaring'):
        raise ValueError(f"method={method!r}; choose one of walk, squaring")
    nodes = size[0] * size[1]
    degrees = walk.degrees(affinity, size)
    matrix = affinity.new_empty((nodes, nodes), dtype=dtype or degrees.dtype)
    sums = torch.empty_like(degrees)
    blocks = walk.rows(affinity, size)
    if method == 'squaring':
        blocks = [(0, squared_walk(affinity, size, walk))]
    for start, rows in blocks:
        rows = symmetric_rows(rows, start, degrees, symmetrize)
        rows[:, start:].diagonal().add_(1)
        stop = start + len(rows)
        sums[start:stop] = rows.sum(dim=1)
        matrix[start:stop] = rows
    return normalized_graph(matrix, sums, normalize, dtype,
                            symmetrize != 'none')
