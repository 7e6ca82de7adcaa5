"""Graphs of maps whose matrices are too large to store.

Two approximations of WSGCN's dense matrix in bounded memory: store the
strongest neighbors of every node, or store nothing and run the random walk
again for every product.
"""
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.autograd import Function

from .graphs import (
    Graph,
    MatrixGraph,
    RandomWalk,
    check_options,
    normalized_graph,
    symmetric_rows,
)
from .laplacian import compressed


def truncated_graph(affinity: Tensor, size: tuple[int, int], walk: RandomWalk,
                    keep: int, symmetrize: str = 'max',
                    normalize: str = 'row') -> MatrixGraph:
    """Sparse graph of the strongest neighbors of every node.

    A pair stays if it is among the ``keep`` strongest of either end, so M is
    symmetric and has at most ``2 keep + 1`` entries a row on average. The row
    sums are of the pairs that stay, so rows of A_hat still sum to one.

    Args:
        affinity, size, walk: See :func:`~.graphs.walk_graph`.
        keep (int): Neighbors of each node that stay, itself included.
        symmetrize (str): ``'none'`` keeps by rows only.
        normalize (str): See :func:`~.graphs.normalized_graph`.

    Returns:
        MatrixGraph: Of one image, sparse float32. With ``keep`` of the
        number of nodes it is the dense graph.

    Raises:
        ValueError: For an unknown option, or ``keep`` below 1.
    """
    check_options(symmetrize, normalize)
    if keep < 1:
        raise ValueError(f'keep={keep}: each node needs one neighbor')
    nodes = size[0] * size[1]
    degrees = walk.degrees(affinity, size)
    values, columns = [], []
    for start, rows in walk.rows(affinity, size):
        rows = symmetric_rows(rows, start, degrees, symmetrize)
        best = rows.topk(min(keep, nodes), dim=1, sorted=False)
        values.append(best.values)
        # Half the memory of int64 while blocks pile up.
        columns.append(best.indices.int())
    matrix = _union(torch.cat(values), torch.cat(columns),
                    mirror=symmetrize != 'none')
    sums = torch.zeros_like(degrees).index_add_(
        0, matrix.indices()[0], matrix.values())
    return normalized_graph(compressed(matrix), sums, normalize,
                            symmetric=symmetrize != 'none')


def _union(values: Tensor, columns: Tensor, mirror: bool) -> Tensor:
    """Kept entries (N, k) with their mirror images and I, coalesced COO."""
    nodes = len(values)
    rows = torch.arange(nodes, device=values.device).repeat_interleave(
        values.shape[1])
    columns, values = columns.flatten().long(), values.flatten()
    if mirror:
        # Pairs that both ends kept come twice: one of them is enough.
        low, high = torch.minimum(rows, columns), torch.maximum(rows, columns)
        code, place = torch.unique(low * nodes + high, return_inverse=True)
        values = values.new_zeros(len(code)).scatter_reduce_(
            0, place, values, 'amax')
        rows, columns = code // nodes, code % nodes
        off = rows != columns
        rows, columns = (torch.cat([rows, columns[off]]),
                         torch.cat([columns, rows[off]]))
        values = torch.cat([values, values[off]])
    own = torch.arange(nodes, device=values.device)
    indices = torch.stack(
        [torch.cat([rows, own]), torch.cat([columns, own])])
    values = torch.cat([values, values.new_ones(nodes)])
    return torch.sparse_coo_tensor(
        indices, values, (nodes, nodes), check_invariants=False).coalesce()


class _SymmetricWalk(Function):
    """``S^n values``; S is symmetric, so its gradient is the same product."""

    @staticmethod
    def forward(ctx, values: Tensor, affinity: Tensor, root: Tensor,
                walk: RandomWalk) -> Tensor:
        ctx.save_for_backward(affinity, root)
        ctx.walk = walk
        return _propagated(values, affinity, root, walk)

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor, None, None, None]:
        grad = _propagated(grad, *ctx.saved_tensors, ctx.walk)
        return grad, None, None, None


