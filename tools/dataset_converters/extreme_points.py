"""Make extreme points from masks, and check files that hold them.

extreme_points.py coco instances_train2017.json train_points.json --strip-masks
extreme_points.py coco lvis_v1_train.json lvis_points.json --strip-masks
extreme_points.py voc VOC2012 ImageSets/Segmentation/train.txt points.json
extreme_points.py sbd benchmark_RELEASE/dataset VOC2012 train_aug.txt out.json
extreme_points.py check train_points.json

Every object of the output has "extreme_points": [[x, y] of top, left, bottom,
right] in pixel indices. --strip-masks writes no object masks; only crowd
regions, which are not trained on, keep theirs.
"""
import argparse

from wsss_plugins.apis.cli import run_main
from wsss_plugins.datasets.converters.extreme_points import (
    add_extreme_points,
    voc_extreme_points,
)
from wsss_plugins.datasets.converters.sbd import sbd_extreme_points
from wsss_plugins.datasets.converters.voc_xml import VOC_CLASSES
from wsss_plugins.structures import ObjectAnnotations, read_image_list


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest='command', required=True)
    coco = commands.add_parser('coco', help='from a COCO or LVIS json')
    coco.add_argument('source', help='instances json with masks')
    coco.add_argument(
        '--skip-broken',
        action='store_true',
        help='leave out objects without a valid mask instead of stopping')
    voc = commands.add_parser('voc', help="from VOC's instance masks")
    voc.add_argument(
        'root', help='folder with JPEGImages, SegmentationObject and '
        'SegmentationClass')
    voc.add_argument('list', help='text file of image names, one per line')
    voc.add_argument(
        '--classes',
        nargs='+',
        metavar='NAME',
        default=VOC_CLASSES,
        help="foreground classes in order (default: VOC's)")
    voc.add_argument(
        '--img-suffix', default='.jpg', help='of images (default: .jpg)')
    sbd = commands.add_parser(
        'sbd', help="from SBD's instance masks, and VOC's where it has none")
    sbd.add_argument('sbd', help="SBD's folder 'dataset', which has inst/")
    sbd.add_argument('root', help='VOC2012')
    sbd.add_argument('list', help='text file of image names, one per line')
    for command in (coco, voc, sbd):
        command.add_argument('output', help='json to write')
        command.add_argument(
            '--strip-masks',
            action='store_true',
            help='write no masks, so that none can leak into training')
    check = commands.add_parser('check', help='list the errors in a json')
    check.add_argument('source', help='json with extreme points')
    check.add_argument(
        '--boxes-do',
        action='store_true',
        help='an object may have a box instead of extreme points')
    return parser.parse_args()


def main() -> None:
    """Run the command line."""
    args = parse_args()
    if args.command == 'check':
        found = ObjectAnnotations.load(
            args.source, need_points=not args.boxes_do)
        print(f'{args.source}: {len(found)} objects, of which '
              f'{int(found.has_points.sum())} have extreme points, and '
              f'{len(found.crowd_ids)} crowd regions; no problems')
        return
    if args.command == 'coco':
        done = add_extreme_points(
            args.source, args.output, args.strip_masks,
            'skip' if args.skip_broken else 'raise')
    elif args.command == 'sbd':
        done = sbd_extreme_points(args.sbd, args.root,
                                  read_image_list(args.list), args.output,
                                  args.strip_masks)
    else:
        done = voc_extreme_points(args.root, read_image_list(args.list),
                                  args.output, args.strip_masks, args.classes,
                                  args.img_suffix)
    print('\n'.join(done.lines()))
    for problem in done.problems:
        print(f'left out: {problem}')


if __name__ == '__main__':
    run_main(main)
