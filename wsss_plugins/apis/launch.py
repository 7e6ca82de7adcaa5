"""What ``tools/train.py`` and ``tools/test.py`` share."""
import argparse
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config

from ..compat import restrict_checkpoints, start_cpu_ranks
from ..models.converters.checkpoint_files import weights_digest
from ..registry import METRICS
from .config_values import check_values
from .options import check_options
from .read_config import read_config, require
from .shortcuts import apply_options


def load_config(args: argparse.Namespace,
                wanted: tuple[str, ...] = ('model', )) -> Config:
    """Read the config and apply what the command line overrides.

    Args:
        args (argparse.Namespace): Of
            :func:`.common_arguments.add_common_arguments`.
        wanted (tuple[str]): Entries that the tool needs.

    Raises:
        UserError: If the file is missing or cannot be read as a config, or
            an option does not fit it.
    """
    restrict_checkpoints()
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    cfg = read_config(args.config, wanted)
    start_cpu_ranks(args.launcher)
    cfg.launcher = args.launcher
    if args.cfg_options:
        check_options(cfg, args.cfg_options)
        apply_options(cfg, args.cfg_options)
        require(cfg, args.config, wanted)
    check_values(cfg)
    if args.launcher != 'none':
        _wrap_for_ranks(cfg)
    if args.work_dir:
        cfg.work_dir = args.work_dir
    elif not cfg.get('work_dir'):
        cfg.work_dir = str(Path(cfg.get('work_root', 'work_dirs'),
                                Path(args.config).stem))
    return cfg


def _wrap_for_ranks(cfg: Config) -> None:
    """Let gradients of all ranks meet, on any device and of any network.

    Stages of a stock backbone that no head uses get no gradients, which
    DistributedDataParallel has to look for; ``find_unused_parameters=False``
    of a config saves that where all are used.
    """
    unused = cfg.setdefault('find_unused_parameters', True)
    if not torch.cuda.is_available():
        _use_plain_norms(cfg.get('model'))
        # The default wrapper pins a CUDA device.
        cfg.setdefault(
            'model_wrapper_cfg',
            dict(type='MMDistributedDataParallel', device_ids=None,
                 find_unused_parameters=unused))


def _use_plain_norms(node: Any) -> None:
    """Batch norms of stock models are synchronized, which needs a GPU."""
    if isinstance(node, Mapping):
        if node.get('type') == 'SyncBN':
            node['type'] = 'BN'
        for value in node.values():
            _use_plain_norms(value)
    elif isinstance(node, (list, tuple)):
        for item in node:
            _use_plain_norms(item)


def stamp_writers(cfg: Config, checkpoint: str | None) -> None:
    """Tell the writers of a test config what their files will depend on.

    A writer refuses a folder that was made with another model, pipeline or
    checkpoint.
    """
    evaluators = cfg.test_evaluator
    if not isinstance(evaluators, (list, tuple)):
        evaluators = [evaluators]
    made_with = [cfg.model, cfg.test_dataloader.dataset.pipeline]
    stamp = dict(config=_digest(repr(made_with).encode()))
    if checkpoint and Path(checkpoint).is_file():
        # The bytes of a file differ where its weights do not.
        stamp['checkpoint'] = weights_digest(checkpoint)
    for evaluator in evaluators:
        kind = evaluator['type']
        kind = METRICS.get(kind) if isinstance(kind, str) else kind
        if getattr(kind, 'stamped', False):
            evaluator.setdefault('stamp', stamp)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
