"""Columns of dense maps, such as saliency."""
from ...registry import REPORT_COLUMNS
from ..drawing.images import read_image
from .base import Column, Panel, Sample


@REPORT_COLUMNS.register_module('gray')
class GrayColumn(Column):
    """A map in an image file, such as saliency, as it is."""
    needs_image = False

    def panels(self, sample: Sample) -> list[Panel]:
        """The map, without caption."""
        return [Panel(read_image(self.file(sample), sample.side))]
