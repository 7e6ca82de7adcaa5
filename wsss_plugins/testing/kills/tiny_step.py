"""One step of any training config on generated images, outside a runner."""
import argparse
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import DATASETS, MODELS, init_default_scope
from mmengine.runner import Runner
from torch import nn

from ...apis.launch import load_config
from ..configs import config_root
from .tiny_training import options_of


def step_of(config: str, data: Path,
            work_dir: Path) -> tuple[Config, nn.Module, dict[str, Any]]:
    """The network of a config, and a batch as its preprocessor gives it.

    Args:
        config (str): Path below ``configs/``.
        data (Path): Of :func:`~.tiny_training.make_inputs`.
        work_dir (Path): For what the config writes.

    Returns:
        tuple: The config, the network with random weights, and the batch of
        two with the keys ``inputs`` and ``data_samples``.
    """
    cfg = load_config(argparse.Namespace(
        config=str(config_root() / config), launcher='none', local_rank=0,
        cfg_options=options_of(config, data, 2), work_dir=str(work_dir)))
    init_default_scope(cfg.default_scope)
    model = MODELS.build(cfg.model)
    dataset = DATASETS.build(cfg.train_dataloader.dataset)
    loader = Runner.build_dataloader(
        dict(cfg.train_dataloader, dataset=dataset, num_workers=0,
             persistent_workers=False), seed=0)
    batch = model.data_preprocessor(next(iter(loader)), True)
    labels = getattr(getattr(model, 'decode_head', None), 'labels', None)
    if labels is not None:
        _assign(labels, [sample.sample_name
                         for sample in batch['data_samples']])
    return cfg, model, batch


def _assign(labels: Any, names: list[str]) -> None:
    """Sub-categories, as clustering before this step leaves them."""
    labels.reserve(names)
    labels.install(torch.zeros_like(labels.table),
                   torch.full_like(labels.counts, 2), 1)
    labels.rows(names)
