"""Training steps of configs, run here: one batch, again and again."""
import copy
import logging
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from mmengine.config import Config
from mmengine.logging import MMLogger
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from torch import Tensor

from wsss_plugins.apis.background import set_background
from wsss_plugins.apis.read_config import read_config
from wsss_plugins.apis.shortcuts import apply_options
from wsss_plugins.apis.stage_parts import stage_parts
from wsss_plugins.registry import MODELS


def training_config(path: str, options: dict) -> Config:
    """Config of a training, as ``tools/train.py`` prepares it."""
    cfg = read_config(path)
    # Merging takes marks such as _delete_ out of what it is given.
    apply_options(cfg, copy.deepcopy(options))
    set_background(cfg, ('train', ))
    MMLogger.get_current_instance().setLevel(logging.ERROR)
    return cfg


class TrainingStep:
    """Forward, losses, backward and the optimizer's step, on a fixed batch.

    The data preprocessor is part of the step; transforms are not, as they run
    in data workers beside it. Weights stay as they are: with a learning rate
    of zero, random ones cannot overflow.

    Args:
        cfg (Config): Of :func:`training_config`.
        batch (int): Images of the batch.
        crop (int, optional): Side of crops, in place of the config's.

    Attributes:
        names (list[str]): See :func:`.stage_parts`.
        pixels (int): Of an image of the batch.
    """

    def __init__(self, cfg: Config, batch: int,
                 crop: int | None = None) -> None:
        init_default_scope(cfg.get('default_scope') or 'mmseg')
        self.names = stage_parts(cfg, training=True)
        cfg.train_dataloader.update(
            batch_size=batch, num_workers=0, persistent_workers=False)
        if crop:
            for node in _nodes([cfg.train_dataloader.dataset, cfg.model]):
                for key in ('crop_size', 'size'):
                    if key in node:
                        node[key] = (crop, crop)
        loader = Runner.build_dataloader(cfg.train_dataloader, seed=0)
        self.dataset = loader.dataset
        self.batch = next(iter(loader))
        self.images = batch
        torch.manual_seed(0)
        self.model = MODELS.build(cfg.model).train()
        self.wrapper = build_optim_wrapper(self.model, cfg.optim_wrapper)
        for group in self.wrapper.param_groups:
            group['lr'] = 0.
        self.pixels = self.inputs().shape[-1] * self.inputs().shape[-2]

    def inputs(self) -> Tensor:
        """What the network gets, (N, 3, H, W)."""
        return self.model.data_preprocessor(self.batch, True)['inputs']

    def run(self) -> 'TrainingStep':
        """One step."""
        self.model.train_step(self.batch, self.wrapper)
        return self

    def network_alone(self) -> None:
        """Forward and backward of backbone and head, without losses."""
        data = self.model.data_preprocessor(self.batch, True)
        found = self.model(**data, mode='tensor')
        sum(one.sum() for one in _tensors(found)).backward()
        self.wrapper.zero_grad()

    def report(self) -> dict:
        """Entries of a row."""
        return dict(stage=self.names, pixels=self.pixels, training=True)


def _nodes(node: Any) -> Iterator[Mapping]:
    if isinstance(node, Mapping):
        yield node
        for value in node.values():
            yield from _nodes(value)
    elif isinstance(node, (list, tuple)):
        for value in node:
            yield from _nodes(value)


def _tensors(found: Any) -> Iterator[Tensor]:
    if isinstance(found, Tensor):
        yield found
    elif isinstance(found, (list, tuple)):
        for one in found:
            yield from _tensors(one)
