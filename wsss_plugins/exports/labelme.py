"""labelme's files, one beside each image."""
import base64
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from ..structures import UserError, read_json
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
from .shapes import Region, filled, painted, regions

_FIX = 'save it in labelme again'
_HOLED = ('components with holes are written as shapes of type "mask", which '
          'labelme opens from 5.3 on')


class LabelmeFormat(MaskFormat):
    """``NAME.json`` beside ``NAME.jpg``.

    A component is a polygon, or where it has holes a shape of type ``mask``.
    Datumaro's ``label_me`` is the XML of another tool.
    """
    name = 'labelme'
    help = 'a json for each image; keeps all'

    def write(self, items: Iterable[MaskItem], folder: Path,
              classes: Sequence[str], palette: Sequence[Sequence[int]],
              images: bool, notes: Notes) -> None:
        """Write a file for each image."""
        for item in items:
            path = folder / f'{item.stem}.json'
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(
                json.dumps(_content(item, classes, notes),
                           ensure_ascii=False), encoding='utf-8')
            if images:
                copy_image(item, folder)

    def read(self, path: Path, classes: Sequence[str], size_of: SizeOf
             ) -> Iterator[tuple[str, np.ndarray]]:
        """Masks of a file, or of all files below a folder."""
        for file in files_below(path, '.json', 'a labelme export'):
            data = read_json(file, 'labelme file', _FIX)
            if not isinstance(data, dict) or 'shapes' not in data:
                raise UserError(f'{file}: not a labelme file; {_FIX}')
            with reading(file, 'labelme file', _FIX):
                root = path if path.is_dir() else path.parent
                name = _image_name(data, file, root)
                size = _size(data) or size_of(name)
                if size is None:
                    raise UserError(f'{file}: tells no size of its image, '
                                    f'{name}; {_FIX}')
                yield name, _mask(data['shapes'], size, classes, file)


def _content(item: MaskItem, classes: Sequence[str], notes: Notes) -> dict:
    mask = item.read()
    notes.ignored(mask)
    shapes = []
    for region in regions(mask):
        if region.holes:
            notes[_HOLED] += 1
        shapes.append(
            dict(_shape(region, mask), label=classes[region.label],
                 group_id=None, description='', flags={}))
    return dict(
        version='5.4.0',
        flags={},
        shapes=shapes,
        imagePath=PurePosixPath(item.name).name,
        imageData=None,
        imageHeight=item.size[0],
        imageWidth=item.size[1])


def _shape(region: Region, mask: np.ndarray) -> dict:
    if not region.holes:
        return dict(shape_type='polygon', points=region.polygon.tolist(),
                    mask=None)
    left, top, right, bottom = region.box()
    inside = filled(region.polygon, mask.shape)
    for hole in region.holes:
        inside &= ~filled(hole, mask.shape)
    part = inside[top:bottom + 1, left:right + 1]
    buffer = io.BytesIO()
    Image.fromarray(part).convert('L').point(bool, '1').save(buffer, 'PNG')
    return dict(
        shape_type='mask',
        points=[[left, top], [right, bottom]],
        mask=base64.b64encode(buffer.getvalue()).decode())


def _image_name(data: dict, file: Path, root: Path) -> str:
    """Path of the image, as far as the place of the file tells it."""
    name = str(data.get('imagePath') or file.with_suffix('.jpg').name)
    name = name.replace('\\', '/').rpartition('/')[2]
    return (file.parent.relative_to(root) / name).as_posix()


def _size(data: dict) -> tuple[int, int] | None:
    size = data.get('imageHeight'), data.get('imageWidth')
    return size if all(type(side) is int for side in size) else None


def _mask(shapes: Sequence[dict], size: tuple[int, int],
          classes: Sequence[str], file: Path) -> np.ndarray:
    index = indices_of((shape['label'] for shape in shapes), classes, file)
    return painted(
        ((index[shape['label']], _pixels(shape, size, f'{file}, shape {i}'))
         for i, shape in enumerate(shapes, 1)), size)


def _pixels(shape: dict, size: tuple[int, int], where: str) -> np.ndarray:
    kind = shape.get('shape_type', 'polygon')
    points = np.array(shape['points'], dtype=np.float64)
    if kind == 'polygon':
        return filled(points, size, where)
    if kind == 'rectangle':
        (x0, y0), (x1, y1) = points
        return filled([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], size, where)
    if kind == 'circle':
        radius = np.linalg.norm(points[1] - points[0])
        rows, columns = np.indices(size) + .5
        return np.hypot(columns - points[0, 0],
                        rows - points[0, 1]) <= radius
    if kind == 'mask':
        return _bitmap(shape, points, size)
    raise UserError(f'{where}: a {kind} has no area; draw a polygon')


def _bitmap(shape: dict, points: np.ndarray,
            size: tuple[int, int]) -> np.ndarray:
    data = base64.b64decode(shape['mask'])
    with Image.open(io.BytesIO(data)) as image:
        part = np.asarray(image.convert('1'))
    left, top = points.min(axis=0).round().astype(int)
    whole = np.zeros(size, dtype=bool)
    target = whole[max(top, 0):top + part.shape[0],
                   max(left, 0):left + part.shape[1]]
    target |= part[:target.shape[0], :target.shape[1]]
    return whole
