"""Clicked objects come and go, in a table that converters read."""
import json

import numpy as np
import pytest

from wsss_plugins.datasets.converters.clicks_csv import convert_clicks_csv
from wsss_plugins.review.clicks import Clicks, Scale, digest, ordered
from wsss_plugins.structures import UserError
from wsss_plugins.testing.review_server import served, small_workspace
from wsss_plugins.workspace.corrections import StaleError

pytest.importorskip('starlette')
pytest.importorskip('uvicorn')
BOX = [[60, 29], [20, 50], [50, 90], [80, 40]]
EMPTY = digest([])


def test_table_is_one_that_the_converter_reads(tmp_path):
    space = small_workspace(tmp_path / 'out', scale=1)
    with served(space) as client:
        path = 'api/images/photo_1/objects'
        assert client.json(path) == dict(objects=[], revision=EMPTY)
        objects = [{'class': 'dog', 'points': BOX[::-1]},
                   {'class': 'a, "b"', 'points': BOX}]
        saved = client.json(path, 'PUT', dict(objects=objects,
                                              revision=EMPTY))
        assert [o['class'] for o in saved['objects']] == ['dog', 'a, "b"']
        assert saved['objects'][0]['points'] == BOX
        assert client.json(path) == saved
        items = client.json('api/images')['images']
        assert {i['name']: i['objects'] for i in items} == dict(
            photo_0=0, photo_1=2, photo_2=0, photo_3=0)
    done = convert_clicks_csv(space.corrections / 'clicks.csv', space.images,
                              tmp_path / 'points.json')
    assert (done.points, done.boxes, done.images) == (2, 0, 1)
    data = json.loads((tmp_path / 'points.json').read_text())
    assert data['annotations'][0]['extreme_points'] == BOX


def test_points_are_those_of_the_original(tmp_path):
    clicks = Clicks(tmp_path / 'c')
    scale = Scale((120, 160), (480, 640))
    clicks.write('sub/a b.jpg', scale, [{'class': 'cat', 'points': BOX}],
                 EMPTY)
    row = clicks.rows()[0]
    assert row['image'] == 'sub/a b.jpg'
    # Centers of pixels: (60 + .5) * 4 - .5.
    assert (row['x_top'], row['y_top']) == ('241.5', '117.5')
    assert clicks.read('sub/a b.jpg', scale)[0]['points'] == BOX


def test_other_rows_and_their_order_stay(tmp_path):
    clicks, scale = Clicks(tmp_path / 'c'), Scale((120, 160), (120, 160))
    one, two = ({'class': c, 'points': BOX} for c in 'xy')
    for name in 'abc':
        clicks.write(name, scale, [one, two], EMPTY)
    before = digest(clicks.read('b', scale))
    clicks.write('b', scale, [two], before)
    assert [(r['image'], r['class']) for r in clicks.rows()] == [
        ('a', 'x'), ('a', 'y'), ('b', 'y'), ('c', 'x'), ('c', 'y')]
    with pytest.raises(StaleError):
        clicks.write('b', scale, [], before)
    clicks.write('b', scale, [], digest(clicks.read('b', scale)))
    assert clicks.counts() == dict(a=2, c=2)


@pytest.mark.parametrize('points', [
    None, [], 'abc', [[1, 2]] * 3, [[5, 5]] * 4, [[1, 2], [3, 4], [5, 6], [7]],
    [[60, 29], [20, 50], [50, 90], [40, 40]], [[1, np.nan]] * 4,
    [[0, 3], [5, 3], [9, 3], [4, 3]]])
def test_points_that_are_no_object(points):
    with pytest.raises(UserError):
        ordered(points, (120, 160))


def test_points_outside_move_in():
    found = ordered([[60, -9], [-3, 50], [50, 300], [500, 40]], (120, 160))
    assert found.tolist() == [[60, 0], [0, 50], [50, 119], [159, 40]]


@pytest.mark.parametrize('text', [
    'image,class\na,b\n', 'image,class,x_top,y_top,x_left,y_left,x_bottom,'
    'y_bottom,x_right,y_right\na,b,1,2,3\n'])
def test_a_table_of_somebody_else_is_left_alone(tmp_path, text):
    clicks = Clicks(tmp_path)
    clicks.file.write_text(text)
    with pytest.raises(UserError, match='clicks.csv'):
        clicks.write('a', Scale((9, 9), (9, 9)), [], EMPTY)
    assert clicks.file.read_text() == text


def test_live_masks_of_a_generator(tmp_path):
    space = small_workspace(tmp_path / 'out')
    facts = space.load()
    facts.pop('version')
    space.save(facts | dict(generator=dict(config='g.py', weights='g.pth')))
    seen = []

    def make_labeler(config, weights):
        seen.append((config, weights))
        return lambda image, boxes: np.full(
            (len(boxes), *image.shape[:2]), boxes[0][2] == 80)

    path, body = 'api/images/photo_1/object-mask', dict(points=BOX)
    with served(space, make_labeler) as client:
        assert client.json('api/workspace')['generator'] is True
        assert client.pixels(path, 'POST', body).all()
        client.pixels(path, 'POST', body)
    assert seen == [(str(space.root / 'g.py'), str(space.root / 'g.pth'))]
    with served(space) as client:
        assert client.json('api/workspace')['generator'] is False
        client.json(path, 'POST', body, 404)
