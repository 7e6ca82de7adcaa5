"""Make mask proposals of images: superpixels, or masks of SAM."""
import argparse

from wsss_plugins.apis.cli import run_main
from wsss_plugins.apis.proposal_files import make_proposals, read_names
from wsss_plugins.apis.proposers import proposers


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='example: make_proposals.py data/VOC2012/JPEGImages '
        'work_dirs/superpixels --list data/VOC2012/ImageSets/Segmentation/'
        'train.txt')
    parser.add_argument('images', help='folder of images')
    parser.add_argument('out', help='folder for files/NAME.json')
    parser.add_argument('--by', default='superpixels', choices=proposers(),
                        help='who makes them; default: %(default)s')
    parser.add_argument('--list', metavar='FILE',
                        help='images by name; default: all')
    parser.add_argument('--method', choices=('felzenszwalb', 'slic'),
                        help='of superpixels; default: felzenszwalb')
    parser.add_argument('--scales', type=float, nargs='+', metavar='SCALE',
                        help='of superpixels')
    parser.add_argument('--weights', help='of SAM: a name or folder of '
                        'transformers, or a checkpoint of segment-anything')
    parser.add_argument('--arch', help='of a checkpoint of segment-anything')
    parser.add_argument('--device', help='for SAM, such as cuda')
    parser.add_argument('--points-per-batch', type=int, metavar='N',
                        help='prompts of SAM at a time')
    parser.add_argument('--min-area', type=int, metavar='PIXELS',
                        help='smaller masks are left out')
    parser.add_argument('--workers', type=int, default=0, metavar='N',
                        help='processes; default: none but this one')
    args = vars(parser.parse_args())
    names = args.pop('list')
    count = make_proposals(
        args.pop('images'), args['out'], args.pop('by'),
        None if names is None else read_names(names), args.pop('workers'),
        **{key: value for key, value in args.items() if key != 'out'})
    print(f'{args["out"]}/files: proposals of {count} images')


if __name__ == '__main__':
    run_main(main)
