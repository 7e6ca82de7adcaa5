"""Draw masks of objects from their boxes with a trained generator.

object_demo.py out/generator photo.jpg out.jpg --box 4 9 19 29 --box 24 9 39 29

out/generator is what "wsss label-objects" writes. A box is x_min y_min x_max
y_max in pixels from 0, its last row and column included.
"""
import argparse

import wsss_plugins  # noqa: F401 (lets configs inherit from mmseg::)
from wsss_plugins.apis.cli import run_main


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('generator', help='folder of a generator')
    parser.add_argument('image', help='image file')
    parser.add_argument('out', help='drawing, .jpg or .png; .json for COCO')
    parser.add_argument(
        '--box', type=float, nargs=4, action='append', required=True,
        metavar=('X0', 'Y0', 'X1', 'Y1'), help='of an object; repeat it')
    parser.add_argument(
        '--threshold', type=float,
        help="probability that a mask must exceed (default: the config's)")
    return parser.parse_args()


def main() -> None:
    """Draw."""
    args = parse_args()
    from wsss_plugins.apis.object_labeler import ObjectLabeler
    labeler = ObjectLabeler(args.generator, threshold=args.threshold)
    found = labeler(args.image, boxes=args.box)
    found.save(args.out, None if args.out.endswith('.json') else 'overlay')
    sizes = found.masks.sum(axis=(1, 2)).tolist()
    print(f'{args.out}: masks of {", ".join(map(str, sizes))} pixels')


if __name__ == '__main__':
    run_main(main)
