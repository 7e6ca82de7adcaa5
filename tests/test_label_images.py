"""From images and a table to masks; going on from what changed."""
import csv
import json
import shutil
from functools import partial
from unittest import mock

import cv2
import numpy as np
import pytest
from PIL import Image

from wsss_plugins.__main__ import main
from wsss_plugins.apis.label_images import stages as label_stages
from wsss_plugins.apis.label_images.costs import StageCost
from wsss_plugins.apis.label_images.gather import full_size_masks
from wsss_plugins.apis.segmentor import Segmentor
from wsss_plugins.pipelines.runner import PipelineRunner
from wsss_plugins.structures import UserError, read_mask
from wsss_plugins.testing.tools import run_stage
from wsss_plugins.workspace.corrections import Corrections
from wsss_plugins.workspace.layout import Workspace

COLORS = dict(tomato=(40, 40, 220), leaf=(60, 200, 60))
CAM = '''
_base_ = 'wsss_plugins::own_images/cam.py'
custom_imports = dict(imports=['wsss_plugins.testing.backbones'])
model = dict(
    backbone=dict(_delete_=True, type='wsss_plugins.AveragePoolBackbone'),
    decode_head=dict(in_channels=3))
train_cfg = dict(scales=(64, ), num_workers=0, weight_decay=1e-5)
tta_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='TestTimeAug', transforms=[
        [dict(type='wsss_plugins.RandomResizeLong', min_long=64,
              max_long=64)],
        [dict(type='wsss_plugins.PackWSSSInputs')]])
]
test_dataloader = dict(num_workers=0)
'''
# Images too small for a CRF.
MASKS = '''
_base_ = 'wsss_plugins::own_images/crf_masks.py'
test_dataloader = dict(num_workers=0, dataset=dict(pipeline=[
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadClassMaps'),
    dict(type='wsss_plugins.MakePseudoMask', threshold=.5),
    dict(type='wsss_plugins.PackWSSSInputs')]))
'''
SEGMENTOR = '''
_base_ = 'wsss_plugins::own_images/segmentor.py'
custom_imports = dict(imports=['wsss_plugins.testing.backbones'])
model = dict(
    data_preprocessor=dict(size=(64, 64)),
    backbone=dict(_delete_=True, type='wsss_plugins.AveragePoolBackbone'),
    decode_head=dict(_delete_=True, type='FCNHead', in_channels=3,
                     channels=3, num_convs=0, concat_input=False,
                     num_classes=2,
                     loss_decode=dict(type='CrossEntropyLoss',
                                      avg_non_ignore=True)))
train_pipeline = [
    dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'),
    dict(type='RandomCrop', crop_size=(64, 64)), dict(type='PackSegInputs')
]
train_dataloader = dict(batch_size=2, num_workers=0,
                        persistent_workers=False,
                        dataset=dict(pipeline=train_pipeline))
test_dataloader = dict(num_workers=0)
'''


def photo(rng, tags, size):
    image = rng.integers(90, 130, (*size, 3)).astype(np.uint8)
    for i, tag in enumerate(tags):
        x = 14 + 30 * i
        cv2.circle(image, (x, 20), 11, COLORS[tag], -1)
    return image


@pytest.fixture(scope='module', autouse=True)
def stages_run_here():
    """Stages are commands, but run in this process: that is far quicker."""
    runner = partial(PipelineRunner, execute=run_stage)
    with mock.patch.object(label_stages, 'PipelineRunner', runner):
        yield


@pytest.fixture(scope='module')
def given(tmp_path_factory):
    """Photos, a table and a recipe with a tiny network."""
    root = tmp_path_factory.mktemp('given')
    rng = np.random.default_rng(0)
    rows = []
    for i in range(14):
        tags = [['tomato'], ['leaf'], ['tomato', 'leaf'], []][i % 4]
        size = (96, 64) if i == 5 else (48, 64)
        name = f'plot {i % 2}/img {i}.png'
        path = root / 'photos' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), photo(rng, tags, size))
        rows.append([name, ';'.join(tags)])
    with open(root / 'labels.csv', 'w', newline='') as file:
        csv.writer(file).writerows([['image', 'tags'], *rows])
    from wsss_plugins.apis.label_images.recipes import find_recipe
    text = find_recipe('linear').read_text()
    for name in ('cam', 'crf_masks', 'segmentor'):
        text = text.replace(f'configs/own_images/{name}.py', f'{name}.py')
    (root / 'quick.py').write_text(text)
    (root / 'cam.py').write_text(CAM)
    (root / 'crf_masks.py').write_text(MASKS)
    (root / 'segmentor.py').write_text(SEGMENTOR)
    return root


