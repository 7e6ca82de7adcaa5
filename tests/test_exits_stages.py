"""EXITS' stages as commands: modes, labeling on ranks, kills, bad input."""
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from wsss_plugins.pipelines.pipeline import Pipeline
from wsss_plugins.structures import decode_mask
from wsss_plugins.testing.object_tree import (
    TINY_EXTRACTOR,
    TINY_MODEL,
    make_object_tree,
)

ROOT = Path(__file__).resolve().parents[1]
MODES = ('mil', 'mal', 'exits')

CONFIG = '''
_base_ = {base!r}
root = {root!r}
model = {model!r}
train_dataloader = dict(batch_size=2, num_workers=0, persistent_workers=False,
    dataset=dict(data_root=root, ann_file='points.json', min_box_area=10,
                 data_prefix=dict(img_path='images')))
val_dataloader = dict(num_workers=0, persistent_workers=False,
    dataset=dict(data_root=root, ann_file='truth.json',
                 data_prefix=dict(img_path='images')))
val_evaluator = dict(ann_file=root + '/truth.json')
test_dataloader = dict(num_workers=0, persistent_workers=False,
    dataset=dict(data_root=root, ann_file='points.json', objects_per_sample=2,
                 data_prefix=dict(img_path='images')))
test_evaluator = [
    dict(type='wsss_plugins.PseudoInstanceWriter', shard_size=1,
         ann_file=root + '/points.json', out_dir='out', threshold=.45)]
train_cfg = dict(max_iters=2, val_interval=2)
default_hooks = dict(checkpoint=dict(interval=1, max_keep_ckpts=-1))
env_cfg = dict(dist_cfg=dict(backend='gloo'))
'''


def run(*words, check=True):
    done = subprocess.run(
        [str(word) for word in words], cwd=ROOT, capture_output=True,
        text=True, env=dict(os.environ, OMP_NUM_THREADS='1'))
    if check and done.returncode:
        raise AssertionError(f'{done.stdout[-2000:]}\n{done.stderr[-3000:]}')
    return done


def tool(name, *words, **options):
    return run(sys.executable, ROOT / 'tools' / f'{name}.py', *words,
               **options)


@pytest.fixture(scope='module')
def tree(tmp_path_factory):
    return make_object_tree(tmp_path_factory.mktemp('exits'))


@pytest.fixture(scope='module')
def configs(tree, tmp_path_factory):
    folder = tmp_path_factory.mktemp('configs')
    for mode in MODES:
        base = ROOT / f'configs/exits/{mode}_vit-tiny_coco-128.py'
        model = dict(TINY_MODEL)
        if mode == 'exits':
            model['extractor'] = TINY_EXTRACTOR
        (folder / f'{mode}.py').write_text(CONFIG.format(
            base=str(base), root=str(tree), model=model))
    return folder


@pytest.fixture(scope='module')
def trained(configs, tmp_path_factory):
    """Two iterations of each mode; EXITS with MIL's encoder."""
    work = tmp_path_factory.mktemp('work')
    for mode in MODES:
        options = []
        if mode == 'exits':
            similar = 'model.extractor.init_cfg'
            options = ['--cfg-options', f'{similar}.type=Pretrained',
                       f'{similar}.checkpoint={work}/mil/iter_2.pth',
                       f'{similar}.prefix=student.backbone.']
        tool('train', configs / f'{mode}.py', '--work-dir', work / mode,
             *options)
    return work


def scalars(folder):
    lines = []
    for path in sorted(folder.glob('*/vis_data/scalars.json')):
        lines += map(json.loads, path.read_text().splitlines())
    return lines


@pytest.mark.parametrize('mode, losses', [
    ('mil', ['loss_mil']), ('mal', ['loss_mil', 'loss_crf']),
    ('exits', ['loss_point', 'loss_crf'])])
def test_modes_train_and_are_evaluated(trained, mode, losses):
    log = next((trained / mode).glob('*/*.log')).read_text()
    assert (trained / mode / 'iter_2.pth').is_file()
    assert 'objects/miou' in log and 'objects/best_threshold' in log
    if mode == 'exits':
        assert 'random weights' not in log


def label(configs, trained, work, *launch, suffix=(), check=True):
    words = [configs / 'exits.py', trained / 'exits/iter_2.pth']
    command = launch or (sys.executable, ROOT / 'tools/test.py')
    tail = ['--launcher', 'pytorch'] if launch else []
    return run(*command, *words, *tail, '--work-dir', work, '--cfg-options',
               f'test_evaluator.0.out_dir={work}/files',
               f'test_dataloader.dataset.skip_done={work}/files/shards',
               *suffix, check=check)


def two_ranks():
    return (sys.executable, '-m', 'torch.distributed.run', '--standalone',
            '--nproc_per_node', '2', ROOT / 'tools/test.py')


def test_one_and_two_processes_label_alike(tree, configs, trained, tmp_path):
    label(configs, trained, tmp_path / 'one')
    label(configs, trained, tmp_path / 'two', *two_ranks())
    one, two = ((tmp_path / n / 'files/instances.json').read_bytes()
                for n in ('one', 'two'))
    assert one == two
    data = json.loads(one)
    points = json.loads((tree / 'points.json').read_text())
    assert [a['id'] for a in data['annotations']] == [
        a['id'] for a in points['annotations']]
    sizes = {i['id']: (i['height'], i['width']) for i in data['images']}
    for annotation in data['annotations']:
        mask = decode_mask(annotation['segmentation'],
                           sizes[annotation['image_id']])
        assert annotation['area'] == mask.sum() > 0
    metrics = [json.loads((tmp_path / n / 'metrics.json').read_text())
               for n in ('one', 'two')]
    assert metrics[0] == metrics[1]
    assert metrics[0]['labels/crowd'] == 1
    assert metrics[0]['labels/left_out'] == 0


