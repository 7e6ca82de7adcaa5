"""A training step mixes no devices and waits for none.

Networks, inputs and labels are on the device ``meta``, which has no values:
whatever reads one, or mixes it with a tensor on the CPU, fails.
"""
import contextlib
from pathlib import Path

import pytest
import torch
from mmengine.registry import HOOKS
from torch.utils._python_dispatch import TorchDispatchMode

from wsss_plugins.testing.kills.tiny_step import step_of
from wsss_plugins.testing.kills.tiny_training import (
    make_inputs,
    training_configs,
)

# The CRF of SEC runs on the host and waits for the logits there.
HOST = {'sec': ('loss_constrain', )}
# Stock models of mmseg and mmdet, which read numbers in their losses.
STOCK = ('boxinst/', 'deeplab/', 'exits/mask-rcnn', 'irn/mask-rcnn')
READS = ('_local_scalar_dense', 'is_nonzero', 'nonzero', '_unique2', 'equal')


class Reads(TorchDispatchMode):
    """Notes what has to wait for the device."""

    def __init__(self):
        super().__init__()
        self.found = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.overloadpacket.__name__
        on_device = any(isinstance(a, torch.Tensor) and a.device.type == 'meta'
                        for a in args)
        if name in READS and on_device:
            self.found.append(name)
        return func(*args, **kwargs or {})


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    return make_inputs(tmp_path_factory.mktemp('devices') / 'data')


def moved(inputs):
    """Inputs of images are a tensor, those of objects several."""
    if isinstance(inputs, dict):
        return {key: moved(value) for key, value in inputs.items()}
    return inputs.to('meta') if isinstance(inputs, torch.Tensor) else inputs


@pytest.fixture(autouse=True)
def no_autocast(monkeypatch):
    """There is none for this device; losses switch it off."""
    monkeypatch.setattr(torch, 'autocast', lambda *args, **options:
                        contextlib.nullcontext())


@pytest.mark.parametrize('config', [
    name for name in training_configs() if not name.startswith(STOCK)])
def test_step(config, data, tmp_path):
    _, model, batch = step_of(config, data, tmp_path)
    for name in HOST.get(Path(config).parts[0], ()):
        setattr(getattr(model, 'decode_head', None), name, None)
    model = model.to('meta').train()
    inputs = moved(batch['inputs'])
    samples = [sample.to('meta') for sample in batch['data_samples']]
    with Reads() as reads:
        losses = model.loss(inputs, samples)
        total = sum(v.sum() for k, v in losses.items() if 'loss' in k)
        total.backward()
    assert not reads.found
    grads = [p.grad for p in model.parameters() if p.grad is not None]
    assert grads and all(g.device.type == 'meta' for g in grads)


def test_search_of_cudnn_rests_while_sizes_vary(monkeypatch):
    hook = HOOKS.build(dict(type='wsss_plugins.FixedSizesHook'))
    for before in (True, False):
        monkeypatch.setattr(torch.backends.cudnn, 'benchmark', before)
        hook.before_val(None)
        assert torch.backends.cudnn.benchmark is False
        hook.after_val(None)
        assert torch.backends.cudnn.benchmark is before
