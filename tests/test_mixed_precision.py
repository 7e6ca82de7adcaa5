"""``--amp``: what it takes on a GPU and on a CPU."""
import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from torch import nn

from wsss_plugins.apis import safety
from wsss_plugins.apis.safety import enable_amp
from wsss_plugins.structures import UserError


def config(kind='OptimWrapper', **more):
    return Config(dict(optim_wrapper=dict(
        type=kind, optimizer=dict(type='SGD', lr=.1), **more)))


@pytest.mark.parametrize('gpu, able, wanted', [
    (True, False, dict(type='AmpOptimWrapper', loss_scale='dynamic')),
    (False, True, dict(type='wsss_plugins.BFloat16OptimWrapper'))])
def test_wrapper_of_the_machine(monkeypatch, gpu, able, wanted):
    monkeypatch.setattr(safety, 'processor_has_bfloat16', lambda: able)
    cfg = config()
    enable_amp(cfg, gpu)
    assert {**cfg.optim_wrapper, **wanted} == cfg.optim_wrapper
    enable_amp(config('AmpOptimWrapper', loss_scale=512.), gpu)
    with pytest.raises(UserError, match='the config uses Other'):
        enable_amp(config('Other'), gpu)


def test_neither(monkeypatch):
    monkeypatch.setattr(safety, 'processor_has_bfloat16', lambda: False)
    with pytest.raises(UserError, match='train without --amp'):
        enable_amp(config(), False)


def test_steps_in_bfloat16(monkeypatch):
    """The product is rounded; weights, gradients and updates are not."""
    monkeypatch.setattr(safety, 'processor_has_bfloat16', lambda: True)
    cfg = config('AmpOptimWrapper', loss_scale='dynamic')
    enable_amp(cfg, False)
    torch.manual_seed(0)
    model = nn.Linear(8, 4, bias=False)
    start = model.weight.detach().clone()
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    x = torch.randn(16, 8)
    with wrapper.optim_context(model):
        found = model(x)
    assert found.dtype == torch.bfloat16
    assert model(x).dtype == torch.float32
    wrapper.update_params(found.float().square().mean())
    wanted = start.clone().requires_grad_()
    (x @ wanted.t()).square().mean().backward()
    step = (start - model.weight).detach()
    torch.testing.assert_close(step, .1 * wanted.grad, rtol=.02, atol=1e-3)
    assert float(step.abs().max()) > .01
