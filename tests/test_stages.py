"""Stages as commands: train, CAMs, masks, stage 2; ranks, kills, bad input."""
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from wsss_plugins.testing.tools import read_checkpoint
from wsss_plugins.testing.voc_tree import make_voc_tree

ROOT = Path(__file__).resolve().parents[1]

DATA = '''
_base_ = {base!r}
data_root = {root!r}
train_dataloader = dict(
    batch_size=2, num_workers=0, persistent_workers=False,
    dataset=dict(_delete_=True, type='wsss_plugins.ImageLevelDataset',
        data_root=data_root, ann_file='train.txt',
        label_file='image_labels.json', data_prefix={train_prefix!r},
        pipeline=_base_.train_pipeline))
_test = dict(
    num_workers=0, persistent_workers=False,
    dataset=dict(_delete_=True, type='wsss_plugins.ImageLevelDataset',
        data_root=data_root, ann_file='train.txt',
        label_file='image_labels.json', test_mode=True,
        data_prefix={test_prefix!r}, pipeline=_base_.{test_pipeline}))
test_dataloader = _test
model = dict(backbone=dict(base_channels=8, stem_channels=8),
             decode_head=dict(num_classes=3, in_channels=64))
train_cfg = dict(max_iters=2)
default_hooks = dict(checkpoint=dict(interval=1))
'''


def run(*words, check=True, **environment):
    done = subprocess.run(
        [str(word) for word in words], cwd=ROOT, capture_output=True,
        text=True, env=dict(os.environ, OMP_NUM_THREADS='1', **environment))
    if check and done.returncode:
        raise AssertionError(f'{done.stdout[-2000:]}\n{done.stderr[-3000:]}')
    return done


def tool(name, *words, **options):
    return run(sys.executable, ROOT / 'tools' / f'{name}.py', *words,
               **options)


@pytest.fixture(scope='module')
def tree(tmp_path_factory):
    """The VOC tree of the fixture, made once for this module."""
    return make_voc_tree(tmp_path_factory.mktemp('stages'))


@pytest.fixture(scope='module')
def configs(tree, tmp_path_factory):
    folder = tmp_path_factory.mktemp('configs')
    for method in ('cam', 'eps'):
        base = (ROOT / 'configs' / method /
                f'{method}_r18-small_1xb16-400_tinyvoc-128.py')
        prefix = dict(img_path='JPEGImages', saliency_path='saliency')
        (folder / f'{method}.py').write_text(DATA.format(
            base=str(base), root=str(tree), train_prefix=prefix,
            test_prefix=dict(img_path='JPEGImages'),
            test_pipeline='test_pipeline'))
    return folder


@pytest.fixture(scope='module')
def trained(configs, tmp_path_factory):
    """Two iterations of EPS; its work dir."""
    work = tmp_path_factory.mktemp('eps')
    tool('train', configs / 'eps.py', '--work-dir', work)
    return work


def write_cams(configs, trained, work, *launch, suffix=()):
    words = [configs / 'eps.py', trained / 'iter_2.pth']
    command = launch or (sys.executable, ROOT / 'tools/test.py')
    tail = ['--launcher', 'pytorch'] if launch else []
    return run(*command, *words, '--tta', '--work-dir', work, *tail,
               '--cfg-options', f'test_evaluator.0.out_dir={work}/files',
               'env_cfg.dist_cfg.backend=gloo', *suffix)


def two_ranks(script):
    return (sys.executable, '-m', 'torch.distributed.run', '--nproc_per_node',
            '2', '--standalone', ROOT / 'tools' / f'{script}.py')


def evaluate(tree, cams, work, *launch):
    words = [
        ROOT / 'configs/cam/eval_cams_tinyvoc.py', 'none', '--work-dir', work
    ]
    command = launch or (sys.executable, ROOT / 'tools/test.py')
    tail = ['--launcher', 'pytorch'] if launch else []
    dataset = 'test_dataloader.dataset'
    run(*command, *words, *tail, '--cfg-options',
        'env_cfg.dist_cfg.backend=gloo', 'test_dataloader.num_workers=0',
        f'{dataset}.type=wsss_plugins.ImageLevelDataset',
        f'{dataset}.label_file=image_labels.json',
        f'{dataset}.data_root={tree}', f'{dataset}.ann_file=train.txt',
        f'{dataset}.data_prefix.cam_path={cams}',
        f'{dataset}.data_prefix.context_path=SegmentationClass',
        'test_evaluator.1.pairs=[(background,cat)]',
        'test_evaluator.1.context_classes=[background,cat,dog]')
    return json.loads((work / 'metrics.json').read_text())


