"""A training step in mixed precision is that of float32, nearly.

mmengine allows mixed precision on GPUs only; torch has it on the CPU too, in
bfloat16, so that types meet in the same places.
"""
import pytest
import torch
from mmengine.optim import build_optim_wrapper
from mmengine.optim.optimizer import amp_optimizer_wrapper

from wsss_plugins.testing.kills.tiny_step import step_of
from wsss_plugins.testing.kills.tiny_training import (
    make_inputs,
    training_configs,
)

pytestmark = pytest.mark.family
# mmdet's, with operators of mmcv that have no bfloat16 on a CPU.
STOCK = ('boxinst/', 'exits/mask-rcnn', 'irn/mask-rcnn')


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    return make_inputs(tmp_path_factory.mktemp('amp') / 'data')


def losses_of(model, batch):
    torch.manual_seed(0)  # of dropout, and of what is drawn in the step
    losses = model.loss(batch['inputs'], batch['data_samples'])
    return model.parse_losses(losses)[0]


@pytest.mark.parametrize('config', [
    name for name in training_configs() if not name.startswith(STOCK)])
def test_step(config, data, tmp_path, monkeypatch):
    monkeypatch.setattr(amp_optimizer_wrapper, 'is_cuda_available',
                        lambda: True)
    torch.manual_seed(0)
    cfg, model, batch = step_of(config, data, tmp_path)
    model.train()
    state = {k: v.clone() for k, v in model.state_dict().items()}
    with torch.no_grad():
        wanted = float(losses_of(model, batch))
    model.load_state_dict(state)
    wrapper = build_optim_wrapper(model, dict(
        cfg.optim_wrapper, type='AmpOptimWrapper', dtype='bfloat16'))
    with wrapper.optim_context(model):
        loss = losses_of(model, batch)
    assert loss.dtype == torch.float32
    assert float(loss.detach()) == pytest.approx(wanted, rel=.05)
    wrapper.update_params(loss)
    after = model.state_dict()
    assert all(after[k].dtype == v.dtype for k, v in state.items())
    assert all(v.isfinite().all() for v in after.values())
    assert any(not torch.equal(after[k], state[k])
               for k, _ in model.named_parameters())
