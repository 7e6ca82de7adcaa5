"""Train a model: OpenMMLab's ``train.py`` with the plugins loaded.

train.py configs/cam/cam_r18-small_1xb16-400_tinyvoc-128.py

A run that was killed, or ended by a scheduler, continues with --resume and
ends as it would have without the interruption.
"""
import argparse
import multiprocessing
import shlex
import signal
import sys

import torch
from mmengine.dist import is_main_process
from mmengine.registry import RUNNERS
from mmengine.runner import Runner

import wsss_plugins  # noqa: F401 (lets configs inherit from mmseg::)
from wsss_plugins.apis.background import set_background
from wsss_plugins.apis.cli import run_main
from wsss_plugins.apis.config_classes import check_classes
from wsss_plugins.apis.config_masks import check_masks
from wsss_plugins.apis.launch import add_common_arguments, load_config
from wsss_plugins.apis.mistakes import naming_mistakes
from wsss_plugins.apis.ranks import among_ranks
from wsss_plugins.apis.safety import enable_amp, guard_training
from wsss_plugins.compat import leave_rank, stop_ranks
from wsss_plugins.engine.hooks.stop_hook import (
    StopHook,
    StopRequest,
    TrainingStopped,
)

_NEEDS = ('model', 'train_dataloader', 'train_cfg', 'optim_wrapper')


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', help='config file')
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        help='resume from the given checkpoint, or, without a value, from '
        'the newest complete one in the work dir')
    parser.add_argument(
        '--amp',
        action='store_true',
        help='train with automatic mixed precision')
    add_common_arguments(parser)
    return parser.parse_args()


def main() -> int:
    """Train."""
    args = parse_args()
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


if __name__ == '__main__':
    run_main(main)
