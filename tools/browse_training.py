"""Look at what a localizer trains on: images after its pipeline, with labels.

browse_training.py configs/eps/eps_r18-small_1xb16-400_tinyvoc-128.py OUT

Draws the first training images of a config with everything that its loss
reads: image-level labels, saliency, cues, affinity labels, masks, and boxes
and points of objects. For detectors use browse_dataset.py of mmdet.
"""
import argparse

import wsss_plugins  # noqa: F401 (lets configs inherit from mmseg::)
from wsss_plugins.apis.cli import run_main
from wsss_plugins.apis.options import ConfigOptions
from wsss_plugins.structures import UserError


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', help='config file of a training')
    parser.add_argument('out_dir', help='folder for the drawings, NAME.png')
    parser.add_argument(
        '--num', type=int, default=16, help='images (default: %(default)s)')
    parser.add_argument(
        '--side',
        type=int,
        default=256,
        help='longer side of an image in pixels (default: %(default)s)')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=ConfigOptions,
        help='override config entries, as of train.py')
    return parser.parse_args()


def main() -> None:
    """Draw."""
    args = parse_args()
    if min(args.side, args.num) < 1:
        raise UserError('--side and --num count from 1')
    from wsss_plugins.apis.background import set_background
    from wsss_plugins.apis.browse_training import browse_training
    from wsss_plugins.apis.launch import load_config
    from wsss_plugins.apis.mistakes import naming_mistakes
    args.launcher, args.local_rank, args.work_dir = 'none', 0, args.out_dir
    with naming_mistakes(args.config):
        cfg = load_config(args, ('model', 'train_dataloader'))
        set_background(cfg, ('train', ))
        files = browse_training(cfg, args.out_dir, args.num, args.side)
    print(f'{len(files)} images in {args.out_dir}')


if __name__ == '__main__':
    run_main(main)
