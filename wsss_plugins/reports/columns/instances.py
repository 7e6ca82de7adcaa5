"""Columns of instance masks."""
from collections.abc import Sequence

import numpy as np

from ...registry import REPORT_COLUMNS
from ..drawing.objects import overlay_objects
from .objects import ObjectColumn


@REPORT_COLUMNS.register_module('instances')
class InstanceColumn(ObjectColumn):
    """Instance masks of a COCO json over the image."""

    def draw(self, image: np.ndarray, objects: Sequence[dict],
             colors: Sequence[tuple[int, ...]]) -> np.ndarray:
        """Masks with white outlines; small ones on top."""
        return overlay_objects(image, objects, colors)