def label(given, out, *more):
    return main(['label-images', str(given / 'photos'),
                 str(given / 'labels.csv'), str(out), '--recipe',
                 str(given / 'quick.py'), '--max-iters', '2', '--max-side',
                 '64', *more])


@pytest.fixture(scope='module')
def made(given, tmp_path_factory):
    out = tmp_path_factory.mktemp('made') / 'out'
    assert label(given, out) == 0
    return Workspace(out)


def test_masks_of_every_image(made):
    entries = json.loads(made.entries.read_text())['images']
    assert len(entries) == 14
    classes = made.load()['classes']
    assert sorted(classes) == ['background', 'leaf', 'tomato']
    labels = json.loads(made.labels.read_text())['images']
    for name, entry in entries.items():
        path = made.masks / entry['source'].replace('.png', '.png')
        mask = read_mask(path, len(classes))
        assert list(mask.shape) == entry['size']
        shown = {classes[i] for i in np.unique(mask)} - {'background'}
        assert shown <= set(labels[name])
    assert [*labels.values()].count([]) == 3


def test_segmentor_report_and_doubts(made):
    image = np.full((48, 64, 3), 110, np.uint8)
    result = Segmentor(made.segmentor)(image)
    assert result.mask.shape == (48, 64)
    page = made.report.read_text()
    assert 'Look at these first' in page and 'tomato' in page
    doubts = json.loads(made.suspicion.read_text())['images']
    assert len(doubts) == 14
    scores = [entry['score'] for entry in doubts]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    scored = json.loads((made.work / 'train_cam/scores.json').read_text())
    assert set(scored['images']) == {e['name'] for e in doubts}


def stages(text):
    """What each stage was about: 'done already', 'anew, ...' or ''."""
    found = {}
    for line in text.splitlines():
        if line.startswith('[') and 'finished' not in line:
            name, _, what = line.partition('] ')[2].partition(': ')
            found[name] = what
    return found


def test_going_on_does_nothing_without_a_change(given, made, capfd):
    before = made.suspicion.read_bytes()
    assert label(given, made.root) == 0
    assert set(stages(capfd.readouterr().out).values()) == {'done already'}
    assert made.suspicion.read_bytes() == before


def test_a_corrected_mask_reaches_masks_and_segmentor(given, made, capfd):
    name, entry = sorted(
        json.loads(made.entries.read_text())['images'].items())[0]
    classes = made.load()['classes']
    mask = np.zeros(entry['work_size'], np.uint8)
    mask[5:20, 5:30] = 2
    Corrections(made.corrections, classes).set_mask(name, mask)
    kept = {p: p.read_bytes() for p in made.corrections.rglob('*')
            if p.is_file()}
    assert label(given, made.root, '--force', 'seg') == 0
    ran = stages(capfd.readouterr().out)
    assert [n for n, what in ran.items() if what == 'done already'] == [
        'train_cam', 'cam', 'masks_cam']
    assert 'corrected changed' in ran['final']
    full = read_mask(made.masks / entry['source'])
    np.testing.assert_array_equal(full, cv2.resize(
        mask, entry['size'][::-1], interpolation=cv2.INTER_NEAREST))
    for path, content in kept.items():
        assert path.read_bytes() == content


def test_edited_configs_are_kept(given, made, capfd):
    path = made.root / 'segmentor.py'
    path.write_text(path.read_text().replace("'flat'", "'flat'") + '\n')
    assert label(given, made.root) == 0
    assert f'{path}: kept' in capfd.readouterr().out


