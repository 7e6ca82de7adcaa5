"""Pictures of objects over images: points, boxes, masks, detections."""
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from ...ops.points.extreme_points import points_box
from ...structures import UserError, coco_head, decode_mask, iter_annotations
from .overlays import outline

KINDS = ('points', 'instances', 'detections')
_Chip = tuple[str, tuple[int, ...]]
# Hues far apart, of like lightness; objects of an image take them in turn.
_COLORS = ((230, 80, 60), (60, 130, 230), (70, 180, 90), (220, 150, 30),
            (160, 90, 220), (30, 180, 190), (230, 100, 170), (150, 130, 60))
_FILL = .5
_RADIUS = 4
_LEAST_SCORE = .5
_MOST_CHIPS = 12


def image_names(path: str | Path) -> list[str]:
    """File names of the images of a COCO json that have annotations."""
    used = {a['image_id'] for a in iter_annotations(path)}
    return [str(image.get('file_name', image['id']))
            for image in coco_head(path)['images'] if image['id'] in used]


class ObjectPictures:
    """Draws the objects of some images, of any number of files.

    Of each file only the objects of these images are kept.

    Args:
        names (Sequence[str]): File names of the images.
        images (str | Path, optional): COCO json that tells their ids; needed
            for detections, whose files have ids only.
    """

    def __init__(self, names: Sequence[str],
                 images: str | Path | None = None) -> None:
        self.names = set(names)
        self.images = images
        self._read: dict[str, dict[str, list[dict]]] = {}
        self._classes: dict[int, str] = {}

    def draw(self, kind: str, path: str | Path, name: str,
             image: np.ndarray) -> tuple[np.ndarray, list[_Chip]]:
        """Objects of one image over it.

        Args:
            kind (str): ``'points'`` (extreme points and boxes),
                ``'instances'`` (masks of a COCO json) or ``'detections'``
                (masks of mmdet's result file, those of score 0.5 and more).
            path (str | Path): The file.
            name (str): File name of the image.
            image (np.ndarray): RGB, uint8 (H, W, 3); may be scaled.

        Returns:
            tuple[np.ndarray, list]: RGB, uint8 (H, W, 3), and class and
            color of each object.

        Raises:
            UserError: If the file is missing or broken.
        """
        if str(path) not in self._read:
            self._read[str(path)] = (
                self._detections(path) if kind == 'detections' else
                self._annotations(path))
        objects = self._read[str(path)].get(name, [])
        chips = [(self._text(thing), _COLORS[i % len(_COLORS)])
                 for i, thing in enumerate(objects)]
        colors = [color for _, color in chips]
        if kind == 'points':
            return _with_points(image, objects, colors), chips[:_MOST_CHIPS]
        return _with_masks(image, objects, colors), chips[:_MOST_CHIPS]

    def _text(self, thing: dict) -> str:
        text = self._classes.get(thing['category_id'],
                                 f'class {thing["category_id"]}')
        if 'score' in thing:
            text += f' {thing["score"]:.2f}'
        return text + ' (crowd)' * bool(thing.get('iscrowd'))

    def _head(self, path: str | Path) -> dict[int, dict]:
        """Images by id; notes the classes."""
        head = coco_head(path)
        self._classes.update(
            (c['id'], str(c.get('name', c['id'])))
            for c in head['categories'])
        return {image['id']: image for image in head['images']}

    def _annotations(self, path: str | Path) -> dict[str, list[dict]]:
        images = self._head(path)
        found: dict[str, list[dict]] = {}
        for annotation in iter_annotations(path):
            image = images.get(annotation['image_id'], {})
            name = str(image.get('file_name', annotation['image_id']))
            if name in self.names:
                size = image.get('height'), image.get('width')
                found.setdefault(name, []).append(
                    dict(annotation, size=size))
        return {name: sorted(part, key=lambda a: a['id'])
                for name, part in found.items()}

    def _detections(self, path: str | Path) -> dict[str, list[dict]]:
        if self.images is None:
            raise UserError(f'{path}: detections name images by id; name the '
                            'samples by a COCO json')
        images = self._head(self.images)
        try:
            rows = json.loads(Path(path).read_text(encoding='utf-8'))
            found: dict[str, list[dict]] = {}
            for row in rows:
                name = images[row['image_id']].get('file_name')
                if name in self.names and row['score'] >= _LEAST_SCORE:
                    found.setdefault(name, []).append(
                        dict(row, size=row['segmentation']['size']))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise UserError(f'{path}: no detections ({error!r}); test the '
                            'detector again') from None
        return {name: sorted(part, key=lambda a: -a['score'])
                for name, part in found.items()}


def _scale(thing: dict, image: np.ndarray) -> np.ndarray:
    """Factors of x and y from the object's image to a picture."""
    height, width = thing['size']
    if not height or not width:
        raise UserError(f'annotation {thing.get("id")}: its image has no '
                        'height and width; fix the file')
    return np.array([image.shape[1] / width, image.shape[0] / height])


def _with_points(image: np.ndarray, objects: Sequence[dict[str, Any]],
                 colors: Sequence[tuple]) -> np.ndarray:
    """Boxes, and a dot at each extreme point."""
    picture = Image.fromarray(image)
    draw = ImageDraw.Draw(picture)
    for thing, color in zip(objects, colors):
        factor = _scale(thing, image)
        points = thing.get('extreme_points')
        if points is not None:
            # To the centers of the pixels, as a dot is seen there.
            points = (np.asarray(points, dtype=np.float64) + .5) * factor
            box = points_box(points).reshape(2, 2)
        else:
            left, top, width, height = thing['bbox']
            box = np.array([(left, top), (left + width, top + height)])
            box = box * factor
        draw.rectangle([tuple(corner) for corner in box], outline=color,
                       width=2)
        for x, y in [] if points is None else points:
            draw.ellipse((x - _RADIUS, y - _RADIUS, x + _RADIUS, y + _RADIUS),
                         fill=color, outline=(255, 255, 255))
    return np.asarray(picture)


def _with_masks(image: np.ndarray, objects: Sequence[dict[str, Any]],
                colors: Sequence[tuple]) -> np.ndarray:
    """Masks with white outlines; the picture is dimmed a little."""
    picture = image * .85
    size = image.shape[1], image.shape[0]
    # The largest first, so that small ones are seen on top.
    masks = [_mask(thing, size) for thing in objects]
    for i in sorted(range(len(masks)), key=lambda i: -masks[i].sum()):
        mask = masks[i]
        picture[mask] = ((1 - _FILL) * picture[mask]
                         + _FILL * np.array(colors[i]))
        picture[outline(mask.astype(np.uint8))] = 255
    return np.round(picture).astype(np.uint8)


def _mask(thing: dict, size: tuple[int, int]) -> np.ndarray:
    if not thing.get('segmentation'):
        return np.zeros(size[::-1], dtype=bool)
    mask = decode_mask(thing['segmentation'], tuple(thing['size']),
                       f'annotation {thing.get("id")}')
    small = Image.fromarray(mask.astype(np.uint8) * 255)
    return np.asarray(small.resize(size, Image.Resampling.BILINEAR)) > 127
