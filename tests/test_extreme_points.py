"""Extreme points: the published rule, the order of clicks, and noise."""
import math

import numpy as np
import pytest

from wsss_plugins.ops.points.extreme_points import (
    clip_points,
    extreme_points,
    jitter_points,
    mask_extreme_points,
    order_clicks,
    out_of_order,
    points_box,
    random_mask_points,
)
from wsss_plugins.testing.golden.exits.data import check_extreme_points


def walked(vertices):
    """The rule in words: walk from the extreme vertex while it is flat."""
    ring = [vertices[-1], *vertices, vertices[0]]
    found = []
    for axis, sign in ((1, 1), (0, 1), (1, -1), (0, -1)):
        values = [sign * vertex[axis] for vertex in ring]
        extent = max(values) - min(values) + 1
        first = values.index(min(values))
        run = [first]
        for step in (1, -1):
            place = first + step
            while (0 <= place < len(ring)
                   and values[place] - values[first] <= .02 * extent):
                run.append(place)
                place += step
        across = [ring[place][1 - axis] for place in run]
        point = [0, 0]
        point[axis] = int(sign * values[first])
        point[1 - axis] = int(math.floor((max(across) + min(across)) / 2))
        found.append(point)
    return found


@pytest.mark.parametrize('seed', range(20))
def test_rule_is_the_walk(seed):
    rng = np.random.default_rng(seed)
    vertices = rng.uniform(0, 60, (rng.integers(1, 30), 2))
    if seed % 2:
        vertices = np.round(vertices / 7) * 7  # flat runs
    assert extreme_points(vertices).tolist() == walked(vertices.tolist())


@pytest.mark.parametrize('seed', range(10))
def test_rule_of_a_mask_goes_by_rows(seed):
    rng = np.random.default_rng(seed)
    mask = rng.random((30, 40)) < .02
    mask[5, 7] = True
    pixels = [(x, y) for y in range(30) for x in range(40) if mask[y, x]]
    found = mask_extreme_points(mask)
    assert found.dtype == np.int32
    assert found.tolist() == walked(pixels)


def test_square_by_hand():
    square = [[10, 10], [50, 10], [50, 40], [10, 40]]
    points = extreme_points(np.array(square, dtype=np.uint8))
    # The bottom run begins at the vertex put before the first, and ends there.
    assert points.tolist() == [[30, 10], [10, 25], [10, 40], [50, 25]]
    assert points_box(points).tolist() == [10, 10, 50, 40]


def test_border_is_clipped():
    triangle = np.array([[600.2, 100.], [640., 120.], [640., 480.]])
    points = extreme_points(triangle)
    assert points[3, 0] == 640 and points[2, 1] == 480
    clipped = clip_points(points, (480, 640))
    assert clipped.max(axis=0).tolist() == [639, 479]
    assert clipped.dtype == points.dtype
    assert clip_points([[-3., 2.]], (5, 5)).tolist() == [[0., 2.]]


def test_nothing_has_no_points():
    with pytest.raises(ValueError, match='N >= 1'):
        extreme_points(np.zeros((0, 2)))
    with pytest.raises(ValueError, match='empty'):
        mask_extreme_points(np.zeros((3, 3)))
    with pytest.raises(ValueError, match='0 pixels'):
        random_mask_points(np.zeros((3, 3)), 1, np.random.default_rng(0))


@pytest.mark.parametrize('seed', range(20))
def test_clicks_in_any_order(seed):
    rng = np.random.default_rng(seed)
    mask = np.zeros((40, 50), dtype=bool)
    mask[tuple(rng.integers(0, 40, (2, 25)))] = True
    points = mask_extreme_points(mask)
    ordered = order_clicks(points[rng.permutation(4)])
    assert not out_of_order(ordered)
    assert points_box(ordered).tolist() == points_box(points).tolist()


