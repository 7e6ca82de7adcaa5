"""Write index masks (NAME.png) of a COCO instances json."""
import argparse
import os

from wsss_plugins.apis.cli import run_main
from wsss_plugins.datasets.converters.coco_masks import write_coco_masks


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('json', help='instances_*.json')
    parser.add_argument('output', help='folder for the masks')
    parser.add_argument(
        '--ignore-crowd',
        action='store_true',
        help='crowd regions become 255 instead of their class')
    parser.add_argument('--workers', type=int, default=os.cpu_count() or 1)
    args = parser.parse_args()
    written = write_coco_masks(args.json, args.output, args.ignore_crowd,
                               args.workers)
    print(f'{args.output}: {written} masks written')


if __name__ == '__main__':
    run_main(main)
