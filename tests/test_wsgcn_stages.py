"""GCNs as stages: chains from CAMs, ranks, kills, bad input."""
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import DefaultSampler
from mmengine.registry import DefaultScope

from wsss_plugins.datasets import ImageLevelDataset, SameSizeBatchSampler
from wsss_plugins.registry import MODELS
from wsss_plugins.structures import ClassMaps, UserError, read_mask
from wsss_plugins.testing.tools import run_tool
from wsss_plugins.testing.voc_tree import make_voc_tree

ROOT = Path(__file__).resolve().parents[1]
IMAGES = 6

STAGE = '''
_base_ = {base!r}
model = dict(
    {more}backbone=dict(base_channels=8, stem_channels=8, init_cfg=None),
    decode_head=dict({head}), refiners=[dict(
        type='wsss_plugins.GCNRefiner', num_classes=3, outputs='present',
        graph=dict(radius=2, steps=1), gcn=dict(epochs=60),
        softmax_again=False,
        crf=dict(pos_compat=1, bi_sxy=5, bi_compat=2),
        labels=dict(crf=dict(pos_sxy=2, bi_sxy=8)))])
test_dataloader = dict(
    num_workers=0,
    dataset=dict(_delete_=True, type='wsss_plugins.ImageLevelDataset',
        data_root={root!r}, ann_file='train.txt', check='exists',
        label_file='image_labels.json', test_mode=True,
        data_prefix=dict(img_path='JPEGImages', cam_path='cams'),
        pipeline=_base_.test_pipeline))
env_cfg = dict(dist_cfg=dict(backend='gloo'))
'''
HEADS = dict(
    i='in_channels=[8, 8, 16, 32, 64], dp_channels=[8, 8, 8, 8, 8], '
    'dp_joint_channels=8, num_classes=3',
    p='in_channels=[8, 16, 32, 64], branch_channels=[8, 8, 8, 8], '
    'radius=2, num_classes=3')
LOCALIZER = '''
_base_ = {base!r}
_data = dict(
    _delete_=True, type='wsss_plugins.ImageLevelDataset', data_root={root!r},
    ann_file='train.txt', label_file='image_labels.json',
    data_prefix=dict(img_path='JPEGImages', saliency_path='saliency'),
    pipeline=_base_.train_pipeline)
train_dataloader = dict(batch_size=2, num_workers=0,
                        persistent_workers=False, dataset=_data)
test_dataloader = dict(num_workers=0, dataset=dict(
    _data, test_mode=True, pipeline=_base_.test_pipeline))
model = dict(backbone=dict(base_channels=8, stem_channels=8),
             decode_head={head})
train_cfg = dict(max_iters=2)
default_hooks = dict(checkpoint=dict(interval=1))
{more}
'''


def base(name):
    return str(ROOT / 'configs' / name)


@pytest.fixture(scope='module')
def tree(tmp_path_factory):
    """Images, and CAM files that are strong in the middle of the object."""
    root = make_voc_tree(tmp_path_factory.mktemp('wsgcn'), IMAGES)
    for number, name in enumerate((root / 'train.txt').read_text().split()):
        size = (40 + 3 * number, 56 - 2 * number)
        y, x = np.mgrid[:size[0]:4, :size[1]:4]
        strong = np.exp(-((y - 15) / 8.)**2 - ((x - 19) / 10.)**2)
        ClassMaps([1 + number % 2], strong[None], size).save(
            root / 'cams' / f'{name}.npz')
    return root


@pytest.fixture(scope='module')
def stages(tree, tmp_path_factory):
    """Configs of both variants with checkpoints of untrained networks."""
    folder = tmp_path_factory.mktemp('stages')
    for kind, head in HEADS.items():
        path = folder / f'{kind}.py'
        path.write_text(STAGE.format(
            base=base(f'wsgcn/wsgcn-{kind}_r18-small_tinyvoc-128.py'),
            more='walk_radius=2, ' if kind == 'i' else '',
            head=head, root=str(tree)))
        torch.manual_seed(0)
        with DefaultScope.overwrite_default_scope('mmseg'):
            model = MODELS.build(Config.fromfile(path).model)
        if kind == 'i':
            # No boundaries anywhere, rather than half a one everywhere.
            torch.nn.init.constant_(model.decode_head.edge.fuse.bias, -4)
        torch.save(dict(state_dict=model.state_dict()),
                   folder / f'{kind}.pth')
    return folder


def words(stages, kind, work, *options):
    return [
        stages / f'{kind}.py', stages / f'{kind}.pth', '--work-dir', work,
        '--cfg-options', f'test_evaluator.0.out_dir={work}/files', *options
    ]


def write_masks(stages, kind, work, *options):
    status = run_tool(ROOT / 'tools/test.py',
                      *words(stages, kind, work, *options))
    assert status == 0
    return masks_of(work)


