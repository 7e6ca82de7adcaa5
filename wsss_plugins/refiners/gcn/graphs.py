"""From the affinities of an image to its graph."""
import torch
from torch import Tensor

from ...ops.graph.graphs import (
    Graph,
    MatrixGraph,
    RandomWalk,
    adjacency_graph,
    check_options,
    walk_graph,
)
from ...ops.graph.large import WalkingGraph, truncated_graph

STORAGES = ('dense', 'truncated', 'walk')
# Squaring matrices is the faster way on a CPU up to about this many nodes.
_FEW_NODES = 2048
PRECISIONS = dict(float32=torch.float32, bfloat16=torch.bfloat16)


class GraphMaker:
    """Make the graphs of images, in bounded memory.

    The nodes are the pixels of the feature map.

    Args:
        radius, beta, steps, degree: See
            :class:`~wsss_plugins.ops.graph.graphs.RandomWalk`.
        symmetrize (str): See
            :func:`~wsss_plugins.ops.graph.graphs.symmetric_rows`.
        normalize (str): ``'row'`` or ``'sym'``.
        method (str): ``'walk'``, ``'squaring'``, or ``'auto'``: squaring on
            a GPU, and for up to 2048 nodes on a CPU, if steps are a power of
            two.
        precision (str): Of a dense matrix: ``'float32'`` or ``'bfloat16'``.
            Everything else is float32.
        dense_nodes (int): Graphs with more nodes than this are not stored
            as a dense matrix, which takes 4 (or 2) bytes times the number
            of nodes squared. Defaults to 20000, 1.6 GB; an image of
            500 x 500 pixels has 15625 nodes at stride 4.
        storage (str): How larger graphs are stored: ``'truncated'``, a
            sparse matrix of the ``keep`` strongest neighbors; or
            ``'walk'``, without a matrix: every product runs the random
            walk, and ``symmetrize`` is 'geometric' for them. (``'dense'``:
            like the small ones.)
        keep (int): See :func:`~wsss_plugins.ops.graph.large.truncated_graph`.

    Raises:
        ValueError: If an argument is out of its range.
    """

    def __init__(self,
                 radius: int = 5,
                 beta: float = 10.,
                 steps: int = 256,
                 degree: int | None = 96,
                 symmetrize: str = 'max',
                 normalize: str = 'row',
                 method: str = 'auto',
                 precision: str = 'float32',
                 dense_nodes: int = 20000,
                 storage: str = 'walk',
                 keep: int = 1024) -> None:
        check_options(symmetrize, normalize)
        for name, value, known in (('method', method,
                                    ('auto', 'walk', 'squaring')),
                                   ('precision', precision, PRECISIONS),
                                   ('storage', storage, STORAGES)):
            if value not in known:
                raise ValueError(f'{name}={value!r}; choose one of '
                                 f'{", ".join(known)}')
        self.walk = RandomWalk(radius, beta, steps, degree)
        self.symmetrize = symmetrize
        self.normalize = normalize
        self.method = method
        self.dtype = PRECISIONS[precision]
        self.dense_nodes = dense_nodes
        self.storage = storage
        self.keep = keep

    def storage_of(self, nodes: int) -> str:
        """How a graph with this many nodes is stored."""
        return 'dense' if nodes <= self.dense_nodes else self.storage

    def bytes_of(self, nodes: int) -> int:
        """Approximate memory of a graph with this many nodes, in bytes."""
        return nodes * dict(
            dense=nodes * self.dtype.itemsize,
            # A value and a column index for pairs that either end kept.
            truncated=12 * min(nodes, 2 * self.keep),
            walk=8 * self.walk.radius**2)[self.storage_of(nodes)]

    def __call__(self, affinity: Tensor, size: tuple[int, int]) -> Graph:
        """Make the graph of one image.

        Args:
            affinity (Tensor): Affinities of nearby pixels of the feature
                map before beta and the random walk, a stencil float
                (P, hs, ws); or (N, N): T^n itself, taken as it is and
                stored densely.
            size (tuple[int, int]): Height and width of the map, N = h * w.

        Returns:
            Graph: Of one image.

        Raises:
            ValueError: If the affinity does not fit the size.
        """
        nodes = size[0] * size[1]
        if affinity.ndim == 2:
            return self._given(affinity, nodes)
        if affinity.ndim != 3:
            raise ValueError(f'affinity {tuple(affinity.shape)} is neither a '
                             'stencil (P, h, w) nor a matrix (N, N)')
        storage = self.storage_of(nodes)
        if storage == 'walk':
            return WalkingGraph.of(affinity, size, self.walk, self.normalize)
        if storage == 'truncated':
            return truncated_graph(affinity, size, self.walk, self.keep,
                                   self.symmetrize, self.normalize)
        return walk_graph(affinity, size, self.walk, self.symmetrize,
                          self.normalize, self.dtype,
                          self._method(affinity, nodes))

    def _given(self, matrix: Tensor, nodes: int) -> MatrixGraph:
        if len(matrix) != nodes:
            raise ValueError(f'adjacency of {len(matrix)} nodes for a map of '
                             f'{nodes} pixels')
        if matrix.layout is not torch.strided:
            matrix = matrix.to_dense()
        return adjacency_graph(matrix, self.symmetrize, self.normalize,
                               self.dtype)

    def _method(self, affinity: Tensor, nodes: int) -> str:
        if self.method != 'auto':
            return self.method
        steps = self.walk.steps
        power = steps > 0 and steps & (steps - 1) == 0
        on_host = affinity.device.type == 'cpu'
        few = nodes <= _FEW_NODES or not on_host
        return 'squaring' if few and power else 'walk'
