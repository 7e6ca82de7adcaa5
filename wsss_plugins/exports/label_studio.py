"""Label Studio's tasks."""
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import quoteattr

import numpy as np

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
from .brush_rle import decode_brush, encode_brush
from .class_names import indices_of
from .shapes import filled, labels_of, painted

_TASKS, _CONFIG = 'tasks.json', 'config.xml'
_PREFIX = '/data/local-files/?d='
_FIX = 'export it from Label Studio as JSON again'
# Of uploaded files Label Studio puts eight digits before the name.
_UPLOAD = re.compile(r'^[0-9a-f]{8}-')


class LabelStudioFormat(MaskFormat):
    """``tasks.json`` of brush strokes, and ``config.xml`` of the labels.

    Written here, since Label Studio's own converter has no writer.
    """
    name = 'label-studio'
    help = 'Label Studio tasks with brush masks; keeps all'
    options = dict(prefix='what is put before the names of images in the '
                   f'tasks (default: {_PREFIX})')

    def write(self, items: Iterable[MaskItem], folder: Path,
              classes: Sequence[str], palette: Sequence[Sequence[int]],
              images: bool, notes: Notes, prefix: str = _PREFIX) -> None:
        """Write a task for each image, one after the other."""
        with (folder / _TASKS).open('w', encoding='utf-8') as file:
            for number, item in enumerate(items, 1):
                task = _task(item, number, classes, prefix, notes)
                file.write(',\n' if number > 1 else '[\n')
                json.dump(task, file, ensure_ascii=False)
                if images:
                    copy_image(item, folder / 'images')
            file.write('\n]\n')
        (folder / _CONFIG).write_text(_labels(classes, palette),
                                      encoding='utf-8')

    def read(self, path: Path, classes: Sequence[str], size_of: SizeOf
             ) -> Iterator[tuple[str, np.ndarray]]:
        """Masks of a JSON export: brush strokes, polygons, rectangles."""
        for file in files_below(path, '.json', 'a Label Studio export'):
            tasks = read_json(file, 'Label Studio export', _FIX)
            if not isinstance(tasks, list):
                raise UserError(f'{file}: not a list of tasks; {_FIX}')
            for task in tasks:
                with reading(file, 'Label Studio export', _FIX):
                    results = _results(task)
                    name = _image_name(task, size_of)
                    size = _size(results) or size_of(name)
                    if results is not None and size is not None:
                        yield name, _mask(results, size, classes, file)


def _task(item: MaskItem, number: int, classes: Sequence[str], prefix: str,
          notes: Notes) -> dict:
    mask = item.read()
    notes.ignored(mask)
    results = [
        dict(
            id=f'{number}_{label}',
            from_name='label',
            to_name='image',
            type='brushlabels',
            original_width=item.size[1],
            original_height=item.size[0],
            image_rotation=0,
            value=dict(format='rle', rle=encode_brush(mask == label),
                       brushlabels=[classes[label]]))
        for label in labels_of(mask)
    ]
    return dict(data=dict(image=prefix + quote(item.name)),
                annotations=[dict(result=results)])


def _labels(classes: Sequence[str], palette: Sequence[Sequence[int]]) -> str:
    lines = [
        f'    <Label value={quoteattr(name)} '
        f'background="#{bytes(color).hex()}"/>'
        for name, color in zip(classes[1:], list(palette)[1:])
    ]
    return '\n'.join([
        '<View>', '  <Image name="image" value="$image" zoom="true"/>',
        '  <BrushLabels name="label" toName="image">', *lines,
        '  </BrushLabels>', '</View>', ''
    ])


def _results(task: dict) -> list[dict] | None:
    """Of the latest annotation that was not skipped; None if there is none."""
    done = [one for one in task.get('annotations') or ()
            if not one.get('was_cancelled')]
    return done[-1]['result'] if done else None


def _image_name(task: dict, size_of: SizeOf) -> str:
    """The image as the workspace may know it."""
    value = next(v for v in task['data'].values() if isinstance(v, str))
    parts = urlsplit(value)
    path = unquote(parse_qs(parts.query).get('d', [parts.path])[0])
    last = path.rpartition('/')[2]
    names = [path.lstrip('/'), last, _UPLOAD.sub('', last)]
    return next((name for name in names if size_of(name)), names[0])


def _size(results: Sequence[dict] | None) -> tuple[int, int] | None:
    for one in results or ():
        if 'original_height' in one:
            return one['original_height'], one['original_width']
    return None


def _mask(results: Sequence[dict], size: tuple[int, int],
          classes: Sequence[str], file: Path) -> np.ndarray:
    found = [(one['value'][one['type']][0], one) for one in results
             if one['type'] in _READERS]
    index = indices_of((name for name, _ in found), classes, file)
    return painted(((index[name], _READERS[one['type']](one['value'], size))
                    for name, one in found), size)


def _brush(value: dict[str, Any], size: tuple[int, int]) -> np.ndarray:
    return decode_brush(value['rle'], size)


def _polygon(value: dict[str, Any], size: tuple[int, int]) -> np.ndarray:
    points = np.array(value['points'], dtype=np.float64)
    return filled(points / 100 * size[::-1], size)


def _rectangle(value: dict[str, Any], size: tuple[int, int]) -> np.ndarray:
    left, top = value['x'], value['y']
    right, bottom = left + value['width'], top + value['height']
    corners = [[left, top], [right, top], [right, bottom], [left, bottom]]
    return _polygon(dict(points=corners), size)


_READERS = dict(brushlabels=_brush, polygonlabels=_polygon,
                rectanglelabels=_rectangle)
