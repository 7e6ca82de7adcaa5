"""EPS' saliency loss, forward and backward.

The reference gathers the maps of either side with boolean masks of full size
and sums them; the package weighs all maps at once.
"""
from collections.abc import Iterator
from pathlib import Path

import torch
import torch.nn.functional as F
from common.harness import Case
from torch import Tensor

from wsss_plugins.models.losses.eps_loss import eps_loss

_AREA_EPS = 1e-4


def _gathered(probs: Tensor, chosen: Tensor) -> Tensor:
    """Sum of the chosen maps, (N, 1, h, w); ``chosen`` is (N, C + 1)."""
    where = chosen[:, :, None, None].expand_as(probs)
    kept = torch.zeros_like(probs)
    kept[where] = probs[where]
    return kept.sum(dim=1, keepdim=True)


def _reference_loss(maps: Tensor, saliency: Tensor, labels: Tensor, tau: float,
                    lam: float) -> Tensor:
    probs = maps.softmax(dim=1)
    small = F.interpolate(saliency, probs.shape[2:], mode='nearest')
    binary = probs[:, :-1].detach().round()
    overlap = (binary * small.round()).flatten(2).sum(2)
    overlap = overlap / (binary + _AREA_EPS).flatten(2).sum(2)
    present = labels.bool()
    selected = present & (overlap > tau)
    always = torch.ones_like(present[:, :1])
    foreground = _gathered(probs, torch.cat([selected, ~always], dim=1))
    background = _gathered(
        probs, torch.cat([present & ~selected, always], dim=1))
    estimate = lam * foreground + (1 - lam) * (1 - background)
    return F.mse_loss(estimate, small)


def _step(loss_of, maps: Tensor) -> tuple[float, Tensor]:
    """Loss and gradient of fresh maps."""
    leaf = maps.detach().requires_grad_()
    loss = loss_of(leaf)
    loss.backward()
    return loss.item(), leaf.grad


def _agree(reference: tuple, ours: tuple) -> dict[str, float]:
    difference = (reference[1] - ours[1]).abs().max()
    return dict(
        loss_error=abs(reference[0] - ours[0]),
        grad_rel_error=float(difference / reference[1].abs().max()))


def _case(name: str, shape: tuple[int, ...], crop: int, lam: float) -> Case:
    generator = torch.Generator().manual_seed(0)
    batch, channels = shape[:2]
    maps = 3 * torch.randn(shape, generator=generator)
    saliency = torch.rand((batch, 1, crop, crop), generator=generator)
    labels = torch.zeros(batch, channels - 1)
    for row in labels:
        row[torch.randperm(channels - 1, generator=generator)[:2]] = 1
    # Tagged classes stand out somewhere, so that some are selected.
    maps[:, :-1] += 4 * labels[:, :, None, None]
    rest = (saliency, labels)
    return Case(
        name,
        reference=lambda: _step(
            lambda leaf: _reference_loss(leaf, *rest, .4, lam), maps),
        ours=lambda: _step(
            lambda leaf: eps_loss(leaf, *rest, tau=.4, lam=lam).loss, maps),
        agree=_agree)


def cases(folder: Path, quick: bool) -> Iterator[Case]:
    """A batch of VOC and one of COCO, at the sizes of the paper's runs."""
    yield _case('VOC, 8x21x56x56', (8, 21, 56, 56), 448, .5)
    yield _case('COCO, 16x81x41x41', (16, 81, 41, 41), 321, .9)
