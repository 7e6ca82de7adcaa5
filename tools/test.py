"""Test a model, or run an inference stage: OpenMMLab's ``test.py``."""
import argparse
from pathlib import Path

from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.registry import RUNNERS
from mmengine.runner import Runner

import wsss_plugins  # noqa: F401 (lets configs inherit from mmseg::)
from wsss_plugins.apis.background import set_background
from wsss_plugins.apis.cli import run_main
from wsss_plugins.apis.launch import (
    add_common_arguments,
    load_config,
    stamp_writers,
)
from wsss_plugins.apis.mistakes import naming_mistakes
from wsss_plugins.apis.ranks import among_ranks
from wsss_plugins.apis.safety import guard_weights
from wsss_plugins.compat import stop_ranks
from wsss_plugins.structures import UserError, write_json

_NEEDS = ('model', 'test_dataloader', 'test_evaluator')


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='example: test.py '
        'configs/cam/cam_r18-small_1xb16-400_tinyvoc-128.py '
        'work_dirs/cam_r18-small_1xb16-400_tinyvoc-128/iter_400.pth --tta')
    parser.add_argument('config', help='config file')
    parser.add_argument(
        'checkpoint',
        nargs='?',
        help="checkpoint file; 'none', or left out, for stages without a "
        'network')
    parser.add_argument(
        '--tta',
        action='store_true',
        help='test-time augmentation by tta_pipeline and tta_model of the '
        'config: multiple scales and flipping')
    add_common_arguments(parser)
    return parser.parse_args()


def main() -> None:
    """Test, and write ``metrics.json`` into the work dir."""
    args = parse_args()
    with among_ranks(), naming_mistakes(args.config):
        _test(args)
    stop_ranks()


def _test(args: argparse.Namespace) -> None:
    cfg = load_config(args, _NEEDS)
    guard_weights(cfg)
    # Images of a test have many sizes; cuDNN would try its ways for each.
    cfg.setdefault('env_cfg', {})['cudnn_benchmark'] = False
    if args.tta:
        _enable_tta(cfg)
    set_background(cfg, ('test', ))
    _set_checkpoint(cfg, args)
    stamp_writers(cfg, cfg.load_from)
    build = RUNNERS.build if 'runner_type' in cfg else Runner.from_cfg
    metrics = build(cfg).test()
    if is_main_process():
        write_json(Path(cfg.work_dir, 'metrics.json'), metrics, indent=1,
                   default=float)


def _enable_tta(cfg) -> None:
    for key in ('tta_pipeline', 'tta_model'):
        if key not in cfg:
            raise UserError(f'--tta: {cfg.filename} has no {key}')
    cfg.test_dataloader.dataset.pipeline = cfg.tta_pipeline
    cfg.tta_model.module = cfg.model
    cfg.model = cfg.tta_model


def _set_checkpoint(cfg: Config, args: argparse.Namespace) -> None:
    """Let the runner load it, after hooks have prepared for it."""
    path = args.checkpoint
    cfg.resume, cfg.load_from = False, None
    if path in (None, 'none'):
        if cfg.model.type != 'wsss_plugins.PrecomputedModel':
            raise UserError(f'{args.config}: this model has weights; name a '
                            'checkpoint')
        return
    if '://' not in path and not Path(path).is_file():
        raise UserError(f'{path}: checkpoint not found')
    cfg.load_from = path


if __name__ == '__main__':
    run_main(main)
