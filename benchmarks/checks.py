"""Share of a stage's time that goes into checks of inputs and outputs.

"Reference" is the work of a stage on one image without checks, "ours" with
those of losses and predictions. ``share`` is the part of processor time that
is spent within these and in the check of the data set's files, which a stage
makes once; other programs on the machine change it little. A training is
taken to be one epoch long; each further one has no check of files.
"""
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from common.harness import Case
from common.images import image_of
from common.synthetic import smooth_maps
from mmengine.config import Config
from mmengine.optim import OptimWrapper
from mmengine.registry import DefaultScope
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from PIL import Image
from torch import nn

from wsss_plugins.datasets.checks import check_files
from wsss_plugins.engine.hooks.finite_hook import FiniteHook
from wsss_plugins.models.utils.finite_outputs import watch_outputs
from wsss_plugins.ops.cam.pseudo_mask import class_map_labels
from wsss_plugins.registry import MODELS
from wsss_plugins.structures import (
    ClassMaps,
    read_image,
    voc_palette,
    write_mask,
)
from wsss_plugins.testing.configs import config_path

_SIZE = (375, 500)
_CROP = (320, 320)
_CLASSES = 8
_SET = 64
_TURNS = {False: 9, True: 3}


class _Clock:
    """Processor time within some functions.

    Args:
        files (dict): Of an image, which a stage checks at its start.
    """

    def __init__(self, files: dict) -> None:
        self.files = files
        self.inside = 0.

    def within(self, function: Callable) -> Callable:
        """The function, with its time counted."""

        def timed(*args, **options):
            start = time.process_time()
            found = function(*args, **options)
            self.inside += time.process_time() - start
            return found

        return timed

    def share(self, run: Callable, turns: int) -> float:
        """Part of the time of some runs that is spent within."""
        run()
        start = time.process_time()
        check_files([self.files] * _SET, 'full', _CLASSES)
        files = (time.process_time() - start) / _SET * turns
        self.inside = 0.
        start = time.process_time()
        for _ in range(turns):
            run()
        spent = time.process_time() - start
        return (self.inside + files) / (spent + files)


def _watch(model: nn.Module, clock: _Clock) -> None:
    watch_outputs(model)
    for module in model.modules():
        for key, hook in module._forward_hooks.items():
            module._forward_hooks[key] = clock.within(hook)


def _network(name: str) -> nn.Module:
    cfg = Config.fromfile(config_path(f'_base_/models/{name}.py'))
    with DefaultScope.overwrite_default_scope('mmseg'):
        cfg.model.decode_head.num_classes = _CLASSES
        return MODELS.build(cfg.model)


def _sample(folder: Path) -> dict:
    """Files of an image, and of what stages make of it."""
    files = dict(img_path='a.jpg', seg_map_path='a.png', cam_path='a.npz')
    sample = {key: str(folder / name) for key, name in files.items()}
    Image.fromarray(image_of(0, *_SIZE)).save(sample['img_path'])
    mask = (np.indices(_SIZE).sum(0) // 99 % _CLASSES).astype(np.uint8)
    write_mask(sample['seg_map_path'], mask, voc_palette(_CLASSES))
    maps = smooth_maps(0, 2, (47, 63)).numpy()
    ClassMaps([1, 2], maps, _SIZE).save(sample['cam_path'])
    return sample


def _cam_stage(sample: dict, clock: _Clock | None) -> Callable:
    model = _network('cam_r18_small').eval()
    if clock:
        _watch(model, clock)

    def run() -> np.ndarray:
        image = read_image(sample['img_path']).transpose(2, 0, 1)
        data = SegDataSample(metainfo=dict(
            img_shape=_SIZE, ori_shape=_SIZE, img_path=sample['img_path']))
        with torch.no_grad():
            (found, ) = model.test_step(dict(
                inputs=[torch.from_numpy(image.copy())], data_samples=[data]))
        return found.pred_score.numpy()

    return run


def _mask_stage(sample: dict, clock: _Clock | None) -> Callable:
    target = Path(sample['img_path']).with_name('b.png')

    def run() -> np.ndarray:
        read_image(sample['img_path'])
        read = ClassMaps.load(sample['cam_path'])
        mask = class_map_labels(read.maps, read.labels, _SIZE, .2)
        write_mask(target, mask, voc_palette(_CLASSES))
        return mask

    return run


def _training(sample: dict, clock: _Clock | None) -> Callable:
    torch.manual_seed(0)
    model = _network('deeplabv2_r18_small').train()
    wrapper = OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.))
    hook = FiniteHook()

    def run() -> np.ndarray:
        image = read_image(sample['img_path'])[:_CROP[0], :_CROP[1]]
        data = SegDataSample(metainfo=dict(img_shape=_CROP, ori_shape=_CROP))
        data.gt_sem_seg = PixelData(data=torch.zeros(1, *_CROP).long())
        batch = torch.from_numpy(image.transpose(2, 0, 1).copy())
        losses = model.train_step(
            dict(inputs=[batch] * 2, data_samples=[data] * 2), wrapper)
        if clock:
            clock.within(hook.after_train_iter)(None, 0, None, losses)
        return losses['loss'].detach().numpy()

    return run


def cases(folder: Path, quick: bool) -> Iterator[Case]:
    """CAMs of an image, its mask, and a training step of two crops."""
    folder.mkdir(parents=True, exist_ok=True)
    sample = _sample(folder)
    for name, stage, keys in (
            ('CAMs of an image', _cam_stage, ('img_path', )),
            ('mask from CAMs', _mask_stage, ('img_path', 'cam_path')),
            ('training step', _training, ('img_path', 'seg_map_path'))):
        clock = _Clock({key: sample[key] for key in keys})
        checked = stage(sample, clock)
        yield Case(
            name, stage(sample, None), checked,
            lambda a, b, clock=clock, checked=checked: dict(
                share=clock.share(checked, _TURNS[quick])))
