"""Kill pipelines at random moments, and feed tools damaged files.

chaos.py --kills 200
chaos.py --kills 20 --pipelines eps psa --seed 7
chaos.py --inputs 300
chaos.py --ranks 2
chaos.py --trainings 5

Every pipeline is run undisturbed on a small TinyVOC first. Then its runner
and its stages, processes of their own, get SIGKILL, SIGTERM or SIGINT again
and again, and it goes on until it ends. All results must be those of the
undisturbed run, byte by byte. Of damaged inputs each must be refused in one
clear line, or give a result. The exit status is 1 if anything differs.
"""
import argparse
import sys
from pathlib import Path

import wsss_plugins  # noqa: F401 (lets configs inherit from mmseg::)
from wsss_plugins.apis.cli import run_main


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        '--kills', type=int, default=0, help='number of kills in all')
    parser.add_argument(
        '--inputs', type=int, default=0,
        help='number of damaged inputs in all')
    parser.add_argument(
        '--trainings', type=int, default=0,
        help='kill and resume the training of every config so many times')
    parser.add_argument(
        '--ranks', type=int, default=0,
        help='run the stages on so many ranks as well, and compare')
    parser.add_argument(
        '--pipelines',
        nargs='+',
        metavar='METHOD',
        help='methods whose pipelines are run (default: all)')
    parser.add_argument('--to', metavar='STAGE', help='last stage to run')
    parser.add_argument(
        '--at-once',
        type=int,
        default=15,
        help='kills after which a pipeline may end and is compared')
    parser.add_argument('--seed', type=int, help='default: drawn')
    parser.add_argument(
        '--work-dir', type=Path, help='kept; default: a temporary folder')
    return parser.parse_args()


def main() -> int:
    """Kill, compare, count."""
    args = parse_args()
    from wsss_plugins.testing.kills.chaos import run_chaos
    return run_chaos(args)


if __name__ == '__main__':
    sys.argv[0] = str(Path(sys.argv[0]).resolve())
    run_main(main)
