"""SBD's instance masks, and the data set that EXITS means by VOC."""
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from PIL import Image
from scipy.io import savemat

from wsss_plugins.datasets.converters.sbd import sbd_extreme_points
from wsss_plugins.structures import ObjectAnnotations, UserError, decode_mask
from wsss_plugins.structures.sbd_file import read_sbd_instances

SIZE = 12, 16


def save(path, masks, categories, struct='GTinst', **more):
    """As the files of the release are: a struct, categories as a column."""
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, {struct: dict(
        Segmentation=np.asarray(masks, dtype=np.uint8),
        Categories=np.asarray(categories, dtype=np.uint8).reshape(-1, 1),
        Boundaries=np.zeros((1, 1)), **more)})


def masks():
    found = np.zeros(SIZE, dtype=np.uint8)
    found[2:6, 3:9] = 1
    found[7:10, 1:15] = 2
    return found


@pytest.fixture
def tree(tmp_path):
    """Image a of SBD, b of VOC only."""
    voc, sbd = tmp_path / 'VOC2012', tmp_path / 'dataset'
    for folder in ('JPEGImages', 'SegmentationObject', 'SegmentationClass'):
        (voc / folder).mkdir(parents=True)
    for name in 'ab':
        Image.new('RGB', SIZE[::-1]).save(voc / f'JPEGImages/{name}.jpg')
    save(sbd / 'inst/a.mat', masks(), [7, 15])
    objects = np.zeros(SIZE, dtype=np.uint8)
    objects[1:4, 1:4], objects[4, 1:4] = 1, 255
    for folder, index in (('SegmentationObject', 1),
                          ('SegmentationClass', 20)):
        values = np.where(objects == 1, index, objects).astype(np.uint8)
        image = Image.fromarray(values, mode='P')
        image.putpalette([0, 0, 0] * 256)
        image.save(voc / folder / 'b.png')
    return sbd, voc


def test_reads_a_file(tmp_path):
    save(tmp_path / 'a.mat', masks(), [7, 15])
    found = read_sbd_instances(tmp_path / 'a.mat')
    assert found.masks.dtype == np.uint8 and (found.masks == masks()).all()
    assert found.categories.tolist() == [7, 15]
    # A single object is squeezed to a number.
    save(tmp_path / 'b.mat', masks() == 1, [3])
    assert read_sbd_instances(tmp_path / 'b.mat').categories.tolist() == [3]


@pytest.mark.parametrize('write, message', [
    (lambda p: None, 'not found'),
    (lambda p: p.write_bytes(b'MATLAB nothing'), 'not a MATLAB file'),
    (lambda p: p.write_bytes(b''), 'not a MATLAB file'),
    (lambda p: save(p, masks(), [7, 15], 'GTcls'), 'no GTinst but GTcls'),
    (lambda p: save(p, masks(), [7]), 'object 2 has no category'),
    (lambda p: savemat(p, dict(GTinst=dict(Segmentation=masks()))),
     'GTinst.Categories is missing'),
    (lambda p: savemat(p, dict(GTinst=dict(
        Segmentation=masks() / 2, Categories=[1, 2]))),
     'GTinst.Segmentation is missing or holds no'),
    (lambda p: savemat(p, dict(GTinst=dict(
        Segmentation=[[[1, 2]] * 2] * 2, Categories=[1, 2]))),
     r'masks of shape \(2, 2, 2\)'),
])
def test_broken_files(tmp_path, write, message):
    write(tmp_path / 'a.mat')
    with pytest.raises(UserError, match=f'a.mat: .*{message}'):
        read_sbd_instances(tmp_path / 'a.mat')


def test_objects_are_sbds_or_else_vocs(tree, tmp_path):
    target = tmp_path / 'out.json'
    done = sbd_extreme_points(*tree, ['a', 'b'], target)
    assert done.objects == 3
    found = ObjectAnnotations.load(target, keep_masks=True)
    assert [i['file_name'] for i in found.images] == ['a.jpg', 'b.jpg']
    assert found.category_ids.tolist() == [7, 15, 20]
    assert found.categories[6]['name'] == 'car'
    assert (decode_mask(found.segmentations[1], SIZE) == (
        masks() == 2)).all()
    box = json.loads(target.read_text())['annotations'][0]['bbox']
    assert box == [3, 2, 6, 4]
    # Top, left, bottom, right on the borders of the object.
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = found.points[0]
    assert (y0, x1, y2, x3) == (2, 3, 5, 8)
    assert all(3 <= x <= 8 and 2 <= y <= 5 for x, y in found.points[0])


def test_mistakes(tree, tmp_path):
    sbd, voc = tree
    target = tmp_path / 'x.json'
    with pytest.raises(UserError, match="inst: no such folder; give SBD's"):
        sbd_extreme_points(voc, voc, ['a'], target)
    save(sbd / 'inst/a.mat', masks()[:5], [7, 15])
    with pytest.raises(UserError, match=r'a.mat: masks of \(5, 16\)'):
        sbd_extreme_points(sbd, voc, ['a'], target)
    save(sbd / 'inst/a.mat', masks(), [7, 21])
    with pytest.raises(UserError, match="category 21 is none of VOC's"):
        sbd_extreme_points(sbd, voc, ['a'], target)
    assert not target.exists()


def test_command(tree, tmp_path, repo_root):
    (tmp_path / 'list.txt').write_text('a\nb\n')
    out = tmp_path / 'points.json'
    done = subprocess.run(
        [sys.executable, 'tools/dataset_converters/extreme_points.py', 'sbd',
         *map(str, tree), str(tmp_path / 'list.txt'), str(out),
         '--strip-masks'], cwd=repo_root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert 'objects: 3' in done.stdout
    assert 'segmentation' not in out.read_text()


@pytest.mark.parametrize('method', ['mil', 'mal', 'exits'])
def test_configs_train_on_sbd(repo_root, method):
    cfg = Config.fromfile(repo_root / f'configs/exits/{method}_vitb_voc.py')
    assert cfg.train_dataloader.dataset.ann_file.endswith(
        'points_train_aug.json')
    told = Path(repo_root, 'configs/_base_/datasets/voc_objects.py')
    assert 'extreme_points.py sbd' in told.read_text()
