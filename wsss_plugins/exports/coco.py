"""COCO instance annotations."""
import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from ..structures import (
    CocoFile,
    CocoWriter,
    UserError,
    decode_mask,
    encode_mask,
    rle_area,
    rle_box,
)
from .base import (
    MaskFormat,
    MaskItem,
    Notes,
    SizeOf,
    copy_image,
    files_below,
)
from .class_names import indices_of
from .shapes import labels_of, painted, regions, without_holes, without_ignored

_CHOICES = ('rle', 'polygons')


class CocoFormat(MaskFormat):
    """``annotations/instances_SPLIT.json``, and ``images/``.

    An annotation is all of a class in an image, since image-level labels do
    not tell objects apart; its RLE keeps components and holes. Written by
    pycocotools rather than Datumaro, which marks each mask as a crowd region
    that detectors skip.
    """
    name = 'coco'
    help = 'COCO json; RLE keeps all, polygons lose holes'
    options = dict(segmentation='rle (default) or polygons')

    def write(self, items: Iterable[MaskItem], folder: Path,
              classes: Sequence[str], palette: Sequence[Sequence[int]],
              images: bool, notes: Notes, segmentation: str = 'rle') -> None:
        """Write a json for each split."""
        if segmentation not in _CHOICES:
            raise UserError(f'segmentation={segmentation!r}: choose rle or '
                            'polygons')
        splits: dict[str, list[MaskItem]] = {}
        for item in items:
            splits.setdefault(item.split, []).append(item)
        for split, some in splits.items():
            path = folder / 'annotations' / f'instances_{split}.json'
            numbers = itertools.count(1)
            with CocoWriter(path, _head(some, classes)) as file:
                for image, item in enumerate(some, 1):
                    for one in _annotations(item, segmentation, notes):
                        file.write(dict(one, id=next(numbers),
                                        image_id=image))
            for item in some if images else ():
                copy_image(item, folder / 'images')

    def read(self, path: Path, classes: Sequence[str], size_of: SizeOf
             ) -> Iterator[tuple[str, np.ndarray]]:
        """Masks of a json, or of all of a folder."""
        for file in files_below(path, '.json', 'a COCO export'):
            data = CocoFile.open(file)
            names = {ident: category['name']
                     for ident, category in data.categories.items()}
            index = indices_of(names.values(), classes, file)
            found: dict[int, list] = {ident: [] for ident in data.images}
            for one in data.annotations():
                if one.get('segmentation'):
                    found[one['image_id']].append(
                        (index[names[one['category_id']]],
                         one['segmentation'], data.where(one)))
            for ident, image in data.images.items():
                size = image['height'], image['width']
                yield image['file_name'], painted(
                    ((label, decode_mask(shape, size, where))
                     for label, shape, where in found.pop(ident)), size)

    def kept(self, mask: np.ndarray, segmentation: str = 'rle') -> np.ndarray:
        """Polygons lose holes."""
        mask = without_ignored(mask)
        return without_holes(mask) if segmentation == 'polygons' else mask

    def is_same(self, before: np.ndarray, after: np.ndarray) -> bool:
        """The file does not tell how it was written."""
        return any(np.array_equal(self.kept(before, choice), after)
                   for choice in _CHOICES)


def _head(items: Sequence[MaskItem], classes: Sequence[str]) -> dict:
    return dict(
        info=dict(description='Masks by wsss_plugins'),
        images=[
            dict(id=ident, file_name=item.name, height=item.size[0],
                 width=item.size[1]) for ident, item in enumerate(items, 1)
        ],
        categories=[dict(id=ident, name=name, supercategory='')
                    for ident, name in enumerate(classes) if ident])


def _annotations(item: MaskItem, segmentation: str,
                 notes: Notes) -> Iterator[dict]:
    mask = item.read()
    notes.ignored(mask)
    shapes: dict[int, list] = {}
    if segmentation == 'polygons':
        for region in regions(mask):
            notes.holes(region)
            shapes.setdefault(region.label, []).append(
                region.polygon.ravel().tolist())
    for label in labels_of(mask):
        runs = encode_mask(mask == label)
        yield dict(
            category_id=label,
            segmentation=shapes.get(label, runs),
            area=rle_area(runs),
            bbox=rle_box(runs),
            iscrowd=0)
