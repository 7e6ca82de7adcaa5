"""Columns of plain images."""
from ...registry import REPORT_COLUMNS
from ..drawing.images import read_image
from .base import Column, Panel, Sample


@REPORT_COLUMNS.register_module('image')
class ImageColumn(Column):
    """The image itself; the columns after it are drawn over it."""
    needs_image = False
    gives_image = True

    def panels(self, sample: Sample) -> list[Panel]:
        """The image, with its name below."""
        sample.image = None  # the next columns are never over an older one
        sample.image = read_image(self.file(sample), sample.side)
        return [Panel(sample.image, sample.name)]
