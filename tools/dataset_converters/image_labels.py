"""Make the JSON of image-level labels from another format.

image_labels.py voc-xml VOC2012/Annotations image_labels.json
image_labels.py coco instances_train2014.json image_labels.json
image_labels.py masks SegmentationClass image_labels.json --classes cat dog
image_labels.py csv tags.csv image_labels.json
image_labels.py npy cls_labels.npy image_labels.json
image_labels.py info image_labels.json
"""
import argparse
from pathlib import Path

from wsss_plugins.apis.cli import run_main
from wsss_plugins.datasets.converters import (
    from_coco_json,
    from_csv,
    from_label_masks,
    from_numpy,
    from_voc_xml,
    select_images,
)
from wsss_plugins.datasets.converters.voc_xml import VOC_CLASSES
from wsss_plugins.structures import ImageLabels, UserError


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest='command', required=True)
    for name, what in (('voc-xml', 'folder of VOC XML files'),
                       ('coco', 'COCO instances json'),
                       ('masks', 'folder of label masks'),
                       ('csv', 'table of tags'),
                       ('npy', 'cls_labels.npy of a reference repository')):
        command = commands.add_parser(name, help=f'from a {what}')
        command.add_argument('source', help=what)
        command.add_argument('output', help='JSON to write')
        command.add_argument(
            '--list', help='text file of image names to keep, one a line')
        command.add_argument(
            '--keep-empty',
            action='store_true',
            help='keep images without tags')
        if name != 'coco':
            command.add_argument(
                '--classes', nargs='+', help='foreground classes in order')
    choices = commands.choices
    choices['voc-xml'].add_argument(
        '--no-difficult',
        action='store_true',
        help="leave out objects marked 'difficult'; the papers count them")
    choices['coco'].add_argument(
        '--no-crowd', action='store_true', help='leave out crowd regions')
    choices['masks'].add_argument(
        '--min-pixels', type=int, default=1, help='smallest area that counts')
    info = commands.add_parser('info', help='count images by class')
    info.add_argument('source', help='JSON of image-level labels')
    return parser.parse_args()


def convert(args: argparse.Namespace, names: list[str] | None) -> ImageLabels:
    """Read the labels in the format of the command."""
    if args.command == 'coco':
        labels = from_coco_json(args.source, not args.no_crowd)
        if names is None and not args.keep_empty:
            # COCO has pictures with no object at all; they are no mistake.
            names = [name for name, tags in labels.images.items() if tags]
            print(f'{len(labels.images) - len(names)} images have no object '
                  'and are left out')
        return select_images(labels, names, args.keep_empty)
    if args.command == 'voc-xml':
        return from_voc_xml(args.source, args.classes or VOC_CLASSES,
                            not args.no_difficult, names)
    if args.command == 'masks':
        if not args.classes:
            raise UserError('masks: name the --classes of the indices 1, 2, '
                            '...')
        return from_label_masks(args.source, args.classes, args.min_pixels,
                                names)
    if args.command == 'csv':
        return from_csv(args.source, args.classes)
    return from_numpy(args.source, args.classes or VOC_CLASSES)


def main() -> None:
    """Run the command line."""
    args = parse_args()
    if args.command == 'info':
        labels = ImageLabels.load(args.source)
    else:
        names = None
        if args.list:
            if not Path(args.list).is_file():
                raise UserError(f'{args.list}: list of images not found')
            names = Path(args.list).read_text().split()
        labels = select_images(
            convert(args, names), names, args.keep_empty)
        labels.save(args.output)
    for name, count in labels.counts().items():
        print(f'{count:8d}  {name}')
    print(f'{len(labels.images):8d}  images')


if __name__ == '__main__':
    run_main(main)
