"""Test a model, or run an inference stage: OpenMMLab's ``test.py``."""
import argparse

import wsss_plugins  # noqa: F401 (lets configs inherit from mmseg::)
from wsss_plugins.apis.cli import run_main
from wsss_plugins.apis.common_arguments import add_common_arguments


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
    from wsss_plugins.apis.run_test import run_test
    run_test(args)


if __name__ == '__main__':
    run_main(main)
