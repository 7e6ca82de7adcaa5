"""CAMs spread along attention: two products a step against matrix powers.

The reference forms the square of the walk's matrix for each class of an image
and masks its columns; the package takes products with the attention's factors
for all classes at once.
"""
from collections.abc import Iterator
from pathlib import Path

import torch
from common.harness import Case
from torch import Tensor

from wsss_plugins.ops.attention.affinity import AttentionAffinity


def _reference(attention: Tensor, maps: Tensor, masks: Tensor) -> Tensor:
    found = []
    for cam, mask in zip(maps.flatten(1), masks.flatten(1)):
        walk = attention
        for _ in range(3):
            walk = walk / walk.sum(dim=0, keepdim=True)
            walk = walk / walk.sum(dim=1, keepdim=True)
        walk = (walk + walk.T) / 2
        walk = walk @ walk
        found.append((walk * mask) @ cam[:, None])
    return torch.stack(found).reshape(maps.shape)


def _ours(attention: Tensor, maps: Tensor, masks: Tensor) -> Tensor:
    return AttentionAffinity.of(attention).spread(maps, masks)


def _agree(reference: Tensor, ours: Tensor) -> dict[str, float]:
    return dict(max_relative=float(
        (reference - ours).abs().max() / reference.abs().max()))


def cases(folder: Path, quick: bool) -> Iterator[Case]:
    """Images of VOC and COCO, one to four classes."""
    work = [('500x375, 1 class', (24, 32), 1), ('500x375, 3', (24, 32), 3)]
    if not quick:
        work.append(('640x480, 4 classes', (30, 40), 4))
    for name, grid, count in work:
        generator = torch.Generator().manual_seed(count)
        patches = grid[0] * grid[1]
        attention = torch.rand(patches, patches, generator=generator)
        maps = torch.rand(count, *grid, generator=generator)
        masks = (maps > .4).float()
        inputs = (attention, maps, masks)
        yield Case(
            name,
            reference=lambda inputs=inputs: _reference(*inputs),
            ours=lambda inputs=inputs: _ours(*inputs),
            agree=_agree)
