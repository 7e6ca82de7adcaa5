import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from mmengine.config import Config
from PIL import Image

from wsss_plugins.datasets import TinyVOCDataset
from wsss_plugins.datasets.converters.coco_json import from_coco_json
from wsss_plugins.datasets.converters.label_masks import from_label_masks
from wsss_plugins.datasets.converters.voc_xml import from_voc_xml
from wsss_plugins.datasets.tinyvoc import (
    CONTEXT_CLASSES,
    TINYVOC_CLASSES,
    TinyVOCOptions,
    make_scene,
    make_tinyvoc,
)
from wsss_plugins.structures import ImageLabels, UserError, read_mask

ROOT = Path(__file__).resolve().parents[1]
SMALL = dict(num_train=10, num_val=4, size=64, progress=False)
TAGS = TINYVOC_CLASSES[1:]


def digest(root):
    return {
        str(path.relative_to(root)):
        hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob('*') if path.is_file()
    }


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp('tinyvoc') / 'set'
    make_tinyvoc(root, **SMALL)
    return root


def test_same_seed_same_bytes(made, tmp_path):
    assert make_tinyvoc(tmp_path / 'two', workers=2, **SMALL)
    assert digest(tmp_path / 'two') == digest(made)
    make_tinyvoc(tmp_path / 'other', seed=1, **SMALL)
    assert digest(tmp_path / 'other') != digest(made)


def test_again_does_nothing(made):
    before = digest(made)
    assert make_tinyvoc(made, **SMALL) is False
    assert digest(made) == before


def test_a_half_made_folder_is_completed(made, tmp_path):
    root = tmp_path / 'cut'
    code = ('from wsss_plugins.datasets.tinyvoc import make_tinyvoc\n'
            f'make_tinyvoc({str(root)!r}, **{SMALL})')
    process = subprocess.Popen([sys.executable, '-c', code], cwd=ROOT)
    while process.poll() is None and len(
            list(root.glob('saliency/*.png'))) < 3:
        time.sleep(.005)
    process.kill()
    process.wait()
    assert not (root / 'tinyvoc.json').is_file()
    assert make_tinyvoc(root, **SMALL)
    assert digest(root) == digest(made)


def test_other_options_are_refused(made, tmp_path):
    with pytest.raises(UserError, match='--overwrite'):
        make_tinyvoc(made, **dict(SMALL, seed=5))
    (tmp_path / 'thesis.txt').write_text('mine')
    with pytest.raises(UserError):
        make_tinyvoc(tmp_path, overwrite=True, **SMALL)
    assert (tmp_path / 'thesis.txt').read_text() == 'mine'


@pytest.mark.parametrize('options', [
    dict(num_train=0), dict(size=8), dict(context_rate=1.5), dict(noise=-1),
    dict(occluder_rate=float('nan'))])
def test_options_are_checked(options):
    with pytest.raises(UserError, match=next(iter(options))):
        TinyVOCOptions(**options)


def test_files_agree_with_one_another(made):
    tags = ImageLabels.load(made / 'image_labels.json')
    assert tags.classes == TAGS
    assert from_label_masks(made / 'SegmentationClass', TAGS).images == {
        name: tags.images[name] for name in sorted(tags.images)}
    assert from_voc_xml(made / 'Annotations', TAGS).images == tags.images
    names = {}
    for split in ('train', 'val'):
        listed = (made / 'ImageSets/Segmentation' /
                  f'{split}.txt').read_text().split()
        coco = from_coco_json(made / 'annotations' /
                              f'instances_{split}.json')
        assert sorted(coco.images) == sorted(listed)
        names.update(coco.images)
    assert names == tags.images


def test_masks_of_a_picture(made):
    for path in sorted((made / 'SegmentationClass').glob('*.png')):
        semantic = read_mask(path, len(TINYVOC_CLASSES))
        instances = read_mask(made / 'SegmentationObject' / path.name)
        context = read_mask(made / 'SegmentationContext' / path.name,
                            len(CONTEXT_CLASSES))
        inside = (semantic > 0) & (semantic < 255)
        assert ((instances > 0) & (instances < 255) == inside).all()
        assert (context[inside] == semantic[inside]).all()
        assert ((semantic == 255) == (instances == 255)).all()
        size = Image.open(made / 'JPEGImages' / f'{path.stem}.jpg').size
        assert size == (64, 64) == semantic.shape


def test_boxes_are_those_of_the_masks(made):
    name = '2026_000001'
    instances = read_mask(made / 'SegmentationObject' / f'{name}.png')
    tree = ElementTree.parse(made / 'Annotations' / f'{name}.xml')
    for number, node in enumerate(tree.iter('object'), start=1):
        rows, columns = np.nonzero(instances == number)
        box = [int(node.find(f'bndbox/{tag}').text)
               for tag in ('xmin', 'ymin', 'xmax', 'ymax')]
        seen = [columns.min(), rows.min(), columns.max(), rows.max()]
        # VOC counts from one; the void border hides a pixel on each side.
        assert np.abs(np.array(box) - 1 - seen).max() <= 2


def test_boats_go_with_water():
    options = TinyVOCOptions(num_train=150, size=64)
    water = CONTEXT_CLASSES.index('water')
    with_boat, wet = [], []
    for name in options.names()[0]:
        scene = make_scene(name, options)
        with_boat.append(any(o.name == 'boat' for o in scene.objects))
        wet.append((scene.context == water).any())
    with_boat, wet = np.array(with_boat), np.array(wet)
    assert wet[with_boat].mean() > .85
    assert wet[~with_boat].mean() < .2


def test_some_objects_are_cut_in_two_and_some_maps_are_wrong(made, tmp_path):
    make_tinyvoc(tmp_path / 'x', **dict(SMALL, num_train=80))
    coco = json.loads(
        (tmp_path / 'x/annotations/instances_train.json').read_text())
    split = {a['image_id'] for a in coco['annotations']
             if a['is_occluded_split']}
    assert .1 < len(split) / 80 < .4
    scenes = json.loads((tmp_path / 'x/scenes.json').read_text())
    wrong = sum(s['saliency_error'] is not None for s in scenes.values())
    assert .1 < wrong / len(scenes) < .45


def test_dataset_reads_it(made):
    dataset = TinyVOCDataset(
        data_root=str(made), label_file='image_labels.json',
        ann_file='ImageSets/Segmentation/train.txt',
        data_prefix=dict(
            img_path='JPEGImages', seg_map_path='SegmentationClass',
            saliency_path='saliency', context_path='SegmentationContext'))
    assert len(dataset) == 10


def test_context_classes_of_the_configs(made):
    cfg = Config.fromfile(ROOT / 'configs/_base_/stages/tinyvoc_context.py')
    written = json.loads((made / 'context_classes.json').read_text())
    assert tuple(cfg.context_classes) == CONTEXT_CLASSES == tuple(
        written['classes'])


def test_command_line(tmp_path):
    words = [sys.executable,
             ROOT / 'tools/dataset_converters/make_tinyvoc.py',
             tmp_path / 'x', '--num-train', '2', '--num-val', '1', '--size',
             '64']
    first = subprocess.run(words, capture_output=True, text=True, check=True)
    again = subprocess.run(words, capture_output=True, text=True, check=True)
    assert first.stdout != again.stdout
    wrong = subprocess.run([*words, '--seed', '3'], capture_output=True,
                           text=True)
    assert wrong.returncode == 2
    assert wrong.stderr.strip().splitlines()[-1].startswith('error: ')
