"""MAL's learning rates."""
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from torch import nn

from wsss_plugins.registry import PARAM_SCHEDULERS
from wsss_plugins.testing.arrays import load_tensors
from wsss_plugins.testing.checks import Check, checks, compare
from wsss_plugins.testing.configs import config_path

_SCHEDULE = '_base_/schedules/exits_adamw.py'
_LR = dict(rtol=0, atol=1e-12)


@checks('mal_lr*.npz')
def check_rates(path: Path) -> Iterator[Check]:
    """``mal_lr.npz``: rates of the config's schedule, step by step."""
    data = load_tensors(path)
    cfg = Config.fromfile(config_path(_SCHEDULE))
    length, golden = int(data['iters_per_epoch']), data['rows'].numpy()
    cfg.optim_wrapper.optimizer.lr = float(data['lr'])
    wrapper = build_optim_wrapper(nn.Linear(1, 1), cfg.optim_wrapper)
    schedules = cfg.param_scheduler
    schedulers = [
        PARAM_SCHEDULERS.build(
            dict(schedule),
            default_args=dict(optimizer=wrapper, epoch_length=length))
        for schedule in (schedules if isinstance(schedules, list) else
                         [schedules])
    ]
    rates = []
    for _ in range(int(golden[:, 0].max() + 1) * length):
        rates.append(wrapper.param_groups[0]['lr'])
        wrapper.step()
        for scheduler in schedulers:
            scheduler.step()
    steps = (golden[:, 0] * length + golden[:, 1]).astype(int)
    yield compare('lr', np.array(rates)[steps], golden[:, 2], **_LR)
    least = schedules[-1] if isinstance(schedules, list) else schedules
    yield compare('min_lr', least.eta_min_ratio * data['lr'], data['min_lr'],
                  **_LR)
