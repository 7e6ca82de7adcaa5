"""What to expect before the first stage."""
import time

import numpy as np
import pytest
from mmengine.registry import DefaultScope

from wsss_plugins.apis.label_images.costs import StageCost
from wsss_plugins.apis.label_images.estimate import (
    first_steps,
    fitting_steps,
    last_steps,
    plan,
    tell,
)
from wsss_plugins.apis.label_images.trials import as_loaded, make_mask, timed
from wsss_plugins.apis.read_config import read_config
from wsss_plugins.structures import UserError
from wsss_plugins.workspace.layout import Workspace

COSTS = [
    StageCost('train_cam', 10, image=.1), StageCost('cam', 10, image=.2),
    StageCost('masks', 10, image=.3),
    StageCost('train_seg', 10, step=1., steps=None),
    StageCost('final', 10, image=.3)]


def test_times_grow_with_images_and_steps():
    small, large = plan(COSTS, 100, 200), plan(COSTS, 1100, 200)
    assert large.total - small.total == pytest.approx(
        1000 * (.1 + .2 + .3 + .3 + .05))
    assert plan(COSTS, 100, 300).total - small.total == pytest.approx(100)
    assert small.seconds['train_seg'] == 210
    # Other trainings keep the steps of their configs.
    other = plan([StageCost('train_eps', 1, step=2., steps=30)], 9, 200)
    assert other.seconds['train_eps'] == 61


@pytest.mark.parametrize('minutes', [10, 30, 120])
def test_minutes_are_kept(minutes):
    steps = first_steps(minutes, 60, COSTS, 100)
    expected = plan(COSTS, 100, steps).total
    assert .9 * minutes * 60 < expected + 60 <= minutes * 60


def test_the_training_takes_what_is_left():
    rest = COSTS[3:]
    steps = last_steps(300, rest, 100)
    assert 270 < plan(rest, 100, steps).total <= 300
    # Stages before it that were slow are not thrown away.
    assert last_steps(-20, rest, 100) == 50


def test_too_few_minutes():
    with pytest.raises(UserError, match='--minutes 2: 700 images need at '
                                        'least 14 minutes'):
        first_steps(2, 30, COSTS, 700)
    with pytest.raises(UserError, match='trains no segmentor'):
        first_steps(20, 0, COSTS[:3], 700)


def test_steps_follow_the_number_of_images():
    assert fitting_steps(20) == 150
    assert fitting_steps(700) == 420
    assert fitting_steps(100_000) == 2000


def test_what_is_told(tmp_path, capsys):
    expected = plan(COSTS, 100, 60)
    tell(expected, ['train_seg', 'final'], 10**9, Workspace(tmp_path), 100)
    text = capsys.readouterr().out
    assert 'train_seg  about 1 min 10 s, 60 steps' in text
    assert 'train_cam' not in text
    assert 'about 1 min 58 s in all, 1.0 GB of memory' in text
    with pytest.raises(UserError, match='GB are needed, .* GB are free'):
        tell(expected, list(expected.seconds), 1, Workspace(tmp_path), 10**12)
    tell(expected, ['final'], 10**15, Workspace(tmp_path), 100)
    assert 'close other programs' in capsys.readouterr().out


@pytest.mark.parametrize('longest, size', [
    (512, (341, 512, 3)), (None, (400, 600, 3)), (900, (400, 600, 3))])
def test_networks_that_see_less_of_a_photo(longest, size):
    pipeline = [dict(type='LoadImageFromFile'),
                dict(type='wsss_plugins.Rescale', factor=1., max_long=longest),
                dict(type='PackSegInputs')]
    if longest is None:
        pipeline.pop(1)
    with DefaultScope.overwrite_default_scope('mmseg'):
        found, = as_loaded(np.zeros((400, 600, 3), np.uint8), pipeline)
    assert found.shape == size


def test_views_of_test_time_augmentation():
    cfg = read_config('configs/own_images/segmentor.py')
    with DefaultScope.overwrite_default_scope('mmseg'):
        found = as_loaded(np.zeros((768, 1024, 3), np.uint8),
                          cfg.tta_pipeline)
    assert sorted(view.shape[:2] for view in found) == [
        (192, 256), (192, 256), (240, 320), (240, 320), (288, 384),
        (288, 384)]


def test_long_work_is_tried_once(monkeypatch):
    clock = iter([0., 6., 100., 101., 200., 203.])
    monkeypatch.setattr(time, 'perf_counter', lambda: next(clock))
    done = []
    assert timed(lambda: done.append(1)) == 6
    assert timed(lambda: done.append(2)) == 3
    assert done == [1, 2, 2]


def test_masks_are_made_by_the_transforms_of_a_stage():
    image = np.zeros((40, 60, 3), np.uint8)
    make_mask([dict(type='wsss_plugins.MakePseudoMask', threshold=.3)], image)
    with pytest.raises(UserError, match='give alpha or threshold'):
        make_mask([dict(type='wsss_plugins.RefineClassMaps', refiner=dict(
            type='wsss_plugins.DenseCRFRefiner'))], image)
