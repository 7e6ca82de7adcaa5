"""Numbers of steps that fit a time, from what trials logged."""
import json

import pytest

from wsss_plugins.apis.label_objects import budget
from wsss_plugins.apis.label_objects.layout import ObjectSpace
from wsss_plugins.structures import UserError


def test_times_are_those_of_the_log(tmp_path):
    folder = tmp_path / '20260101_000000/vis_data'
    folder.mkdir(parents=True)
    rows = [dict(step=i, time=value) for i, value in enumerate(
        [9., 8., .5, .7, .6], 1)]
    (folder / 'scalars.json').write_text(
        '\n'.join(map(json.dumps, [*rows, dict(step=5, AP=.1)])) + '\n')
    assert budget._median(tmp_path) == .6


def test_steps_fill_the_time(tmp_path, monkeypatch):
    times = dict(train_mil=.1, train_exits=.2, train_det=.5)
    monkeypatch.setattr(budget, '_seconds', lambda *_: times)
    steps = budget.steps_within(ObjectSpace(tmp_path), 10)
    used = (steps.mil * .1 + steps.generator * .2 + steps.detector * .5)
    assert .7 < used / 600 <= .75
    boxes = dict(train_mal=.2, train_det=.5)
    monkeypatch.setattr(budget, '_seconds', lambda *_: boxes)
    steps = budget.steps_within(ObjectSpace(tmp_path), 10)
    assert .7 < (steps.generator * .2 + steps.detector * .5) / 600 <= .75
    with pytest.raises(UserError, match='enough for .* steps of train_'):
        budget.steps_within(ObjectSpace(tmp_path), .1)
