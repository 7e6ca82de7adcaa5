"""Masks of objects as results: saved, drawn, and from a moved folder."""
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from pycocotools.coco import COCO

from wsss_plugins.apis.object_labeler import ObjectLabeler
from wsss_plugins.registry import MODELS
from wsss_plugins.structures import UserError, read_image, read_mask
from wsss_plugins.testing.doc_pages import code_blocks
from wsss_plugins.testing.object_tree import TINY_MODEL, make_object_tree

ROOT = Path(__file__).resolve().parents[1]
BOXES = [[4, 9, 19, 29], [24, 9, 39, 29]]


@pytest.fixture(scope='module')
def image(tmp_path_factory):
    return make_object_tree(tmp_path_factory.mktemp('tree')) / 'images/1.jpg'


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """As ``wsss label-objects`` leaves a generator."""
    path = tmp_path_factory.mktemp('out')
    (path / 'generator').mkdir()
    cfg = Config.fromfile(ROOT / 'configs/own_objects/mil.py')
    cfg.merge_from_dict(dict(model=TINY_MODEL))
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(cfg.model)
        model.init_weights()
    torch.save(dict(state_dict=model.state_dict()),
               path / 'generator/weights.pth')
    (path / 'generator/config.py').write_text(cfg.pretty_text)
    (path / 'generator/classes.json').write_text('{}')
    return path


@pytest.fixture(scope='module')
def found(folder, image):
    return ObjectLabeler(folder, threshold=.5)(
        image, boxes=BOXES, labels=['dog', 'cat'])


def test_arrays_and_files_are_the_same(folder, found, image):
    labeler = ObjectLabeler(folder / 'generator', threshold=.5)
    other = labeler(read_image(image), boxes=BOXES)
    assert (other.masks == found.masks).all() and found.masks.any()
    assert other.labels == ['object', 'object'] and len(other) == 2


def test_what_is_saved(found, tmp_path):
    found.save(tmp_path / 'a.json')
    coco = COCO(str(tmp_path / 'a.json'))
    names = {c['id']: c['name'] for c in coco.cats.values()}
    for mask, name, one in zip(found.masks, found.labels,
                               coco.loadAnns(coco.getAnnIds())):
        assert (coco.annToMask(one) == mask).all()
        assert names[one['category_id']] == name
    assert json.loads((tmp_path / 'a.json').read_text())['images'][0][
        'file_name'] == '1.jpg'
    found.save(tmp_path / 'a.png')
    numbers = read_mask(tmp_path / 'a.png')
    assert (numbers == 2).sum() == found.masks[1].sum()
    found.save(tmp_path / 'a.jpg')
    drawn = found.overlay()
    changed = (drawn[-found.image.shape[0]:] != found.image).any(axis=2)
    assert changed[found.masks.any(axis=0)].mean() > .9
    with pytest.raises(UserError, match='is unknown; choose one of coco'):
        found.save(tmp_path / 'a.bmp')


def test_mistakes(folder, image, tmp_path):
    labeler = ObjectLabeler(folder)
    with pytest.raises(UserError, match='1 labels for 2 objects'):
        labeler(image, boxes=BOXES, labels=['cat'])
    with pytest.raises(UserError, match='image is NoneType'):
        labeler(None, boxes=BOXES)
    with pytest.raises(UserError, match='no generator in it'):
        ObjectLabeler(tmp_path)
    with pytest.raises(UserError, match='a config and its checkpoint'):
        ObjectLabeler('config.py')
    assert np.array_equal(labeler(image, boxes=[]).masks,
                          np.zeros((0, 64, 77), bool))


def test_the_page_runs(folder, image, tmp_path, monkeypatch):
    (tmp_path / 'out').symlink_to(folder)
    (tmp_path / 'photos').symlink_to(image.parent)
    monkeypatch.chdir(tmp_path)
    found = code_blocks(ROOT / 'docs/own_images/objects.md')
    assert [language for language, _ in found] == ['python']
    exec(found[0][1], {})
    assert (tmp_path / 'masks.json').is_file()
    assert (tmp_path / 'drawn.jpg').is_file()
