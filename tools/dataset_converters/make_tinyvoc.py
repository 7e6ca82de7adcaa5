"""Make TinyVOC, the generated data set that every pipeline can run on.

The same options give the same bytes. A folder that already holds the data set
is left unchanged; an incomplete one is completed.
"""
import argparse
from pathlib import Path

from wsss_plugins.apis.cli import run_main
from wsss_plugins.datasets.tinyvoc import TinyVOCOptions, make_tinyvoc

_HELP = dict(
    seed='seed of everything',
    num_train='number of training images',
    num_val='number of validation images',
    size='height and width of images in pixels',
    saliency_error='share of saliency maps that are grossly wrong',
    saliency_noise='noise of saliency maps in gray levels',
    occluder_rate='share of images with an object cut in two',
    context_rate='how often boats are on water and trains on rails, 0 to 1',
    clutter='how busy backgrounds are, 0 to 1',
    noise='noise of images in gray levels')


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='example: make_tinyvoc.py data/tinyvoc --workers 2',
        formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument('root', type=Path, help='folder to fill')
    for name, default in TinyVOCOptions.defaults().items():
        parser.add_argument(
            f'--{name.replace("_", "-")}',
            type=type(default),
            default=default,
            help=_HELP[name])
    parser.add_argument(
        '--workers', type=int, default=1, help='number of processes')
    parser.add_argument(
        '--overwrite',
        action='store_true',
        help='replace a TinyVOC of other options in the folder')
    return parser.parse_args()


def main() -> None:
    """Make the data set and say where it is."""
    args = parse_args()
    made = make_tinyvoc(**vars(args))
    if made:
        print(f'{args.root}: made TinyVOC, {args.num_train} training and '
              f'{args.num_val} validation images')
    else:
        print(f'{args.root}: holds this TinyVOC already, nothing to do')


if __name__ == '__main__':
    run_main(main)
