"""Write image-level labels as a table, to be read or edited in a spreadsheet.

label_table.py image_labels.json labels.csv

The columns are image,tags; image_labels.py and wsss label-images read it.
"""
import argparse
import csv

from wsss_plugins.apis.cli import run_main
from wsss_plugins.structures import ImageLabels, atomic_path


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('labels', help='file of image-level labels')
    parser.add_argument('table', help='CSV file to write')
    return parser.parse_args()


def main() -> int:
    """Write the table."""
    args = parse_args()
    labels = ImageLabels.load(args.labels)
    with atomic_path(args.table) as temporary, open(
            temporary, 'w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file)
        writer.writerow(['image', 'tags'])
        for name, tags in labels.images.items():
            writer.writerow([name, ';'.join(tags)])
    print(f'{args.table}: {len(labels.images)} images')
    return 0


if __name__ == '__main__':
    run_main(main)
