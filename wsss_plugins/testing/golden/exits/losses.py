"""MAL's losses."""
from collections.abc import Iterator
from pathlib import Path

import torch
from mmengine.logging import MessageHub
from torch import Tensor

from wsss_plugins.models import CRFConsistencyLoss, MILLoss
from wsss_plugins.models.losses.dice import dice_loss
from wsss_plugins.models.losses.mil_loss import mil_loss
from wsss_plugins.testing.arrays import load_tensors
from wsss_plugins.testing.checks import Check, checks, compare

from ._generator import GivenNetwork, given_generator, object_samples

_LOSS = dict(rtol=1e-5, atol=1e-7)
_GRADIENT = dict(rtol=0, atol=1e-6)
_EXACT = dict(rtol=0, atol=0)


@checks('mal_losses*.npz')
def check_losses(path: Path) -> Iterator[Check]:
    """``mal_losses.npz``: three losses, their gradients, their sum."""
    data = load_tensors(path)

    def losses(name: str, function) -> Iterator[Check]:
        logits = data['logits'].clone().requires_grad_()
        loss = function((2 * logits).sigmoid())
        loss.sum().backward()
        yield compare(name, loss.detach(), data[name], **_LOSS)
        yield compare(f'grad_{name}', logits.grad, data[f'grad_{name}'],
                      **_GRADIENT)

    crf = CRFConsistencyLoss()
    yield from losses('dice', lambda x: dice_loss(x, data['target']))
    yield from losses('mil', lambda x: mil_loss(x, data['box']))
    yield from losses(
        'crf', lambda x: crf(x, data['box'], data['img'], data['teacher_prob']
                             )['loss_crf'])
    mean = (data['pred'] + data['teacher_prob']) / 2
    yield compare('crf_target', crf.target(mean, data['box'], data['img']),
                  data['crf_target'], **_EXACT)
    mil = MILLoss()(data['pred'], data['box'])['loss_mil']
    yield compare('mil of the module', mil,
                  data['mil'].sum() / (len(data['mil']) + 1e-4), **_LOSS)
    edges = [dice_loss(torch.full((1, 4), float(a)),
                       torch.full((1, 4), float(b)))
             for a in (0, 1) for b in (0, 1)]
    # How many ones the reference's maps have shows in the last one only.
    golden = data['dice_edge_00_01_10_11']
    yield compare('dice_edge', torch.cat(edges)[:3], golden[:3], **_LOSS)
    ones = round(float(1e-3 * (1 / golden[3] - 1)))
    full = torch.ones(1, ones)
    yield compare('dice_edge of ones', dice_loss(full, full), golden[3:],
                  rtol=0, atol=1e-6)
    yield from _check_totals(data)


def _check_totals(data: dict[str, Tensor]) -> Iterator[Check]:
    """Weighted and rising losses, through the generator."""
    logits = 2 * data['logits']
    generator = given_generator(
        GivenNetwork(logits), GivenNetwork(data['teacher_prob'].logit()))
    samples = object_samples(data['box'])
    inputs = dict(student=data['img'], teacher=data['img'])
    hub = MessageHub.get_instance('golden_exits')
    for key, golden in data.items():
        if not key.startswith('total_step'):
            continue
        step, _, epoch = key.removeprefix('total_step').partition('_ep')
        hub.update_info_dict(dict(iter=int(step), epoch=int(epoch)))
        losses = generator.loss(inputs, samples)
        found = [losses['loss_mil'].item(), losses['loss_crf'].item()]
        yield compare(key, [*found, sum(found)], golden, rtol=1e-5,
                      atol=1e-6)
    hub.update_info_dict(dict(iter=0, epoch=0))
