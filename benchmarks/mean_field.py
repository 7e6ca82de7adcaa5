"""Mask Auto-Labeler's mean field at 128x128, a batch of objects.

The reference unfolds the windows of both labels in each of 100 iterations,
here written again from its description; the package shifts slices, with half
of the weights, and may stop where nothing changes any more.
"""
from collections.abc import Iterator
from pathlib import Path

import torch
import torch.nn.functional as F
from common.harness import Case
from common.synthetic import smooth_maps
from torch import Tensor

from wsss_plugins.ops.crf.mean_field import mean_field, window_weights

_SIDE, _ZETA, _ITERATIONS, _EPS = 128, .1, 100, 1e-6
_LIMITS = (.1, .9)
_MARGIN = 15


def _scene(objects: int, noise: float) -> tuple[Tensor, Tensor, Tensor]:
    """Images (B, 3, S, S), probabilities and boxes (B, S, S).

    The prediction is right but for soft borders.
    """
    generator = torch.Generator().manual_seed(0)
    size = (_SIDE, _SIDE)
    images, probs = [], []
    for number in range(objects):
        regions = smooth_maps(number, 4, size)
        winner = F.one_hot(regions.argmax(dim=0)).permute(2, 0, 1).float()
        colors = torch.randn((3, len(winner)), generator=generator)
        images.append(torch.einsum('ck,khw->chw', colors, winner))
        probs.append(F.avg_pool2d(winner[:1], 7, 1, 3)[0])
    images = torch.stack(images)
    images += noise * torch.randn(images.shape, generator=generator)
    box = torch.zeros((objects, *size))
    box[:, _MARGIN:-_MARGIN, _MARGIN:-_MARGIN] = 1
    return images, torch.stack(probs), box


def _windows(maps: Tensor) -> Tensor:
    """Neighbors of each pixel, zero outside, (B, 9, n)."""
    return F.unfold(maps[:, None], 3, padding=1)


def _reference(images: Tensor, probs: Tensor, box: Tensor) -> Tensor:
    batch, channels = images.shape[:2]
    lifted = images + 10
    around = F.unfold(lifted, 3, padding=1).view(batch, channels, 9, -1)
    squares = (around - lifted.flatten(2)[:, :, None]).square().sum(dim=1)
    weights = torch.exp(-squares / (2 * _ZETA**2))
    state, gate = (probs * box).clamp(*_LIMITS), box.flatten(1)
    for _ in range(_ITERATIONS):
        first = (weights * _windows(-state.log())).sum(dim=1)
        other = (weights * _windows(-(1 - state).log())).sum(dim=1)
        first, other = torch.exp(-first) * gate, torch.exp(-other)
        state = first / (_EPS + first + other)
        state = state.clamp(*_LIMITS).view(box.shape)
    return state


def _ours(images: Tensor, probs: Tensor, box: Tensor,
          stop: float | None) -> Tensor:
    return mean_field(
        probs, box, window_weights(images, zeta=_ZETA),
        iterations=_ITERATIONS, stop=stop)


def _agree(reference: Tensor, ours: Tensor) -> dict[str, float]:
    masks = reference > .5, ours > .5
    return dict(
        error=float((reference - ours).abs().max()),
        same_labels=float((masks[0] == masks[1]).float().mean()),
        object=float(masks[0].float().mean()))


def cases(folder: Path, quick: bool) -> Iterator[Case]:
    """Plain regions and textured ones, with and without a stop."""
    objects = 4 if quick else 8
    for name, noise in (('plain', .01), ('textured', .3)):
        scene = _scene(objects, noise)
        for stop in (None, 1e-4):
            yield Case(
                f'{name}, {objects} objects, ' +
                ('every iteration' if stop is None else f'stop {stop:g}'),
                reference=lambda scene=scene: _reference(*scene),
                ours=lambda scene=scene, stop=stop: _ours(*scene, stop),
                agree=_agree,
                memory_mb=dict(
                    weights=4 * scene[2].numel() * 4 / 1e6,
                    reference_windows=9 * scene[2].numel() * 4 / 1e6))
