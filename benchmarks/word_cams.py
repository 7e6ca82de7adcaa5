"""Grad-CAMs of an image's words: one pass for all classes, or one for each.

The reference runs the last block and its gradient again for each class.
"""
from collections.abc import Iterator
from pathlib import Path

import torch
from common.harness import Case
from mmengine.registry import DefaultScope
from torch import Tensor, nn

from wsss_plugins.registry import MODELS

_WIDTH, _OUT = 768, 512


def _network() -> nn.Module:
    """ViT-B's last block with random weights; the others take no part."""
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(dict(
            type='wsss_plugins.TextCAMSegmentor',
            backbone=dict(type='wsss_plugins.CLIPViT', num_layers=1),
            decode_head=dict(type='wsss_plugins.TextCAMHead',
                             num_classes=21)))
    generator = torch.Generator().manual_seed(0)
    head = model.decode_head
    head.text_features = torch.randn(20, _OUT, generator=generator)
    head.background_features = torch.randn(25, _OUT, generator=generator)
    head.logit_scale += 3
    return model.eval()


def _gradients(model: nn.Module, tokens: Tensor, present: Tensor) -> Tensor:
    """One pass, all classes."""
    block = model.backbone.last_block(tokens)
    with torch.enable_grad():
        logits = model.decode_head.logits(block.embedding,
                                          model.decode_head.rows(present))
    return model._gradients(block, logits, len(present))


def _one_by_one(model: nn.Module, tokens: Tensor, present: Tensor) -> Tensor:
    """A pass for each class, as the reference."""
    found = []
    for number in range(len(present)):
        block = model.backbone.last_block(tokens)
        with torch.enable_grad():
            logits = model.decode_head.logits(
                block.embedding, model.decode_head.rows(present))
            prob = logits.softmax(dim=0)[number]
        grads, = torch.autograd.grad(prob, block.activations)
        found.append(grads[0, 1:])
    return torch.stack(found)


def _agree(reference: Tensor, ours: Tensor) -> dict[str, float]:
    return dict(max_relative=float(
        (reference - ours).abs().max() / reference.abs().max()))


def cases(folder: Path, quick: bool) -> Iterator[Case]:
    """An image of VOC with one, two and four classes."""
    model = _network()
    patches = 12 * 16 if quick else 24 * 32
    tokens = torch.randn(1, 1 + patches, _WIDTH,
                         generator=torch.Generator().manual_seed(1))
    for count in (1, 2, 4):
        present = torch.arange(count)
        yield Case(
            f'{patches} patches, {count} classes',
            reference=lambda p=present: _one_by_one(model, tokens, p),
            ours=lambda p=present: _gradients(model, tokens, p),
            agree=_agree)
