"""What to expect before the first stage."""
import pytest

from wsss_plugins.apis.label_images.estimate import (
    Costs,
    fitting_steps,
    plan,
)
from wsss_plugins.structures import UserError

COSTS = Costs(views=.1, crf=.2, step=1., mask=.3)


def test_times_grow_with_images_and_steps():
    small, large = plan(COSTS, 100, 200), plan(COSTS, 1100, 200)
    assert large.total - small.total == pytest.approx(
        1000 * (.1 + .1 + .2 + .3 + .01 + .05))
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
