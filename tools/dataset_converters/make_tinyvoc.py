"""Make TinyVOC, the generated demonstration data set."""
import argparse
import dataclasses
import os

from wsss_plugins.apis.cli import run_main
from wsss_plugins.datasets.tinyvoc import TinyVOCOptions, make_tinyvoc


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('root', help='folder for the data set')
    parser.add_argument(
        '--overwrite',
        action='store_true',
        help='make it again if the folder holds one with other options')
    parser.add_argument('--workers', type=int, default=os.cpu_count() or 1)
    for field in dataclasses.fields(TinyVOCOptions):
        parser.add_argument(
            f'--{field.name.replace("_", "-")}',
            type=type(field.default),
            default=field.default,
            help='default: %(default)s')
    args = vars(parser.parse_args())
    root, overwrite, workers = (
        args.pop(name) for name in ('root', 'overwrite', 'workers'))
    made = make_tinyvoc(root, TinyVOCOptions(**args), overwrite, workers)
    print(f'{root}: {"made" if made else "is there already"}')


if __name__ == '__main__':
    run_main(main)
