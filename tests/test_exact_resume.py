"""A training that was killed ends as if it had not been, bit by bit.

A process with ``tools/train.py`` kills itself at a random step; a second one
resumes. Weights, optimizer and schedules must be those of a third, which ran
undisturbed.
"""
import random

import pytest
from mmengine.config import Config

from wsss_plugins.testing.configs import config_root
from wsss_plugins.testing.kills.checkpoint_diff import leaves
from wsss_plugins.testing.kills.exact_resume import resumed_differences
from wsss_plugins.testing.kills.tiny_training import (
    last_checkpoint,
    make_inputs,
    options_of,
    training_configs,
)

pytestmark = pytest.mark.family

CAM = 'cam/cam_r18-small_1xb16-400_tinyvoc-128.py'
DETECTOR = 'exits/mask-rcnn_r50_tinyvoc.py'


def kinds():
    """A config for each kind of head, or of model without one."""
    found = {}
    for name in training_configs():
        model = Config.fromfile(config_root() / name).model
        head = model.get('decode_head')
        parts = [key for key in sorted(model) if model[key] is not None]
        found.setdefault(head.type if head else tuple(parts), name)
    return sorted(found.values())


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    return make_inputs(tmp_path_factory.mktemp('tiny') / 'data')


def check(tmp_path, config, options, iterations, trap=None):
    """Undisturbed, killed at random and resumed; what differs."""
    found = resumed_differences(tmp_path, config, options, iterations,
                                random.randrange(2**32), trap)
    assert len(leaves(last_checkpoint(tmp_path / 'whole'))) > 20
    return found


@pytest.mark.parametrize('config', kinds())
def test_each_kind(tmp_path, root, config):
    if 'rcnn' in config:
        pytest.importorskip('mmcv._ext', reason='detectors need mmcv.ops')
    assert not check(tmp_path, config, options_of(config, root, 3), 3)


def written(tmp_path, base, text):
    """A config with further entries."""
    path = tmp_path / 'config.py'
    path.write_text(f'_base_ = {str(config_root() / base)!r}\n{text}\n')
    return str(path)


def on_cpu():
    """Mixed precision as on a GPU: mmengine refuses it on a CPU."""
    from mmengine.optim.optimizer import amp_optimizer_wrapper
    amp_optimizer_wrapper.is_cuda_available = lambda: True


VARIANTS = {
    'mixed precision': (CAM, "optim_wrapper = dict(type='AmpOptimWrapper', "
                        "dtype='bfloat16')", {}, on_cpu),
    'moving average': (CAM, "custom_hooks = [dict(type='EMAHook', "
                       'momentum=.3)]', {}, None),
    'persistent workers': (CAM, '', {
        'train_dataloader.num_workers': 2,
        'train_dataloader.persistent_workers': True}, None),
    'accumulation': (CAM, 'optim_wrapper = dict(accumulative_counts=3)', {},
                     None),
    'old checkpoint': (CAM, '', {'default_hooks.checkpoint.interval': 3},
                       None),
    'linear fit': (CAM, "train_cfg = dict(_delete_=True, scales=(64, ), "
                   "type='wsss_plugins.LinearFitLoop', weight_decay=2e-4)",
                   {}, None),
    'linear start': (CAM, "custom_hooks = [dict(scales=(64, ), "
                     "type='wsss_plugins.LinearStartHook', "
                     'weight_decay=2e-4)]', {}, None),
    'epochs': (CAM, "train_cfg = dict(_delete_=True, max_epochs=2, "
               "type='EpochBasedTrainLoop')\n"
               "train_dataloader = dict(drop_last=False, "
               "sampler=dict(type='DefaultSampler'))", {}, None),
    'buckets': (DETECTOR, "train_dataloader = dict(batch_sampler=dict("
                "type='AspectRatioBatchSampler'))", {}, None),
    'buckets and epochs': (
        DETECTOR, "train_cfg = dict(_delete_=True, max_epochs=2, "
        "type='EpochBasedTrainLoop', val_interval=1)\n"
        "train_dataloader = dict(sampler=dict(_delete_=True, "
        "type='DefaultSampler'), batch_sampler=dict("
        "type='AspectRatioBatchSampler'))", {}, None),
}


@pytest.mark.parametrize('name', VARIANTS)
def test_each_variant(tmp_path, root, name):
    base, text, more, trap = VARIANTS[name]
    if base == DETECTOR:
        pytest.importorskip('mmcv._ext', reason='detectors need mmcv.ops')
    config = written(tmp_path, base, text)
    options = dict(options_of(config, root, 5), **more)
    if 'train_cfg' in text:
        for key in ('train_cfg.max_iters', 'train_cfg.val_interval'):
            options.pop(key, None)
    # Of epochs, eight images in batches of two are four iterations.
    iterations = 1 if name == 'linear fit' else 5
    assert not check(tmp_path, config, options, iterations, trap)
