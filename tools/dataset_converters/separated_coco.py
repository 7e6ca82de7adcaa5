"""Convert a public list of separated or occluded COCO objects to JSON.

separated_coco.py separated_coco.pkl separated.json

The lists are pickles; they are read without running code. The JSON is what
tools/measure_objects.py takes as --separated.
"""
import argparse

from wsss_plugins.apis.cli import run_main
from wsss_plugins.datasets.converters.separated_coco import separated_objects
from wsss_plugins.structures import write_json


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('pickle', help='separated_coco.pkl or occluded_coco'
                        '.pkl')
    parser.add_argument('out', help='JSON to write')
    return parser.parse_args()


def main() -> None:
    """Convert."""
    args = parse_args()
    objects = separated_objects(args.pickle)
    write_json(args.out, dict(objects=objects))
    print(f'{args.out}: {len(objects)} objects')


if __name__ == '__main__':
    run_main(main)
