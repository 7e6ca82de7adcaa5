"""What each stage of a recipe costs, measured on this machine."""
import ctypes
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import mmcv
import numpy as np
import torch
from mmcv.transforms import Compose
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.model.utils import revert_sync_batchnorm
from mmengine.registry import MODELS, TRANSFORMS, init_default_scope
from mmengine.structures import PixelData
from mmseg.models import EncoderDecoder
from mmseg.structures import SegDataSample
from torch import nn

from ...engine.fold_norms import fold_norms
from ...engine.linear_fit.classifier import cam_head_of
from ...models.heads.cam_head import CAMHead
from ...models.heads.pair_label_head import PairLabelHead
from ...pipelines.forking.choice import may_fork
from ...pipelines.pipeline import Pipeline
from ...pipelines.stage import Stage
from ...structures import ClassMaps, UserError, read_image, read_image_list
from ...workspace.layout import Workspace
from ..devices import checked_device
from ..read_config import read_config

# What every stage imports, and seconds until its parts are built.
_IMPORTS = 'import mmseg.apis, wsss_plugins.models, wsss_plugins.evaluation'
_BUILD = 3.
# Seconds of an image that is only read and written.
_COPY = .03
# What begins the names of transforms that turn CAMs into masks.
_MAKERS = ('Make', 'Refine')
# Side of the CAMs of the image that is tried.
_MAP = 32
# Work of so many seconds is not done twice to know how long it takes.
_LONG = 5.
# Work of a training step with gradients to the image, in passes forward.
_PASSES = 3.
_CROP = 256
# Sides that any backbone takes.
_MULTIPLE = 32
# Sizes of views where a config names none.
_SCALES = (384, 512)


@dataclass(frozen=True)
class StageCost:
    """Seconds of a stage on this machine.

    Attributes:
        name (str): Of the stage.
        fixed (float): Whatever the number of images and steps.
        image (float): Of each image.
        step (float): Of each training step.
        steps (int, optional): Number of steps; None: as the plan says.
    """
    name: str
    fixed: float
    image: float = 0.
    step: float = 0.
    steps: int | None = 0


def measure(workspace: Workspace, pipeline: Pipeline) -> list[StageCost]:
    """Time the work of each stage on one image of the workspace.

    Args:
        workspace (Workspace): With its work copies.
        pipeline (Pipeline): Stages of a recipe; the training of ``train_seg``
            is as long as the plan says, others as their config does.
    """
    image = read_image(next(iter(sorted(workspace.images.iterdir()))))
    init_default_scope('mmseg')
    meter = _Meter(workspace, image)
    costs = []
    for stage in pipeline.stages:
        costs.append(meter.cost(stage))
        if may_fork() and get_device() == 'cpu':
            meter.start = _BUILD  # the first one has imported for all
    _give_back()
    return costs


