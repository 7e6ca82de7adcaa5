"""Draw CAM files over their images: a PNG grid for each image.

vis_cam.py data/tinyvoc/JPEGImages work_dirs/cam/files work_dirs/cam/grids

A grid shows the image, a heat map for each class, and, with --masks, the
mask made from them.
"""
import argparse
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from wsss_plugins.apis.cli import run_main
from wsss_plugins.reports.drawing.images import (
    image_grid,
    read_image,
    with_chips,
)
from wsss_plugins.reports.drawing.overlays import (
    background_label,
    class_name,
    overlay_map,
    overlay_mask,
    read_palette_mask,
    shown_labels,
)
from wsss_plugins.structures import (
    ClassMaps,
    ClassSpace,
    ImageFolder,
    ImageLabels,
    UserError,
    atomic_path,
    read_json,
    voc_palette,
)


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('image_dir', type=Path, help='folder of images')
    parser.add_argument('cam_dir', type=Path, help='folder of NAME.npz')
    parser.add_argument(
        'out_dir', type=Path, help='folder for the grids, NAME.png')
    parser.add_argument('--masks', type=Path, help='folder of NAME.png masks')
    parser.add_argument(
        '--names', nargs='+', help='names of images (default: all CAM files)')
    parser.add_argument('--num', type=int, help='maximum number of images')
    parser.add_argument(
        '--classes',
        help='JSON of image-level labels, for the class names; or, where the '
        'background is not the first class, a JSON list of all names')
    parser.add_argument(
        '--side',
        type=int,
        default=320,
        help='longer side of an image in pixels')
    return parser.parse_args()


def main() -> None:
    """Write the image grids."""
    args = parse_args()
    if min(args.side, 1 if args.num is None else args.num) < 1:
        raise UserError('--side and --num count from 1')
    names = _names(args)
    classes = _classes(args.classes)
    images = ImageFolder(args.image_dir)
    for name in tqdm(names, desc='image grids', unit='image'):
        grid = _grid(args, images, name, classes)
        with atomic_path(args.out_dir / f'{name}.png') as temporary:
            Image.fromarray(grid).save(temporary)
    print(f'{len(names)} image grids in {args.out_dir}')


def _classes(path: str | None) -> tuple[str, ...]:
    """Names of the dataset's classes; none without a file."""
    if path is None:
        return ()
    names = read_json(path, 'file of classes', 'name a JSON file')
    if isinstance(names, list):
        return ClassSpace(names).names
    return ClassSpace.from_foreground(ImageLabels.load(path).classes).names


def _names(args: argparse.Namespace) -> list[str]:
    names = args.names or sorted(
        path.stem for path in args.cam_dir.glob('[!.]*.npz'))
    if not names:
        raise UserError(f'{args.cam_dir}: no CAM files (NAME.npz); run the '
                        'CAM stage first')
    return names[:args.num]


def _grid(args: argparse.Namespace, images: ImageFolder, name: str,
           classes: tuple[str, ...]) -> np.ndarray:
    image = _image(images, name, args.side)
    maps = ClassMaps.load(args.cam_dir / f'{name}.npz', len(classes) or None)
    mask, palette = None, voc_palette(256)
    if args.masks:
        mask, palette = read_palette_mask(args.masks / f'{name}.png')
    columns = [with_chips(image, [(name, None)])]
    columns += [
        with_chips(
            overlay_map(image, scores),
            [(class_name(classes, label), palette[label % len(palette)])])
        for label, scores in zip(maps.labels.tolist(), maps.maps)
    ]
    if mask is not None:
        chips = [(class_name(classes, label), palette[label])
                 for label in shown_labels(mask, classes)]
        columns.append(
            with_chips(
                overlay_mask(image, mask, palette,
                             background_label(classes)), chips
                or [('background only', None)]))
    return image_grid([columns])


def _image(images: ImageFolder, name: str, side: int) -> np.ndarray:
    path = images.find(name)
    if path is None:
        raise UserError(f'{images.folder}: no image {name}; fix the folder or '
                        '--names')
    return read_image(path, side)


if __name__ == '__main__':
    run_main(main)
