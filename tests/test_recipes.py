"""Recipes with ground truth, saliency, and other backbones."""
import csv
import json

import cv2
import numpy as np
import pytest
from mmengine.config import Config

from wsss_plugins.__main__ import main
from wsss_plugins.apis.label_images.backbones import Backbone
from wsss_plugins.apis.label_images.lengths import shortened
from wsss_plugins.apis.label_images.recipes import (
    find_choice,
    find_recipe,
    needs_saliency,
    recipes,
)
from wsss_plugins.apis.read_config import read_config
from wsss_plugins.apis.shortcuts import apply_options
from wsss_plugins.pipelines.pipeline import Pipeline
from wsss_plugins.pipelines.stages.own_truth import CHOOSER, with_truth
from wsss_plugins.registry import TRANSFORMS
from wsss_plugins.structures import (
    ClassMaps,
    ImageLabels,
    UserError,
    photo_palette,
    read_mask,
    write_mask,
)
from wsss_plugins.structures.chosen_value import ChosenValue
from wsss_plugins.workspace.layout import Workspace

COLORS = dict(tomato=(40, 40, 220), leaf=(60, 200, 60))
INDEX = dict(leaf=1, tomato=2)
SIZE = (40, 56)
RECIPE = '''
from wsss_plugins.pipelines.stages import own_images

title = 'EPS, tiny'
data_root, work_dir = 'data', 'work'
corrections = '{work_dir}/corrected'
max_iters = seed = 0
stages = [
    own_images.train_localizer('eps.py', saliency=True, max_iters=2),
    own_images.write_cams('eps.py'),
    own_images.write_masks('masks.py'),
    own_images.correct_masks('final', 'masks_cam'),
]
report = own_images.report()
'''
EPS = '''
_base_ = 'wsss_plugins::own_images/eps.py'
custom_imports = dict(imports=['wsss_plugins.testing.backbones'])
model = dict(
    backbone=dict(_delete_=True, type='wsss_plugins.AveragePoolBackbone'),
    decode_head=dict(in_channels=3))
custom_hooks = [dict(type='wsss_plugins.LinearStartHook', scales=(64, ),
                     num_workers=0, weight_decay=1e-4, folds=2)]
train_dataloader = dict(batch_size=4, num_workers=0,
                        persistent_workers=False)
tta_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='TestTimeAug', transforms=[
        [dict(type='wsss_plugins.RandomResizeLong', min_long=64,
              max_long=64)],
        [dict(type='wsss_plugins.PackWSSSInputs')]])
]
test_dataloader = dict(num_workers=0)
'''
MASKS = '''
_base_ = 'wsss_plugins::own_images/crf_masks.py'
test_dataloader = dict(num_workers=0)
'''


def draw(root, name, tags):
    """A photo, its saliency, and its ground truth for the first ones."""
    rng = np.random.default_rng(len(name) + sum(name.encode()))
    image = rng.integers(90, 130, (*SIZE, 3)).astype(np.uint8)
    truth, saliency = np.zeros(SIZE, np.uint8), np.zeros(SIZE, np.uint8)
    for i, tag in enumerate(tags):
        place = (14 + 28 * i, 20)
        cv2.circle(image, place, 11, COLORS[tag], -1)
        cv2.circle(truth, place, 11, INDEX[tag], -1)
        cv2.circle(saliency, place, 11, 255, -1)
    for folder, pixels in (('photos', image), ('maps', saliency)):
        (root / folder).mkdir(exist_ok=True)
        cv2.imwrite(str(root / folder / name), pixels)
    return truth


@pytest.fixture(scope='module')
def given(tmp_path_factory):
    root = tmp_path_factory.mktemp('given')
    rows = []
    for i in range(12):
        tags = [['leaf'], ['tomato'], ['leaf', 'tomato'], []][i % 4]
        truth = draw(root, f'{i}.png', tags)
        if i < 6:
            write_mask(root / 'truth' / f'{i}.png', truth, photo_palette(3))
        rows.append([f'{i}.png', ';'.join(tags)])
    with open(root / 'labels.csv', 'w', newline='') as file:
        csv.writer(file).writerows([['image', 'tags'], *rows])
    for name, text in (('tiny', RECIPE), ('eps', EPS), ('masks', MASKS)):
        (root / f'{name}.py').write_text(text)
    return root


def label(given, out, *more):
    return main(['label-images', str(given / 'photos'),
                 str(given / 'labels.csv'), str(out), *more])


