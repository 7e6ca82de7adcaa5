"""EXITS' retrieval of points and its loss."""
import re
from collections.abc import Iterator
from math import isqrt
from pathlib import Path

import torch
from torch import Tensor

from wsss_plugins.models import PointLoss, PointRetriever
from wsss_plugins.models.generators import Retrieval
from wsss_plugins.ops.points.propagation import (
    METHODS,
    contrast,
    propagate,
    transition,
)
from wsss_plugins.ops.points.sinkhorn import scaled, sinkhorn_scalings
from wsss_plugins.testing.arrays import load_tensors
from wsss_plugins.testing.checks import Check, checks, compare

_PATCH = 16
# Rounds and power of the sets whose names do not say them.
_ROUNDS, _ALPHA = 3, 2
# Rounds and power of the sets whose names do not say them.
_ROUNDS, _ALPHA = 3, 2
_TOLERANCE = {
    torch.float64: dict(rtol=0, atol=1e-10),
    torch.float32: dict(rtol=0, atol=2e-6)
}
_EXACT = dict(rtol=0, atol=0)


def _retrieval(data: dict[str, Tensor], similarity: Tensor,
               taus: tuple[float, float]) -> Retrieval:
    """What the retriever makes of a file, as the generator calls it."""
    side = isqrt(similarity.shape[-1])
    retriever = PointRetriever(
        alpha=_ALPHA, sinkhorn_rounds=_ROUNDS, tau_fg=taus[0],
        tau_bg=taus[1], delta=float(data['delta']), dropout=0.)
    return retriever(
        similarity[None],
        data['extreme_points_px'][None], (side, side), (side * _PATCH, ) * 2,
        boxes=data['box_px'][None])


def _check_seeds(data: dict[str, Tensor],
                 retrieval: Retrieval) -> Iterator[Check]:
    for key, found in zip(('fg', 'bg', 'box'), retrieval.seeds):
        yield compare(key, found[0], data[key], **_EXACT)


def _check_scores(data: dict[str, Tensor],
                  similarity: Tensor) -> Iterator[Check]:
    """Both scores of all powers in the file, in both precisions."""
    seeds = data['fg'][None], data['bg'][None]
    for key in data:
        match = re.fullmatch(r'pi_f((?:_r\d+)?)_a(\d+)', key)
        if not match:
            continue
        options = dict(
            alpha=int(match[2]), rounds=int(match[1][2:] or _ROUNDS))
        other = key.replace('pi_f', 'pi_b')
        for dtype, tolerance in _TOLERANCE.items():
            for method in METHODS:
                scores = propagate(
                    similarity.to(dtype)[None], *seeds, **options,
                    method=method)
                difference = contrast(
                    similarity.to(dtype)[None], *seeds, **options,
                    method=method)
                yield compare(f'{key} - pi_b, {method}, {dtype}',
                              difference[0], data[key] - data[other],
                              **tolerance)
                for name, found in zip((key, other), scores):
                    yield compare(f'{name}, {method}, {dtype}', found[0],
                                  data[name], **tolerance)


@checks('exits_n8*.npz')
def check_points(path: Path) -> Iterator[Check]:
    """``exits_n8.npz``: attention to loss and gradient."""
    data = load_tensors(path)
    similarity = data['attn'].mean(dim=0)[1:, 1:]
    full = _TOLERANCE[torch.float64]
    yield compare('S', similarity, data['S'], **full)
    for key, golden in data.items():
        if re.fullmatch(r'[AT]_r\d+', key):
            rounds = int(key[3:])
            found = (scaled(similarity[None],
                            sinkhorn_scalings(similarity[None], rounds))
                     if key[0] == 'A' else transition(similarity[None],
                                                      rounds))
            yield compare(key, found[0], golden, **full)
        elif key.endswith('_rowsum_err'):
            matrix = transition(similarity[None], int(key[3:].split('_')[0]))
            error = (matrix.sum(dim=2) - 1).abs().max()
            yield compare(key, error, golden, rtol=1e-6, atol=1e-10)
    yield from _check_scores(data, similarity)
    for key in data:
        if key.endswith('_tau'):
            yield from _check_set(data, similarity, key.removesuffix('_tau'))


def _check_set(data: dict[str, Tensor], similarity: Tensor,
               name: str) -> Iterator[Check]:
    """Sets, targets and losses of one pair of thresholds."""
    patches = similarity.shape[-1]
    taus = (data[f'{name}_tau'] * patches).tolist()
    score = contrast(
        similarity[None], data['fg'][None], data['bg'][None], alpha=_ALPHA,
        rounds=_ROUNDS)[0]
    gap = (score[:, None] - data[f'{name}_tau']).abs().amin(dim=1)
    for dtype, tolerance in _TOLERANCE.items():
        # What lies on a threshold may fall to either side of it.
        clear = gap > tolerance['atol']
        found = _retrieval(data, similarity.to(dtype), taus)
        yield from _check_seeds(data, found)
        for key, value in (('hat_fg', found.found.foreground),
                           ('hat_bg', found.found.background),
                           ('Y', found.labels.flatten(1)),
                           ('K', found.known.flatten(1))):
            yield compare(f'{name}_{key}, {dtype}', value[0][clear],
                          data[f'{name}_{key}'][clear], **_EXACT)
    for downsample in ('area', 'bilinear'):
        probs = data['M'][None].clone().requires_grad_()
        loss = PointLoss(downsample=downsample)(
            probs, data['box_full'][None], found.labels, found.known,
            found.empty)['loss_point']
        loss.backward()
        key = f'{name}_{downsample}'
        yield compare(f'{key}_loss', loss.detach(), data[f'{key}_loss'],
                      **_TOLERANCE[torch.float64])
        yield compare(f'{key}_grad', probs.grad[0], data[f'{key}_grad'],
                      **_TOLERANCE[torch.float64])


@checks('exits_n32*.npz', 'exits_scores*.npz')
def check_large(path: Path) -> Iterator[Check]:
    """``exits_n32.npz``, ``exits_scores_*.npz``: scores, sets, spectrum."""
    data = load_tensors(path)
    similarity = data['S'].double()
    found = _retrieval(data, similarity, (.5, -.5))
    yield from _check_seeds(data, found)
    for key, value in zip(('hat_fg', 'hat_bg'), found.found):
        yield compare(f'{key}_a2', value[0], data[f'{key}_a2'], **_EXACT)
    yield from _check_scores(data, similarity)
    golden = data['T_r100_top5_eig']
    values = torch.linalg.eigvalsh(transition(similarity[None], 100)[0])
    yield compare('T_r100_top5_eig', values.flip(0)[:len(golden)], golden,
                  rtol=0, atol=1e-8)
