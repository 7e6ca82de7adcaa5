"""Checks of WSGCN's golden files through the package's public parts."""
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..ops.graph.graphs import Walk, adjacency_graph, walk_graph
from ..ops.graph.labels import vote
from ..ops.graph.laplacian import laplacian, pair_weights, stack_laplacians
from ..ops.walk.affinity import edge_affinity
from ..refiners import GCNRefiner, GraphSample
from ..refiners.gcn import (
    GCNLoss,
)
from ..refiners.gcn.network import GCNBatch, GCNOptions, GCNTrainer, GCNWeights
from ..refiners.gcn.partial_labeler import PartialLabeler, shrink_image
from ..structures import IGNORE_INDEX, ClassMaps, UserError
from .checks import Check, Checker, compare, equal

# After 256 steps of a walk in float32 and 250 epochs of Adam.
_RTOL = 1e-4
_PROBS_ATOL = 1e-4
_VAR_RGB, _VAR_XY = 12., 20.


def _load(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as file:
        return {key: file[key] for key in file.files}


def _graph_data(path: Path, stem: str) -> dict[str, np.ndarray]:
    """The graph that a file goes with: that of its suffix, or the one."""
    folder = path.parent
    for name in (path.name.replace(stem, 'graph_data'), 'graph_data.npz'):
        if (folder / name).is_file():
            return _load(folder / name)
    raise UserError(f'{path}: needs graph_data.npz beside it')


def check_adjacency(path: Path) -> Iterator[Check]:
    """``preprocess_adj.npz``: symmetric, with I, rows that sum to one."""
    data = _load(path)
    graph = adjacency_graph(torch.from_numpy(data['A']))
    yield compare('A_hat', graph.dense()[0], data['A_hat'])
    eye = torch.eye(len(data['A']))[None]
    yield compare('propagated', graph.propagate(eye)[0], data['A_hat'])


def check_partial_label(path: Path) -> Iterator[Check]:
    """``partial_label.npz``: image, both CRFs, labels of each ratio."""
    data = _load(path)
    cam = data['cam']
    small = shrink_image(data['img_bgr'], cam.shape[1:])
    yield compare('img_dn', small, data['img_dn'], 0, 0)
    ids = np.array([0, *(data['keys0'] + 1), IGNORE_INDEX])
    low, high = PartialLabeler().crf_scores(cam, data['img_dn'])
    yield compare('crf_la', low, data['crf_la'], _RTOL, _PROBS_ATOL)
    yield compare('crf_ha', high, data['crf_ha'], _RTOL, _PROBS_ATOL)
    for key in sorted(data):
        if not key.startswith('label_before_vote_'):
            continue
        ratio = key.rpartition('_')[2]
        # The reference cannot be run with all cells, only with almost all.
        labeler = PartialLabeler(ratio=min(float(ratio), .999))
        labels = labeler.label(cam, data['img_dn'])
        yield compare(key, ids[labels.slots], data[key], 0, 0)
        yield compare(f'label_{ratio}', ids[vote(labels)],
                      data[f'label_{ratio}'], 0, 0)
        slots = labeler(cam, data['img_bgr'], cam.shape[1:])
        slots = np.where(slots == IGNORE_INDEX, -1, slots)
        yield compare(f'label_{ratio}, in one go', ids[slots],
                      data[f'label_{ratio}'], 0, 0)
    scores = np.zeros(data['score_21'].shape)
    scores[ids[:-1]] = labels.scores
    yield compare('score_21', scores, data['score_21'], _RTOL, _PROBS_ATOL)


def check_graph_data(path: Path) -> Iterator[Check]:
    """``graph_data.npz``: walk, adjacency, features, labels, kernel."""
    data = _load(path)
    affinity = edge_affinity(torch.from_numpy(data['edge']))[0]
    size = tuple(data['edge'].shape[1:])
    for name, walk in (('256 steps', Walk(degree=None)), ('96 terms',
                                                          Walk())):
        walked = torch.cat([rows for _, rows in walk.rows(affinity, size)])
        yield compare(f'T256, {name}', walked, data['T256'], _RTOL)
        graph = walk_graph(affinity, size, walk)
        yield compare(f'adj, {name}', graph.dense()[0], data['adj'], _RTOL)
    graph = walk_graph(affinity, size, Walk(), method='squaring')
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


def _colors(rgbxy: np.ndarray) -> Tensor:
    return torch.from_numpy(rgbxy[..., :3]).permute(2, 0, 1).contiguous()


def _check_kernel(rgbxy: np.ndarray) -> Iterator[Check]:
    """Weights of pairs from the golden colors and places."""
    for plane, dy, dx in pair_weights(_colors(rgbxy)):
        height, width = plane.shape
        left = max(-dx, 0)
        here = rgbxy[:height, left:left + width].astype(np.float64)
        there = rgbxy[dy:, left + dx:left + dx + width]
        square = (here - there)**2
        golden = np.exp(-square[..., :3].sum(-1) / _VAR_RGB -
                        square[..., 3:].sum(-1) / _VAR_XY)
        yield compare(f'rgbxy, pairs {dy},{dx}', plane, golden)


def _batch(data: dict[str, np.ndarray], loss: GCNLoss) -> GCNBatch:
    """The golden graph as a batch of one image."""
    matrix = laplacian(_colors(data['rgbxy']))
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


def check_losses(path: Path) -> Iterator[Check]:
    """``losses.npz``: forward, Laplacian, four losses, four gradients."""
    data = _load(path)
    graph_data = _graph_data(path, 'losses')
    loss = GCNLoss()
    batch = _batch(graph_data, loss)
    keys = ('W1', 'b1', 'W2', 'b2')
    weights = _weights(*(data[key] for key in keys))
    yield compare('L', laplacian(_colors(graph_data['rgbxy'])).to_dense(),
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


def check_training(path: Path) -> Iterator[Check]:
    """``train250_nodropout.npz``: all epochs, upsampling, labels."""
    data = _load(path)
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
    sample = GraphSample(
        ClassMaps(keys[1:], np.zeros((len(keys) - 1, 1, 1)), size),
        np.zeros((*size, 3), np.uint8), log_probs, log_probs.new_zeros(1))
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


def check_final_crf(path: Path) -> Iterator[Check]:
    """``final_crf.npz``: softmax of probabilities, CRF, labels."""
    data = _load(path)
    refiner = GCNRefiner(num_classes=len(data['prob']))
    found = refiner.refined(data['img_rgb'], torch.from_numpy(data['prob']))
    yield compare('crf', found, data['crf'], _RTOL, _PROBS_ATOL)
    ordered = np.sort(data['crf'], axis=0)
    clear = ordered[-1] - ordered[-2] > 2 * _PROBS_ATOL
    # The file has classes of labels, not of channels: one for each channel,
    # in order.
    best = found.argmax(axis=0)[clear]
    pairs = np.unique(
        np.stack([best, data['label'][clear]]), axis=1)
    yield equal('label', [len(set(p)) for p in pairs.tolist()],
                [pairs.shape[1]] * 2)
    yield equal('order of labels', pairs[1].tolist(),
                sorted(pairs[1].tolist()))


CHECKERS: dict[str, Checker] = {
    'preprocess_adj*.npz': check_adjacency,
    'partial_label*.npz': check_partial_label,
    'graph_data*.npz': check_graph_data,
    'losses*.npz': check_losses,
    'train*.npz': check_training,
    'final_crf*.npz': check_final_crf,
}
