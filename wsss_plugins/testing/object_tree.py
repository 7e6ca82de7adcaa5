"""A few small images with objects in COCO layout, for tests."""
import json
from pathlib import Path

import numpy as np
from PIL import Image

from ..structures import box_rle

#: Configs of a small generator, to be merged into any of ``vit-tiny``.
TINY_MODEL = dict(
    network=dict(
        backbone=dict(dim=24, depth=2, num_heads=2, patch_size=8, pos_grid=8),
        decode_head=dict(in_channels=24, channels=8)))
TINY_EXTRACTOR = dict(
    dim=24, depth=2, num_heads=2, patch_size=8, pos_grid=8)


def make_object_tree(folder: Path, images: int = 5) -> Path:
    """Write images of bright boxes, and a COCO json of them.

    Args:
        folder (Path): Where to make the folder ``objects``.
        images (int): Number of images; image i has 1 + i % 3 objects.

    Returns:
        Path: Root with ``images/``, ``truth.json`` (with masks and a crowd
        region) and ``points.json`` (extreme points, no masks).
    """
    rng = np.random.default_rng(0)
    root = Path(folder) / 'objects'
    (root / 'images').mkdir(parents=True)
    heads, truth, points = [], [], []
    for i in range(images):
        height, width = 60 + 4 * i, 80 - 3 * i
        image = rng.integers(0, 90, (height, width, 3), dtype=np.uint8)
        heads.append(dict(id=10 + i, file_name=f'{i}.jpg', height=height,
                          width=width))
        for k in range(1 + i % 3):
            box = (4 + 20 * k, 6 + 3 * i, 16, 20 + i)
            _draw(image, box, 140 + 40 * k)
            number = 100 * (images - i) + k
            one = dict(id=number, image_id=10 + i, category_id=1 + k % 2,
                       iscrowd=0, bbox=list(box), area=box[2] * box[3])
            truth.append(
                dict(one, segmentation=box_rle(box, (height, width))))
            points.append(dict(one, extreme_points=_points(box)))
        Image.fromarray(image).save(root / 'images' / f'{i}.jpg')
    crowd = dict(id=7, image_id=10, category_id=1, iscrowd=1, area=900,
                 bbox=[0, 0, 30, 30],
                 segmentation=box_rle((0, 0, 30, 30), (60, 80)))
    for name, annotations in (('truth', truth), ('points', points)):
        data = dict(
            images=heads,
            annotations=[*annotations[:2], crowd, *annotations[2:]],
            categories=[dict(id=1, name='cat'), dict(id=2, name='dog')])
        (root / f'{name}.json').write_text(json.dumps(data))
    return root


def _draw(image: np.ndarray, box: tuple[int, ...], value: int) -> None:
    left, top, width, height = box
    image[top:top + height, left:left + width] += value - 90


def _points(box: tuple[int, ...]) -> list[list[int]]:
    """Top, left, bottom and right pixel."""
    left, top, width, height = box
    right, bottom = left + width - 1, top + height - 1
    return [[left + 3, top], [left, top + 5], [left + 6, bottom],
            [right, top + 9]]
