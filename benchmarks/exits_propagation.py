"""EXITS' scores of a crop: similarity of 32x32 patches to pi_f - pi_b.

The paper's formula makes T with Sinkhorn's rounds on the matrix and takes it
to the power alpha; the package moves one vector. Features are made up:
smooth maps with noise, so that similarities are as mixed as real ones.
"""
from collections.abc import Iterator
from pathlib import Path

import torch
from common.harness import Case
from common.synthetic import smooth_maps
from common.walks import relative
from torch import Tensor

from wsss_plugins.ops.points.propagation import (
    contrast,
    seed_vectors,
    transition,
    vector_walk,
)
from wsss_plugins.ops.points.seeds import retrieve, seed_patches

_SIDE, _PATCH, _ROUNDS, _OBJECTS = 32, 16, 3, 4
_HEADS, _CHANNELS = 12, 64


def _similarity(side: int, objects: int) -> Tensor:
    """Mean over heads of self-attention, (B, n, n)."""
    generator = torch.Generator().manual_seed(0)
    found = []
    for number in range(objects):
        regions = smooth_maps(number, 6, (side, side)).flatten(1)
        mixed = torch.randn((_HEADS, 6, _CHANNELS), generator=generator)
        noise = torch.randn((_HEADS, side**2, _CHANNELS), generator=generator)
        keys = torch.einsum('kn,hkc->hnc', regions, mixed) * 2 + noise / 4
        weights = (keys @ keys.mT / _CHANNELS**.5).softmax(dim=-1)
        found.append(weights.mean(dim=0))
    return torch.stack(found)


def _seeds(side: int, objects: int):
    """Seeds of a box in the middle, at the margin of labeling."""
    size = float(side * _PATCH)
    low, high = .115 * size, .885 * size
    points = torch.tensor([[.4 * size, low], [low, .6 * size],
                           [.5 * size, high], [high, .4 * size]])
    boxes = torch.tensor([[low, low, high, high]])
    return seed_patches(
        points.expand(objects, -1, -1), boxes.expand(objects, -1),
        (side, side), (int(size), ) * 2)


def _reference_transition(similarity: Tensor) -> Tensor:
    for _ in range(_ROUNDS):
        similarity = similarity / similarity.sum(dim=1, keepdim=True)
        similarity = similarity / similarity.sum(dim=2, keepdim=True)
    return (similarity + similarity.mT) / 2


def _reference_score(matrix: Tensor, seeds, alpha: int) -> Tensor:
    """Difference of means over rows of the power, a crop at a time."""
    power = torch.linalg.matrix_power(matrix, alpha)
    pi_f, pi_b = (
        torch.stack([rows[chosen].mean(dim=0)
                     for rows, chosen in zip(power, sets)])
        for sets in (seeds.foreground, seeds.background))
    return pi_f - pi_b


def _given(matrix: Tensor, seeds, alpha: int) -> Tensor:
    pi_f, pi_b = seed_vectors(*seeds[:2], dtype=matrix.dtype).unbind(dim=1)
    return vector_walk((pi_f - pi_b)[:, None], matrix, alpha)[:, 0]


def _agreement(seeds, exact: Tensor):
    """Errors against 64 bits, of the greatest; equal sets."""

    def agree(reference: Tensor, ours: Tensor) -> dict[str, float]:
        sets = [retrieve(score, seeds.box) for score in (reference, ours)]
        same = [(a == b).float().mean() for a, b in zip(*sets)]
        return dict(
            reference_error=relative(reference.double(), exact),
            error=relative(ours.double(), exact),
            same_patches=float(min(same)),
            retrieved=float(sets[0].foreground.sum(dim=1).float().mean()))

    return agree


def _case(name: str, similarity: Tensor, seeds, alpha: int,
          given: bool) -> Case:
    exact = contrast(similarity.double(), *seeds[:2], alpha=alpha)
    agree = _agreement(seeds, exact)
    memory = dict(similarity=similarity.numel() * 4 / 1e6)
    if not given:
        return Case(
            name,
            reference=lambda: _reference_score(
                _reference_transition(similarity), seeds, alpha),
            ours=lambda: contrast(
                similarity, *seeds[:2], alpha=alpha, rounds=_ROUNDS),
            agree=agree,
            memory_mb=memory)
    matrix = transition(similarity, _ROUNDS)
    return Case(
        name,
        reference=lambda: _reference_score(matrix, seeds, alpha),
        ours=lambda: _given(matrix, seeds, alpha),
        agree=agree,
        memory_mb=memory)


def _dense_sinkhorn(similarity: Tensor, seeds, alpha: int) -> Case:
    """Both walk vectors: what the scalings alone save."""
    exact = contrast(similarity.double(), *seeds[:2], alpha=alpha)
    return Case(
        f'alpha {alpha}, both walk, Sinkhorn dense',
        reference=lambda: _given(
            _reference_transition(similarity), seeds, alpha),
        ours=lambda: contrast(
            similarity, *seeds[:2], alpha=alpha, rounds=_ROUNDS),
        agree=_agreement(seeds, exact))


def cases(folder: Path, quick: bool) -> Iterator[Case]:
    """T given; with Sinkhorn's rounds; and how ours grows."""
    objects = 2 if quick else _OBJECTS
    similarity, seeds = _similarity(_SIDE, objects), _seeds(_SIDE, objects)
    for alpha in (2, 10) if quick else (2, 10, 32):
        yield _case(f'T given, alpha {alpha}', similarity, seeds, alpha, True)
        yield _case(f'with Sinkhorn, alpha {alpha}', similarity, seeds, alpha,
                    False)
    yield _dense_sinkhorn(similarity, seeds, 10)
    small = _similarity(_SIDE // 2, objects), _seeds(_SIDE // 2, objects)
    yield Case(
        'growth of ours: 4x the patches',
        reference=lambda: contrast(similarity, *seeds[:2], alpha=10),
        ours=lambda: contrast(small[0], *small[1][:2], alpha=10),
        agree=lambda a, b: dict(matrices=(a.shape[1] / b.shape[1])**2))
