"""Batch norm folded into convolutions."""
import copy
from types import SimpleNamespace

import pytest
import torch
from mmcv.cnn import ConvModule
from torch import nn

from wsss_plugins.engine.fold_norms import fold_norms
from wsss_plugins.engine.hooks import FoldNormHook
from wsss_plugins.models.backbones import EfficientNetLite


def trained(model, seed=0):
    """Statistics and weights as after a training."""
    generator = torch.Generator().manual_seed(seed)
    for part in model.modules():
        if isinstance(part, nn.BatchNorm2d):
            for values, least in ((part.running_mean, -.5),
                                  (part.running_var, .5),
                                  (part.weight.data, .5),
                                  (part.bias.data, -.5)):
                values.copy_(
                    torch.rand(values.shape, generator=generator) + least)
    return model.eval()


def layer(order, norm=('BN', {})):
    kind, more = norm
    return ConvModule(4, 8, 3, padding=1, norm_cfg=dict(type=kind, **more),
                      order=order)


@torch.no_grad()
def test_outputs_stay():
    """A whole backbone, whose padding is not that of a plain convolution."""
    model = trained(EfficientNetLite('lite0', out_indices=(2, 8)))
    folded = copy.deepcopy(model)
    norms = sum(isinstance(m, nn.BatchNorm2d) for m in model.modules())
    assert fold_norms(folded) == norms > 40
    assert not any(isinstance(m, nn.BatchNorm2d) for m in folded.modules())
    image = torch.randn(1, 3, 65, 96)
    for ours, wanted in zip(folded(image), model(image)):
        torch.testing.assert_close(ours, wanted, rtol=0,
                                   atol=1e-5 * float(wanted.abs().max()))


@torch.no_grad()
@pytest.mark.parametrize('part, count', [
    (layer(('conv', 'norm', 'act')), 1),
    (ConvModule(8, 8, 3, padding=1, norm_cfg=dict(type='BN'),
                order=('norm', 'conv', 'act')), 0),
    (layer(('conv', 'act', 'norm')), 0),
    (layer(('conv', 'norm', 'act'), ('GN', dict(num_groups=2))), 0),
    (nn.Sequential(nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4)), 0)])
def test_only_what_is_surely_in_that_order(part, count):
    part = trained(part)
    image = torch.randn(1, 8 if not count and isinstance(
        part, ConvModule) and part.order[0] == 'norm' else 4, 9, 9)
    wanted = part(image)
    assert fold_norms(part) == count
    torch.testing.assert_close(part(image), wanted, rtol=1e-5, atol=1e-5)


def test_the_hook_leaves_training_alone():
    model = nn.Sequential(layer(('conv', 'norm', 'act')))
    runner = SimpleNamespace(model=model)
    hook = FoldNormHook(channels_last=False)
    hook.before_train(runner)
    hook.before_val(runner)
    assert isinstance(model[0].norm, nn.BatchNorm2d)
    hook.before_test(runner)
    assert isinstance(model[0].norm, nn.Identity)