def test_a_killed_labeling_goes_on_to_the_same_bytes(configs, trained,
                                                      tmp_path):
    label(configs, trained, tmp_path / 'whole')
    label(configs, trained, tmp_path / 'cut')
    files = tmp_path / 'cut/files'
    (files / 'instances.json').unlink()
    shards = sorted((files / 'shards').glob('*.jsonl'))
    # With shard_size=1 each sample is a shard.
    for path in shards[::2]:
        path.unlink()
    kept = {p.name: p.stat().st_mtime_ns for p in shards[1::2]}
    label(configs, trained, tmp_path / 'cut')
    assert (files / 'instances.json').read_bytes() == (
        tmp_path / 'whole/files/instances.json').read_bytes()
    for name, time in kept.items():
        assert (files / 'shards' / name).stat().st_mtime_ns == time


def test_labels_of_another_checkpoint_are_refused(configs, trained, tmp_path):
    label(configs, trained, tmp_path)
    done = run(sys.executable, ROOT / 'tools/test.py', configs / 'exits.py',
               trained / 'exits/iter_1.pth', '--work-dir', tmp_path,
               '--cfg-options', f'test_evaluator.0.out_dir={tmp_path}/files',
               check=False)
    assert done.returncode == 2
    assert 'made with checkpoint=' in done.stderr.strip().splitlines()[-1]


def test_all_mistakes_are_listed_before_training(tree, configs, tmp_path):
    data = json.loads((tree / 'points.json').read_text())
    bad = data['annotations']
    bad[0]['extreme_points'][0] = [500, 500]
    bad[1]['id'] = bad[0]['id']
    del bad[-1]['extreme_points']
    path = tmp_path / 'bad.json'
    path.write_text(json.dumps(data))
    done = tool('train', configs / 'exits.py', '--work-dir', tmp_path,
                '--cfg-options',
                f'train_dataloader.dataset.ann_file={path}', check=False)
    assert done.returncode == 2 and 'Traceback' not in done.stderr
    for text in (f'annotation {bad[0]["id"]} of image', 'outside the image',
                 'comes twice', 'no extreme_points'):
        assert text in done.stderr
    assert not list(tmp_path.glob('*.pth'))


@pytest.mark.parametrize('name', ['tinyvoc', 'coco_mini'])
def test_pipelines_end_with_what_they_promise(name):
    pipeline = Pipeline(
        str(ROOT / f'configs/exits/pipeline_{name}.py'))
    names = [stage.name for stage in pipeline.stages]
    for mode in MODES:
        order = [names.index(f'{kind}_{mode}')
                 for kind in ('train', 'label', 'eval')]
        assert order == sorted(order)
    exits = pipeline.stage('train_exits')
    assert 'train_mil' in exits.needs
    if name == 'tinyvoc':
        assert names[-1] == 'retention'
        assert pipeline.stages[-1].arguments[-1].startswith('exits=')
    for stage in pipeline.stages:
        # Masks of training objects are read to make points, to evaluate, and
        # by the detector on the ground truth: never by a generator.
        if stage.name.startswith('train_') and 'det_true' not in stage.name:
            assert 'instances_train' not in str(
                stage.cfg_options.get('train_dataloader.dataset.ann_file'))


def detector_options(tree, ann_file):
    options = [
        'model.backbone.base_channels=8', 'model.backbone.stem_channels=8',
        'model.neck.in_channels=[8,16,32,64]',
        'model.roi_head.bbox_head.num_classes=2',
        'model.roi_head.mask_head.num_classes=2', 'train_cfg.max_iters=2',
        'train_cfg.val_interval=2', 'default_hooks.checkpoint.interval=1',
        'train_dataloader.batch_size=2',
        f'val_evaluator.ann_file={tree}/truth.json'
    ]
    for loader, file in (('train', ann_file), ('val', f'{tree}/truth.json')):
        options += [
            f'{loader}_dataloader.num_workers=0',
            f'{loader}_dataloader.persistent_workers=False',
            f'{loader}_dataloader.dataset.data_root={tree}',
            f'{loader}_dataloader.dataset.ann_file={file}',
            f'{loader}_dataloader.dataset.data_prefix.img=images',
            f'{loader}_dataloader.dataset.metainfo.classes=(cat,dog)'
        ]
    return options


def test_a_detector_trains_on_the_masks(tree, configs, trained, tmp_path):
    """A stock Mask R-CNN sees every object and its mask, none ignored."""
    pytest.importorskip('mmcv._ext', reason='detectors need mmcv.ops')
    label(configs, trained, tmp_path / 'label')
    masks = tmp_path / 'label/files/instances.json'
    config = ROOT / 'configs/exits/mask-rcnn_r50_tinyvoc.py'
    tool('train', config, '--work-dir', tmp_path / 'det', '--cfg-options',
         *detector_options(tree, masks))
    log = next((tmp_path / 'det').glob('*/*.log')).read_text()
    assert 'coco/segm_mAP' in log
    from mmdet.registry import DATASETS
    from mmengine.config import Config
    from mmengine.registry import DefaultScope
    with DefaultScope.overwrite_default_scope('mmdet'):
        cfg = Config.fromfile(config).train_dataloader.dataset
        dataset = DATASETS.build(dict(
            cfg, data_root=str(tree), ann_file=str(masks),
            data_prefix=dict(img='images'),
            metainfo=dict(classes=('cat', 'dog')),
            filter_cfg=dict(filter_empty_gt=True, min_size=8)))
        assert len(dataset) == 5
        for i, sample in enumerate(dataset):
            found = sample['data_samples'].gt_instances
            assert len(found) == 1 + i % 3
            assert found.masks.masks.any(axis=(1, 2)).all()
