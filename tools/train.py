"""Train a model: OpenMMLab's ``train.py`` with the plugins loaded.

train.py configs/cam/cam_r18-small_1xb16-400_tinyvoc-128.py

A run that was killed, or ended by a scheduler, continues with --resume and
ends as it would have without the interruption.
"""
import argparse

import wsss_plugins  # noqa: F401 (lets configs inherit from mmseg::)
from wsss_plugins.apis.cli import run_main
from wsss_plugins.apis.common_arguments import add_common_arguments


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
        help='train with automatic mixed precision, on a GPU or on a CPU that '
        'computes in bfloat16')
    add_common_arguments(parser)
    return parser.parse_args()


def main() -> int:
    """Train."""
    args = parse_args()
    from wsss_plugins.apis.run_training import run_training
    return run_training(args)


if __name__ == '__main__':
    run_main(main)
