"""Cue stages as commands: CAM network, maps, gradients, cues, segmentor."""
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from wsss_plugins.structures import Cues, GradientMap
from wsss_plugins.testing.voc_tree import make_voc_tree

ROOT = Path(__file__).resolve().parents[1]
SEC = ROOT / 'configs/sec'
DATASET = 'test_dataloader.dataset'
SALIENCY = 'saliency_r18-small_tinyvoc-128.py'
SMALL = [
    'model.backbone.base_channels=8', 'model.backbone.stem_channels=8',
    'model.decode_head.in_channels=64', 'model.decode_head.num_classes=3'
]


def run(*words, check=True):
    done = subprocess.run(
        [str(word) for word in words], cwd=ROOT, capture_output=True,
        text=True, env=dict(os.environ, OMP_NUM_THREADS='1'))
    if check and done.returncode:
        raise AssertionError(f'{done.stdout[-2000:]}\n{done.stderr[-3000:]}')
    return done


def loader(tree, name='test'):
    dataset = f'{name}_dataloader.dataset'
    return [
        f'{name}_dataloader.num_workers=0',
        f'{name}_dataloader.persistent_workers=False',
        f'{dataset}.type=wsss_plugins.ImageLevelDataset',
        f'{dataset}.label_file=image_labels.json',
        f'{dataset}.data_root={tree}', f'{dataset}.ann_file=train.txt'
    ]


def train(config, work, options):
    run(sys.executable, ROOT / 'tools/train.py', SEC / config, '--work-dir',
        work, '--cfg-options', *options, 'train_dataloader.batch_size=2',
        'train_cfg.max_iters=2', 'default_hooks.checkpoint.interval=1')
    return work / 'iter_2.pth'


def words_of(config, checkpoint, work, *options, ranks=1):
    """Command of a stage."""
    command = [sys.executable, ROOT / 'tools/test.py']
    tail = []
    if ranks > 1:
        command = [sys.executable, '-m', 'torch.distributed.run',
                   '--nproc_per_node', ranks, '--standalone',
                   ROOT / 'tools/test.py']
        tail = ['--launcher', 'pytorch']
    return [*command, SEC / config, checkpoint, '--work-dir', work, *tail,
            '--cfg-options', 'env_cfg.dist_cfg.backend=gloo', *options]


def run_test(*stage, ranks=1, check=True):
    return run(*words_of(*stage, ranks=ranks), check=check)


@pytest.fixture(scope='module')
def tree(tmp_path_factory):
    return make_voc_tree(tmp_path_factory.mktemp('cue_stages'))


def make_cues(tree, work, out, *options, **more):
    return run_test(
        'make_cues_tinyvoc.py', 'none', out, *loader(tree),
        f'{DATASET}.data_prefix.cam_path={work}/cam',
        f'{DATASET}.data_prefix.gradient_path={work}/gradients',
        f'test_evaluator.0.out_dir={out}/files', *options, **more)


@pytest.fixture(scope='module')
def work(tree, tmp_path_factory):
    """CAMs and gradient saliency of a classifier of two iterations."""
    folder = tmp_path_factory.mktemp('fg')
    config = 'fg_r18-small_1xb16-400_tinyvoc-128.py'
    weights = train(config, folder, [*SMALL, *loader(tree, 'train')])
    options = [*SMALL, *loader(tree)]
    run_test(config, weights, folder, *options,
             f'test_evaluator.0.out_dir={folder}/cam')
    run_test(SALIENCY, weights, folder, *options,
             f'test_evaluator.0.out_dir={folder}/gradients')
    return folder


@pytest.fixture(scope='module')
def cues(tree, work, tmp_path_factory):
    """Cues made by one process; their folder."""
    out = tmp_path_factory.mktemp('cues')
    make_cues(tree, work, out)
    return out / 'files'


def bytes_of(folder):
    return {p.name: p.read_bytes()
            for p in folder.iterdir() if p.name[0] != '.'}


def test_maps_lie_on_the_grid_of_the_network(work):
    values = GradientMap.load(work / 'gradients/pic_1.npz')
    assert values.size == (43, 54) and values.values.shape == (16, 16)
    assert values.values.max() > 0
    with np.load(work / 'cam/pic_1.npz') as file:
        assert file['cam'].shape == (1, 16, 16)
        assert file['cam'].dtype == np.float32


