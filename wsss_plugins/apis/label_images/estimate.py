"""How long it will take, and what it needs: measured on this machine."""
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from mmengine.model.utils import revert_sync_batchnorm
from mmengine.registry import MODELS, init_default_scope
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from torch import nn

from ...ops.crf.dense_crf import DenseCRF
from ...pipelines.pipeline import Pipeline
from ...pipelines.runner import duration
from ...structures import UserError, read_image
from ...workspace.layout import Workspace
from ..read_config import read_config

# Seconds of a stage before its first image.
_START = 12.
# Bytes of an image: work copy, CAM file, masks of the stages and at full size.
_BYTES = 400_000
# Share of the wanted minutes that the plan leaves unused.
_RESERVE = .05
_FEWEST_STEPS, _MOST_STEPS = 50, 20_000


@dataclass(frozen=True)
class Costs:
    """Seconds on this machine.

    Attributes:
        views (float): Features or CAMs of an image at all scales.
        crf (float): Dense CRF of an image, all cores at work.
        step (float): Training step of the segmentor.
        mask (float): Mask of an image by the segmentor.
    """
    views: float
    crf: float
    step: float
    mask: float


@dataclass(frozen=True)
class Plan:
    """Expected seconds of each stage.

    Attributes:
        seconds (dict[str, float]): By name of the stage, in order.
        max_iters (int): Steps of the segmentor's training.
    """
    seconds: dict[str, float]
    max_iters: int

    @property
    def total(self) -> float:
        """Seconds of all stages."""
        return sum(self.seconds.values())


def measure(workspace: Workspace, pipeline: Pipeline) -> Costs:
    """Time each kind of work on one image of the workspace.

    Args:
        workspace (Workspace): With its work copies.
        pipeline (Pipeline): With stages ``train_cam`` and ``train_seg``.
    """
    image = read_image(next(iter(sorted(workspace.images.iterdir()))))
    cam = read_config(pipeline.stage('train_cam').program)
    seg = read_config(pipeline.stage('train_seg').program)
    init_default_scope('mmseg')
    network = _bare(cam.model)
    views = sum(_timed(lambda s=scale: _look(network, image, s))
                for scale in cam.train_cfg.get('scales', (384, 512)))
    segmentor = _bare(seg.model)
    cores = len(os.sched_getaffinity(0))
    return Costs(
        views=views,
        crf=_timed(lambda: _refine(image)) / cores,
        step=_timed(lambda: _step(segmentor, seg)),
        mask=_timed(lambda: _look(segmentor, image, max(image.shape))))


def fitting_steps(images: int) -> int:
    """Steps of a training of the segmentor on so many images."""
    return min(2000, max(150, round(.6 * images)))


def plan(costs: Costs, images: int, max_iters: int,
         minutes: float | None = None) -> Plan:
    """Expected times; with ``minutes``, steps that fit into them.

    Args:
        costs (Costs): Of this machine.
        images (int): Number of images.
        max_iters (int): Steps of the recipe.
        minutes (float, optional): For the whole.

    Raises:
        UserError: If not even the fewest steps fit.
    """
    seconds = dict(
        train_cam=_START + images * costs.views,
        cam=_START + images * costs.views,
        masks_cam=_START + images * costs.crf,
        pseudo=_START + images * .01,
        train_seg=_START,
        seg=_START + images * costs.mask,
        final=_START + images * .05)
    if minutes is not None:
        rest = minutes * 60 * (1 - _RESERVE) - sum(seconds.values())
        max_iters = min(_MOST_STEPS, int(rest / costs.step))
        if max_iters < _FEWEST_STEPS:
            least = sum(seconds.values()) + _FEWEST_STEPS * costs.step
            raise UserError(
                f'--minutes {minutes:g}: {images} images need at least '
                f'{least / 60 / (1 - _RESERVE):.0f} minutes on this machine')
    seconds['train_seg'] += max_iters * costs.step
    return Plan(seconds, max_iters)


def tell(expected: Plan, workspace: Workspace, images: int) -> None:
    """Print what will run, how long, and how much disk it takes.

    Raises:
        UserError: If the disk has not enough room.
    """
    for name, seconds in expected.seconds.items():
        print(f'  {name:10} about {duration(seconds)}')
    needed, free = images * _BYTES, shutil.disk_usage(workspace.root).free
    print(f'{images} images: about {duration(expected.total)} in all, '
          f'{expected.max_iters} training steps; {needed / 1e9:.1f} GB of '
          f'disk, {free / 1e9:.0f} GB are free')
    if needed > free:
        raise UserError(f'{workspace.root}: {needed / 1e9:.1f} GB are needed, '
                        f'{free / 1e9:.1f} GB are free; choose another disk')


def _bare(config: dict) -> nn.Module:
    """A network without weights: they change no time."""
    config = dict(config, backbone=dict(config['backbone'], init_cfg=None))
    return revert_sync_batchnorm(MODELS.build(config))


def _timed(work: Callable[[], object]) -> float:
    """The shorter of two runs, in seconds."""
    times = []
    for _ in range(2):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def _look(network: nn.Module, image: np.ndarray, side: int) -> None:
    scale = side / max(image.shape)
    height, width = (max(32, round(s * scale)) for s in image.shape[:2])
    network.eval()
    with torch.no_grad():
        network.encode_decode(
            torch.zeros(1, 3, height, width),
            [dict(ori_shape=(height, width), img_shape=(height, width))])


def _refine(image: np.ndarray) -> None:
    scores = np.full((2, *image.shape[:2]), .5, dtype=np.float32)
    DenseCRF()(image, scores)


def _step(segmentor: nn.Module, config: dict) -> None:
    segmentor.train()
    size = tuple(config.model['data_preprocessor']['size'])
    batch = config.train_dataloader['batch_size']
    truth = PixelData(data=torch.zeros(1, *size, dtype=torch.long))
    samples = [SegDataSample(gt_sem_seg=truth,
                             metainfo=dict(img_shape=size))] * batch
    losses = segmentor.loss(torch.zeros(batch, 3, *size), samples)
    sum(value for key, value in losses.items() if 'loss' in key).backward()
