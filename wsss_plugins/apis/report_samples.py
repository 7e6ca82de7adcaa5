"""Sample pictures of a report: one row a picture, one column a stage."""
import base64
import html
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from ..structures import ClassMaps, UserError
from .drawing import fit, overlay_map, overlay_mask

_SIDE = 240
KINDS = ('image', 'gray', 'cam', 'mask')


@dataclass
class SampleGrid:
    """Groups of sample pictures as HTML.

    Attributes:
        classes (tuple[str]): Dataset class names, for captions; may be empty.
        missing (list[str]): Files that were not there.
        seen (dict[str, tuple]): Colour of each class in a shown mask.
    """
    classes: tuple[str, ...] = ()
    missing: list[str] = field(default_factory=list)
    seen: dict[str, tuple[int, int, int]] = field(default_factory=dict)

    def group(self, group: dict, fill: Callable[[str], str]) -> str:
        """HTML of one group of samples.

        Args:
            group (dict): ``title``, ``names`` (list file), ``num`` and
                ``columns`` (each ``title``, ``kind``, ``path`` with
                ``{name}``), as in a pipeline file.
            fill (Callable): Replaces placeholders in paths.
        """
        columns = group['columns']
        for column in columns:
            if column.get('kind') not in KINDS:
                raise UserError(f'report: column {column.get("title")!r} is '
                                f'of kind {column.get("kind")!r}; choose one '
                                f'of {", ".join(KINDS)}')
        head = ''.join(f'<th>{html.escape(c["title"])}</th>' for c in columns)
        rows = ''.join(
            f'<tr>{self._row(columns, name, fill)}</tr>'
            for name in self._names(group, fill))
        title = html.escape(group.get('title', 'Samples'))
        return (f'<h3>{title}</h3><div class="wide"><table class="samples">'
                f'<tr>{head}</tr>{rows}</table></div>')

    @staticmethod
    def _names(group: dict, fill: Callable[[str], str]) -> list[str]:
        path = Path(fill(group['names']))
        if not path.is_file():
            raise UserError(f'{path}: list of sample names not found')
        names = path.read_text().split()
        count = min(group.get('num', 12), len(names))
        # Spread over the list, the same on every run.
        return [names[i * len(names) // count] for i in range(count)]

    def _row(self, columns: list[dict], name: str,
             fill: Callable[[str], str]) -> str:
        image = None
        cells = []
        for column in columns:
            path = Path(fill(column['path']).replace('{name}', name))
            if not path.is_file():
                self.missing.append(str(path))
                cells.append('<td class="missing">missing</td>')
                continue
            if column['kind'] == 'image':
                image = np.asarray(Image.open(path).convert('RGB'))
            cells.append(f'<td>{self._cell(column["kind"], path, image)}</td>')
        return ''.join(cells)

    def _cell(self, kind: str, path: Path, image: np.ndarray | None) -> str:
        if kind == 'image':
            return _picture(image) + _caption(path.stem)
        if kind == 'gray':
            return _picture(np.asarray(Image.open(path).convert('RGB')))
        if image is None:
            raise UserError('report: put the image column before CAMs and '
                            'masks')
        if kind == 'cam':
            return self._cams(ClassMaps.load(path), image)
        return self._mask(path, image)

    def _cams(self, maps: ClassMaps, image: np.ndarray) -> str:
        if not len(maps.labels):
            return '<span class="missing">no class</span>'
        return '<div class="cams">' + ''.join(
            '<div>' + _picture(overlay_map(image, scores)) +
            _caption(self._name(label)) + '</div>'
            for label, scores in zip(maps.labels, maps.maps)) + '</div>'

    def _mask(self, path: Path, image: np.ndarray) -> str:
        with Image.open(path) as picture:
            mask = np.array(picture)
            colours = picture.getpalette() or [v for v in range(256)
                                               for _ in range(3)]
        palette = np.zeros((256, 3), dtype=np.uint8)
        palette.flat[:len(colours)] = colours
        labels = [int(v) for v in np.unique(mask) if v not in (0, 255)]
        for label in labels:
            self.seen[self._name(label)] = tuple(palette[label].tolist())
        return _picture(overlay_mask(image, mask, palette)) + _caption(
            ', '.join(self._name(v) for v in labels) or 'background only')

    def _name(self, label: int) -> str:
        known = 0 <= label < len(self.classes)
        return self.classes[label] if known else f'class {label}'

    def legend(self) -> str:
        """HTML of the colours of all classes that were shown."""
        return '<p class="legend">' + ''.join(
            f'<span><i style="background:rgb{colour}"></i>'
            f'{html.escape(name)}</span>'
            for name, colour in sorted(self.seen.items())) + '</p>'


def _picture(image: np.ndarray) -> str:
    buffer = io.BytesIO()
    Image.fromarray(fit(image, _SIDE)).save(buffer, 'JPEG', quality=82)
    data = base64.b64encode(buffer.getvalue()).decode()
    return f'<img src="data:image/jpeg;base64,{data}" alt="">'


def _caption(text: str) -> str:
    return f'<small>{html.escape(text)}</small>'