class _Meter:
    """Measures stages; equal work once.

    Args:
        workspace (Workspace): Whose images.
        image (np.ndarray): One of them.
    """

    def __init__(self, workspace: Workspace, image: np.ndarray) -> None:
        self.image = image
        self.start = _BUILD + _seconds(lambda: subprocess.run(
            [sys.executable, '-c', _IMPORTS], check=False,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        self.cores = len(os.sched_getaffinity(0))
        try:
            self.truth = len(read_image_list(workspace.split_list('truth')))
        except UserError:
            self.truth = 0

    def cost(self, stage: Stage) -> StageCost:
        """Of one stage."""
        if stage.script is None:
            return StageCost(stage.name, self.start)
        cfg = read_config(stage.program)
        if stage.traits.trains:
            return self._training(stage, cfg)
        if stage.trained_by is not None:
            return self._prediction(stage, cfg)
        return self._masks(stage, cfg)

    def _training(self, stage: Stage, cfg: Config) -> StageCost:
        network = _bare(cfg)
        fit = _fit_of(cfg)
        views = 0. if fit is None else self._views(network, fit)
        if 'max_iters' not in cfg.train_cfg:
            return StageCost(stage.name, self.start, image=views)
        if stage.name == 'train_seg':
            step = _timed(lambda: _segmentor_step(network, cfg))
            return StageCost(stage.name, self.start, image=views, step=step,
                             steps=None)
        steps = stage.cfg_options.get('max_iters', cfg.train_cfg.max_iters)
        step = (_timed(lambda: _pairs_step(network, cfg))
                if isinstance(network.decode_head, PairLabelHead) else
                _PASSES * _timed(lambda: _forward(network, cfg)))
        return StageCost(stage.name, self.start, image=views, step=step,
                         steps=int(steps))

    def _prediction(self, stage: Stage, cfg: Config) -> StageCost:
        network = _bare(cfg, tested=True)
        if stage.tta:
            return StageCost(stage.name, self.start, image=self._views(
                network, _fit_of(cfg) or {}))
        image = _as_loaded(self.image, cfg)
        seconds = _timed(
            (lambda: _look(network, image, max(image.shape)))
            if _is_plain(network) else lambda: _walk(network, image))
        if stage.name == 'seg_alone':
            return StageCost(stage.name, self.start + self.truth * seconds)
        return StageCost(stage.name, self.start, image=seconds)

    def _views(self, network: nn.Module, fit: dict) -> float:
        """Features or CAMs of an image at all scales."""
        return sum(_timed(lambda s=scale: _look(network, self.image, s))
                   for scale in fit.get('scales', _SCALES))

    def _masks(self, stage: Stage, cfg: Config) -> StageCost:
        """Of a stage that makes masks of files, by its transforms."""
        making = [step for step in cfg.test_dataloader.dataset.pipeline
                  if _kind(step).startswith(_MAKERS)]
        seconds = _COPY + (_timed(lambda: _make(making, self.image))
                           / self.cores if making else 0)
        if 'eval_list' in stage.cfg_options:
            return StageCost(stage.name, self.start + self.truth * seconds)
        return StageCost(stage.name, self.start, image=seconds)


def _give_back() -> None:
    """Return freed memory to the system, where its C library can.

    More than a gigabyte, which the stages need.
    """
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def _fit_of(cfg: Config) -> dict | None:
    """Arguments of the convex fit that a config has, if it has one."""
    parts = [cfg.get('train_cfg') or {}, *cfg.get('custom_hooks', [])]
    for part in parts:
        if _kind(part).startswith(('Linear', 'Pixel')):
            return part
    return None


def _kind(part: dict) -> str:
    return str(part.get('type', '')).rpartition('.')[2]


def _bare(cfg: Config, tested: bool = False) -> nn.Module:
    """A network without weights: they change no time."""
    config = dict(cfg.model, backbone=dict(cfg.model.backbone, init_cfg=None))
    network = revert_sync_batchnorm(MODELS.build(config))
    hooks = [*cfg.get('custom_hooks', []),
             *cfg.get('default_hooks', {}).values()]
    kinds = [_kind(hook) for hook in hooks]
    if tested and 'FoldNormHook' in kinds:
        fold_norms(network)
    if 'ChannelsLastHook' in kinds:
        network.to(memory_format=torch.channels_last)
    return network.to(checked_device())


def _timed(work: Callable[[], object]) -> float:
    """Seconds of a second run: the first one makes buffers."""
    first = _seconds(work)
    return first if first > _LONG else _seconds(work)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - began


def _look(network: nn.Module, image: np.ndarray, side: int) -> None:
    scale = side / max(image.shape) / _MULTIPLE
    height, width = (_MULTIPLE * max(1, round(s * scale))
                     for s in image.shape[:2])
    inputs = torch.zeros(1, 3, height, width, device=checked_device())
    network.eval()
    with torch.no_grad():
        if not _is_plain(network):
            network.extract_feat(inputs)
            return
        network.encode_decode(inputs, [dict(
            ori_shape=(height, width), img_shape=(height, width))])


def _is_plain(network: nn.Module) -> bool:
    """Whether it makes maps of an image alone, with no random walk."""
    return (type(network) is EncoderDecoder
            or isinstance(cam_head_of(network), CAMHead))


def _as_loaded(image: np.ndarray, cfg: Config) -> np.ndarray:
    """An image no larger than the network gets it."""
    longest = min([step['max_long'] for step in
                   cfg.test_dataloader.dataset.pipeline if 'max_long' in step],
                  default=max(image.shape))
    if longest >= max(image.shape):
        return image
    return mmcv.imrescale(image, (longest, longest))


def _walk(network: nn.Module, image: np.ndarray) -> None:
    """CAMs of an image by an affinity network."""
    maps = _class_maps(image)
    sample = SegDataSample(
        pred_cam=PixelData(data=torch.from_numpy(maps.maps)),
        metainfo=dict(img_shape=maps.size, ori_shape=maps.size))
    sample.set_data(dict(pred_cam_label=torch.from_numpy(maps.labels)))
    network.eval()
    network.predict(torch.zeros(1, 3, *maps.size, device=checked_device()),
                    [sample])


def _make(steps: list[dict], image: np.ndarray) -> None:
    """A mask of the CAMs of an image."""
    Compose([TRANSFORMS.build(step) for step in steps])(
        dict(img=image, class_maps=_class_maps(image)))


def _class_maps(image: np.ndarray) -> ClassMaps:
    """A CAM of one class, a slope over the image."""
    slope = np.linspace(0, 1, _MAP, dtype=np.float32)
    return ClassMaps(np.array([1]), (slope[:, None] * slope)[None],
                     image.shape[:2])


def _segmentor_step(segmentor: nn.Module, config: Config) -> None:
    segmentor.train()
    size = tuple(config.model['data_preprocessor']['size'])
    batch = config.train_dataloader['batch_size']
    device = checked_device()
    truth = PixelData(data=torch.zeros(1, *size, dtype=torch.long,
                                       device=device))
    samples = [SegDataSample(gt_sem_seg=truth,
                             metainfo=dict(img_shape=size))] * batch
    losses = segmentor.loss(
        torch.zeros(batch, 3, *size, device=device), samples)
    sum(value for key, value in losses.items() if 'loss' in key).backward()


def _pairs_step(network: nn.Module, config: Config) -> None:
    """A step of an affinity network, all of whose pixels are background."""
    crops = _crops(config)
    stride = next(step['stride'] for step in
                  config.train_dataloader.dataset.pipeline
                  if step['type'].endswith('MakeAffinityGrid'))
    height, width = (-(-side // stride) for side in crops.shape[2:])
    labels = PixelData(data=torch.full(
        (1, height, width), network.decode_head.background,
        dtype=torch.uint8))
    network.train()
    losses = network.loss(
        crops, [SegDataSample(gt_affinity=labels)] * len(crops))
    sum(losses.values()).backward()


def _forward(network: nn.Module, config: Config) -> None:
    """A batch of crops, without gradients."""
    network.eval()
    with torch.no_grad():
        network.extract_feat(_crops(config))


def _crops(config: Config) -> torch.Tensor:
    """An empty batch of a training."""
    sizes = [step['crop_size'] for step in
             config.train_dataloader.dataset.pipeline if 'crop_size' in step]
    size = tuple(sizes[0]) if sizes else (_CROP, _CROP)
    return torch.zeros(config.train_dataloader['batch_size'], 3, *size,
                       device=checked_device())
