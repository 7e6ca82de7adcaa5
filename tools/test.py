"""Test a model, or run an inference stage: OpenMMLab's ``test.py``."""
import argparse
import pickle
from pathlib import Path

from mmengine.dist import is_main_process
from mmengine.runner import Runner

import wsss_plugins  # noqa: F401 (lets configs inherit from mmseg::)
from wsss_plugins.apis.cli import run_main
from wsss_plugins.apis.launch import (
    add_common_arguments,
    load_config,
    stamp_writers,
)
from wsss_plugins.compat import stop_ranks
from wsss_plugins.models.converters.check import check_checkpoint
from wsss_plugins.structures import UserError, write_json


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='config file')
    parser.add_argument(
        'checkpoint',
        nargs='?',
        help="checkpoint file; 'none', or left out, for stages without a "
        'network')
    parser.add_argument(
        '--tta',
        action='store_true',
        help='use tta_pipeline and tta_model of the config: multi-scale and '
        'flip')
    add_common_arguments(parser)
    return parser.parse_args()


def main() -> None:
    """Test, and write ``metrics.json`` into the work dir."""
    args = parse_args()
    cfg = load_config(args)
    if args.tta:
        _enable_tta(cfg)
    stamp_writers(cfg, args.checkpoint)
    runner = Runner.from_cfg(cfg)
    if args.checkpoint not in (None, 'none'):
        _load_checkpoint(runner, args.checkpoint)
    elif cfg.model.type != 'wsss_plugins.PrecomputedModel':
        raise UserError(f'{args.config}: this model has weights; name a '
                        'checkpoint')
    metrics = runner.test()
    if is_main_process():
        write_json(Path(cfg.work_dir, 'metrics.json'), metrics, indent=1,
                   default=float)
    stop_ranks()


def _enable_tta(cfg) -> None:
    for key in ('tta_pipeline', 'tta_model'):
        if key not in cfg:
            raise UserError(f'--tta: {cfg.filename} has no {key}')
    cfg.test_dataloader.dataset.pipeline = cfg.tta_pipeline
    cfg.tta_model.module = cfg.model
    cfg.model = cfg.tta_model


def _load_checkpoint(runner: Runner, path: str) -> None:
    """Load strictly: a file of another architecture must not pass."""
    if not Path(path).is_file():
        raise UserError(f'{path}: checkpoint not found')
    try:
        checkpoint = runner.load_checkpoint(path, map_location='cpu')
    except (pickle.UnpicklingError, EOFError, RuntimeError) as error:
        reason = str(error).strip().splitlines()
        raise UserError(f'{path}: not a checkpoint of weights '
                        f'({reason[-1] if reason else "empty"})') from None
    model = getattr(runner.model, 'module', runner.model)
    check_checkpoint(model, checkpoint.get('state_dict', checkpoint), path)


if __name__ == '__main__':
    run_main(main)
