"""CAM networks by a convex fit: loop, hook, cache of features, ranks."""
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config
from mmengine.registry import DATASETS, DefaultScope
from mmengine.runner import Runner

from wsss_plugins.engine.linear_fit.feature_file import FeatureFile
from wsss_plugins.engine.linear_fit.features import pooled_features
from wsss_plugins.registry import MODELS
from wsss_plugins.structures import ClassMaps, UserError
from wsss_plugins.testing.tools import read_checkpoint
from wsss_plugins.testing.voc_tree import make_voc_tree

ROOT = Path(__file__).resolve().parents[1]
BASE = ROOT / 'configs/cam/linear-cam_efficientnet-lite2_voc12.py'
SCALES = (48, 64)
DECAY = 1e-3
BACKBONE = dict(type='ResNet', depth=18, base_channels=8, stem_channels=8,
                norm_cfg=dict(type='BN'))


@pytest.fixture(scope='module')
def tree(tmp_path_factory):
    tree = make_voc_tree(tmp_path_factory.mktemp('linear'), count=7)
    with DefaultScope.overwrite_default_scope('mmseg'):
        for seed in (0, 1):
            torch.manual_seed(seed)
            backbone = MODELS.build(BACKBONE)
            backbone.init_weights()
            torch.save(backbone.state_dict(), tree / f'backbone{seed}.pth')
    return tree


def weights(tree, seed):
    path = tree / f'backbone{seed}.pth'
    return dict(type='Pretrained', checkpoint=str(path))


def config(tree, work_dir, **options):
    """Seven images, two classes, a small ResNet."""
    cfg = Config.fromfile(BASE)
    cfg.train_dataloader.update(
        batch_size=2, num_workers=0, persistent_workers=False)
    for loader in (cfg.train_dataloader, cfg.test_dataloader):
        loader.dataset.update(
            type='wsss_plugins.ImageLevelDataset', data_root=str(tree),
            ann_file='train.txt')
    cfg.test_dataloader.num_workers = 0
    cfg.test_evaluator[0].out_dir = str(Path(work_dir) / 'cam')
    cfg.model.backbone = dict(BACKBONE, init_cfg=weights(tree, 0))
    cfg.model.decode_head.update(num_classes=3, in_channels=64)
    cfg.train_cfg.update(dict(
        scales=SCALES, weight_decay=DECAY, num_workers=0), **options)
    cfg.work_dir = str(work_dir)
    cfg.experiment_name = Path(work_dir).name
    return cfg


def train(cfg, resume=False):
    cfg.resume = resume
    runner = Runner.from_cfg(cfg)
    runner.train()
    return runner


def head_weight(work_dir, iteration=1):
    state = read_checkpoint(Path(work_dir) / f'iter_{iteration}.pth')
    return state['state_dict']['decode_head.conv_seg.weight'][:, :, 0, 0]


@pytest.fixture(scope='module')
def fitted(tree, tmp_path_factory):
    """A finished run: its folder and its runner."""
    work_dir = tmp_path_factory.mktemp('fitted')
    return work_dir, train(config(tree, work_dir))


def labels_of(tree):
    tags = json.loads((tree / 'image_labels.json').read_text())['images']
    names = (tree / 'train.txt').read_text().split()
    return torch.tensor([['cat' in tags[n], 'dog' in tags[n]]
                         for n in names]).double()


def features_of(runner):
    """All pooled features, written out without the part under test."""
    model, found = runner.model.eval(), []
    dataset = runner.train_dataloader.dataset
    from PIL import Image
    for index in range(len(dataset)):
        image = Image.open(dataset.get_data_info(index)['img_path'])
        for long_side in SCALES:
            factor = long_side / max(image.size)
            size = [int(round(side * factor)) for side in image.size]
            pixels = np.array(image.resize(size, Image.BICUBIC))
            x = torch.from_numpy(pixels).permute(2, 0, 1)[None].float()
            with torch.no_grad():
                maps = model.backbone((x - 127) / 128)[-1]
            found.append(maps.mean(dim=(2, 3))[0].double())
    return torch.stack(found)


