"""Make a COCO json from a table of clicked extreme points or boxes.

clicks_csv.py clicks.csv JPEGImages points.json

Each line of the table is an object. Its columns are image, class, and one of
  x_top,y_top,x_left,y_left,x_bottom,y_bottom,x_right,y_right
  x1,y1,x2,y2,x3,y3,x4,y4       (four clicks, in any order)
  x_min,y_min,x_max,y_max       (a box)
in pixels that count from 0; the last row and column of a box are part of it.
"""
import argparse

from wsss_plugins.apis.cli import run_main
from wsss_plugins.datasets.converters.clicks_csv import convert_clicks_csv


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('csv', help='the table')
    parser.add_argument('images', help='folder of the images')
    parser.add_argument('output', help='json to write')
    parser.add_argument(
        '--classes',
        nargs='+',
        metavar='NAME',
        help='classes in the order of their numbers (default: those of the '
        'table, in alphabetical order)')
    return parser.parse_args()


def main() -> None:
    """Run the command line."""
    args = parse_args()
    done = convert_clicks_csv(args.csv, args.images, args.output,
                              args.classes)
    print(f'{args.output}: {done.points} objects with extreme points and '
          f'{done.boxes} with a box only, in {done.images} images')
    for number, name in enumerate(done.classes, 1):
        print(f'{number:4d}  {name}')


if __name__ == '__main__':
    run_main(main)
