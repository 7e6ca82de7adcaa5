"""Label objects with masks: boxes or clicks in, masks out.

label_objects.py IMAGES CLICKS OUT

trains a generator of masks and a detector: the same as "wsss label-objects".

label_objects.py CONFIG CHECKPOINT objects.json IMAGES OUT

draws masks with a generator that is trained. objects.json is COCO json whose
annotations have "bbox" or "extreme_points"; a table of clicks or boxes
becomes one with tools/dataset_converters/clicks_csv.py. OUT/instances.json is
what a detector trains on, OUT/labeling.json names the objects without a mask.
An interrupted run continues when the same command is run again.
"""
import argparse
import sys

import wsss_plugins  # noqa: F401 (lets configs inherit from mmseg::)
from wsss_plugins.apis.cli import run_main
from wsss_plugins.commands import run_command


def parse_args() -> argparse.Namespace:
    """Read the command line of a trained generator."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', help='config of a mask generator')
    parser.add_argument('checkpoint', help='its weights')
    parser.add_argument('objects', help='COCO json with boxes or points')
    parser.add_argument('images', help='folder of the images')
    parser.add_argument('out', help='folder for the results')
    parser.add_argument(
        '--device', default='cpu', help='default: %(default)s')
    parser.add_argument(
        '--threshold',
        type=float,
        nargs='+',
        help='probability that a mask must exceed: one, or three for small, '
        'medium and large boxes (default: the config\'s)')
    parser.add_argument(
        '--drop-unlabeled',
        action='store_true',
        help='leave out objects without a mask; by default they get their box')
    parser.add_argument(
        '--masks',
        choices=('rle', 'polygon'),
        default='rle',
        help='form of the masks; polygons, whose holes are filled, are for '
        'detectors with poly2mask=False (default: %(default)s)')
    parser.add_argument(
        '--workers', type=int, default=2, help='processes that read images')
    return parser.parse_args()


def draw() -> None:
    """Draw masks with a trained generator."""
    args = parse_args()
    from wsss_plugins.apis.labeler import MaskLabeler
    threshold = args.threshold
    if threshold is not None and len(threshold) == 1:
        threshold = threshold[0]
    labeler = MaskLabeler(args.config, args.checkpoint, args.device, threshold)
    counts = labeler.label_file(
        args.objects, args.images, args.out,
        'drop' if args.drop_unlabeled else 'box', args.workers, args.masks)
    print()
    for key, value in counts.items():
        print(f'{key:20} {value}')


def main() -> int | None:
    """One or the other, by the kind of the first argument."""
    words = sys.argv[1:]
    trained = not words or words[0] in ('-h', '--help') or (
        words[0].endswith('.py'))
    return draw() if trained else run_command('label-objects')


if __name__ == '__main__':
    run_main(main)