def test_head_is_at_the_optimum(tree, fitted):
    """The gradient of the head's own loss with weight decay is zero."""
    work_dir, runner = fitted
    x = features_of(runner)
    y = labels_of(tree).repeat_interleave(2, dim=0)
    weight = head_weight(work_dir).double().requires_grad_()
    loss = F.multilabel_soft_margin_loss(x @ weight.T, y)
    (loss + DECAY / 2 * weight.square().sum()).backward()
    start = (x.T @ (y - .5)).abs().max() / y.numel()
    assert weight.grad.abs().max() < 2e-4 * start
    assert weight.detach().abs().max() > .01


def test_checkpoint_is_ordinary(tree, fitted):
    """tools/test.py writes CAM files from it, whatever the backbone."""
    work_dir, runner = fitted
    checkpoint = read_checkpoint(work_dir / 'iter_1.pth')
    assert set(checkpoint['state_dict']) == set(runner.model.state_dict())
    assert (work_dir / 'last_checkpoint').read_text().endswith('iter_1.pth')
    cfg = config(tree, work_dir)
    cfg.dump(work_dir / 'config.py')
    subprocess.run(
        [sys.executable, 'tools/test.py', work_dir / 'config.py',
         work_dir / 'iter_1.pth', '--tta', '--work-dir', work_dir / 'test'],
        check=True, cwd=ROOT, capture_output=True)
    maps = ClassMaps.load(work_dir / 'cam' / 'pic_1.npz')
    assert maps.labels.tolist() == [2] and maps.maps.max() <= 1


def test_corrected_labels_need_no_features(tree, fitted, tmp_path,
                                           monkeypatch):
    """Only the fit runs again; other networks and images are told apart."""
    labels = json.loads((tree / 'image_labels.json').read_text())
    labels['images']['pic_0'] = ['cat', 'dog']
    (tmp_path / 'labels.json').write_text(json.dumps(labels))
    calls = []
    from wsss_plugins.engine.linear_fit import features
    original = features.pooled_input
    monkeypatch.setattr(features, 'pooled_input',
                        lambda *a: calls.append(1) or original(*a))
    cache = str(fitted[0] / 'features')

    def again(change=lambda cfg: None, **options):
        calls.clear()
        cfg = config(tree, tmp_path, cache_dir=cache, **options)
        change(cfg)
        train(cfg)
        return len(calls)

    before = head_weight(fitted[0])
    assert again() == 0
    assert torch.equal(head_weight(tmp_path), before)

    def corrected(cfg):
        cfg.train_dataloader.dataset.label_file = str(
            tmp_path / 'labels.json')

    assert again(corrected) == 0
    assert not torch.allclose(head_weight(tmp_path), before)
    assert again(lambda cfg: cfg.model.backbone.update(frozen_stages=1)) == 0
    assert again(lambda cfg: cfg.model.decode_head.update(
        type='wsss_plugins.EPSHead')) == 0
    assert again(weight_decay=1.) == 0
    assert again(lambda cfg: cfg.model.backbone.update(
        dilations=(1, 1, 1, 2), strides=(1, 2, 2, 1))) == 14
    assert again(lambda cfg: cfg.model.backbone.update(
        init_cfg=weights(tree, 1))) == 14
    assert again(lambda cfg: cfg.model.data_preprocessor.update(
        mean=[1., 2., 3.])) == 14
    assert again(scales=(48, )) == 0
    assert again(scales=(64, 32)) == 7
    assert again(flip=True) == 14
    tta = [dict(type='LoadImageFromFile'), dict(
        type='TestTimeAug', transforms=[
            [dict(type='RandomFlip', prob=p) for p in (0., 1.)],
            [dict(type='wsss_plugins.PackWSSSInputs')]])]
    assert again(pipeline=tta) == 14


