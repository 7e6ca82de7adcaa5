"""Masks from arrays and from files, against what a stage would write."""
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from PIL import Image

from wsss_plugins.apis.labeler import MaskLabeler
from wsss_plugins.registry import MODELS
from wsss_plugins.structures import UserError, decode_mask
from wsss_plugins.testing.object_tree import TINY_MODEL, make_object_tree
from wsss_plugins.testing.tools import run_tool

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope='module')
def tree(tmp_path_factory):
    return make_object_tree(tmp_path_factory.mktemp('labeler'))


@pytest.fixture(scope='module')
def config(tmp_path_factory):
    path = tmp_path_factory.mktemp('config') / 'mil.py'
    base = ROOT / 'configs/exits/mil_vit-tiny_coco-128.py'
    path.write_text(f'_base_ = {str(base)!r}\nmodel = {TINY_MODEL!r}\n')
    return path


@pytest.fixture(scope='module')
def checkpoint(config):
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(Config.fromfile(config).model)
        model.init_weights()
    path = config.parent / 'mil.pth'
    torch.save(dict(state_dict=model.state_dict()), path)
    return path


@pytest.fixture(scope='module')
def labeler(config, checkpoint):
    return MaskLabeler(config, checkpoint, threshold=.5)


def picture(tree, number):
    return np.asarray(Image.open(tree / 'images' / f'{number}.jpg'))


POINTS = [[[7, 9], [4, 14], [10, 29], [19, 18]],
          [[30, 9], [24, 12], [30, 29], [39, 20]]]
BOXES = [[4, 9, 19, 29], [24, 9, 39, 29]]


def test_points_and_their_boxes_give_the_same_masks(labeler, tree):
    image = picture(tree, 1)
    masks = labeler.predict(image, points=POINTS)
    assert masks.shape == (2, *image.shape[:2]) and masks.dtype == bool
    assert (masks == labeler.predict(image, boxes=BOXES)).all()
    for mask, (x0, y0, x1, y1) in zip(masks, BOXES):
        assert mask.any()
        # Nothing beyond the box, but for the pixel that resizing may add.
        mask[y0 - 1:y1 + 2, x0 - 1:x1 + 2] = False
        assert not mask.any()


def test_batches_do_not_matter(labeler, config, checkpoint, tree):
    one = MaskLabeler(config, checkpoint, threshold=.5, batch_size=1)
    image = picture(tree, 1)
    assert (one.predict(image, boxes=BOXES) == labeler.predict(
        image, boxes=BOXES)).mean() > .999


def test_colors_are_rgb(labeler, tree):
    """Through the file, which is read as BGR, the masks are the same."""
    image = picture(tree, 1)
    assert (image[..., 0] != image[..., 2]).any()
    sample = labeler._samples(image, np.array(BOXES, float))[0]
    steps = Config.fromfile(labeler.cfg.filename).test_dataloader.dataset
    from mmcv.transforms import Compose

    from wsss_plugins.datasets.object_dataset import collate_objects
    with labeler._scope():
        batch = collate_objects([Compose(steps.pipeline)(dict(
            img_path=str(tree / 'images/1.jpg'), img_id=0, objects=[
                dict(ann_id=0, category_id=0, points=None,
                     box=tuple(map(float, BOXES[0])))]))])
    # Pillow and cv2 decode JPEG alike, but for rounding.
    with torch.no_grad():
        other = labeler.model.test_step(batch)[0]
    assert (sample['pred_prob'] - other.pred_prob).abs().max() < .02


def test_no_objects(labeler, tree):
    image = picture(tree, 0)
    for words in (dict(points=[]), dict(boxes=np.zeros((0, 4)))):
        assert labeler.predict(image, **words).shape == (0, 60, 80)


@pytest.mark.parametrize('words, text', [
    (dict(), 'either points or boxes'),
    (dict(points=POINTS, boxes=BOXES), 'either points or boxes'),
    (dict(boxes=[[1, 2, 3]]), r'boxes are \(1, 3\)'),
    (dict(boxes=[['a', 1, 2, 3]]), 'no numbers'),
    (dict(boxes=[[0, 0, np.nan, 3]]), 'not finite'),
    (dict(boxes=[[5, 5, 5, 9], [1, 1, 500, 9]]),
     'object 0: box .* is empty; object 1: box .* leaves the image'),
    (dict(points=[[[1, 9], [4, 1], [10, 29], [19, 18]]]),
     'object 0: points .* are not top'),
    (dict(points=[[1, 2]]), 'points are'),
])
def test_bad_objects(labeler, tree, words, text):
    with pytest.raises(UserError, match=text):
        labeler.predict(picture(tree, 0), **words)


