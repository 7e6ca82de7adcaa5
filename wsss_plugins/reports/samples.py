"""Sample pictures of a report: one row a picture, one column a stage."""
import base64
import html
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from ..structures import ClassMaps, UserError
from .drawing.cues import cue_picture, gradient_picture
from .drawing.objects import KINDS as OBJECT_KINDS, ObjectPictures, image_names
from .drawing.overlays import (
    class_name,
    heat_colors,
    overlay_map,
    overlay_mask,
    read_palette_mask,
    read_picture,
    shown_labels,
)

_SIDE = 256
_QUALITY = 84


@dataclass
class SampleGrid:
    """Groups of sample pictures as HTML.

    Attributes:
        classes (tuple[str]): Dataset class names, for captions; may be empty.
        missing (list[str]): Files that were not there, or not readable.
        total (int): How many pictures there should be.
    """
    classes: tuple[str, ...] = ()
    missing: list[str] = field(default_factory=list)
    total: int = 0
    _objects: ObjectPictures = field(
        default_factory=lambda: ObjectPictures(()))

    def group(self, group: dict, fill: Callable[[str], str]) -> str:
        """HTML of one group of samples.

        Args:
            group (dict): ``title``, ``names`` (a list, its file, or a COCO
                json, whose images are meant), ``num`` and ``columns`` (each
                ``title``, ``kind``, ``path`` with ``{name}``), as in a
                pipeline file.
            fill (Callable): Replaces the other placeholders in paths.
        """
        title = html.escape(group.get('title', 'Samples'))
        names = self._names(group, fill)
        if not names:
            return (f'<h3>{title}</h3><p class="alarm">No names in '
                    f'{html.escape(str(group["names"]))}.</p>')
        columns = [dict(c, path=fill(c['path'])) for c in group['columns']]
        seen: set[tuple[str, tuple[int, ...]]] = set()
        rows = ''.join(
            f'<div class="row">{self._row(columns, name, seen)}</div>'
            for name in names)
        titles = ''.join(f'<div>{html.escape(c["title"])}</div>'
                         for c in columns)
        return (f'<h3>{title}</h3>{_legend(columns, seen)}'
                f'<div class="samples" style="--columns:{len(columns)}">'
                f'<div class="row titles">{titles}</div>{rows}</div>')

    def _names(self, group: dict, fill: Callable[[str], str]) -> list[str]:
        names = group['names']
        if isinstance(names, str):
            path = Path(fill(names))
            if not path.is_file():
                self.total += 1
                self.missing.append(str(path))
                return []
            if path.suffix == '.json':
                shown = spread(image_names(path), group.get('num', 12))
                self._objects = ObjectPictures(shown, path)
                return shown
            names = path.read_text(encoding='utf-8').split()
        return spread(names, group.get('num', 12))

    def _row(self, columns: list[dict], name: str,
             seen: set) -> str:
        """One sample; fills ``seen`` with the colors of its classes."""
        image, cells = None, []
        for column in columns:
            path = Path(column['path'].replace('{name}', name))
            alt = html.escape(f'{name}: {column["title"]}', quote=True)
            self.total += 1
            try:
                if column['kind'] == 'image':
                    image = None  # the next columns are over this one
                    image = _read(path)
                    content = _picture(image, alt, _text(name))
                else:
                    content = (
                        self._things(column['kind'], path, name, image, alt)
                        if column['kind'] in OBJECT_KINDS else self._cell(
                            column['kind'], path, image, alt, seen))
            except UserError as error:
                self.missing.append(str(error))
                word = 'damaged' if path.is_file() else 'missing'
                content = f'<p class="gone">{word}</p>'
            cells.append(f'<div class="cell"><b>'
                         f'{html.escape(column["title"])}</b>{content}</div>')
        return ''.join(cells)

    def _things(self, kind: str, path: Path, name: str,
                image: np.ndarray | None, alt: str) -> str:
        """Objects over an image."""
        if image is None:
            raise UserError(f'{path}: drawn over the image, which is missing')
        picture, chips = self._objects.draw(kind, path, name, image)
        return _picture(picture, alt,
                        ''.join(_chip(*c) for c in chips) or 'no object')

    def _cell(self, kind: str, path: Path, image: np.ndarray | None, alt: str,
              seen: set) -> str:
        if kind == 'gray':
            return _picture(_read(path), alt)
        if kind == 'gradient':
            return _picture(gradient_picture(path, image), alt)
        if kind == 'cues':
            picture, chips = cue_picture(path, image, self.classes)
            seen.update(chips)
            return _picture(picture, alt,
                            ''.join(_chip(*c) for c in chips) or 'no cue')
        maps = mask = None
        if kind == 'cam':
            maps = ClassMaps.load(path)
        else:
            mask, palette = read_palette_mask(path)
        if image is None:
            # The image itself is missing, and counted: draw on gray.
            shape = maps.size if mask is None else mask.shape
            image = np.full((*shape, 3), 128, dtype=np.uint8)
        if maps is not None:
            return self._maps(maps, image, alt)
        labels = shown_labels(mask, self.classes)
        chips = [(class_name(self.classes, v), tuple(palette[v].tolist()))
                 for v in labels]
        seen.update(chips)
        return _picture(
            overlay_mask(image, mask, palette), alt,
            ''.join(_chip(*c) for c in chips) or 'background only')

    def _maps(self, maps: ClassMaps, image: np.ndarray, alt: str) -> str:
        if not len(maps.labels):
            return _picture(image, alt, 'no class')
        pictures = []
        for label, scores in zip(maps.labels.tolist(), maps.maps):
            name = html.escape(class_name(self.classes, label), quote=True)
            pictures.append(
                _picture(overlay_map(image, scores), f'{alt}, {name}', name))
        return ''.join(pictures)


def spread(names: Sequence[str], count: int) -> list[str]:
    """``count`` names evenly over a list, the same ones on every run."""
    count = min(count, len(names))
    return [names[i * len(names) // count] for i in range(count)]


def _read(path: Path) -> np.ndarray:
    try:
        return read_picture(path, _SIDE)
    except (OSError, SyntaxError) as error:
        raise UserError(f'{path}: {error}') from None


def _legend(columns: list[dict], seen: set) -> str:
    parts = [_chip(*item) for item in sorted(seen)]
    if any(c['kind'] == 'cam' for c in columns):
        stops = ','.join(
            'rgb({},{},{})'.format(*heat_colors()[i])
            for i in range(0, 256, 51))
        parts.append(f'<span>class map 0<i class="heat" style="background:'
                     f'linear-gradient(90deg,{stops})"></i>1</span>')
    return f'<p class="legend">{"".join(parts)}</p>' if parts else ''


def _chip(name: str, color: tuple[int, ...]) -> str:
    red, green, blue = color
    return (f'<span class="chip"><i class="swatch" style="background:'
            f'rgb({red},{green},{blue})"></i>{_text(name)}</span> ')


def _text(text: str) -> str:
    return html.escape(text, quote=True)


def _picture(image: np.ndarray, alt: str, caption: str = '') -> str:
    """An inline picture; ``alt`` and ``caption`` are HTML already."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, 'JPEG', quality=_QUALITY,
                                subsampling=0)
    data = base64.b64encode(buffer.getvalue()).decode()
    height, width = image.shape[:2]
    return (f'<img src="data:image/jpeg;base64,{data}" alt="{alt}" '
            f'width="{width}" height="{height}"><p>{caption}</p>')
