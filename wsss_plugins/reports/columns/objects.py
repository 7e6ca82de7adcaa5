"""What columns of objects share: their files, colors and captions."""
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...structures.coco_json import coco_head, iter_annotations
from ...structures.errors import UserError
from ..elements import Chip
from .base import Column, Panel, Sample

# Hues far apart, of like lightness; objects of an image take them in turn.
_COLORS = ((230, 80, 60), (60, 130, 230), (70, 180, 90), (220, 150, 30),
           (160, 90, 220), (30, 180, 190), (230, 100, 170), (150, 130, 60))
_MOST_CHIPS = 12


class ObjectColumn(Column):
    """Objects of one file for all samples; a sample is an image's file name.

    Of the file only the objects of the samples are kept.

    Args:
        title (str): Above the column.
        path (str): The file.
    """

    def __init__(self, title: str, path: str) -> None:
        super().__init__(title, path)
        self.names: set[str] = set()
        self.source: Path | None = None
        self.classes: dict[int, str] = {}
        self._objects: dict[str, list[dict]] | None = None

    def begin(self, names: Sequence[str], source: Path | None) -> None:
        """Forget the objects of other samples."""
        self.names, self.source, self._objects = set(names), source, None

    def panels(self, sample: Sample) -> list[Panel]:
        """The objects over the image, with their classes below."""
        path = self.file(sample)
        if sample.image is None:
            raise UserError(f'{path}: drawn over the image, which is missing')
        if self._objects is None:
            self._objects = self.read(path)
        found = self._objects.get(sample.name, [])
        chips: list[Chip] = [(self.text(entry), _COLORS[i % len(_COLORS)])
                             for i, entry in enumerate(found)]
        image = self.draw(sample.image, found, [color for _, color in chips])
        return [Panel(image, 'no object', chips[:_MOST_CHIPS])]

    def read(self, path: Path) -> dict[str, list[dict]]:
        """Annotations of a COCO json by file name of their image.

        Each gets ``size``, height and width of its image.

        Raises:
            UserError: If the file is missing or damaged.
        """
        images = self.head(path)
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

    def head(self, path: str | Path) -> dict[int, dict]:
        """Images of a COCO json by id; notes the classes."""
        head = coco_head(path)
        self.classes.update(
            (c['id'], str(c.get('name', c['id'])))
            for c in head['categories'])
        return {image['id']: image for image in head['images']}

    def text(self, entry: dict) -> str:
        """Caption of an object."""
        label = entry['category_id']
        crowd = ' (crowd)' * bool(entry.get('iscrowd'))
        return self.classes.get(label, f'class {label}') + crowd

    @abstractmethod
    def draw(self, image: np.ndarray, objects: Sequence[dict],
             colors: Sequence[tuple[int, ...]]) -> np.ndarray:
        """Objects over their image.

        Args:
            image (np.ndarray): RGB, uint8 (H, W, 3); may be scaled.
            objects (Sequence[dict]): As read.
            colors (Sequence[tuple]): RGB, one for each object.

        Returns:
            np.ndarray: RGB, uint8 (H, W, 3).
        """