@pytest.mark.parametrize('image', [
    None, 'a.jpg', np.zeros((5, 5), np.uint8), np.zeros((5, 5, 3)),
    np.zeros((0, 5, 3), np.uint8), np.zeros((5, 5, 4), np.uint8)])
def test_bad_images(labeler, image):
    with pytest.raises(UserError, match='image is .*; give RGB'):
        labeler.predict(image, boxes=[[0, 0, 3, 3]])


def test_bad_files(config, checkpoint, tmp_path):
    with pytest.raises(UserError, match='config not found'):
        MaskLabeler('none.py', checkpoint)
    with pytest.raises(UserError, match='checkpoint not found'):
        MaskLabeler(config, 'none.pth')
    (tmp_path / 'bad.pth').write_bytes(b'bad')
    with pytest.raises(UserError, match='not a checkpoint'):
        MaskLabeler(config, tmp_path / 'bad.pth')
    torch.save(dict(state_dict=dict(a=torch.zeros(1))), tmp_path / 'o.pth')
    with pytest.raises(UserError, match='another architecture'):
        MaskLabeler(config, tmp_path / 'o.pth')
    with pytest.raises(UserError, match='no wsss_plugins.PseudoInstance'):
        MaskLabeler(
            ROOT / 'configs/cam/cam_r18-small_1xb16-400_tinyvoc-128.py',
            checkpoint)
    for options in (dict(threshold=2.), dict(batch_size=0)):
        with pytest.raises(UserError, match='MaskLabeler'):
            MaskLabeler(config, checkpoint, **options)


def label_tool(config, checkpoint, tree, source, out, *words):
    return run_tool(ROOT / 'tools/label_objects.py', config, checkpoint,
                    source, tree / 'images', out, '--workers', 0,
                    '--threshold', .5, *words)


def boxes_only(tree, path):
    data = json.loads((tree / 'points.json').read_text())
    for annotation in data['annotations']:
        annotation.pop('extreme_points', None)
    path.write_text(json.dumps(data))
    return path


def test_a_file_of_boxes(labeler, config, checkpoint, tree, tmp_path):
    source = boxes_only(tree, tmp_path / 'boxes.json')
    assert label_tool(config, checkpoint, tree, source, tmp_path / 'a') == 0
    data = json.loads((tmp_path / 'a/instances.json').read_text())
    before = json.loads(source.read_text())
    assert len(data['annotations']) == len(before['annotations'])
    files = {i['id']: i for i in data['images']}
    for old, new in zip(before['annotations'], data['annotations']):
        if new['iscrowd']:
            assert new == old
            continue
        image = files[new['image_id']]
        mask = decode_mask(new['segmentation'],
                           (image['height'], image['width']))
        assert mask.sum() == new['area'] > 0
        left, top, width, height = old['bbox']
        box = [[left, top, left + width, top + height]]
        array = labeler.predict(
            picture(tree, image['file_name'].split('.')[0]), boxes=box)[0]
        assert (mask == array).mean() > .99
    # Again: nothing is left to do, and the file is the same.
    whole = (tmp_path / 'a/instances.json').read_bytes()
    assert label_tool(config, checkpoint, tree, source, tmp_path / 'a') == 0
    assert (tmp_path / 'a/instances.json').read_bytes() == whole


def test_files_with_mistakes(config, checkpoint, tree, tmp_path, capsys):
    source = boxes_only(tree, tmp_path / 'boxes.json')
    data = json.loads(source.read_text())
    data['annotations'][0]['bbox'] = [900, 900, 5, 5]
    data['annotations'][1]['bbox'] = [1, 1, 0, 5]
    source.write_text(json.dumps(data))
    assert label_tool(config, checkpoint, tree, source, tmp_path / 'a') == 2
    error = capsys.readouterr().err
    assert '2 problems' in error and 'beside the image' in error
    assert 'empty bbox' in error
