"""IRNet's random walk at stride 4: boundaries to propagated CAMs.

At 500x375 the reference multiplies matrices of 11750 pixels eight times, five
minutes on one core; a sixteenth of the rows of one product is timed and taken
128 times, without the making of the matrix. A smaller image runs whole.
"""
from collections.abc import Iterator
from pathlib import Path

import torch
import torch.nn.functional as F
from common.harness import Case
from common.synthetic import smooth_maps
from common.walks import (
    RADIUS,
    STEPS_LOG2,
    edge_walk,
    extra_mb,
    labels,
    relative,
)
from torch import Tensor

from wsss_plugins.ops.walk.affinity import edge_affinity
from wsss_plugins.ops.walk.pairs import pair_offsets
from wsss_plugins.ops.walk.random_walk import random_walk

_BETA, _CLASSES, _DEGREE = 10, 3, 80
_GRID, _SMALL, _TINY = (94, 125), (24, 32), (12, 12)
_PART = 16


def _edges(size: tuple[int, int]) -> Tensor:
    """Boundaries of blobs, (h, w) in [0, 1]."""
    regions = smooth_maps(3, 6, size)
    winner = F.one_hot(regions.argmax(dim=0)).permute(2, 0, 1).float()
    soft = F.avg_pool2d(winner[None], 3, 1, 1)[0]
    noise = torch.rand(size, generator=torch.Generator().manual_seed(4))
    return (2 * (1 - soft.amax(dim=0)) + noise / 10).clamp(max=1)


def _walk(affinity: Tensor, maps: Tensor, degree: int | None) -> Tensor:
    return random_walk(maps[None], affinity, RADIUS, _BETA, degree=degree)[0]


def _ours(edge: Tensor, maps: Tensor, degree: int | None) -> Tensor:
    return _walk(edge_affinity(edge[None], RADIUS), maps * (1 - edge), degree)


def _exact(edge: Tensor, maps: Tensor) -> Tensor:
    return _ours(edge.double(), maps.double(), None)


def _transition_stand_in(nodes: int) -> Tensor:
    """Any full matrix: the time of a product does not depend on it."""
    generator = torch.Generator().manual_seed(5)
    return torch.rand((nodes, nodes), generator=generator) / nodes


def _extrapolated(quick: bool) -> Iterator[Case]:
    edge, maps = _edges(_GRID), smooth_maps(6, _CLASSES, _GRID)
    nodes, exact = edge.numel(), _exact(edge, maps)
    whole = edge_affinity(edge[None], RADIUS), maps
    tiny = (edge_affinity(_edges(_TINY)[None], RADIUS),
            smooth_maps(6, _CLASSES, _TINY))
    matrix = _transition_stand_in(nodes)
    rows = nodes // _PART
    share = rows / nodes / STEPS_LOG2
    memory = dict(
        stencil=len(pair_offsets(RADIUS)) * nodes * 4 / 1e6,
        walk_peak=extra_mb(lambda: _walk(*whole, _DEGREE),
                           lambda: _walk(*tiny, _DEGREE)),
        reference_matrix=nodes**2 * 4 / 1e6)
    for name, degree in ((f'degree {_DEGREE}', _DEGREE), ('every step',
                                                          None)):
        if quick and degree is None:
            continue
        yield Case(
            f'stride 4, 500x375, {name} (x)',
            reference=lambda: matrix[:rows] @ matrix,
            ours=lambda degree=degree: _ours(edge, maps, degree),
            agree=lambda _, ours: dict(error=relative(ours.double(), exact)),
            memory_mb=memory,
            share=share)


def cases(folder: Path, quick: bool) -> Iterator[Case]:
    """The image of 500x375, a small one in full, and how ours grows."""
    yield from _extrapolated(quick)
    edge, maps = _edges(_SMALL), smooth_maps(6, _CLASSES, _SMALL)
    exact = _exact(edge, maps)
    yield Case(
        f'{_SMALL[0]}x{_SMALL[1]} pixels, whole',
        reference=lambda: edge_walk(edge, maps, _BETA),
        ours=lambda: _ours(edge, maps, _DEGREE),
        agree=lambda a, b: dict(
            reference_error=relative(a.double(), exact),
            error=relative(b.double(), exact),
            argmax=float((labels(a) == labels(b)).float().mean())))
    large, small = tuple(2 * side for side in _GRID), _GRID
    inputs = {
        size: (_edges(size), smooth_maps(6, _CLASSES, size))
        for size in (large, small)
    }
    yield Case(
        'growth of ours: 4x the area',
        reference=lambda: _ours(*inputs[large], _DEGREE),
        ours=lambda: _ours(*inputs[small], _DEGREE),
        agree=lambda a, b: dict(areas=a[0].numel() / b[0].numel()))
