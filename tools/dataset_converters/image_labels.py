"""Make the JSON of image-level labels from another format.

image_labels.py voc-xml VOC2012/Annotations image_labels.json
image_labels.py coco instances_train2014.json image_labels.json
image_labels.py masks SegmentationClass image_labels.json --classes cat dog
image_labels.py csv labels.csv image_labels.json
image_labels.py npy cls_labels.npy image_labels.json
image_labels.py info image_labels.json
"""
import argparse

from wsss_plugins.apis.cli import run_main
from wsss_plugins.datasets.coco_classes import COCO_CLASSES
from wsss_plugins.datasets.converters import (
    VOC_CLASSES,
    from_coco_json,
    from_csv,
    from_label_masks,
    from_numpy,
    from_voc_xml,
    select_images,
)
from wsss_plugins.structures import (
    BACKGROUND,
    ImageLabels,
    UserError,
    read_image_list,
)

_CLASS_SETS = dict(
    voc=VOC_CLASSES, coco=tuple(n for n in COCO_CLASSES if n != BACKGROUND))


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest='command', required=True)
    for name, what in (('voc-xml', 'folder of VOC XML files'),
                       ('coco', 'COCO instances json'),
                       ('masks', 'folder of label masks'),
                       ('csv', 'table of labels'),
                       ('npy',
                        'cls_labels.npy or pickle of another repository')):
        add_source(commands.add_parser(name, help=f'from a {what}'), what)
    choices = commands.choices
    for name in ('voc-xml', 'masks', 'csv', 'npy'):
        choices[name].add_argument(
            '--classes',
            nargs='+',
            metavar='NAME',
            help="foreground classes in order; 'voc' or 'coco' alone stands "
            'for theirs')
    choices['voc-xml'].add_argument(
        '--no-difficult',
        action='store_true',
        help="leave out objects marked 'difficult'; the papers count them")
    choices['coco'].add_argument(
        '--no-crowd', action='store_true', help='leave out crowd regions')
    choices['coco'].add_argument(
        '--key',
        choices=('stem', 'path'),
        default='stem',
        help='name images by file stem, or with folders (default: stem)')
    choices['masks'].add_argument(
        '--min-pixels', type=int, default=1, help='smallest area that counts')
    info = commands.add_parser('info', help='count images by class')
    info.add_argument('source', help='JSON of image-level labels')
    return parser.parse_args()


def add_source(command: argparse.ArgumentParser, what: str) -> None:
    """Add the arguments that all formats share."""
    command.add_argument('source', help=what)
    command.add_argument('output', help='JSON to write')
    command.add_argument(
        '--list', help='text file of image names to keep, one a line')
    command.add_argument(
        '--keep-empty', action='store_true', help='keep images without labels')


def class_names(names: list[str] | None) -> tuple[str, ...] | None:
    """Classes of the command line, which may name a known set."""
    if names and len(names) == 1 and names[0] in _CLASS_SETS:
        return _CLASS_SETS[names[0]]
    return tuple(names) if names else None


def read_labels(args: argparse.Namespace,
                names: list[str] | None) -> ImageLabels:
    """Read the labels in the format of the command."""
    if args.command == 'coco':
        return from_coco_json(args.source, not args.no_crowd, args.key)
    classes = class_names(args.classes)
    if args.command == 'voc-xml':
        return from_voc_xml(args.source, classes, not args.no_difficult,
                            names)
    if args.command == 'masks':
        if not classes:
            raise UserError('masks: --classes is missing; name those of the '
                            'indices 1, 2, ...')
        return from_label_masks(args.source, classes, args.min_pixels, names)
    if args.command == 'csv':
        return from_csv(args.source, classes)
    return from_numpy(args.source, classes or VOC_CLASSES)


def convert(args: argparse.Namespace) -> ImageLabels:
    """Read the labels and keep the images that were asked for."""
    names = read_image_list(args.list) if args.list else None
    labels = read_labels(args, names)
    if args.command == 'coco' and names is None and not args.keep_empty:
        # COCO has images without any object; they are no mistake.
        names = [name for name, found in labels.images.items() if found]
        print(f'{len(labels.images) - len(names)} images have no object and '
              'are left out; --keep-empty keeps them')
    return select_images(labels, names, args.keep_empty, args.source)


def print_counts(labels: ImageLabels) -> None:
    """Print the number of images of each class, and of all."""
    for name, count in labels.counts().items():
        print(f'{count:8d}  {name}')
    print(f'{len(labels.images):8d}  images')


def main() -> None:
    """Run the command line."""
    args = parse_args()
    if args.command == 'info':
        labels = ImageLabels.load(args.source)
    else:
        labels = convert(args)
        labels.save(args.output)
    print_counts(labels)


if __name__ == '__main__':
    run_main(main)
