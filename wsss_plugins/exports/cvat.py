"""CVAT's XML for images, version 1.1."""
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from ..structures import UserError
from ..structures.failures import reading
from .base import (
    MaskFormat,
    MaskItem,
    Notes,
    SizeOf,
    copy_image,
    files_below,
)
from .class_names import indices_of
from .shapes import filled, labels_of, painted

_FILE = 'annotations.xml'
_FIX = 'export it as "CVAT for images 1.1" again'
_SHAPES = ('mask', 'polygon', 'box')


class CvatFormat(MaskFormat):
    """``annotations.xml`` with masks, and ``images/``; Datumaro writes it."""
    name = 'cvat'
    help = 'CVAT for images 1.1 with masks; keeps all'
    needs = ('datumaro', )

    def write(self, items: Iterable[MaskItem], folder: Path,
              classes: Sequence[str], palette: Sequence[Sequence[int]],
              images: bool, notes: Notes) -> None:
        """Write one file; masks are read as Datumaro asks for them."""
        import datumaro

        found = []
        for item in items:
            found.append(_dataset_item(item, notes))
            if images:
                copy_image(item, folder / 'images')
        dataset = datumaro.Dataset.from_iterable(
            found, categories=list(classes[1:]))
        dataset.export(str(folder), 'cvat', save_media=False)
        (folder / 'default.xml').rename(folder / _FILE)

    def read(self, path: Path, classes: Sequence[str], size_of: SizeOf
             ) -> Iterator[tuple[str, np.ndarray]]:
        """Masks, polygons and boxes, without Datumaro.

        Its reader wants the images beside the file, and refuses the file
        that CVAT exports without them.
        """
        for file in files_below(path, '.xml', 'a CVAT export'):
            for image in _images(file):
                with reading(file, 'CVAT file', _FIX):
                    name = image.get('name')
                    size = int(image.get('height')), int(image.get('width'))
                    mask = _mask(image, size, classes, file)
                yield name, mask


def _dataset_item(item: MaskItem, notes: Notes):
    """Datumaro's item, whose masks are read when they are written."""
    import datumaro
    from datumaro.components.annotation import Mask

    mask = item.read()
    notes.ignored(mask)
    labels = labels_of(mask)
    image = datumaro.Image.from_file(path=item.name, size=item.size)

    def part(label: int):
        return lambda: item.read() == label

    return datumaro.DatasetItem(
        id=item.stem, media=image,
        annotations=[Mask(part(label), label=label - 1) for label in labels])


def _images(path: Path) -> Iterator[ET.Element]:
    """Images of a file, one at a time."""
    try:
        for _, node in ET.iterparse(path):
            if node.tag == 'image':
                yield node
                node.clear()
    except ET.ParseError as error:
        raise UserError(f'{path}: not a whole CVAT file ({error}); '
                        f'{_FIX}') from None


def _mask(image: ET.Element, size: tuple[int, int],
          classes: Sequence[str], path: Path) -> np.ndarray:
    shapes = [node for node in image if node.tag in _SHAPES]
    index = indices_of((node.get('label') for node in shapes), classes, path)
    where = f'{path}, {image.get("name")}'
    return painted(((index[node.get('label')], _pixels(node, size, where))
                    for node in shapes), size)


def _pixels(node: ET.Element, size: tuple[int, int],
            where: str) -> np.ndarray:
    if node.tag == 'mask':
        return _runs(node, size)
    if node.tag == 'box':
        left, top, right, bottom = (
            float(node.get(key)) for key in ('xtl', 'ytl', 'xbr', 'ybr'))
        points = [[left, top], [right, top], [right, bottom], [left, bottom]]
    else:
        points = [pair.split(',') for pair in node.get('points').split(';')]
    return filled(np.array(points, dtype=np.float64), size, where)


def _runs(node: ET.Element, size: tuple[int, int]) -> np.ndarray:
    """Rows of a box, as lengths of runs, the first one clear."""
    left, top, width, height = (
        int(float(node.get(key))) for key in ('left', 'top', 'width',
                                              'height'))
    lengths = np.array(node.get('rle').split(','), dtype=np.int64)
    values = np.arange(len(lengths)) % 2 == 1
    part = np.repeat(values, lengths).reshape(height, width)
    whole = np.zeros(size, dtype=bool)
    whole[top:top + height, left:left + width] = part[
        :size[0] - top, :size[1] - left]
    return whole