def test_training_writes_losses_and_weights(trained):
    weights = read_checkpoint(trained / 'iter_2.pth')
    assert 'decode_head.conv_seg.weight' in weights['state_dict']
    log = next(trained.glob('*/*.log')).read_text()
    assert '2 iterations' in log or 'Iter(train)' in log


def test_one_and_two_processes_agree(tree, configs, trained, tmp_path):
    write_cams(configs, trained, tmp_path / 'one')
    write_cams(configs, trained, tmp_path / 'two', *two_ranks('test'))
    names = sorted(p.name for p in (tmp_path / 'one/files').glob('*.npz'))
    assert len(names) == 4
    for name in names:
        with np.load(tmp_path / 'one/files' / name) as one, np.load(
                tmp_path / 'two/files' / name) as two:
            for key in ('labels', 'cam', 'size'):
                assert (one[key] == two[key]).all()
    metrics = [
        evaluate(tree, tmp_path / 'one/files', tmp_path / 'm1'),
        evaluate(tree, tmp_path / 'one/files', tmp_path / 'm2',
                *two_ranks('test'))
    ]
    assert metrics[0] == metrics[1]
    assert 0 <= metrics[0]['mask/miou'] <= 100


def test_a_killed_cam_stage_goes_on_to_the_same_bytes(configs, trained,
                                                      tmp_path):
    write_cams(configs, trained, tmp_path / 'whole')
    files = tmp_path / 'cut/files'
    write_cams(configs, trained, tmp_path / 'cut')
    whole = {
        p.name: p.read_bytes()
        for p in (tmp_path / 'whole/files').glob('*.npz')
    }
    (files / 'pic_1.npz').unlink()
    (files / 'pic_3.npz').unlink()
    (files / '.pic_1.abc.npz').write_bytes(b'half')
    kept = (files / 'pic_0.npz').stat().st_mtime_ns
    write_cams(
        configs, trained, tmp_path / 'cut', suffix=(
            f'test_dataloader.dataset.skip_done.folder={files}',
            'test_dataloader.dataset.skip_done.suffix=.npz'))
    assert (files / 'pic_0.npz').stat().st_mtime_ns == kept
    assert {p.name: p.read_bytes()
            for p in files.glob('pic*.npz')} == whole


def test_resumed_training_ends_at_the_same_iteration(configs, trained,
                                                     tmp_path):
    tool('train', configs / 'eps.py', '--work-dir', tmp_path, '--cfg-options',
         'train_cfg.max_iters=1')
    tool('train', configs / 'eps.py', '--work-dir', tmp_path, '--resume')
    assert (tmp_path / 'iter_2.pth').is_file()


def assert_error(done, *texts):
    assert done.returncode == 2, done.stderr
    line = done.stderr.strip().splitlines()[-1]
    assert line.startswith('error: '), done.stderr
    assert 'Traceback' not in done.stderr
    for text in texts:
        assert text in line, line


def test_checkpoint_of_another_architecture(configs, trained, tmp_path):
    done = tool('test', configs / 'cam.py', trained / 'iter_2.pth',
                '--work-dir', tmp_path, check=False)
    assert_error(done, 'iter_2.pth', 'another architecture', 'conv_seg')


def test_output_of_another_config(configs, trained, tmp_path):
    write_cams(configs, trained, tmp_path)
    done = tool(
        'test', configs / 'eps.py', trained / 'iter_2.pth', '--work-dir',
        tmp_path, '--cfg-options',
        f'test_evaluator.0.out_dir={tmp_path}/files', check=False)
    assert_error(done, 'files: made with config=')


