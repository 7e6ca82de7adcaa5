"""Crops of objects from image files: decode once, or once for each object.

The reference's way decodes the whole image for every object and draws its box
in an array of the image's size, of float64; the package's decodes an image
once and draws boxes in the crops. Seconds are for all objects of an image, so
objects a second are their number over ours_s.
"""
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from common.harness import Case
from common.reference_objects import crop_of_object
from PIL import Image

from wsss_plugins.datasets.transforms import CropObjects

_SIZE = (480, 640)
_SIDE = 512


def _image(folder: Path) -> Path:
    """A JPEG that is as hard to decode as a photograph."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 255, (30, 40, 3), dtype=np.uint8)
    image = Image.fromarray(coarse).resize(_SIZE[::-1], Image.BICUBIC)
    noise = rng.normal(0, 12, (*_SIZE, 3))
    pixels = np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8)
    path = folder / 'image.jpg'
    Image.fromarray(pixels).save(path, quality=90)
    return path


def _boxes(count: int) -> list[tuple[float, ...]]:
    rng = np.random.default_rng(count)
    corner = rng.uniform(0, .6, (count, 2)) * _SIZE[::-1]
    side = rng.uniform(.1, .4, (count, 2)) * _SIZE[::-1]
    return [tuple(row) for row in np.hstack([corner, corner + side]).tolist()]


def _reference(path: Path, boxes: list) -> list[tuple]:
    return [crop_of_object(path, box, _SIDE) for box in boxes]


def _ours(path: Path, boxes: list, transform: CropObjects) -> list[tuple]:
    results = transform.transform(
        dict(
            img=cv2.imread(str(path)),
            img_path=str(path),
            objects=[
                dict(ann_id=i, category_id=0, box=box, points=None)
                for i, box in enumerate(boxes)
            ]))
    return [(found['crop'], found['box_mask'])
            for found in results['objects']]


def _agree(reference: list[tuple], ours: list[tuple]) -> dict[str, float]:
    differences = [np.abs(a.astype(int) - b).max()
                   for pair in zip(reference, ours) for a, b in zip(*pair)]
    return dict(max_error=float(max(differences)))


def _equal(reference: list[tuple], ours: list[tuple]) -> dict[str, float]:
    """Of another resampling: mean difference in gray levels."""
    differences = [np.abs(a.astype(int) - b).mean()
                   for (a, _), (b, _) in zip(reference, ours)]
    return dict(mean_difference=float(np.mean(differences)))


def cases(folder: Path, quick: bool) -> Iterator[Case]:
    """One object, COCO's seven, and 30, as Pillow and as cv2 resize."""
    path = _image(folder)
    for backend, agree in (('pillow', _agree), ('cv2', _equal)):
        transform = CropObjects(_SIDE, margin='test', backend=backend)
        for count in (1, 7) if quick else (1, 7, 30):
            boxes = _boxes(count)
            yield Case(
                f'{count} crops of 512 px, {backend}',
                partial(_reference, path, boxes),
                partial(_ours, path, boxes, transform), agree)
