"""PSA's random walk of an image of 500x375: features to propagated CAMs.

The reference makes the matrix of all pixels and squares it eight times, with
21 channels; the package propagates the present classes on a stencil. Features
are made up: smooth maps with noise, so that affinities are as mixed as real
ones.
"""
from collections.abc import Iterator
from pathlib import Path

import torch
from common.harness import Case
from common.synthetic import smooth_maps
from common.walks import all_classes_walk, feature_pairs, labels, relative
from torch import Tensor

from wsss_plugins.ops.walk.affinity import feature_affinity
from wsss_plugins.ops.walk.random_walk import random_walk

_CHANNELS, _BETA, _CLASSES, _PRESENT = 448, 8, 21, 3
_GRID = (47, 63)
_DEGREE = 80


def _features(size: tuple[int, int], seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    regions = smooth_maps(seed, 12, size)
    mixed = torch.randn((_CHANNELS, 12), generator=generator)
    noise = torch.randn((_CHANNELS, *size), generator=generator)
    return torch.einsum('ck,khw->chw', mixed, regions) / 2 + noise / 20


def _state(size: tuple[int, int]) -> Tensor:
    maps = smooth_maps(1, _PRESENT - 1, size)
    background = (1 - maps.amax(dim=0, keepdim=True))**16
    return torch.cat([background, maps])


def _whole_matrix(affinity: Tensor, state: Tensor) -> Tensor:
    return all_classes_walk(affinity, state, _BETA, _CLASSES)


def _walk(affinity: Tensor, state: Tensor, degree: int | None) -> Tensor:
    return random_walk(state[None], affinity, beta=_BETA, degree=degree)[0]


def _agreement(affinity: Tensor, state: Tensor):
    """Errors of both sides against 64 bits, equal labels."""
    exact = random_walk(
        state[None].double(), affinity.double(), beta=_BETA)[0]

    def agree(reference: Tensor, ours: Tensor) -> dict[str, float]:
        same = labels(reference) == labels(ours)
        return dict(
            reference_error=relative(reference, exact),
            error=relative(ours, exact),
            argmax=float(same.float().mean()))

    return agree


def _growth(features: Tensor, area: int) -> Case:
    """Ours on a larger map beside ours: the ratio is that of the areas."""
    sides = tuple(side * 2 for side in _GRID)
    larger, state = _features(sides), _state(sides)
    small = _state(_GRID)
    affinity = feature_affinity(larger[None])
    near = feature_affinity(features[None])
    return Case(
        f'growth of our walk: {area}x the area',
        reference=lambda: _walk(affinity, state, None),
        ours=lambda: _walk(near, small, None),
        agree=lambda a, b: dict(areas=a[0].numel() / b[0].numel()))


def cases(folder: Path, quick: bool) -> Iterator[Case]:
    """Features to walk, the walk alone, and how ours grows with the area."""
    features, state = _features(_GRID), _state(_GRID)
    affinity = feature_affinity(features[None])
    flat = affinity[0].flatten(1)
    memory = dict(
        stencil=affinity.numel() * 4 / 1e6,
        reference_matrix=(_GRID[0] * _GRID[1])**2 * 4 / 1e6)
    agree = _agreement(affinity, state)
    for name, degree in (('every step', None), (f'degree {_DEGREE}',
                                                _DEGREE)):
        if quick and degree is None:
            continue
        yield Case(
            f'features to walk, {name}',
            reference=lambda: _whole_matrix(feature_pairs(features), state),
            ours=lambda degree=degree: _walk(
                feature_affinity(features[None]), state, degree),
            agree=agree,
            memory_mb=memory)
    if not quick:
        yield Case(
            'walk alone, every step',
            reference=lambda: _whole_matrix(flat, state),
            ours=lambda: _walk(affinity, state, None),
            agree=agree)
    yield Case(
        'affinities of features',
        reference=lambda: feature_pairs(features),
        ours=lambda: feature_affinity(features[None])[0].flatten(1),
        agree=lambda a, b: dict(error=relative(b, a)))
    yield _growth(features, 4)