@pytest.mark.parametrize('words, texts', [
    (['nothing.py'], ['nothing.py', 'config not found']),
    (['{cfg}', '--cfg-options', 'train_dataloader.dataset.ann_file=no.txt'],
     ['no.txt', 'list of images not found']),
    (['{cfg}', '--cfg-options',
      'train_dataloader.dataset.data_prefix.saliency_path=JPEGImages'],
     ['pic_0.png', 'saliency map not found']),
])
def test_mistakes_before_training(configs, tmp_path, words, texts):
    words = [word.format(cfg=configs / 'eps.py') for word in words]
    done = tool('train', *words, '--work-dir', tmp_path, check=False)
    assert_error(done, *texts)


def test_missing_checkpoint(configs, tmp_path):
    assert_error(
        tool('test', configs / 'eps.py', '--work-dir', tmp_path, check=False),
        'name a checkpoint')
    assert_error(
        tool('test', configs / 'eps.py', tmp_path / 'no.pth', '--work-dir',
             tmp_path, check=False), 'no.pth', 'not found')


def test_a_pickle_in_a_checkpoint_is_not_run(configs, tmp_path):
    class Payload:

        def __reduce__(self):
            return os.mkdir, (str(tmp_path / 'owned'), )

    torch.save(dict(state_dict=Payload()), tmp_path / 'bad.pth')
    done = tool('test', configs / 'eps.py', tmp_path / 'bad.pth',
                '--work-dir', tmp_path, check=False)
    assert not (tmp_path / 'owned').exists()
    assert_error(done, 'bad.pth')


def test_stage_two_with_multi_scale_and_crf(tree, tmp_path):
    """A segmentor on masks: two iterations, validation, TTA with a CRF."""
    options = [
        'model.backbone.base_channels=8', 'model.backbone.stem_channels=8',
        'model.decode_head.in_channels=64', 'model.decode_head.num_classes=3',
        'train_cfg.max_iters=2', 'train_cfg.val_interval=2',
        'default_hooks.checkpoint.interval=1'
    ]
    for loader in ('train', 'val', 'test'):
        dataset = f'{loader}_dataloader.dataset'
        options += [
            f'{loader}_dataloader.num_workers=0',
            f'{loader}_dataloader.persistent_workers=False',
            f'{dataset}.type=wsss_plugins.ImageLevelDataset',
            f'{dataset}.label_file=image_labels.json',
            f'{dataset}.data_root={tree}', f'{dataset}.ann_file=train.txt',
            f'{dataset}.data_prefix.seg_map_path=SegmentationClass'
        ]
    options.append('train_dataloader.batch_size=2')
    config = ROOT / 'configs/deeplab/deeplabv2_r18-small_tinyvoc.py'
    tool('train', config, '--work-dir', tmp_path, '--cfg-options', *options)
    tool('test', config, tmp_path / 'iter_2.pth', '--tta', '--work-dir',
         tmp_path, '--cfg-options', *options,
         f'test_evaluator.output_dir={tmp_path}/files')
    metrics = json.loads((tmp_path / 'metrics.json').read_text())
    assert 0 <= metrics['mIoU'] <= 100
    masks = sorted((tmp_path / 'files').glob('*.png'))
    assert len(masks) == 4
    with Image.open(masks[0]) as mask:
        assert mask.mode == 'P' and mask.getpalette()[3:6] == [128, 0, 0]


def test_masks_with_crf_and_their_evaluation(tree, configs, trained, tmp_path):
    write_cams(configs, trained, tmp_path / 'cam')
    dataset = 'test_dataloader.dataset'
    common = [
        'test_dataloader.num_workers=0',
        f'{dataset}.type=wsss_plugins.ImageLevelDataset',
        f'{dataset}.label_file=image_labels.json',
        f'{dataset}.data_root={tree}', f'{dataset}.ann_file=train.txt'
    ]
    tool('test', ROOT / 'configs/masks/make_masks_crf_voc12.py', '--work-dir',
         tmp_path, '--cfg-options', *common,
         f'{dataset}.data_prefix.cam_path={tmp_path}/cam/files',
         f'test_evaluator.0.out_dir={tmp_path}/masks')
    tool('test', ROOT / 'configs/masks/eval_masks_voc12.py', '--work-dir',
         tmp_path / 'eval', '--cfg-options', *common,
         f'{dataset}.data_prefix.mask_path={tmp_path}/masks')
    metrics = json.loads((tmp_path / 'eval/metrics.json').read_text())
    assert 0 <= metrics['mask/miou'] <= 100
