"""WSGCN's losses and training."""
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from wsss_plugins.ops.graph.graphs import adjacency_graph
from wsss_plugins.ops.graph.laplacian import laplacian, stack_laplacians
from wsss_plugins.refiners import GCNRefiner, RefinerSample
from wsss_plugins.refiners.gcn import GCNLoss
from wsss_plugins.refiners.gcn.network import (
    GCNBatch,
    GCNOptions,
    GCNTrainer,
    GCNWeights,
)
from wsss_plugins.structures import ClassMaps, UserError
from wsss_plugins.testing.arrays import load_arrays
from wsss_plugins.testing.checks import Check, checks, compare, equal

from ._colors import colors

# After 256 steps of a walk in float32 and 250 epochs of Adam.
_RTOL = 1e-4
_PROBS_ATOL = 1e-4


def _graph_data(path: Path, stem: str) -> dict[str, np.ndarray]:
    """The graph that a file goes with: that of its suffix, or the one."""
    folder = path.parent
    for name in (path.name.replace(stem, 'graph_data'), 'graph_data.npz'):
        if (folder / name).is_file():
            return load_arrays(folder / name)
    raise UserError(f'{path}: needs graph_data.npz beside it')


def _batch(data: dict[str, np.ndarray], loss: GCNLoss) -> GCNBatch:
    """The golden graph as a batch of one image."""
    matrix = laplacian(colors(data['rgbxy']))
    return GCNBatch(
        graph=adjacency_graph(torch.from_numpy(data['T256'])),
        features=torch.from_numpy(data['features'])[None],
        weights=loss.weights(torch.from_numpy(data['labels'])[None]),
        laplacian=stack_laplacians([matrix], len(matrix)),
        missing=None,
        keys=torch.zeros(1, dtype=torch.int64))


def _weights(*values: np.ndarray) -> GCNWeights:
    """Weights of one network, with gradients."""
    return GCNWeights(*(torch.from_numpy(v).reshape(1, -1, v.shape[-1])
                        .clone().requires_grad_() for v in values))


@checks('losses*.npz')
def check_losses(path: Path) -> Iterator[Check]:
    """``losses.npz``: forward, Laplacian, four losses, four gradients."""
    data = load_arrays(path)
    graph_data = _graph_data(path, 'losses')
    loss = GCNLoss()
    batch = _batch(graph_data, loss)
    keys = ('W1', 'b1', 'W2', 'b2')
    weights = _weights(*(data[key] for key in keys))
    yield compare('L', laplacian(colors(graph_data['rgbxy'])).to_dense(),
                  data['L'], rtol=1e-5, atol=1e-5)
    trainer = GCNTrainer(GCNOptions(hidden=data['W1'].shape[1]), loss)
    log_probs = trainer.log_probs(
        batch, batch.graph.propagate(batch.features), weights)
    yield compare('log_prob', log_probs.detach()[0], data['log_prob'],
                  rtol=1e-5, atol=1e-5)
    out = loss(log_probs, batch.weights, batch.laplacian)
    for key, value in (('l_fg', out.foreground), ('l_bg', out.background),
                       ('l_ent', out.entropy), ('l_lap', out.laplacian),
                       ('loss', out.total)):
        yield compare(key, value.detach()[0], data[key], rtol=1e-5)
    out.total.sum().backward()
    for key, weight in zip(keys, weights.tensors()):
        yield compare(f'g{key}', weight.grad.view(data[key].shape),
                      data[f'g{key}'], _RTOL)


@checks('train*.npz')
def check_training(path: Path) -> Iterator[Check]:
    """``train250_nodropout.npz``: all epochs, upsampling, labels."""
    data = load_arrays(path)
    keys = ('gc1.weight', 'gc1.bias', 'gc2.weight', 'gc2.bias')
    start = _weights(*(data[f'init.{key}'] for key in keys))
    num_classes = data['final_logp'].shape[1]
    refiner = GCNRefiner(
        num_classes,
        gcn=dict(dropout=0, hidden=start.first.shape[2]),
        final_crf=False)
    graph_data = _graph_data(path, 'train250_nodropout')
    batch = _batch(graph_data, refiner.trainer.loss)
    weights, log_probs = refiner.trainer.train(batch, start)
    for key, weight in zip(keys, weights.tensors()):
        golden = data[f'final.{key}']
        yield compare(f'final.{key}', weight.view(golden.shape), golden,
                      rtol=1e-3, atol=1e-3)
    yield compare('final_p', log_probs[0].exp(), np.exp(data['final_logp']),
                  rtol=0, atol=_PROBS_ATOL)
    grid = graph_data['rgbxy'].shape[:2]
    yield from _check_upsampled(data, refiner, log_probs[0].t().reshape(
        num_classes, *grid))


def _check_upsampled(data: dict[str, np.ndarray], refiner: GCNRefiner,
                     log_probs: Tensor) -> Iterator[Check]:
    """Probabilities of the image's classes, and the best of all classes."""
    keys, size = data['pred_keys'], data['label'].shape
    sample = RefinerSample(
        ClassMaps(keys[1:], np.zeros((len(keys) - 1, 1, 1)), size),
        np.zeros((*size, 3), np.uint8), features=log_probs)
    found = refiner.finish(sample, log_probs)
    yield equal('pred_keys', found.labels.tolist(), keys.tolist())
    yield compare('pred_prob_up', found.maps, data['pred_prob_up'], rtol=0,
                  atol=_PROBS_ATOL)
    every = GCNRefiner(refiner.num_classes, classes='all', final_crf=False)
    found = every.finish(sample, log_probs)
    ordered = np.sort(found.maps, axis=0)
    # Two classes that are equal within the tolerance may swap.
    clear = ordered[-1] - ordered[-2] > 2 * _PROBS_ATOL
    labels = found.labels[found.maps.argmax(axis=0)]
    yield compare('label', labels[clear], data['label'][clear], 0, 0)
    yield equal('label is clear', bool(clear.mean() > .98), True)
