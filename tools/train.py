"""Train a model: OpenMMLab's ``train.py`` with the plugins at hand."""
import argparse

from mmengine.runner import Runner

import wsss_plugins  # noqa: F401 (lets configs inherit from mmseg::)
from wsss_plugins.apis.cli import run_main
from wsss_plugins.apis.launch import add_common_arguments, load_config
from wsss_plugins.compat import stop_ranks
from wsss_plugins.structures import UserError


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='config file')
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        help='go on from the last checkpoint of the work dir, or from the '
        'given one')
    parser.add_argument(
        '--amp',
        action='store_true',
        help='train with automatic mixed precision')
    add_common_arguments(parser)
    return parser.parse_args()


def main() -> None:
    """Train."""
    args = parse_args()
    cfg = load_config(args)
    if args.amp:
        _enable_amp(cfg)
    if args.resume:
        cfg.resume = True
        cfg.load_from = None if args.resume == 'auto' else args.resume
    Runner.from_cfg(cfg).train()
    stop_ranks()


def _enable_amp(cfg) -> None:
    wrapper = cfg.optim_wrapper.type
    if wrapper not in ('OptimWrapper', 'AmpOptimWrapper'):
        raise UserError(f'--amp: the config uses {wrapper}; only OptimWrapper '
                        'can be switched to mixed precision')
    cfg.optim_wrapper.type = 'AmpOptimWrapper'
    cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')


if __name__ == '__main__':
    run_main(main)
