"""Write index masks (NAME.png) from a COCO instances json.

coco_masks.py instances_train2014.json SegmentationClass/train2014

Index 0 is the background; categories follow in the order of their ids. An
interrupted run continues where it stopped.
"""
import argparse
import os

from wsss_plugins.apis.cli import run_main
from wsss_plugins.datasets.converters.coco_masks import write_coco_masks


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('json', help='instances_*.json')
    parser.add_argument('output', help='folder for the masks')
    parser.add_argument(
        '--ignore-crowd',
        action='store_true',
        help='crowd regions become 255 instead of their class')
    parser.add_argument(
        '--overlap',
        choices=('smaller', 'later'),
        default='smaller',
        help='which object is on top where two overlap: the smaller one, or '
        'the one later in the file (default: smaller)')
    parser.add_argument(
        '--workers',
        type=int,
        default=os.cpu_count() or 1,
        help='number of processes (default: one for each core)')
    return parser.parse_args()


def main() -> None:
    """Run the command line."""
    args = parse_args()
    written = write_coco_masks(args.json, args.output, args.ignore_crowd,
                               args.workers, args.overlap)
    print(f'{args.output}: {written} masks written')


if __name__ == '__main__':
    run_main(main)
