"""Columns of gradient saliency."""
import numpy as np

from ...registry import REPORT_COLUMNS
from ...structures.gradient_map import GradientMap
from ..drawing.overlays import overlay_map
from .base import Column, Panel, Sample


@REPORT_COLUMNS.register_module('gradient')
class GradientColumn(Column):
    """Gradient saliency in heat colors over the image, by rank.

    Its scale means nothing, and a few pixels outshine the others; by rank, a
    tenth of the image is darker than 0.1.
    """

    def panels(self, sample: Sample) -> list[Panel]:
        """The saliency, without caption."""
        values = GradientMap.load(self.file(sample)).values
        image = sample.canvas(sample.side, sample.side)
        return [Panel(overlay_map(image, by_rank(values)))]


def by_rank(values: np.ndarray) -> np.ndarray:
    """Share of the other values that are smaller, 0 to 1, of any shape."""
    order = np.sort(values, axis=None)
    return np.searchsorted(order, values) / max(1, order.size - 1)
