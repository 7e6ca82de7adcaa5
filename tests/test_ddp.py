"""Every algorithm and project trains on two ranks.

Two processes of one group train each config for three steps, small and on a
small TinyVOC; a network with parameters that get no gradient stops at the
second step where its wrapper does not look for them.
"""
import argparse
import multiprocessing
import os
import socket
from pathlib import Path

import numpy as np
import pytest
from mmengine.runner import Runner

from wsss_plugins.apis.launch import load_config
from wsss_plugins.apis.safety import guard_training
from wsss_plugins.datasets.converters.extreme_points import (
    add_extreme_points,
)
from wsss_plugins.datasets.tinyvoc.writer import make_tinyvoc
from wsss_plugins.structures import Cues, voc_palette

ROOT = Path(__file__).resolve().parents[1]
STEPS, SIDE = 3, 64
TINY = dict(dataset_type='wsss_plugins.TinyVOCDataset', num_classes=8,
            train_list='ImageSets/Segmentation/train.txt')
MASKS = dict(mask_dir='SegmentationClass')
OBJECTS = 'annotations/points_train.json'
# Config and options; those of projects are for other data sets and sizes.
TRAININGS = {
    'configs/cam/cam_r18-small_1xb16-400_tinyvoc-128.py': {},
    'configs/eps/eps_r18-small_1xb16-400_tinyvoc-128.py': {},
    'configs/sccam/sccam_r18-small-single_1xb16-400_tinyvoc-128.py': {},
    'configs/psa/aff_r18-small_1xb16-300_tinyvoc-128.py': MASKS,
    'configs/irn/irn_r18-small_1xb16-300_tinyvoc-128.py': MASKS,
    'configs/sec/fg_r18-small_1xb16-400_tinyvoc-128.py': {},
    'configs/sec/sec_r18-small_1xb16-400_tinyvoc-121.py': dict(
        cue_dir='cues'),
    'configs/deeplab/deeplabv2_r18-small_tinyvoc.py': MASKS,
    'configs/exits/mil_vit-tiny_tinyvoc.py': dict(train_file=OBJECTS),
    'configs/exits/mal_vit-tiny_tinyvoc.py': dict(train_file=OBJECTS),
    'configs/exits/exits_vit-tiny_tinyvoc.py': dict(train_file=OBJECTS),
    'configs/exits/mask-rcnn_r50_tinyvoc.py': dict(
        train_file='annotations/instances_train.json'),
    'projects/lse_cam/configs/lse-cam_r18-small_tinyvoc.py': {},
    'projects/eps_segformer/configs/eps_mit-b0_voc12.py': TINY,
    'projects/eps_segformer/configs/segformer_mit-b0_eps-masks.py': dict(
        TINY, **MASKS),
    'projects/sccam_wsgcn_upernet/configs/sccam_swin-t_voc12.py': dict(TINY),
    'projects/sccam_wsgcn_upernet/configs/upernet_r50_sccam-wsgcn-masks.py':
    dict(TINY, **MASKS),
    'projects/exits_mask2former/configs/mask2former_r50_exits-masks.py': dict(
        train_file='annotations/instances_train.json'),
}


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp('ranks') / 'data'
    make_tinyvoc(root, num_train=8, num_val=2, progress=False)
    add_extreme_points(root / 'annotations/instances_train.json',
                       root / OBJECTS)
    rng = np.random.default_rng(0)
    for path in (root / 'JPEGImages').glob('*.jpg'):
        masks = np.eye(8, dtype=bool)[rng.integers(0, 8, (16, 16))]
        Cues(masks.transpose(2, 0, 1)).save(
            root / f'cues/{path.stem}.png', voc_palette(8))
    # Where the projects on COCO look for images.
    (root / 'train2017').symlink_to('JPEGImages')
    return root


def shrunk(node):
    """Images and crops of configs for large images, at a small size."""
    if isinstance(node, dict):
        for key, value in node.items():
            pair = isinstance(value, (tuple, list)) and len(value) == 2
            if key in ('crop_size', 'size', 'scale') and pair:
                node[key] = (SIDE, SIDE)
            elif key in ('min_long', 'max_long'):
                node[key] = SIDE
            else:
                shrunk(value)
    elif isinstance(node, (tuple, list)):
        for item in node:
            shrunk(item)


def training(path, data, work_dir):
    """The config as tools/train.py reads it, cut to three small steps."""
    options = dict(TRAININGS[path], data_root=f'{data}/')
    cfg = load_config(argparse.Namespace(
        config=str(ROOT / path), cfg_options=options, launcher='pytorch',
        work_dir=str(work_dir), local_rank=0), ('model', 'train_dataloader'))
    guard_training(cfg)
    cfg.train_dataloader.update(batch_size=2, num_workers=0,
                                persistent_workers=False)
    cfg.train_cfg = dict(type='IterBasedTrainLoop', max_iters=STEPS)
    cfg.default_hooks.checkpoint = None
    cfg.param_scheduler = cfg.load_from = None
    for key in ('val', 'test'):
        for part in ('dataloader', 'cfg', 'evaluator'):
            cfg[f'{key}_{part}'] = None
    for hook in cfg.get('custom_hooks') or ():
        if 'begins' in hook:
            hook.update(begins=[2])
    without_weights(cfg.model)
    if path.startswith('projects'):
        shrunk(cfg.train_dataloader)
        shrunk(cfg.model.get('data_preprocessor', {}))
    return cfg


def without_weights(node):
    """Initial weights of this test are random ones."""
    if isinstance(node, dict):
        node.pop('pretrained', None)
        if (node.get('init_cfg') or {}).get('type') == 'Pretrained':
            node.pop('init_cfg')
        for value in node.values():
            without_weights(value)


def rank(number, port, data, work_dir, queue):
    os.environ.update(RANK=str(number), LOCAL_RANK=str(number),
                      WORLD_SIZE='2', MASTER_ADDR='127.0.0.1',
                      MASTER_PORT=str(port))
    os.chdir(work_dir)
    for place, path in enumerate(TRAININGS):
        from torch import distributed

        from wsss_plugins.apis import launch
        if distributed.is_initialized():
            launch.start_cpu_ranks = lambda launcher: None
        try:
            cfg = training(path, data, work_dir / str(place))
            runner = Runner.from_cfg(cfg)
            runner.train()
            queue.put((number, path, runner.iter))
        except Exception as error:
            queue.put((number, path, f'{type(error).__name__}: {error}'))


def test_two_ranks(data, monkeypatch):
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    context = multiprocessing.get_context('fork')
    queue = context.Queue()
    ranks = [context.Process(target=rank, args=(i, port, data, data.parent,
                                                queue)) for i in range(2)]
    for process in ranks:
        process.start()
    found = {}
    try:
        while len(found) < 2 * len(TRAININGS):
            number, path, steps = queue.get(timeout=120)
            found[number, path] = steps
    finally:
        for process in ranks:
            process.kill()
            process.join()
    assert not {k: v for k, v in found.items() if v != STEPS}
