"""What ``tools/train.py`` does with its arguments."""
import argparse
import gc
import multiprocessing
import shlex
import signal
import sys

import torch
from mmengine.dist import is_main_process
from mmengine.registry import RUNNERS
from mmengine.runner import Runner

from ..compat import leave_rank, stop_ranks
from ..engine.hooks.stop_hook import StopHook, StopRequest, TrainingStopped
from .background import set_background
from .config_classes import check_classes
from .config_masks import check_masks
from .launch import load_config
from .mistakes import naming_mistakes
from .ranks import among_ranks
from .safety import enable_amp, guard_training

_NEEDS = ('model', 'train_dataloader', 'train_cfg', 'optim_wrapper')


def run_training(args: argparse.Namespace) -> int:
    """Train a model, until its end or until a signal.

    Args:
        args (argparse.Namespace): Those of ``tools/train.py``.

    Returns:
        int: Exit status; after a signal 128 and its number.

    Raises:
        UserError: If the config, its files or an option is wrong.
    """
    request = StopRequest()
    request.listen()
    try:
        with among_ranks(), naming_mistakes(args.config):
            _train(args, request)
    except TrainingStopped as stopped:
        status = 128 + stopped.number
        if is_main_process():
            _tell(stopped, args)
        for worker in multiprocessing.active_children():
            worker.kill()
        leave_rank(status)
        return status
    stop_ranks()
    return 0


def _train(args: argparse.Namespace, request: StopRequest) -> None:
    cfg = load_config(args, _NEEDS)
    guard_training(cfg)
    check_classes(cfg)
    check_masks(cfg)
    set_background(cfg, ('train', 'val'))
    if args.amp:
        enable_amp(cfg, torch.cuda.is_available())
    if args.resume:
        cfg.resume = True
        cfg.load_from = None if args.resume == 'auto' else args.resume
    # Data sets collect garbage, but none of it is among what was imported.
    gc.freeze()
    build = RUNNERS.build if 'runner_type' in cfg else Runner.from_cfg
    runner = build(cfg)
    runner.register_hook(StopHook(request))
    runner.train()


def _tell(stopped: TrainingStopped, args: argparse.Namespace) -> None:
    """How it ended, and the command to go on with."""
    words = list(sys.argv)
    if args.resume:
        place = words.index('--resume')
        del words[place:place + 1 + (args.resume != 'auto')]
    words = [sys.executable, *words, '--resume']
    saved = f'saved {stopped.checkpoint}; ' if stopped.checkpoint else ''
    how = shlex.join(words)
    if args.launcher != 'none':
        how = 'the same command with --resume'
    name = signal.Signals(stopped.number).name
    print(f'stopped by {name}; {saved}to go on: {how}', file=sys.stderr)