def test_a_moved_image_and_other_colors_run_no_stage(given, made, tmp_path,
                                                     capfd):
    """The mask moves with it; masks at full size get the new colors."""
    later = shutil.copytree(given, tmp_path / 'later')
    old, new = 'plot 1/img 3.png', 'late/img 3.png'
    (later / 'photos/late').mkdir()
    (later / 'photos' / old).rename(later / 'photos' / new)
    table = later / 'labels.csv'
    table.write_text(table.read_text().replace(old, new))
    before = read_mask(made.masks / old)
    assert label(later, made.root) == 0
    text = capfd.readouterr().out
    assert set(stages(text).values()) == {'done already'}
    assert 'will run' not in text and f'images were in {given}' in text
    assert not (made.masks / old).exists()
    np.testing.assert_array_equal(read_mask(made.masks / new), before)
    palette = [[0, 0, 0], [9, 9, 9], [200, 0, 0]]
    assert full_size_masks(made, palette) == 14
    with Image.open(made.masks / new) as image:
        assert image.getpalette()[3:6] == [9, 9, 9]
    assert full_size_masks(made, palette) == 0


def test_images_that_come_and_go(given, made, tmp_path, capfd):
    later = shutil.copytree(given, tmp_path / 'later')
    (later / 'photos/plot 1/img 3.png').unlink()
    shutil.copy(later / 'photos/plot 0/img 0.png', later / 'photos/new.png')
    table = later / 'labels.csv'
    lines = [line for line in table.read_text().splitlines()
             if 'img 3' not in line]
    table.write_text('\n'.join([*lines, 'new.png,tomato']) + '\n')
    kept = {p: p.read_bytes() for p in made.corrections.rglob('*')
            if p.is_file()}
    assert label(later, made.root) == 0
    text = capfd.readouterr().out
    ran = stages(text)
    assert 'changed' in ran['train_cam'] and 'done already' not in (
        ran.values())
    assert 'otherwise labeled (1): new' in text
    assert 'gone (1): plot_1__img_3' in text and 'train_seg  about' in text
    assert (made.masks / 'new.png').is_file()
    assert not (made.masks / 'plot 1/img 3.png').exists()
    assert kept and all(p.read_bytes() == b for p, b in kept.items())


def test_second_run_in_the_same_folder(given, made):
    from wsss_plugins.pipelines.lock import work_dir_lock
    with work_dir_lock(made.root), pytest.raises(UserError, match='wait'):
        label(given, made.root)


def test_minutes_decide_the_training_when_it_begins(given, tmp_path, capfd,
                                                   monkeypatch):
    """By then it is known how long the stages before it took."""
    tries = []

    def measured(workspace, pipeline):
        step = [.01, 20.][len(tries)]  # the machine has become slower
        tries.append([s.name for s in pipeline.stages
                      if (s.folder / 'done.json').is_file()])
        return [StageCost(s.name, 0., step=step * (s.name == 'train_seg'),
                          steps=None) for s in pipeline.stages]

    monkeypatch.setattr(label_stages, 'measure', measured)
    out = Workspace(tmp_path / 'out')
    words = ['label-images', str(given / 'photos'),
             str(given / 'labels.csv'), str(out.root), '--recipe',
             str(given / 'quick.py'), '--max-side', '64', '--minutes', '20']
    assert main(words) == 0
    before = ['train_cam', 'cam', 'masks_cam', 'final']
    assert tries == [[], before]
    plan = out.load()['plan']
    assert plan['final'] and 50 <= plan['max_iters'] < 60
    ran = stages(capfd.readouterr().out)
    assert list(ran) == [*before, 'train_seg', 'seg']
    # Nothing is decided again.
    assert main(words) == 0 and len(tries) == 2
    assert set(stages(capfd.readouterr().out).values()) == {'done already'}


def test_unknown_recipe(given, tmp_path):
    with pytest.raises(UserError, match='--recipe nope: choose .*linear'):
        main(['label-images', str(given / 'photos'),
              str(given / 'labels.csv'), str(tmp_path / 'o'), '--recipe',
              'nope'])


def test_options_of_a_recipe(made, given):
    """Those with an argument of their own are told it."""
    with pytest.raises(UserError, match='this command sets it; give --seed'):
        label(given, made.root, '--cfg-options', 'seed=3')
    with pytest.raises(UserError, match='titel'):
        label(given, made.root, '--cfg-options', 'titel=x')
