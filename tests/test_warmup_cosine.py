"""MAL's schedule."""
import math

import pytest
import torch
from mmengine.optim import OptimWrapper

from wsss_plugins.engine.schedulers.warmup_cosine import (
    warmup_half_cosine,
)
from wsss_plugins.registry import PARAM_SCHEDULERS


def build(**options):
    weights = [torch.nn.Parameter(torch.zeros(1)) for _ in range(2)]
    optimizer = torch.optim.SGD(
        [dict(params=[weights[0]]), dict(params=[weights[1]], lr=.1)], lr=1.)
    wrapper = OptimWrapper(optimizer)
    scheduler = PARAM_SCHEDULERS.build(
        dict(type='wsss_plugins.WarmupHalfCosineLR', **options),
        default_args=dict(optimizer=wrapper, epoch_length=4))
    return wrapper, scheduler


def rates(steps, wrapper, scheduler):
    found = []
    for _ in range(steps):
        found.append([g['lr'] for g in wrapper.optimizer.param_groups])
        wrapper.step()
        scheduler.step()
    return found


def test_hand_computed():
    assert warmup_half_cosine(0, 4, 12, .2) == 0
    assert warmup_half_cosine(1, 4, 12, .2) == .25
    assert warmup_half_cosine(4, 4, 12, .2) == 1
    assert warmup_half_cosine(8, 4, 12, .2) == pytest.approx(.6)
    assert warmup_half_cosine(12, 4, 12, .2) == pytest.approx(.2)
    assert warmup_half_cosine(99, 4, 12, .2) == pytest.approx(.2)
    assert warmup_half_cosine(0, 0, 12, .2) == 1


def test_epochs_become_steps_and_groups_keep_their_ratio():
    by_step = rates(12, *build(warmup=4, end=12, by_epoch=False))
    by_epoch = rates(12, *build(warmup=1, end=3, by_epoch=True,
                                convert_to_iter_based=True))
    assert by_step == by_epoch
    for step, (first, second) in enumerate(by_step):
        truth = step / 4 if step < 4 else .2 + .4 * (
            1 + math.cos(math.pi * (step - 4) / 8))
        assert first == pytest.approx(truth, abs=1e-12)
        assert second == pytest.approx(truth / 10, abs=1e-12)


def test_it_goes_on_where_it_stopped():
    options = dict(warmup=4, end=12, by_epoch=False)
    whole = rates(12, *build(**options))
    wrapper, scheduler = build(**options)
    rates(5, wrapper, scheduler)
    other, resumed = build(**options)
    resumed.load_state_dict(scheduler.state_dict())
    other.load_state_dict(wrapper.state_dict())
    assert rates(7, other, resumed) == whole[5:]


def test_refusals():
    for options in (dict(warmup=12), dict(warmup=-1),
                    dict(warmup=1, begin=2)):
        with pytest.raises(ValueError, match='warmup='):
            build(end=12, by_epoch=False, **options)