def _propagated(values: Tensor, affinity: Tensor, root: Tensor,
            walk: RandomWalk) -> Tensor:
    """S^n = D^-1/2 T^n D^1/2 applied to (N, C)."""
    state = values.t().reshape(-1, *root.shape) / root
    return (walk(state, affinity) * root).flatten(1).t()


@dataclass(frozen=True, eq=False)
class WalkingGraph:
    """A graph without a matrix, ``A_hat`` of the geometric mean of T, T^t.

    Memory and time of a product are linear in the area of the map. The
    greater of T_ij and T_ji needs the matrix; their geometric mean, the random
    walk of D^-1/2 A D^-1/2, does not.

    Attributes:
        affinity (Tensor): Stencil (P, hs, ws).
        root (Tensor): Roots of the degrees, (h, w).
        left (Tensor): (N, 1).
        right (Tensor, optional): (N, 1). None is all ones.
        walk (RandomWalk): The random walk.
    """
    affinity: Tensor
    root: Tensor
    left: Tensor
    right: Tensor | None
    walk: RandomWalk

    @classmethod
    def of(cls, affinity: Tensor, size: tuple[int, int], walk: RandomWalk,
           normalize: str = 'row') -> 'WalkingGraph':
        """Make the graph of a map; arguments as of ``walk_graph``."""
        check_options('geometric', normalize)
        root = walk.degrees(affinity, size).sqrt().view(size)
        ones = root.new_ones((root.numel(), 1))
        sums = 1 + _propagated(ones, affinity, root, walk)
        left = sums.reciprocal() if normalize == 'row' else sums.rsqrt()
        return cls(affinity, root, left, None if normalize == 'row' else left,
                   walk)

    @property
    def nodes(self) -> int:
        """Number of nodes N."""
        return len(self.left)

    def propagate(self, values: Tensor) -> Tensor:
        """``A_hat values``, (1, N, C)."""
        if self.right is not None:
            values = values * self.right
        propagated = _SymmetricWalk.apply(values[0], self.affinity, self.root,
                                          self.walk)
        return (propagated + values) * self.left


@dataclass(frozen=True, eq=False)
class GraphList:
    """Graphs of several images, one after the other."""
    graphs: Sequence[Graph]

    def propagate(self, values: Tensor) -> Tensor:
        """``A_hat values``, (B, N, C); padded nodes give 0."""
        out = [graph.propagate(values[i:i + 1, :graph.nodes])
               for i, graph in enumerate(self.graphs)]
        pad = torch.nn.functional.pad
        return torch.cat([
            pad(o, (0, 0, 0, values.shape[1] - o.shape[1])) for o in out
        ])


def stack_graphs(graphs: Sequence[Graph]) -> Graph:
    """One graph of several images; dense ones are padded into one matrix.

    Args:
        graphs (Sequence[Graph]): Each of one image, on one device.

    Returns:
        Graph: Of the batch, N the greatest number of nodes.
    """
    if len(graphs) == 1:
        return graphs[0]
    dense = all(
        isinstance(g, MatrixGraph) and g.matrix.layout is torch.strided
        and g.matrix.dtype == graphs[0].matrix.dtype for g in graphs)
    # On a CPU a padded matrix only costs a copy.
    if not dense or graphs[0].matrix.device.type == 'cpu':
        return GraphList(tuple(graphs))
    return padded_graph(graphs)


def padded_graph(graphs: Sequence[MatrixGraph]) -> MatrixGraph:
    """Dense graphs in one padded matrix (B, N, N)."""
    count, nodes = len(graphs), max(g.nodes for g in graphs)
    first = graphs[0]

    def put(parts: list[Tensor], shape: tuple[int, ...]) -> Tensor:
        out = parts[0].new_zeros((count, *shape))
        for place, part in zip(out, parts):
            place[tuple(slice(n) for n in part.shape)] = part
        return out

    square = (nodes, nodes)
    mirrored = None if first.mirrored is None else put(
        [g.mirrored for g in graphs], square)
    right = None if first.right is None else put(
        [g.right[0] for g in graphs], (nodes, 1))
    return MatrixGraph(
        put([g.matrix for g in graphs], square),
        put([g.left[0] for g in graphs], (nodes, 1)), right, mirrored)
