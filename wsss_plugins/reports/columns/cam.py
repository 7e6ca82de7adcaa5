"""Columns of CAMs."""
from ...registry import REPORT_COLUMNS
from ...structures.class_maps import ClassMaps
from ...structures.errors import UserError
from ..drawing.overlays import class_name, heat_colors, overlay_map
from .base import Column, Panel, Sample


@REPORT_COLUMNS.register_module('cam')
class CAMColumn(Column):
    """CAMs of a CAM file in heat colors over the image, one for each class."""

    def panels(self, sample: Sample) -> list[Panel]:
        """An image for each class of the file."""
        maps = ClassMaps.load(self.file(sample))
        beyond = [label for label in maps.labels.tolist()
                  if sample.classes and label >= len(sample.classes)]
        if beyond:
            raise UserError(f'{self.file(sample)}: a CAM of class {beyond[0]}'
                            f', but there are {len(sample.classes)} classes; '
                            'write it again for this data set')
        image = sample.canvas(*maps.size)
        if not len(maps.labels):
            return [Panel(image, 'no class')]
        return [
            Panel(overlay_map(image, scores),
                  class_name(sample.classes, label))
            for label, scores in zip(maps.labels.tolist(), maps.maps)
        ]

    def legend(self) -> str:
        """The scale of heat colors."""
        stops = ','.join(
            'rgb({},{},{})'.format(*heat_colors()[i])
            for i in range(0, 256, 51))
        return ('<span>CAM 0<i class="heat" style="background:'
                f'linear-gradient(90deg,{stops})"></i>1</span>')