def test_eps_with_ground_truth(given, tmp_path, capfd):
    """Saliency trains, ground truth chooses and evaluates, and says so."""
    out = Workspace(tmp_path / 'out')
    assert label(given, out.root, '--recipe', str(given / 'tiny.py'),
                 '--saliency', str(given / 'maps'), '--truth',
                 str(given / 'truth')) == 0
    told = capfd.readouterr().out
    choice = ChosenValue.load(out.work / 'choose/chosen.json')
    assert choice.images == 6 and choice.value in choice.values
    assert f'chosen by ground truth: {choice.told()}' in told
    scores = json.loads((out.work / 'eval_final/masks.json').read_text())
    assert f'final masks: mIoU {100 * scores["miou"]:.1f} on 6 images' in told
    assert scores['images_by_class'] == dict(background=6, leaf=3, tomato=3)
    page = out.report.read_text()
    assert 'Ground truth of some images' in page
    assert 'Chosen by ground truth: alpha' in page
    command = json.loads((out.work / 'masks_cam/done.json').read_text())
    assert 'choose/chosen.json' in command['command']
    trained = json.loads((out.work / 'train_cam/done.json').read_text())
    assert not any('truth' in key for key in trained['facts'])
    labels = ImageLabels.load(out.labels).images
    classes = out.load()['classes']
    for name, found in labels.items():
        shown = np.unique(read_mask(out.mask_dir / f'{name}.png', 3))
        assert {classes[i] for i in shown if i} <= set(found)


def test_eps_is_the_default_with_saliency_and_needs_it(given, tmp_path):
    assert needs_saliency(find_recipe('eps'))
    assert not needs_saliency(find_recipe('linear'))
    with pytest.raises(UserError, match='--recipe eps: reads saliency maps; '
                                        'give --saliency DIR'):
        label(given, tmp_path / 'out', '--recipe', 'eps')
    assert not (tmp_path / 'out').exists()


@pytest.mark.parametrize('name', sorted(recipes()))
def test_ground_truth_fits_around_every_recipe(name, tmp_path):
    """Each pipeline is whole, ends with "final", and trains without truth."""
    path = tmp_path / 'pipeline.py'
    path.write_text(find_recipe(name).read_text() + (
        'from wsss_plugins.pipelines.stages import own_truth\n'
        'stages = own_truth.with_truth(stages)\n'
        'report = own_truth.with_truth_report(report)\n'))
    found = Pipeline(str(path), work_dir=str(tmp_path / 'work'))
    names = [stage.name for stage in found.stages]
    assert {'cam', 'masks_cam', 'eval_cam', 'eval_masks', 'eval_final'} <= (
        set(names))
    assert ('eval_seg' in names) == ('train_seg' in names)
    for entry in found.cfg.stages:
        assert entry['kind'] != 'train' or 'truth' not in str(entry)


def test_the_segmentor_alone_is_evaluated_too():
    """As on new images, of which nobody knows the labels."""
    stages = Pipeline(str(find_recipe('linear'))).cfg.to_dict()['stages']
    found = {stage['name']: stage for stage in with_truth(stages)}
    alone = found['seg_alone']['cfg_options']
    assert alone['test_evaluator.keep_to_labels'] is False
    assert alone['test_list'].endswith('truth.txt')
    assert 'chosen' not in found['seg']['cfg_options']
    assert found['masks_cam']['cfg_options']['chosen'] == (
        '{choose}/chosen.json')


def test_masks_that_take_no_choice_get_none(tmp_path):
    """Told by their config, not by a stage that fails later."""
    (tmp_path / 'eps.py').write_text(EPS)
    (tmp_path / 'masks.py').write_text(MASKS.replace(
        '(num_workers=0)', '(dataset=dict(pipeline=[]))'))
    recipe = tmp_path / 'tiny.py'
    recipe.write_text(RECIPE)
    stages = Pipeline(str(recipe)).cfg.to_dict()['stages']
    assert find_choice(recipe, stages) is None
    (tmp_path / 'masks.py').write_text(MASKS)
    assert find_choice(recipe, stages) == CHOOSER
    names = [stage['name'] for stage in with_truth(stages, choice=None)]
    assert 'choose' not in names and 'eval_masks' in names


def test_the_threshold_of_a_walk_is_chosen_too():
    """Of the CAMs that the masks are made of, by a config of its own."""
    recipe = find_recipe('irn')
    stages = Pipeline(str(recipe)).cfg.to_dict()['stages']
    choice = find_choice(recipe, stages)
    assert choice == 'configs/own_images/choose_threshold.py'
    found = {stage['name']: stage for stage in with_truth(stages, choice)}
    for name in ('choose', 'masks_cam', 'masks_seg'):
        assert found[name]['cfg_options']['cam_dir'] == '{cam_irn}/files'
    assert found['masks_seg']['cfg_options']['chosen'] == (
        '{choose}/chosen.json')
    cfg = read_config(recipe.with_name('choose_threshold.py'))
    maker = cfg.test_dataloader.dataset.pipeline[3]
    place, name = maker.parameter.split('.')
    assert maker.transforms[int(place)][name] == cfg.test_evaluator.default
    assert cfg.test_evaluator.default in maker['values']


