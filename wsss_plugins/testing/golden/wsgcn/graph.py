"""WSGCN's graph: random walk, adjacency, kernel."""
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from wsss_plugins.ops.graph.graphs import (
    RandomWalk,
    adjacency_graph,
    walk_graph,
)
from wsss_plugins.ops.graph.laplacian import pair_weights
from wsss_plugins.ops.walk.affinity import edge_affinity
from wsss_plugins.refiners.gcn import GCNLoss
from wsss_plugins.structures import IGNORE_INDEX
from wsss_plugins.testing.arrays import load_arrays
from wsss_plugins.testing.checks import Check, checks, compare

from ._colors import colors

# After 256 steps of a walk in float32 and 250 epochs of Adam.
_RTOL = 1e-4
_VAR_RGB, _VAR_XY = 12., 20.
_VAR_RGB, _VAR_XY = 12., 20.


@checks('preprocess_adj*.npz')
def check_adjacency(path: Path) -> Iterator[Check]:
    """``preprocess_adj.npz``: symmetric, with I, rows that sum to one."""
    data = load_arrays(path)
    graph = adjacency_graph(torch.from_numpy(data['A']))
    yield compare('A_hat', graph.dense()[0], data['A_hat'])
    eye = torch.eye(len(data['A']))[None]
    yield compare('propagated', graph.propagate(eye)[0], data['A_hat'])


@checks('graph_data*.npz')
def check_graph_data(path: Path) -> Iterator[Check]:
    """``graph_data.npz``: walk, adjacency, features, labels, kernel."""
    data = load_arrays(path)
    affinity = edge_affinity(torch.from_numpy(data['edge']))[0]
    size = tuple(data['edge'].shape[1:])
    for name, walk in (('256 steps', RandomWalk(degree=None)), ('96 terms',
                                                          RandomWalk())):
        walked = torch.cat([rows for _, rows in walk.rows(affinity, size)])
        yield compare(f'T256, {name}', walked, data['T256'], _RTOL)
        graph = walk_graph(affinity, size, walk)
        yield compare(f'adj, {name}', graph.dense()[0], data['adj'], _RTOL)
    graph = walk_graph(affinity, size, RandomWalk(), method='squaring')
    yield compare('adj, squared', graph.dense()[0], data['adj'], _RTOL)
    graph = adjacency_graph(torch.from_numpy(data['T256']))
    yield compare('adj of T256', graph.dense()[0], data['adj'])
    features = torch.from_numpy(data['feature_nchw'])
    yield compare('features', features.flatten(2)[0].t(), data['features'],
                  0, 0)
    yield from _check_label_sets(data)
    yield from _check_kernel(data['rgbxy'])


def _check_label_sets(data: dict[str, np.ndarray]) -> Iterator[Check]:
    """Which nodes each loss is of, with their labels."""
    weights = GCNLoss().weights(torch.from_numpy(data['labels'])[None])
    for key, chosen in (('label_fg', weights.foreground),
                        ('label_bg', weights.background)):
        labels = weights.columns.where(chosen > 0, IGNORE_INDEX)[0]
        yield compare(key, labels, data[key], 0, 0)
    yield compare('unlabeled', weights.unlabeled[0] > 0,
                  data['labels'] == IGNORE_INDEX, 0, 0)


def _check_kernel(rgbxy: np.ndarray) -> Iterator[Check]:
    """Weights of pairs from the golden colors and places."""
    for plane, dy, dx in pair_weights(colors(rgbxy)):
        height, width = plane.shape
        left = max(-dx, 0)
        here = rgbxy[:height, left:left + width].astype(np.float64)
        there = rgbxy[dy:, left + dx:left + dx + width]
        square = (here - there)**2
        golden = np.exp(-square[..., :3].sum(-1) / _VAR_RGB -
                        square[..., 3:].sum(-1) / _VAR_XY)
        yield compare(f'rgbxy, pairs {dy},{dx}', plane, golden)
