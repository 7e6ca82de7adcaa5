"""COCO's instances become index masks."""
import json
import os
from pathlib import Path

import numpy as np
import pytest

from wsss_plugins.datasets.coco_classes import COCO_CLASSES
from wsss_plugins.datasets.converters import coco_masks
from wsss_plugins.datasets.converters.coco_json import from_coco_json
from wsss_plugins.datasets.converters.coco_masks import write_coco_masks
from wsss_plugins.datasets.converters.label_masks import from_label_masks
from wsss_plugins.structures import (
    UserError,
    read_mask,
    voc_palette,
    write_mask,
)
from wsss_plugins.testing.tools import run_tool

TOOL = (Path(__file__).resolve().parents[1] / 'tools' / 'dataset_converters'
        / 'coco_masks.py')
RLE = dict(size=[4, 6], counts=[0, 4, 20])  # the first column


def square(left, top, right, bottom):
    return [[left, top, right, top, right, bottom, left, bottom]]


def coco_data():
    """Three pictures of 4 x 6: overlapping objects, a crowd, nothing."""
    return dict(
        images=[
            dict(id=7, file_name='a/one.jpg', height=4, width=6),
            dict(id=3, file_name='two.jpg', height=4, width=6),
            dict(id=5, file_name='three.jpg', height=4, width=6)
        ],
        annotations=[
            dict(id=1, image_id=7, category_id=18, iscrowd=0, area=4,
                 segmentation=square(1, 0, 3, 2)),
            dict(id=2, image_id=7, category_id=90, iscrowd=0, area=12,
                 segmentation=square(1, 0, 5, 3)),
            dict(id=3, image_id=3, category_id=90, iscrowd=1, area=4,
                 segmentation=RLE),
            dict(id=4, image_id=3, category_id=2, iscrowd=0, area=8,
                 segmentation=square(0, 0, 4, 2)),
        ],
        categories=[
            dict(id=90, name='hair drier'), dict(id=2, name='bicycle'),
            dict(id=18, name='dog')
        ])


@pytest.fixture
def coco(tmp_path):
    path = tmp_path / 'instances.json'
    path.write_text(json.dumps(coco_data()))
    return path


def set_in(data, path, value):
    for key in path[:-1]:
        data = data[key]
    if value is None:
        del data[path[-1]]
    else:
        data[path[-1]] = value


# What each pixel of coco_data is, painted by hand; 1 bicycle, 2 dog, 3 drier.
ONE_SMALLER = [[0, 2, 2, 3, 3, 0], [0, 2, 2, 3, 3, 0], [0, 3, 3, 3, 3, 0],
               [0, 0, 0, 0, 0, 0]]
ONE_LATER = [[0, 3, 3, 3, 3, 0]] * 3 + [[0] * 6]
TWO = [[1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 0, 0], [3, 0, 0, 0, 0, 0],
       [3, 0, 0, 0, 0, 0]]


@pytest.fixture
def need_pycocotools():
    pytest.importorskip('pycocotools')


@pytest.mark.parametrize('workers', [1, 2])
@pytest.mark.parametrize('overlap, one', [('smaller', ONE_SMALLER),
                                          ('later', ONE_LATER)])
def test_coco_masks(need_pycocotools, coco, tmp_path, overlap, one, workers):
    folder = tmp_path / 'masks'
    assert write_coco_masks(
        coco, folder, overlap=overlap, workers=workers) == 3
    assert sorted(os.listdir(folder)) == ['one.png', 'three.png', 'two.png']
    assert read_mask(folder / 'one.png', 4).tolist() == one
    assert read_mask(folder / 'two.png', 4).tolist() == TWO
    assert read_mask(folder / 'three.png', 4).tolist() == [[0] * 6] * 4


def test_coco_crowd_is_ignored_if_told(need_pycocotools, coco, tmp_path):
    write_coco_masks(coco, tmp_path / 'm', crowd_ignored=True)
    assert np.array_equal(
        read_mask(tmp_path / 'm' / 'two.png'),
        np.where(np.array(TWO) == 3, 255, TWO))


def test_coco_masks_go_on(need_pycocotools, coco, tmp_path):
    folder = tmp_path / 'masks'
    write_coco_masks(coco, folder)
    whole = (folder / 'one.png').read_bytes()
    (folder / 'one.png').write_bytes(whole[:len(whole) // 2])
    (folder / 'two.png').unlink()
    write_mask(folder / 'three.png', np.zeros((2, 2)), voc_palette(4))
    assert write_coco_masks(coco, folder) == 3
    assert (folder / 'one.png').read_bytes() == whole
    assert write_coco_masks(coco, folder) == 0


@pytest.mark.parametrize('where, value, message', [
    (['images', 0, 'height'], None, 'image 7: it has no height'),
    (['images', 0, 'file_name'], 'two.png', 'two images have one file name'),
    (['annotations', 0, 'area'], None, 'annotation 1: area is null'),
    (['annotations', 0, 'segmentation'], None,
     'annotation 1: no segmentation'),
    (['annotations', 0, 'segmentation'], [],
     'annotation 1: segmentation is empty'),
    (['annotations', 0, 'segmentation'], [['a']], 'annotation 1: polygon'),
    (['annotations', 2, 'segmentation'], dict(size=[9, 9], counts='Qb0'),
     'annotation 3: its RLE has size'),
    (['categories'],
     [dict(id=i, name=str(i)) for i in range(300)], '300 categories')])
@pytest.mark.parametrize('workers', [1, 2])
def test_coco_masks_broken(need_pycocotools, coco, tmp_path, where, value,
                           message, workers):
    data = coco_data()
    set_in(data, where, value)
    coco.write_text(json.dumps(data))
    with pytest.raises(UserError, match=f'instances.json: {message}'):
        write_coco_masks(coco, tmp_path / 'masks', workers=workers)
    assert not list(tmp_path.glob('masks/.partial/*'))


def test_coco_masks_options(coco, tmp_path, monkeypatch):
    with pytest.raises(UserError, match="overlap='first'; choose"):
        write_coco_masks(coco, tmp_path, overlap='first')
    monkeypatch.setattr(coco_masks, 'find_spec', lambda name: None)
    with pytest.raises(UserError, match='pip install pycocotools'):
        write_coco_masks(coco, tmp_path)


def test_tool_coco_masks(need_pycocotools, coco, tmp_path, capsys):
    arguments = (TOOL, coco, tmp_path / 'm', '--workers', 1)
    assert not run_tool(*arguments)
    assert 'm: 3 masks written' in capsys.readouterr().out
    assert not run_tool(*arguments)
    assert 'm: 0 masks written' in capsys.readouterr().out
    coco.write_text('{}')
    assert run_tool(*arguments) == 2
    assert capsys.readouterr().err.startswith('error: ')


def test_real_coco(need_pycocotools, shared, tmp_path):
    path = shared / 'data/coco_mini/annotations/instances_val2017.json'
    if not path.is_file():
        pytest.skip('no coco_mini beside the repository')
    labels = from_coco_json(path)
    assert labels.classes == COCO_CLASSES[1:]
    assert len(labels.images) == 50
    assert write_coco_masks(path, tmp_path) == 50
    seen = from_label_masks(tmp_path, labels.classes)
    hidden = 0
    for name, tags in labels.images.items():
        assert set(seen.images[name]) <= set(tags)
        hidden += len(set(tags) - set(seen.images[name]))
    # Small objects lie on top, so hardly a class is covered wholly.
    assert hidden <= 3
