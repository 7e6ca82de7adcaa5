"""Columns of extreme points and boxes."""
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from ...ops.points.extreme_points import points_box
from ...registry import REPORT_COLUMNS
from ..drawing.objects import image_scale
from .objects import ObjectColumn

_RADIUS = 4


@REPORT_COLUMNS.register_module('points')
class PointColumn(ObjectColumn):
    """Extreme points of a COCO json and their boxes over the image."""

    def draw(self, image: np.ndarray, objects: Sequence[dict],
             colors: Sequence[tuple[int, ...]]) -> np.ndarray:
        """Boxes, and a dot at each extreme point."""
        drawn = Image.fromarray(image)
        pen = ImageDraw.Draw(drawn)
        for entry, color in zip(objects, colors):
            points, box = _places(entry, image_scale(entry, image))
            pen.rectangle([tuple(corner) for corner in box], outline=color,
                          width=2)
            for x, y in points:
                pen.ellipse(
                    (x - _RADIUS, y - _RADIUS, x + _RADIUS, y + _RADIUS),
                    fill=color, outline=(255, 255, 255))
        return np.asarray(drawn)


def _places(entry: dict,
            scale: np.ndarray) -> tuple[Sequence, np.ndarray]:
    """Points (4, 2), or none, and corners (2, 2) of the box, (x, y)."""
    if entry.get('extreme_points') is None:
        left, top, width, height = entry['bbox']
        box = np.array([(left, top), (left + width, top + height)])
        return (), box * scale
    points = np.asarray(entry['extreme_points'], dtype=np.float64)
    # To the centers of the pixels, as a dot is seen there.
    points = (points + .5) * scale
    return points, points_box(points).reshape(2, 2)