@pytest.mark.parametrize('images, steps', [
    (4, 100), (450, 150), (600, 200), (9000, 200)])
def test_trainings_of_few_images_are_short(images, steps):
    found = shortened(Pipeline(str(find_recipe('irn'))), images)
    assert found == dict(irn_iters=steps)
    # What is short already stays.
    assert shortened(Pipeline(str(find_recipe('eps'))), images) == dict(
        cam_iters=80)


BACKBONE = '''
data_preprocessor = dict(mean=[1., 2., 3.])
backbone = dict(type='MobileNetV2', out_indices=(1, 6), init_cfg=dict(
    type='Kaiming', layer='Conv2d'))
segmentor = dict(frozen_stages=3)
'''


def test_a_backbone_of_a_file(tmp_path):
    path = tmp_path / 'mine.py'
    path.write_text(BACKBONE)
    found = Backbone(str(path))
    cam = read_config(find_recipe('linear').with_name('cam.py'))
    found.edit(cam)
    assert cam.model.backbone.type == 'MobileNetV2'
    assert cam.model.decode_head.in_channels == 320
    assert cam.model.data_preprocessor.mean == [1, 2, 3]
    segmentor = read_config(find_recipe('linear').with_name('segmentor.py'))
    found.edit(segmentor)
    head = segmentor.model.decode_head
    assert (head.in_channels, head.channels, head.in_index) == (320, 320, 1)
    assert segmentor.model.backbone.frozen_stages == 3
    decoder = read_config(find_recipe('linear').parents[1]
                          / 'deeplab/deeplabv3plus_efficientnet-lite2_voc.py')
    found.edit(decoder)
    head = decoder.model.decode_head
    assert (head.in_channels, head.c1_in_channels) == (320, 24)
    masks = Config(dict(model=dict(type='wsss_plugins.PrecomputedModel')))
    found.edit(masks)
    assert masks.model == dict(type='wsss_plugins.PrecomputedModel')


def test_backbones_that_cannot_be_had(tmp_path):
    with pytest.raises(UserError, match='did you mean mobilenet-v2'):
        Backbone('mobilenetv2')
    with pytest.raises(UserError, match='mobilenet-v2: its weights .*'
                                        'give --weights FILE'):
        Backbone('mobilenet-v2')
    path = tmp_path / 'mine.py'
    path.write_text("backbone = dict(type='ResNet', depth=17)")
    with pytest.raises(UserError, match='cannot be built.*17'):
        Backbone(str(path))
    path.write_text(BACKBONE.replace('(1, 6)', '(6, )'))
    with pytest.raises(UserError, match='gives no list of feature maps'):
        Backbone(str(path))
    path.write_text("backbone = dict(type='ResNet', depth=18)")
    with pytest.raises(UserError, match='without pretrained weights'):
        Backbone(str(path))


def test_what_a_segmentor_learns_of_a_walk(tmp_path):
    """Pixels near the threshold are left out; corrections never are."""
    stages = Pipeline(str(find_recipe('irn'))).cfg.to_dict()['stages']
    found = {stage['name']: stage for stage in stages}
    trained = found['train_seg']['cfg_options']
    assert trained['mask_dir'] == '{masks_seg}/files'
    assert found['masks_seg']['inputs'] == ['{corrections}']
    cfg = read_config(find_recipe('irn').with_name('walk_labels.py'))
    apply_options(cfg, dict(corrections=str(tmp_path), chosen=None))
    steps = cfg.test_dataloader.dataset.pipeline[2:4]
    for name in ('a', 'b'):
        results = dict(
            class_maps=ClassMaps(np.array([1]), np.array(
                [[[.1, .2, .3, .5]]], np.float32), (1, 4)),
            sample_name=name, ori_shape=(1, 4), num_classes=2)
        write_mask(tmp_path / 'b.png', np.array([[1, 1, 0, 0]], np.uint8),
                   [[0, 0, 0], [255, 0, 0]])
        for step in steps:
            results = TRANSFORMS.build(step)(results)
        expected = dict(a=[0, 255, 255, 1], b=[1, 1, 0, 0])[name]
        assert results['pred_mask'].tolist() == [expected]