def masks_of(work):
    return {p.name: p.read_bytes() for p in (work / 'files').glob('pic*.png')}


def environment():
    return dict(os.environ, OMP_NUM_THREADS='1')


@pytest.fixture(scope='module')
def whole(stages, tmp_path_factory):
    """Masks of variant I, of one process that was let run."""
    return write_masks(stages, 'i', tmp_path_factory.mktemp('whole'))


@pytest.mark.parametrize('kind', ['i', 'p'])
def test_masks_follow_the_class_maps(tree, stages, whole, tmp_path, kind):
    made = whole if kind == 'i' else write_masks(stages, kind, tmp_path)
    assert len(made) == IMAGES
    both = objects = masked = pixels = 0
    for number in range(IMAGES):
        name = f'pic_{number}.png'
        (tmp_path / name).write_bytes(made[name])
        mask, truth = (read_mask(folder / name) for folder in (
            tmp_path, tree / 'SegmentationClass'))
        assert mask.shape == truth.shape
        assert set(np.unique(mask)) <= {0, 1 + number % 2}
        both += ((mask > 0) & (truth > 0)).sum()
        objects += (truth > 0).sum()
        masked += (mask > 0).sum()
        pixels += mask.size
    # The networks are not trained: more is not to be had of their features.
    assert both / objects > .7 and masked / pixels < .7


def test_two_processes_and_any_order_make_the_same_bytes(stages, tree, whole,
                                                         tmp_path):
    names = (tree / 'train.txt').read_text().split()
    (tree / 'mixed.txt').write_text('\n'.join(names[::-1]) + '\n')
    done = subprocess.run(
        [sys.executable, '-m', 'torch.distributed.run', '--nproc_per_node',
         '2', '--standalone', str(ROOT / 'tools/test.py'),
         *map(str, words(stages, 'i', tmp_path,
                         'test_dataloader.dataset.ann_file=mixed.txt')),
         '--launcher', 'pytorch'],
        cwd=ROOT, capture_output=True, text=True, env=environment())
    assert done.returncode == 0, done.stderr[-3000:]
    assert masks_of(tmp_path) == whole


