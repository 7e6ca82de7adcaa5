"""A new data set in VOC's layout: one fact file, and options alone.

Every stage runs as its command would, with default folders, so that the
commands of a method chain by hand.
"""
import json
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from PIL import Image

from wsss_plugins.structures import ClassMaps, ImageLabels, write_mask
from wsss_plugins.testing.tools import read_checkpoint

ROOT = Path(__file__).resolve().parents[1]
CLASSES = ('background', 'disk', 'bar', 'ring')
PALETTE = [[0, 0, 0], [200, 10, 10], [10, 200, 10], [10, 10, 200]]
FACTS = '''
dataset_type = 'wsss_plugins.ImageLevelDataset'
data_root = {root!r}
classes = {classes!r}
palette = {palette!r}
label_file = 'labels.json'
train_list = 'lists/train.txt'
eval_list = 'lists/train.txt'
val_list = 'lists/val.txt'
'''


def shape(label, size):
    """A mask of an object of a class."""
    y, x = np.indices(size) / np.reshape(size, (2, 1, 1)) - .5
    radius = np.hypot(x, y)
    inside = [radius < .3, (abs(y) < .12) & (abs(x) < .4),
              (radius > .2) & (radius < .35)][label - 1]
    return np.where(inside, label, 0).astype(np.uint8)


def make_data_set(root):
    """Images of many sizes, a class in each; labels, masks and saliency."""
    rng = np.random.default_rng(3)
    tags, names = {}, dict(train=[], val=[])
    for number in range(9):
        size = tuple(rng.integers(44, 90, 2).tolist())
        label = 1 + number % 3
        mask = shape(label, size)
        image = rng.integers(0, 60, (*size, 3)) + mask[..., None] * 60
        name = f'own_{number}'
        names['train' if number < 6 else 'val'].append(name)
        tags[name] = (CLASSES[label], )
        for folder in ('JPEGImages', 'saliency', 'lists'):
            (root / folder).mkdir(exist_ok=True, parents=True)
        Image.fromarray(image.astype(np.uint8)).save(
            root / 'JPEGImages' / f'{name}.jpg')
        Image.fromarray((mask > 0).astype(np.uint8) * 255).save(
            root / 'saliency' / f'{name}.png')
        write_mask(root / 'SegmentationClass' / f'{name}.png', mask, PALETTE)
    ImageLabels(CLASSES[1:], tags).save(root / 'labels.json')
    for split, listed in names.items():
        (root / 'lists' / f'{split}.txt').write_text('\n'.join(listed) + '\n')
    return root


@pytest.fixture(scope='module')
def facts(tmp_path_factory):
    root = make_data_set(tmp_path_factory.mktemp('own') / 'data')
    path = root.parent / 'facts.py'
    path.write_text(FACTS.format(
        root=str(root), classes=CLASSES, palette=PALETTE))
    return path


@pytest.fixture
def command(facts, tmp_path, monkeypatch):
    """Run a tool with the facts; its work dir is the default one."""
    monkeypatch.setenv('WSSS_WORK_ROOT', str(tmp_path))
    # Formatting the config for the log takes longer than such trainings.
    monkeypatch.setattr(Config, 'pretty_text', property(repr))
    monkeypatch.chdir(ROOT)

    def run(tool, config, *words, **options):
        loaders = ['train', 'val'] if tool == 'train' else ['test']
        if tool == 'train':
            options = dict(max_iters=2, batch_size=2, seed=0, **options)
        options = [f'facts={facts}', *(f'{k}={v}' for k, v in options.items())]
        for loader in loaders:
            if loader != 'val' or 'deeplab' in config or 'sec_' in config:
                options += [f'{loader}_dataloader.num_workers=0',
                            f'{loader}_dataloader.persistent_workers=False']
        monkeypatch.setattr(sys, 'argv', [
            f'{tool}.py', f'configs/{config}', *map(str, words),
            '--cfg-options', *options])
        runpy.run_path(str(ROOT / f'tools/{tool}.py'))['main']()
        folder = tmp_path / Path(config).stem
        if tool == 'train':
            return folder / 'iter_2.pth'
        return json.loads((folder / 'metrics.json').read_text())

    return run


def files(tmp_path, config):
    return sorted(p.name for p in (tmp_path / Path(config).stem /
                                   'files').glob('[!.]*'))


