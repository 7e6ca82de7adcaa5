"""Batch norm and activations folded into convolutions, and bfloat16."""
import copy
import logging
from types import SimpleNamespace

import pytest
import torch
from mmcv.cnn import ConvModule
from torch import nn

from wsss_plugins.engine import bfloat16
from wsss_plugins.engine.bfloat16 import processor_has_bfloat16
from wsss_plugins.engine.fold_norms import fold_norms
from wsss_plugins.engine.fused_activations import (
    fuse_activations,
    is_available,
)
from wsss_plugins.engine.hooks import FoldNormHook, fold_norm_hook
from wsss_plugins.models.backbones import EfficientNetLite

needs_onednn = pytest.mark.skipif(
    not is_available(), reason='torch without oneDNN')


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


def close(found, wanted, share):
    torch.testing.assert_close(
        found, wanted, rtol=0, atol=share * float(wanted.abs().max()))


@needs_onednn
@pytest.mark.parametrize('size', [(65, 96), (64, 65)])
def test_a_backbone_gives_the_same(size):
    """With strides, whose padding depends on the size of the image."""
    model = trained(EfficientNetLite('lite0', 16, out_indices=(2, 8)))
    fused = copy.deepcopy(model)
    norms = fold_norms(fused)
    # The projections, a third of the convolutions, have none.
    assert norms * .6 < fuse_activations(fused) < norms * .7
    names = {name for name, _ in fused.named_parameters()}
    assert 'stem.conv.weight' in names and len(names) == 2 * norms
    image = torch.randn(2, 3, *size)
    with torch.no_grad():
        for ours, wanted in zip(fused(image), model(image)):
            close(ours, wanted, 1e-5)
    # With gradients, as maps of gradients need them.
    image.requires_grad_()
    fused(image)[-1].sum().backward()
    ours, image.grad = image.grad, None
    model(image)[-1].sum().backward()
    close(ours, image.grad, 1e-4)


@needs_onednn
@torch.no_grad()
@pytest.mark.parametrize('part, count', [
    (ConvModule(4, 8, 3, stride=2, padding=2, dilation=2), 1),
    (ConvModule(4, 8, 1, act_cfg=dict(type='ReLU6'), groups=4), 1),
    (ConvModule(4, 8, 3, act_cfg=None), 0),
    (ConvModule(4, 8, 3, act_cfg=dict(type='LeakyReLU')), 0),
    (ConvModule(4, 8, 3, padding=1, padding_mode='reflect'), 1),
    (ConvModule(4, 8, 3, order=('act', 'conv', 'norm')), 0),
    (layer(('conv', 'norm', 'act')), 0)])
def test_only_what_stands_right_behind(part, count):
    part, image = part.eval(), torch.randn(2, 4, 9, 10)
    wanted = part(image)
    assert fuse_activations(part) == count
    close(part(image), wanted, 1e-5)


def flags(tmp_path, text):
    path = tmp_path / 'cpuinfo'
    path.write_text(f'model name\t: amx_bf16\nflags\t\t: fpu {text} sse\n')
    return str(path)


def test_processor_is_asked(tmp_path):
    assert processor_has_bfloat16(flags(tmp_path, 'amx_bf16'))
    processor_has_bfloat16.cache_clear()
    assert not processor_has_bfloat16(flags(tmp_path, 'avx512f'))
    assert not processor_has_bfloat16(str(tmp_path / 'none'))


@torch.no_grad()
@pytest.mark.parametrize('able', [False, True])
def test_backbone_in_bfloat16(monkeypatch, caplog, able):
    monkeypatch.setattr(fold_norm_hook, 'processor_has_bfloat16',
                        lambda: able)
    whole = nn.Module()
    whole.backbone = trained(EfficientNetLite('lite0'))
    image = torch.randn(1, 3, 64, 64)
    wanted, = whole.backbone(image)
    runner = SimpleNamespace(model=whole, logger=logging.getLogger('test'))
    FoldNormHook(backbone_dtype='bfloat16').before_test(runner)
    found, = whole.backbone(image)
    assert found.dtype == torch.float32
    error = float((found - wanted).abs().max() / wanted.abs().max())
    assert (1e-4 < error < .1) if able else error < 1e-5
    assert ('needs a CPU' in caplog.text) != able
    with pytest.raises(ValueError, match='float32'):
        FoldNormHook(backbone_dtype='float16')
    assert bfloat16._turned((1, None), torch.float32) == (1, None)
