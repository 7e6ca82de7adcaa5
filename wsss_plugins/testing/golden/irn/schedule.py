"""IRNet's learning rates and steps of the optimizer."""
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.model import BaseModule
from mmengine.optim import build_optim_wrapper
from mmengine.registry import PARAM_SCHEDULERS, DefaultScope

from wsss_plugins.testing.arrays import load_arrays
from wsss_plugins.testing.checks import Check, checks, compare
from wsss_plugins.testing.configs import config_path

_DECAY = 1e-4
_RATES = (.1, 1.)


class _TwoBranches(BaseModule):
    """A model with the parameter names that the schedule groups by."""

    def __init__(self, start: np.ndarray) -> None:
        super().__init__()
        self.decode_head = torch.nn.Module()
        for name, values in (('edge', start[:2]), ('displacement',
                                                   start[2:])):
            part = torch.nn.Module()
            part.value = torch.nn.Parameter(torch.from_numpy(values).clone())
            setattr(self.decode_head, name, part)


@checks('poly_optimizer*.npz')
def check_poly(path: Path) -> Iterator[Check]:
    """``poly_optimizer.npz``: rates and steps on a quadratic function.

    It is ``p0^2 + p1^2 + (q - 1)^2 / 10``, p at the base rate and q at ten
    times of it; the rows after ``max_step`` keep its last rate.
    """
    data = load_arrays(path)
    rows = data['traj']
    horizon = 1 + int(np.flatnonzero(np.diff(rows[:, 0]) == 0).min(
        initial=len(rows) - 1))
    cfg = Config.fromfile(config_path('irn/irn_resnet50_1xb32-1k_voc12-512.py'
                                      ))
    yield compare('momentum', cfg.optim_wrapper.optimizer.momentum,
                  data['momentum'])
    # The file has no start; undo the first step, which is linear.
    rate_p, rate_q = _RATES
    start = np.append(rows[0, 2:4] / (1 - rate_p * (2 + _DECAY)),
                      (rows[0, 4] - .2 * rate_q) /
                      (1 - rate_q * (.2 + _DECAY)))
    model = _TwoBranches(start)
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    with DefaultScope.overwrite_default_scope('mmengine'):
        scheduler = PARAM_SCHEDULERS.build(
            dict(cfg.param_scheduler[0], end=horizon + 1),
            default_args=dict(optimizer=wrapper))
    head, found = model.decode_head, []
    for step in range(len(rows)):
        p, q = head.edge.value, head.displacement.value
        rates = sorted(group['lr'] for group in wrapper.param_groups)
        wrapper.update_params((p**2).sum() + .1 * ((q - 1)**2).sum())
        found.append([rates[0], rates[-1], *p.tolist(), *q.tolist()])
        # Trainings end at the horizon; the reference's goes on beyond it.
        if step < horizon - 1:
            scheduler.step()
    yield compare('traj', found, rows, 1e-6, 1e-9)