def dataset_of(cfg):
    from wsss_plugins.engine.image_set import LabeledImageSet
    with DefaultScope.overwrite_default_scope('mmseg'):
        dataset = DATASETS.build(cfg.train_dataloader.dataset)
        return LabeledImageSet(dataset, [
            dict(type='LoadImageFromFile'),
            dict(type='wsss_plugins.PackWSSSInputs')])


def test_cut_off_extraction_goes_on(tree, fitted, tmp_path, monkeypatch):
    """What was saved is not made again, and a changed image is."""
    from wsss_plugins.engine.linear_fit import features
    images = dataset_of(config(tree, tmp_path))
    model = fitted[1].model
    monkeypatch.setattr(features, '_ROUND', 2)
    monkeypatch.setattr(features, '_SAVE_SECONDS', 0.)
    path, calls = tmp_path / 'x.npz', []
    original = features.pooled_input

    def killed(*args):
        calls.append(1)
        if len(calls) == 6:
            raise KeyboardInterrupt
        return original(*args)

    monkeypatch.setattr(features, 'pooled_input', killed)
    with pytest.raises(KeyboardInterrupt):
        pooled_features(model, images, FeatureFile(path), 0)
    found = pooled_features(model, images, FeatureFile(path), 0)
    assert found.shape == (7, 1, 64) and found.dtype == torch.float32
    assert len(calls) == 6 + 3  # of four saved ones none
    again = pooled_features(model, images, FeatureFile(path), 0)
    assert torch.equal(found, again) and len(calls) == 9
    with np.load(path) as stored:
        assert sorted(stored['names']) == images.names
    path.write_bytes(path.read_bytes()[:-9])
    assert torch.equal(pooled_features(model, images, FeatureFile(path), 0),
                       found)
    assert len(calls) == 16
    picture = Path(images.paths[3])
    before = picture.read_bytes()
    try:
        picture.write_bytes(Path(images.paths[5]).read_bytes())
        other = pooled_features(model, images, FeatureFile(path), 0)
    finally:
        picture.write_bytes(before)
    assert len(calls) == 17 and torch.equal(other[3], found[5])


def test_network_is_left_as_it_was(tree, tmp_path):
    cfg = config(tree, tmp_path)
    runner = train(cfg)
    fresh = Runner.from_cfg(config(tree, tmp_path / 'fresh'))
    fresh._init_model_weights()
    for name, value in runner.model.state_dict().items():
        if 'conv_seg' not in name:
            assert torch.equal(value, fresh.model.state_dict()[name]), name
    assert runner.iter == 1
    # A resumed run has nothing left to do.
    saved = (tmp_path / 'iter_1.pth').stat().st_mtime_ns
    train(config(tree, tmp_path), resume=True)
    assert (tmp_path / 'iter_1.pth').stat().st_mtime_ns == saved


def tuning(tree, work_dir, cache, head=None):
    """Fine-tuning that starts at the fit; learning rate 0 shows the start."""
    cfg = config(tree, work_dir)
    options = dict(cfg.train_cfg, cache_dir=str(cache))
    options.pop('type')
    cfg.custom_hooks = [dict(type='wsss_plugins.LinearStartHook', **options)]
    cfg.train_cfg = dict(
        _delete_=True, type='IterBasedTrainLoop', max_iters=2)
    cfg.train_cfg.pop('_delete_')
    cfg.train_pipeline[-2].crop_size = (32, 32)
    cfg.train_dataloader.dataset.pipeline = cfg.train_pipeline
    cfg.model.decode_head.update(head or {})
    return cfg