def written(suffix):
    return [f'own_{number}{suffix}' for number in range(6)]


def check_segmentor(checkpoint, metrics, weight):
    meta = read_checkpoint(checkpoint)
    assert tuple(meta['meta']['dataset_meta']['classes']) == CLASSES
    assert meta['state_dict'][weight].shape[0] == 4
    assert 0 <= metrics['mIoU'] <= 100


def test_from_labels_to_a_segmentor(command, tmp_path):
    """EPS: CAM network, CAMs, their quality, masks, segmentor, its quality."""
    cams = 'eps/eps_r18-small_1xb16-400_tinyvoc-128.py'
    checkpoint = command('train', cams)
    assert command('test', cams, checkpoint, '--tta') == dict(written=6)
    assert files(tmp_path, cams) == written('.npz')
    for number in range(6):
        maps = ClassMaps.load(tmp_path / Path(cams).stem / 'files' /
                              f'own_{number}.npz')
        assert maps.labels.tolist() == [1 + number % 3]
    masks = 'masks/make_masks_tinyvoc.py'
    assert command('test', masks) == dict(written=6)
    assert files(tmp_path, masks) == written('.png')
    with Image.open(tmp_path / 'make_masks_tinyvoc/files/own_0.png') as image:
        assert image.getpalette()[:12] == sum(PALETTE, [])
    quality = command('test', 'masks/eval_masks_voc12.py', mask_dir=(
        tmp_path / 'make_masks_tinyvoc/files'))
    assert 1 < quality['mask/miou'] <= 100
    segmentor = 'deeplab/deeplabv2_r18-small_tinyvoc.py'
    checkpoint = command('train', segmentor)
    check_segmentor(checkpoint, command('test', segmentor, checkpoint),
                    'decode_head.branches.0.weight')


def test_sub_categories(command, tmp_path):
    """SC-CAM: features of a plain CAM network, clustered into K = 2."""
    command('train', 'cam/cam_r18-small_1xb16-400_tinyvoc-128.py')
    config = 'sccam/sccam_r18-small_1xb16-400_tinyvoc-128.py'
    checkpoint = command('train', config, num_sub=2)
    state = read_checkpoint(checkpoint)['state_dict']
    assert sorted(v.shape[0] for k, v in state.items()
                  if k.startswith('decode_head') and v.ndim == 4) == [3, 6]
    assert command('test', config, checkpoint, '--tta',
                   num_sub=2) == dict(written=6)
    assert files(tmp_path, config) == written('.npz')
    quality = command('test', 'cam/eval_cams_voc12.py', cam_dir=(
        tmp_path / Path(config).stem / 'files'))
    assert 1 < quality['cam/miou_best'] <= 100


def test_seeds_and_boundaries(command, tmp_path):
    """SEC: CAMs, gradients, cues, their quality, segmentor, its quality."""
    network = 'sec/fg_r18-small_1xb16-400_tinyvoc-128.py'
    checkpoint = command('train', network)
    for config, suffix in ((network, '.npz'),
                           ('sec/saliency_r18-small_tinyvoc-128.py', '.npz'),
                           ('sec/make_cues_tinyvoc.py', '.png')):
        words = [] if 'cues' in config else [checkpoint]
        assert command('test', config, *words) == dict(written=6)
        assert files(tmp_path, config) == written(suffix)
    quality = command('test', 'sec/eval_cues_tinyvoc.py')
    assert 0 < quality['cues/labeled'] < 100
    config = 'sec/sec_r18-small_1xb16-400_tinyvoc-121.py'
    checkpoint = command('train', config)
    check_segmentor(checkpoint, command('test', config, checkpoint, '--tta'),
                    'decode_head.conv_seg.weight')


def test_random_walk(command, tmp_path):
    """PSA: affinity labels, affinity network on the CAM network, masks."""
    network = 'cam/cam_r18-small_1xb16-400_tinyvoc-128.py'
    checkpoint = command('train', network)
    command('test', network, checkpoint, '--tta')
    command('test', 'psa/make_labels_tinyvoc.py')
    config = 'psa/aff_r18-small_1xb16-300_tinyvoc-128.py'
    trained = command('train', config, weights=checkpoint)
    assert command('test', config, trained) == dict(written=6)
    assert files(tmp_path, config) == written('.png')
