"""SEC's three losses."""
from collections.abc import Iterator
from pathlib import Path

import torch
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from wsss_plugins.models import ConstrainLoss, ExpandLoss, SECHead, SeedLoss
from wsss_plugins.models.losses.constrain_loss import boundary_divergence
from wsss_plugins.models.losses.expand_loss import expand_loss
from wsss_plugins.ops.cam.rank_pooling import (
    rank_pool,
    rank_weights,
    softmax_with_floor,
)
from wsss_plugins.testing.arrays import load_tensors
from wsss_plugins.testing.checks import Check, checks, compare

from ._inputs import crf_images, image_labels, leaves, with_inputs

_LOSS = dict(rtol=1e-5, atol=1e-5)
_GRADIENT = dict(rtol=1e-4, atol=1e-7)
# Values that differ by less than float32 resolves get each other's rank, and
# with it weights that differ by the decay.
_RANKED = {
    torch.float64: _GRADIENT,
    torch.float32: dict(rtol=1e-2, atol=1e-6)
}


@checks('softmax*.npz')
def check_softmax(path: Path) -> Iterator[Check]:
    """``softmax.npz``: probabilities with a floor, and their gradient."""
    data, inputs = with_inputs(path, 'softmax')
    logits = inputs['logits'].clone().requires_grad_()
    probs = softmax_with_floor(logits, float(data['eps']))
    probs.backward(data['upstream'])
    yield compare('probs', probs.detach(), data['probs'])
    yield compare('grad_logits', logits.grad, data['grad_logits'],
                  **_GRADIENT)


@checks('seed*.npz')
def check_seed(path: Path) -> Iterator[Check]:
    """``seed.npz``: seeding loss and gradients."""
    data, inputs = with_inputs(path, 'seed')
    logits, probs = leaves(inputs)
    loss = SeedLoss()(probs, inputs['cues'])['loss_seed']
    loss.backward()
    yield compare('loss', loss.detach(), data['loss'], **_LOSS)
    yield compare('grad_probs', probs.grad, data['grad_probs'], **_GRADIENT)
    yield compare('grad_logits', logits.grad, data['grad_logits'],
                  **_GRADIENT)


@checks('expand*.npz')
def check_expand(path: Path) -> Iterator[Check]:
    """``expand.npz``: pooling, the three terms and gradients."""
    data, inputs = with_inputs(path, 'expand')
    _, probs = leaves(inputs)
    values = probs.detach().flatten(2)
    module = ExpandLoss()
    present, background = module.decay_present, module.decay_background
    yield compare('gwrp_fg', rank_pool(values[:, 1:], present),
                  data['gwrp_fg'])
    yield compare('max_fg', rank_pool(values[:, 1:], module.decay_absent),
                  data['max_fg'])
    yield compare('gwrp_bg', rank_pool(values[:, 0], background),
                  data['gwrp_bg'])
    for key, decay in (('Z_fg', present), ('Z_bg', background)):
        yield compare(key, 1 / rank_weights(values.shape[-1], decay)[0],
                      data[key])
    terms = expand_loss(probs.detach(), image_labels(inputs))
    yield compare('loss_present', terms.present, data['loss_present'],
                  **_LOSS)
    yield compare('loss_absent', terms.absent, data['loss_absent'], **_LOSS)
    yield compare('loss_bg', terms.background, data['loss_bg'], **_LOSS)
    for dtype, tolerance in _RANKED.items():
        logits, probs = leaves(inputs, dtype)
        loss = module(probs, image_labels(inputs))['loss_expand']
        loss.backward()
        yield compare(f'loss, {dtype}', loss.detach(), data['loss'], **_LOSS)
        yield compare(f'grad_probs, {dtype}', probs.grad, data['grad_probs'],
                      **tolerance)
        yield compare(f'grad_logits, {dtype}', logits.grad,
                      data['grad_logits'], **tolerance)


@checks('constrain*.npz')
def check_constrain(path: Path) -> Iterator[Check]:
    """``constrain.npz``: the divergence and both kinds of gradient."""
    data, inputs = with_inputs(path, 'constrain')
    crf_file = path.with_name(path.name.replace('constrain', 'crf_train', 1))
    logits, probs = leaves(inputs)
    log_q = load_tensors(crf_file)['log_q_clamped'].requires_grad_()
    loss = boundary_divergence(probs, log_q)
    loss.backward()
    yield compare('loss', loss.detach(), data['loss'], **_LOSS)
    yield compare('grad_probs', probs.grad, data['grad_probs'], **_GRADIENT)
    yield compare('grad_log_q', log_q.grad, data['grad_log_q'], **_GRADIENT)
    yield compare('grad_logits_q_constant', logits.grad,
                  data['grad_logits_q_constant'], **_GRADIENT)
    grads = {}
    for mode in ('none', 'legacy_diag'):
        logits, probs = leaves(inputs)
        loss = ConstrainLoss(crf_grad=mode)(
            probs, logits, crf_images(inputs))['loss_constrain']
        loss.backward()
        yield compare(f'loss of the module, {mode}', loss.detach(),
                      data['loss'], **_LOSS)
        grads[mode] = logits.grad
    yield compare('grad_logits_legacy_extra',
                  grads['legacy_diag'] - grads['none'],
                  data['grad_logits_legacy_extra'], **_GRADIENT)


@checks('total*.npz')
def check_total(path: Path) -> Iterator[Check]:
    """``total.npz``: the head's three losses and their gradient."""
    data, inputs = with_inputs(path, 'total')
    samples = []
    for labels, cues, image in zip(
            image_labels(inputs), inputs['cues'], crf_images(inputs),
            strict=True):
        sample = SegDataSample()
        sample.set_data(
            dict(
                gt_score=labels,
                gt_cues=PixelData(data=cues),
                gt_crf_image=PixelData(data=image)))
        samples.append(sample)
    names = ('loss_seed', 'loss_expand', 'loss_constrain')
    for dtype, tolerance in _RANKED.items():
        logits, _ = leaves(inputs, dtype)
        head = SECHead(
            in_channels=1, num_classes=logits.shape[1], channels=1)
        losses = head.loss_by_feat(logits, samples)
        total = sum(losses[name] for name in names)
        total.backward()
        for name in names:
            yield compare(f'{name}, {dtype}', losses[name].detach(),
                          data[name], **_LOSS)
        yield compare(f'loss, {dtype}', total.detach(), data['loss'], **_LOSS)
        yield compare(f'grad_logits, {dtype}', logits.grad,
                      data['grad_logits'], **tolerance)
