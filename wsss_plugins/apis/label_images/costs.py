"""What each stage of a recipe costs, measured on this machine."""
import ctypes
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.model.utils import revert_sync_batchnorm
from mmengine.registry import MODELS, init_default_scope
from torch import nn

from ...engine.tested_form import to_test_form
from ...models.heads.pair_label_head import PairLabelHead
from ...pipelines.forking.choice import may_fork
from ...pipelines.pipeline import Pipeline
from ...pipelines.stage import Stage
from ...structures import UserError, read_image, read_image_list
from ...workspace.layout import Workspace
from ..devices import checked_device
from ..read_config import read_config
from .trials import (
    as_loaded,
    forward,
    is_plain,
    look,
    make_mask,
    pairs_step,
    seconds_of,
    segmentor_step,
    timed,
    walk,
)

# What every stage imports, and seconds until its parts are built.
_IMPORTS = 'import mmseg.apis, wsss_plugins.models, wsss_plugins.evaluation'
_BUILD = 3.
# Seconds of an image that is only read and written.
_COPY = .03
# What begins the names of transforms that turn CAMs into masks.
_MAKERS = ('Make', 'Refine')
# Work of a training step with gradients to the image, in passes forward.
_PASSES = 3.
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
        self.start = _BUILD + seconds_of(lambda: subprocess.run(
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
        fit = _fit_of(cfg)
        views = 0. if fit is None else self._features(cfg, fit)
        if 'max_iters' not in cfg.train_cfg:
            return StageCost(stage.name, self.start, image=views)
        network = _bare(cfg)
        if stage.name == 'train_seg':
            step = timed(lambda: segmentor_step(network, cfg))
            return StageCost(stage.name, self.start, image=views, step=step,
                             steps=None)
        steps = stage.cfg_options.get('max_iters', cfg.train_cfg.max_iters)
        step = (timed(lambda: pairs_step(network, cfg))
                if isinstance(network.decode_head, PairLabelHead) else
                _PASSES * timed(lambda: forward(network, cfg)))
        return StageCost(stage.name, self.start, image=views, step=step,
                         steps=int(steps))

    def _prediction(self, stage: Stage, cfg: Config) -> StageCost:
        network = _bare(cfg, tested=True)
        views = as_loaded(self.image, cfg.tta_pipeline if stage.tta else
                          cfg.test_dataloader.dataset.pipeline)
        if is_plain(network):
            sizes = [view.shape[:2] for view in views]
            seconds = sum(sizes.count(size) * timed(
                lambda s=size: look(network, *s)) for size in set(sizes))
        else:
            seconds = sum(timed(lambda v=view: walk(network, v))
                          for view in views)
        if stage.name == 'seg_alone':
            return StageCost(stage.name, self.start + self.truth * seconds)
        return StageCost(stage.name, self.start, image=seconds)

    def _features(self, cfg: Config, fit: dict) -> float:
        """Features of an image at all scales of a convex fit."""
        network = _bare(cfg, tested=True)
        longer = max(self.image.shape)
        return sum(timed(lambda f=scale / longer: look(
            network, *(f * side for side in self.image.shape[:2])))
            for scale in fit.get('scales', _SCALES))

    def _masks(self, stage: Stage, cfg: Config) -> StageCost:
        """Of a stage that makes masks of files, by its transforms."""
        making = [step for step in cfg.test_dataloader.dataset.pipeline
                  if _kind(step).startswith(_MAKERS)]
        seconds = _COPY + (timed(lambda: make_mask(making, self.image))
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
        to_test_form(network)
    if 'ChannelsLastHook' in kinds:
        network.to(memory_format=torch.channels_last)
    return network.to(checked_device())