def test_a_click_that_is_extreme_twice():
    # (9, 9) is as low as (5, 9) and as far right as (9, 4).
    ordered = order_clicks([[9, 9], [0, 0], [5, 9], [9, 4]])
    assert ordered[:2].tolist() == [[0, 0], [0, 0]]
    assert not out_of_order(ordered)
    assert len(set(map(tuple, ordered.tolist()))) == 3
    assert order_clicks([[2, 0], [0, 3], [1, 8], [7, 5]]).tolist() == [
        [2, 0], [0, 3], [1, 8], [7, 5]]
    with pytest.raises(ValueError, match='not'):
        order_clicks([[1, 2]])


def test_order_is_told_by_name():
    assert out_of_order([[5, 5], [0, 3], [5, 9], [9, 3]]) == ['top']
    assert out_of_order([[5, 0], [6, 3], [5, 9], [4, 3]]) == ['left', 'right']
    assert out_of_order([[5, 0], [0, 0], [5, 9], [9, 9]]) == []


@pytest.mark.parametrize('reach', [0, 2])
def test_mask_clicks_are_near_and_on_the_object(reach):
    mask = np.zeros((30, 30), dtype=np.uint8)
    mask[4:21, 6:25] = 1
    rng = np.random.default_rng(0)
    drawn = np.stack([random_mask_points(mask, reach, rng)
                      for _ in range(300)])
    assert mask[drawn[..., 1], drawn[..., 0]].all()
    assert set(drawn[:, 0, 1].tolist()) == set(range(4, 5 + reach))
    assert set(drawn[:, 1, 0].tolist()) == set(range(6, 7 + reach))
    assert set(drawn[:, 2, 1].tolist()) == set(range(20 - reach, 21))
    assert set(drawn[:, 3, 0].tolist()) == set(range(24 - reach, 25))
    assert len(set(drawn[:, 0, 0].tolist())) == 19


@pytest.mark.parametrize('noise', ['uniform', 'normal'])
def test_jitter_keeps_the_order(noise):
    points = np.array([[15, 3], [2, 10], [14, 20], [28, 11]])
    rng = np.random.default_rng(1)
    drawn = np.stack([jitter_points(points, 6, (22, 30), rng, noise)
                      for _ in range(300)])
    assert all(not out_of_order(one) for one in drawn)
    assert drawn.min() >= 0
    assert drawn[..., 0].max() <= 29 and drawn[..., 1].max() <= 21
    # The free coordinate moves both ways, by the stated amount.
    shift = drawn[:, 0, 0] - 15
    assert abs(shift.mean()) < 1
    expected = 6 if noise == 'normal' else 6 / math.sqrt(3)
    assert shift.std() == pytest.approx(expected, rel=.15)


def test_jitter_of_nothing_and_wrong_noise():
    points = np.array([[15, 3], [2, 10], [14, 20], [28, 11]])
    rng = np.random.default_rng(1)
    assert jitter_points(points, 0, (22, 30), rng).tolist() == points.tolist()
    with pytest.raises(ValueError, match="noise='x'"):
        jitter_points(points, 1, (22, 30), rng, 'x')
    with pytest.raises(ValueError, match='amount=-1'):
        jitter_points(points, -1, (22, 30), rng)


def test_golden(shared, capsys):
    path = shared / 'golden' / 'exits' / 'extreme_points.npz'
    checks = list(check_extreme_points(path))
    assert len(checks) == 12 and all(check.passed for check in checks)


def test_golden_finds_a_wrong_value(shared, tmp_path):
    with np.load(shared / 'golden' / 'exits' / 'extreme_points.npz') as file:
        data = {key: file[key] for key in file.files}
    data['diamond_tlbr'] = data['diamond_tlbr'] + 1
    np.savez(tmp_path / 'extreme_points.npz', **data)
    failed = [check.name for check
              in check_extreme_points(tmp_path / 'extreme_points.npz')
              if not check.passed]
    assert failed == ['diamond_tlbr', 'diamond_tlbr of the converter']