def test_a_killed_stage_goes_on_to_the_same_bytes(stages, whole, tmp_path):
    files = tmp_path / 'files'
    command = [sys.executable, str(ROOT / 'tools/test.py'), *map(str, words(
        stages, 'i', tmp_path,
        f'test_dataloader.dataset.skip_done.folder={files}',
        'test_dataloader.dataset.skip_done.suffix=.png'))]
    options = dict(cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    with subprocess.Popen(command, **options) as first:
        end = time.monotonic() + 300
        while not masks_of(tmp_path) and time.monotonic() < end:
            time.sleep(.01)
        first.kill()
    kept = {p: p.stat().st_mtime_ns for p in files.glob('pic*.png')}
    assert kept
    assert subprocess.run(command, **options).returncode == 0
    assert masks_of(tmp_path) == whole
    if len(kept) < IMAGES:
        assert kept == {p: p.stat().st_mtime_ns for p in kept}


def test_workers_share_the_loading(stages, whole, tmp_path):
    made = write_masks(stages, 'i', tmp_path, 'test_dataloader.num_workers=2')
    assert made == whole


def test_images_of_one_size_make_batches(tree, stages, whole, tmp_path):
    """Two images of each size: those of the list, under two names."""
    root = tmp_path / 'voc'
    names = ['pic_0', 'pic_1']
    for folder, suffix in (('JPEGImages', '.jpg'), ('cams', '.npz')):
        (root / folder).mkdir(parents=True)
        for name in names:
            for copy in ('', '_b'):
                (root / folder / f'{name}{copy}{suffix}').write_bytes(
                    (tree / folder / f'{name}{suffix}').read_bytes())
    listed = [f'{name}{copy}' for name in names for copy in ('_b', '')]
    (root / 'train.txt').write_text('\n'.join(listed) + '\n')
    made = write_masks(
        stages, 'i', tmp_path, f'test_dataloader.dataset.data_root={root}',
        f'test_dataloader.dataset.label_file={tree}/image_labels.json',
        'test_dataloader.dataset.label_file=None',
        'test_dataloader.dataset.metainfo.classes=[background,cat,dog]',
        'test_dataloader.batch_size=2',
        'test_dataloader.batch_sampler.type='
        'wsss_plugins.SameSizeBatchSampler')
    assert len(made) == 4
    for name in names:
        alone, batched = (_pixels(m[f'{name}.png'], tmp_path)
                          for m in (whole, made))
        assert (alone == batched).mean() > .999


def _pixels(content, folder):
    (folder / 'one.png').write_bytes(content)
    return read_mask(folder / 'one.png')


def test_batches_of_one_size(tree):
    data = ImageLevelDataset(
        data_root=str(tree), ann_file='train.txt', check='none',
        label_file='image_labels.json',
        data_prefix=dict(img_path='JPEGImages'))
    sampler = DefaultSampler(data, shuffle=False)
    batches = SameSizeBatchSampler(sampler, 4)
    assert list(batches) == [[i] for i in range(IMAGES)]
    assert len(batches) == IMAGES
    batches._sizes = dict(enumerate([1, 2, 1, 1, 2, 1]))
    batches.batch_size = 2
    assert list(batches) == [[0, 2], [1, 4], [3, 5]] and len(batches) == 3
    batches.batch_size = 3
    assert list(batches) == [[0, 2, 3], [1, 4], [5]] and len(batches) == 3
    with pytest.raises(UserError, match='batch_size=0'):
        SameSizeBatchSampler(sampler, 0)


CHAINS = [('cam', 'p', 'dict(num_classes=3, in_channels=64)', ''),
          ('eps', 'i', 'dict(num_classes=3, in_channels=64)', ''),
          ('sccam', 'i',
           'dict(num_sub=2, parent=dict(num_classes=3, in_channels=64))',
           'custom_hooks = [dict(type="wsss_plugins.SubCategoryClustering'
           'Hook", begins=[1], restart="sub_head"), '
           'dict(type="wsss_plugins.StepSeedHook")]')]


@pytest.mark.parametrize('cam_network, kind, head, more', CHAINS)
def test_chain_from_any_cam_network(tree, stages, tmp_path, cam_network, kind,
                                  head, more):
    """Two iterations of training, CAMs, random walk, GCN, CRF."""
    config = tmp_path / 'cam_network.py'
    config.write_text(LOCALIZER.format(
        base=base(f'{cam_network}/{cam_network}_r18-small_1xb16-400_tinyvoc-128.py'),
        root=str(tree), head=head, more=more))
    assert run_tool(ROOT / 'tools/train.py', config, '--work-dir',
                    tmp_path / 'train') == 0
    assert run_tool(
        ROOT / 'tools/test.py', config, tmp_path / 'train/iter_2.pth',
        '--tta', '--work-dir', tmp_path / 'cam', '--cfg-options',
        f'test_evaluator.0.out_dir={tmp_path}/cams') == 0
    masks = write_masks(
        stages, kind, tmp_path, 'model.walk_first=True',
        f'test_dataloader.dataset.data_prefix.cam_path={tmp_path}/cams')
    assert len(masks) == IMAGES
    for number in range(IMAGES):
        mask = read_mask(tmp_path / 'files' / f'pic_{number}.png')
        assert set(np.unique(mask)) <= {0, 1 + number % 2}


@pytest.mark.parametrize('change, texts', [
    (lambda cams: (cams / 'pic_2.npz').unlink(), ['pic_2.npz', 'not found']),
    (lambda cams: (cams / 'pic_2.npz').write_bytes(b'PK'),
     ['pic_2.npz', 'not a whole CAM file']),
    (lambda cams: ClassMaps([7], np.ones((1, 3, 3)), (46, 52)).save(
        cams / 'pic_2.npz'), ['pic_2', 'label 7', '3 classes, from 0']),
    (lambda cams: ClassMaps([0, 1], np.ones((2, 3, 3)), (46, 52)).save(
        cams / 'pic_2.npz'), ['pic_2', 'background already']),
    (lambda cams: ClassMaps([1], np.ones((1, 3, 3)), (46, 50)).save(
        cams / 'pic_2.npz'), ['pic_2.npz', 'run the CAM stage again']),
])
def test_bad_class_maps(tree, stages, tmp_path, capsys, change, texts):
    cams = tmp_path / 'cams'
    cams.mkdir()
    for path in (tree / 'cams').glob('*.npz'):
        (cams / path.name).write_bytes(path.read_bytes())
    change(cams)
    check_error(stages, tmp_path, capsys, texts,
                f'test_dataloader.dataset.data_prefix.cam_path={cams}')


def check_error(stages, work, capsys, texts, *options):
    capsys.readouterr()
    status = run_tool(ROOT / 'tools/test.py',
                      *words(stages, 'i', work, *options))
    lines = capsys.readouterr().err.strip().splitlines()
    assert status == 2, lines
    assert lines[-1].startswith('error: '), lines[-1]
    for text in texts:
        assert text in lines[-1], lines[-1]


def test_bad_options(stages, tmp_path, capsys):
    for option, text in (('graph.storage=disk', "storage='disk'"),
                         ('gcn.epoch=3', 'epoch'),
                         ('labels.ratio=2', 'ratio=2')):
        check_error(stages, tmp_path / text, capsys, [text],
                    f'model.refiners.0.{option}')
