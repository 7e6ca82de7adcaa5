"""Draw masks of images with a trained segmentor.

image_demo.py out/segmentor photo.jpg other.jpg --out-dir drawn

out/segmentor is what "wsss label-images" writes; a config of mmseg and
--weights do as well. demo/demo.ipynb trains one from scratch.
"""
import argparse
from pathlib import Path

import wsss_plugins  # noqa: F401 (lets configs inherit from mmseg::)
from wsss_plugins.apis.cli import run_main


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('model', help='folder of a segmentor, or a config')
    parser.add_argument('images', nargs='+', help='image files')
    parser.add_argument('--weights', help='checkpoint of a config')
    parser.add_argument('--device', help='default: a GPU if there is one')
    parser.add_argument(
        '--out-dir', type=Path, default=Path('drawn'),
        help='folder for NAME.jpg (default: %(default)s)')
    return parser.parse_args()


def main() -> None:
    """Draw."""
    args = parse_args()
    from wsss_plugins.apis.segmentor import Segmentor
    segmentor = Segmentor(args.model, args.weights, args.device)
    args.out_dir.mkdir(parents=True, exist_ok=True)
    for found in segmentor.stream(args.images):
        path = args.out_dir / f'{found.path.stem}.jpg'
        found.save(path, 'overlay')
        shares = ', '.join(f'{name} {share:.0%}'
                           for name, share in found.areas.items())
        print(f'{path}: {shares}')


if __name__ == '__main__':
    run_main(main)
