"""Columns of objects: points, boxes, masks, detections."""
import json

import numpy as np
import pytest
from PIL import Image

from wsss_plugins.reports.columns.base import Sample
from wsss_plugins.reports.columns.detections import DetectionColumn
from wsss_plugins.reports.columns.instances import InstanceColumn
from wsss_plugins.reports.columns.points import PointColumn
from wsss_plugins.reports.sections.samples import (
    SampleGrid,
    SampleGroup,
    image_names,
)
from wsss_plugins.structures import UserError, encode_mask

SIZE = (30, 40)
GRAY = np.full((60, 80, 3), 120, np.uint8)  # twice the size


def mask(top, bottom, left, right):
    pixels = np.zeros(SIZE, bool)
    pixels[top:bottom, left:right] = True
    return encode_mask(pixels)


def draw(kind, path, names, source=None):
    """Image and chips of the last of some samples."""
    column = kind('t', str(path))
    column.begin(names, source)
    sample = Sample(names[-1], image=GRAY)
    panel, = column.panels(sample)
    return panel.image, panel.chips


@pytest.fixture
def source(tmp_path):
    path = tmp_path / 'objects.json'
    path.write_text(json.dumps(dict(
        images=[dict(id=n, file_name=f'{n}.jpg', height=30, width=40)
                for n in (1, 2, 3)],
        annotations=[
            dict(id=5, image_id=1, category_id=7, bbox=[4, 5, 10, 12],
                 extreme_points=[[8, 5], [4, 9], [9, 16], [13, 8]],
                 segmentation=mask(5, 17, 4, 14)),
            dict(id=6, image_id=3, category_id=8, bbox=[0, 0, 20, 20],
                 iscrowd=1)
        ],
        categories=[dict(id=7, name='cat'), dict(id=8, name='dog')])))
    return path


def test_names_of_images_with_objects(source):
    assert image_names(source) == ['1.jpg', '3.jpg']


def test_masks_are_drawn_where_they_are(source):
    drawn, chips = draw(InstanceColumn, source, ['2.jpg', '1.jpg'])
    assert [text for text, _ in chips] == ['cat']
    inside = drawn[20, 16].astype(int)
    expected = (.5 * .85 * 120 + .5 * np.array(chips[0][1])).round()
    assert (np.abs(inside - expected) <= 1).all()
    assert (drawn[50, 70] == 102).all()
    # Outlines are white.
    assert (drawn == 255).all(axis=2).any()
    empty, chips = draw(InstanceColumn, source, ['1.jpg', '2.jpg'])
    assert chips == [] and (empty == 102).all()


def test_points_lie_in_the_middle_of_their_pixels(source):
    drawn, chips = draw(PointColumn, source, ['1.jpg'])
    for x, y in ((8, 5), (4, 9), (9, 16), (13, 8)):
        assert (drawn[2 * y + 1, 2 * x + 1] == chips[0][1]).all()
    assert (drawn[40, 60] == 120).all()


def test_boxes_without_points_and_crowds(source):
    drawn, chips = draw(PointColumn, source, ['3.jpg'])
    assert chips[0][0] == 'dog (crowd)'
    assert (drawn[20, 40] == chips[0][1]).all()
    masked, _ = draw(InstanceColumn, source, ['3.jpg'])
    assert (masked == 102).all()


def test_detections(source, tmp_path):
    found = tmp_path / 'found.segm.json'
    found.write_text(json.dumps([
        dict(image_id=1, category_id=7, score=score, bbox=[0, 0, 1, 1],
             segmentation=mask(5, 17, 4, 14)) for score in (.4, .5, .93)
    ]))
    _, chips = draw(DetectionColumn, found, ['1.jpg'], source)
    assert [text for text, _ in chips] == ['cat 0.93', 'cat 0.50']
    column = DetectionColumn('t', str(found), min_score=.9)
    column.begin(['1.jpg'], source)
    panel, = column.panels(Sample('1.jpg', image=GRAY))
    assert [text for text, _ in panel.chips] == ['cat 0.93']
    found.write_text('[{"image_id": 1}]')
    with pytest.raises(UserError, match='detections .*test the de'):
        draw(DetectionColumn, found, ['1.jpg'], source)
    with pytest.raises(UserError, match='by a COCO json'):
        draw(DetectionColumn, found, ['1.jpg'])


def test_broken_files(source, tmp_path):
    with pytest.raises(UserError, match=r'none\.json'):
        draw(PointColumn, tmp_path / 'none.json', ['1.jpg'])
    data = json.loads(source.read_text())
    del data['images'][0]['height']
    source.write_text(json.dumps(data))
    with pytest.raises(UserError, match='annotation 5: its image has no'):
        draw(PointColumn, source, ['1.jpg'])


def test_a_grid_of_objects(source, tmp_path):
    for number in (1, 3):
        Image.fromarray(GRAY[:30, :40]).save(tmp_path / f'{number}.jpg')
    grid = SampleGrid(
        SampleGroup(title='Objects', names=str(source), num=5, columns=[
            dict(title='image', kind='image', path=f'{tmp_path}/{{name}}'),
            dict(title='points', kind='points', path=str(source)),
            dict(title='masks', kind='instances', path=str(source)),
            dict(title='gone', kind='instances', path='none.json')
        ]))
    page = grid.html()
    assert page.count('<img') == 6 and page.count('missing') == 2
    assert grid.num_cells == 8 and len(grid.missing) == 2
    assert 'cat' in page and 'dog (crowd)' in page
