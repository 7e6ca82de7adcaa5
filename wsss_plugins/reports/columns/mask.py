"""Columns of label masks."""
from ...registry import REPORT_COLUMNS
from ..drawing.overlays import (
    background_label,
    class_name,
    overlay_mask,
    read_palette_mask,
    shown_labels,
)
from .base import Column, Panel, Sample


@REPORT_COLUMNS.register_module('mask')
class MaskColumn(Column):
    """A mask in its own colors over the image; 255 is pale gray."""
    shares_colors = True

    def panels(self, sample: Sample) -> list[Panel]:
        """The mask, with its classes below."""
        mask, palette = read_palette_mask(self.file(sample))
        chips = [(class_name(sample.classes, v), tuple(palette[v].tolist()))
                 for v in shown_labels(mask, sample.classes)]
        image = overlay_mask(
            sample.canvas(*mask.shape), mask, palette,
            background_label(sample.classes))
        return [Panel(image, 'background only', chips)]