@pytest.mark.parametrize('config, folder', [
    ('fg_r18-small_1xb16-400_tinyvoc-128.py', 'cam'),
    (SALIENCY, 'gradients'),
])
def test_one_and_two_processes_make_the_same_maps(tree, work, tmp_path,
                                                  config, folder):
    run_test(config, work / 'iter_2.pth', tmp_path, *SMALL, *loader(tree),
             f'test_evaluator.0.out_dir={tmp_path}/files', ranks=2)
    made = bytes_of(tmp_path / 'files')
    assert len(made) == 4 and made == bytes_of(work / folder)


def test_a_killed_stage_goes_on_to_the_same_bytes(work, tmp_path):
    tree = make_voc_tree(tmp_path, count=24)
    out = tmp_path / 'files'
    words = [str(word) for word in words_of(
        SALIENCY, work / 'iter_2.pth', tmp_path, *SMALL, *loader(tree),
        f'{DATASET}.skip_done.folder={out}',
        f'{DATASET}.skip_done.suffix=.npz',
        f'test_evaluator.0.out_dir={out}')]
    quiet = dict(cwd=ROOT, stdout=subprocess.DEVNULL,
                 stderr=subprocess.DEVNULL)
    with subprocess.Popen(words, **quiet) as first:
        end = time.monotonic() + 300
        while not list(out.glob('pic_*.npz')) and time.monotonic() < end:
            time.sleep(.005)
        first.kill()
    kept = {p: p.stat().st_mtime_ns for p in out.glob('pic_*.npz')}
    assert 0 < len(kept) < 24
    run(*words)
    made = bytes_of(out)
    assert len(made) == 24
    assert kept == {p: p.stat().st_mtime_ns for p in kept}
    # The first four images are those of the other tree.
    for name, content in bytes_of(work / 'gradients').items():
        assert made[name] == content
    for path in out.glob('pic_*.npz'):
        path.unlink()
    run(*words)
    assert bytes_of(out) == made


def test_one_and_two_processes_make_the_same_cues(tree, work, cues,
                                                  tmp_path):
    make_cues(tree, work, tmp_path, ranks=2)
    one = bytes_of(cues)
    assert sorted(one) == [f'pic_{i}.png' for i in range(4)]
    assert one == bytes_of(tmp_path / 'files')
    found = Cues.load(cues / 'pic_0.png', 3)
    assert found.size == (16, 16) and not found.masks[2].any()
    # A second run goes on: finished files are left alone.
    (tmp_path / 'files/pic_2.png').unlink()
    kept = (tmp_path / 'files/pic_0.png').stat().st_mtime_ns
    make_cues(tree, work, tmp_path,
              f'{DATASET}.skip_done.folder={tmp_path}/files',
              f'{DATASET}.skip_done.suffix=.png')
    assert bytes_of(tmp_path / 'files') == one
    assert (tmp_path / 'files/pic_0.png').stat().st_mtime_ns == kept


def test_metrics_of_two_processes(tree, cues, tmp_path):
    run_test('eval_cues_tinyvoc.py', 'none', tmp_path, *loader(tree),
             f'{DATASET}.data_prefix.cue_path={cues}', ranks=2)
    metrics = json.loads((tmp_path / 'metrics.json').read_text())
    masks = np.stack([Cues.load(p, 3).masks for p in cues.glob('*.png')])
    assert len(masks) == 4
    assert metrics['cues/labeled'] == pytest.approx(
        100 * masks.any(axis=1).mean())
    assert metrics['cues/labeled'] > 0
    assert metrics['cues/cells_bg'] == masks[:, 0].sum() / 4


def test_a_segmentor_trains_on_the_cues(tree, cues, tmp_path):
    train('sec_r18-small_1xb16-400_tinyvoc-121.py', tmp_path, [
        *SMALL, *loader(tree, 'train'), *loader(tree, 'val'),
        f'train_dataloader.dataset.data_prefix.cue_path={cues}',
        'train_cfg.val_interval=2', 'model.decode_head.channels=8'])
    assert 'mIoU' in next(tmp_path.glob('*/*.log')).read_text()


@pytest.mark.parametrize('option, texts', [
    (f'{DATASET}.pipeline.3.resolve=False', ['pic_', 'overlapping=True']),
    (f'{DATASET}.data_prefix.gradient_path=JPEGImages',
     ['pic_0.npz', 'gradient not found', 'data_prefix.gradient_path']),
])
def test_mistakes_are_one_line(tree, work, tmp_path, option, texts):
    done = make_cues(tree, work, tmp_path, option, check=False)
    assert done.returncode == 2, done.stderr
    line = done.stderr.strip().splitlines()[-1]
    assert line.startswith('error: ') and 'Traceback' not in done.stderr
    for text in texts:
        assert text in line
