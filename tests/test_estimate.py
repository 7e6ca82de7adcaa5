"""What to expect before the first stage."""
import pytest

from wsss_plugins.apis.label_images.costs import StageCost
from wsss_plugins.apis.label_images.estimate import fitting_steps, plan
from wsss_plugins.structures import UserError

COSTS = [
    StageCost('train_cam', 12, image=.1, step=.5, steps=40),
    StageCost('cam', 12, image=.1), StageCost('masks_cam', 12, image=.2),
    StageCost('train_seg', 12, step=1., steps=None),
    StageCost('seg', 12, image=.3)]


def test_times_grow_with_images_and_steps():
    small, large = plan(COSTS, 100, 200), plan(COSTS, 1100, 200)
    assert large.total - small.total == pytest.approx(
        1000 * (.1 + .1 + .2 + .3))
    assert large.total == pytest.approx(5 * 12 + 1100 * .7 + 40 * .5 + 200)
    assert plan(COSTS, 100, 300).total - small.total == pytest.approx(100)


@pytest.mark.parametrize('minutes', [10, 30, 120])
def test_minutes_are_kept(minutes):
    expected = plan(COSTS, 100, 1, minutes)
    assert .8 * minutes * 60 < expected.total <= minutes * 60
    assert expected.max_iters > 50


def test_too_few_minutes():
    with pytest.raises(UserError, match='--minutes 2: 700 images need at '
                                        'least'):
        plan(COSTS, 700, 400, 2)


def test_steps_follow_the_number_of_images():
    assert fitting_steps(20) == 150
    assert fitting_steps(700) == 420
    assert fitting_steps(100_000) == 2000


def test_minutes_of_a_recipe_without_a_segmentor():
    with pytest.raises(UserError, match='trains no segmentor'):
        plan(COSTS[:3], 700, 400, 20)
    assert plan(COSTS[:3], 100, 400).total == pytest.approx(36 + 40 + 20)