def test_fine_tuning_starts_at_the_fit(tree, fitted, tmp_path):
    cfg = tuning(tree, tmp_path, fitted[0] / 'features')
    train(cfg)
    assert torch.equal(head_weight(tmp_path, 1), head_weight(fitted[0]))
    cfg = tuning(tree, tmp_path, fitted[0] / 'features')
    cfg.optim_wrapper.optimizer.lr = .1
    cfg.train_cfg.max_iters = 3
    train(cfg, resume=True)
    moved = head_weight(tmp_path, 3)
    assert torch.equal(head_weight(tmp_path, 2), head_weight(fitted[0]))
    assert not torch.equal(moved, head_weight(fitted[0]))


def test_further_maps_start_at_zero(tree, fitted, tmp_path):
    cfg = tuning(tree, tmp_path, fitted[0] / 'features',
                 dict(type='wsss_plugins.EPSHead'))
    runner = Runner.from_cfg(cfg)
    runner.train_loop.run = lambda: None
    hook = next(h for h in runner.hooks if 'LinearStart' in type(h).__name__)
    runner._init_model_weights()
    hook.before_train(runner)
    weight = runner.model.decode_head.conv_seg.weight[:, :, 0, 0]
    assert torch.equal(weight[:2].detach(), head_weight(fitted[0]))
    assert not weight[2].any()


@pytest.mark.parametrize('change, message', [
    (lambda c: c.model.decode_head.update(num_classes=4),
     'data set has 2 classes, the head 3'),
    (lambda c: c.model.decode_head.update(
        type='FCNHead', num_convs=0, concat_input=False, channels=64),
     'decode head is FCNHead'),
    (lambda c: c.train_cfg.update(weight_decay=0.), 'positive number'),
    (lambda c: c.train_cfg.update(scales=()), 'longer side'),
    (lambda c: c.train_cfg.update(max_iter=1, tolerance=1e-9),
     'raise max_iter, tolerance or weight_decay'),
    (lambda c: c.train_dataloader.dataset.update(
        label_file=None, metainfo=dict(classes=('background', 'a', 'b'))),
     'no image-level labels'),
])
def test_mistakes(tree, tmp_path, change, message):
    cfg = config(tree, tmp_path)
    change(cfg)
    with pytest.raises(UserError, match=message):
        train(cfg)


def test_a_fit_that_ends_near_its_tolerance_is_told(tree, fitted, tmp_path):
    """No step makes the gradient less; both are relative to that of 0."""
    def fit(tolerance):
        cfg = config(tree, tmp_path, tolerance=tolerance, max_iter=10**6,
                     cache_dir=str(fitted[0] / 'features'))
        train(cfg)

    with pytest.raises(UserError) as far:
        fit(1e-30)
    told = re.search(r'gradient (\S+) after \d+ steps is above the tolerance, '
                     r'(\S+);', str(far.value))
    least = float(told[1]) / float(told[2]) * 1e-30
    with pytest.raises(UserError, match='raise max_iter, tolerance'):
        fit(least / 30)
    fit(least / 3)
    log = max(tmp_path.glob('*/*.log'), key=lambda path: path.stat().st_mtime)
    assert 'WARNING - linear fit: gradient' in log.read_text()
    assert head_weight(tmp_path).isfinite().all()


def test_two_ranks_find_the_same(tree, fitted, tmp_path):
    cfg = config(tree, tmp_path)
    cfg.env_cfg.dist_cfg = dict(backend='gloo')
    cfg.dump(tmp_path / 'config.py')
    env = dict(os.environ, CUDA_VISIBLE_DEVICES='', OMP_NUM_THREADS='1')
    subprocess.run(
        [sys.executable, '-m', 'torch.distributed.run', '--nproc_per_node=2',
         '--rdzv-backend=c10d', '--rdzv-endpoint=localhost:0',
         'tools/train.py', tmp_path / 'config.py', '--launcher', 'pytorch',
         '--work-dir', tmp_path], check=True, cwd=ROOT, env=env,
        capture_output=True, text=True)
    assert torch.equal(head_weight(tmp_path), head_weight(fitted[0]))
