"""Make the JSON of image-level labels from another format.

image_labels.py voc-xml VOC2012/Annotations image_labels.json
image_labels.py coco instances_train2014.json image_labels.json
image_labels.py masks SegmentationClass image_labels.json --classes cat dog
image_labels.py csv labels.csv image_labels.json
image_labels.py npy cls_labels.npy image_labels.json
image_labels.py labelme FOLDER_OF_JSON image_labels.json
image_labels.py label-studio export.json image_labels.json
image_labels.py cvat annotations.xml image_labels.json
image_labels.py folders FOLDER_OF_CLASSES image_labels.json
image_labels.py info image_labels.json
"""
import argparse

from wsss_plugins.apis.cli import run_main
from wsss_plugins.datasets.coco_classes import COCO_CLASSES
from wsss_plugins.datasets.converters.label_format import (
    LabelFormat,
    label_formats,
)
from wsss_plugins.datasets.converters.select import select_images
from wsss_plugins.datasets.converters.voc_xml import VOC_CLASSES
from wsss_plugins.structures import BACKGROUND, ImageLabels, read_image_list

_CLASS_SETS = dict(
    voc=VOC_CLASSES, coco=tuple(n for n in COCO_CLASSES if n != BACKGROUND))


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest='command', required=True)
    for name, each in label_formats().items():
        command = commands.add_parser(name, help=f'from a {each.source}')
        add_source(command, each)
        each.add_arguments(command)
    info = commands.add_parser('info', help='count images by class')
    info.add_argument('source', help='JSON of image-level labels')
    return parser.parse_args()


def add_source(command: argparse.ArgumentParser, each: LabelFormat) -> None:
    """Add the arguments that formats share."""
    command.add_argument('source', help=each.source)
    command.add_argument('output', help='JSON to write')
    command.add_argument(
        '--list', help='text file of image names to keep, one per line')
    command.add_argument(
        '--keep-empty', action='store_true', help='keep images without labels')
    if each.takes_classes:
        command.add_argument(
            '--classes',
            nargs='+',
            metavar='NAME',
            help="foreground classes in order; 'voc' or 'coco' alone stands "
            'for theirs')


def class_names(names: list[str] | None) -> tuple[str, ...] | None:
    """Classes of the command line, which may name a known set."""
    if names and len(names) == 1 and names[0] in _CLASS_SETS:
        return _CLASS_SETS[names[0]]
    return tuple(names) if names else None


def convert(args: argparse.Namespace) -> ImageLabels:
    """Read the labels and keep the images that were asked for."""
    names = read_image_list(args.list) if args.list else None
    each = label_formats()[args.command]
    classes = class_names(args.classes) if each.takes_classes else None
    labels = each.read(args, classes, names)
    if each.may_be_empty and names is None and not args.keep_empty:
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
