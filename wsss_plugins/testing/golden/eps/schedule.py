"""EPS' learning rates and steps of the optimizer."""
from collections.abc import Iterator
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.model import BaseModule
from mmengine.optim import OptimWrapper, build_optim_wrapper
from mmengine.registry import PARAM_SCHEDULERS, DefaultScope

from wsss_plugins.testing.arrays import load_arrays
from wsss_plugins.testing.checks import Check, checks, compare
from wsss_plugins.testing.configs import config_path


class _TwoLayers(BaseModule):
    """A model with the parameter names that the schedule groups by."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = torch.nn.Conv2d(1, 1, 1)
        self.decode_head = torch.nn.Module()
        self.decode_head.conv_seg = torch.nn.Conv2d(1, 1, 1)


def _schedule(**options: object) -> tuple[OptimWrapper, object, _TwoLayers]:
    """Optimizer and scheduler as ``tools/train.py`` builds them."""
    cfg = Config.fromfile(config_path('_base_/schedules/sgd_poly_psa.py'))
    cfg.merge_from_dict(options)
    model = _TwoLayers()
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    with DefaultScope.overwrite_default_scope('mmengine'):
        scheduler = PARAM_SCHEDULERS.build(
            cfg.param_scheduler[0], default_args=dict(optimizer=wrapper))
    return wrapper, scheduler, model


@checks('poly_lr*.npz')
def check_poly_lr(path: Path) -> Iterator[Check]:
    """``poly_lr.npz``: rates of the four groups, momentum, weight decay."""
    data = load_arrays(path)
    for name, horizon in (('voc', 20000), ('coco_log', 76950)):
        if f'{name}_steps' not in data:
            continue
        wrapper, scheduler, model = _schedule(
            **{'param_scheduler.0.end': horizon + 1})
        groups = _groups_by_parameter(wrapper, model)
        steps = data[f'{name}_steps'].tolist()
        rates, step = {}, 0
        for wanted in sorted(set(steps)):
            while step < min(wanted, horizon - 1):
                scheduler.step()
                step += 1
            rates[wanted] = [group['lr'] for group in groups]
        yield compare(f'{name}_lr', [rates[s] for s in steps],
                      data[f'{name}_lr'], rtol=1e-6, atol=1e-12)
    yield compare('momentum', [g['momentum'] for g in groups],
                  data['momentum'])
    yield compare('weight_decay', [g['weight_decay'] for g in groups],
                  data['weight_decay'])


def _groups_by_parameter(wrapper: OptimWrapper,
                         model: _TwoLayers) -> list[dict]:
    """Groups in PSA's order: backbone W and b, head W and b."""
    head = model.decode_head.conv_seg
    order = (model.backbone.weight, model.backbone.bias, head.weight,
             head.bias)
    return [
        next(group for group in wrapper.param_groups
             if any(p is wanted for p in group['params'])) for wanted in order
    ]


@checks('sgd_trace*.npz')
def check_sgd_trace(path: Path) -> Iterator[Check]:
    """``sgd_trace.npz``: four steps of a scalar with a constant gradient."""
    data = load_arrays(path)
    decay, rate = float(data['wd']), float(data['lr'])
    wrapper, scheduler, model = _schedule(
        **{
            'optim_wrapper.optimizer.lr': rate,
            'optim_wrapper.optimizer.momentum': decay,
            'optim_wrapper.optimizer.weight_decay': decay,
            'param_scheduler.0.end': int(data['T']) + 1
        })
    weight = model.backbone.weight
    trace = []
    with torch.no_grad():
        weight.fill_(float(data['w0']))
    for _ in data['w_after']:
        wrapper.update_params((weight * float(data['grad'])).sum())
        scheduler.step()
        trace.append(weight.item())
    yield compare('w_after', trace, data['w_after'])
