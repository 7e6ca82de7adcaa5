"""Convert SEC's public localization cues to a folder of cue files.

sec_cues.py localization_cues.pickle.gz input_list.txt cues image_labels.json

Each image gets a small palette PNG of class indices, 255 where there is no
cue. The pickle is read without running its code: anything but containers and
arrays in it is refused. An interrupted run continues where it stopped.
"""
import argparse

from wsss_plugins.apis.cli import run_main
from wsss_plugins.datasets.converters.sec_cues import convert_sec_cues
from wsss_plugins.datasets.converters.voc_xml import VOC_CLASSES


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('pickle', help='localization_cues.pickle, or .gz')
    parser.add_argument(
        'list', help='input_list.txt: the number of each image in the pickle')
    parser.add_argument('output', help='folder for the cue files')
    parser.add_argument(
        'labels', help='JSON of image-level labels to write; those of the '
        'pickle, which SEC trains with')
    parser.add_argument(
        '--classes',
        nargs='+',
        metavar='NAME',
        default=VOC_CLASSES,
        help="foreground classes in order (default: VOC's)")
    parser.add_argument(
        '--size',
        nargs=2,
        type=int,
        metavar=('H', 'W'),
        default=(41, 41),
        help='grid of the cues (default: 41 41)')
    return parser.parse_args()


def main() -> None:
    """Run the command line."""
    args = parse_args()
    labels, statistics = convert_sec_cues(args.pickle, args.list, args.output,
                                          args.classes, tuple(args.size))
    labels.save(args.labels)
    print('\n'.join(statistics.lines()))
    for name, count in zip(args.classes, statistics.by_class[1:]):
        print(f'{count:9d}  {name}')


if __name__ == '__main__':
    run_main(main)
