"""YOLO segmentation labels, as Ultralytics reads them."""
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import yaml

from ..structures import UserError, read_text
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
from .shapes import filled, painted, regions, without_holes, without_ignored

_DATA = 'data.yaml'
_LEAST = 3


class YoloFormat(MaskFormat):
    """``data.yaml``, ``labels/SPLIT/NAME.txt`` and ``images/SPLIT/``.

    Datumaro's exporter of this format writes boxes only.
    """
    name = 'yolo'
    help = 'YOLO-seg: a polygon for each component; loses holes'

    def write(self, items: Iterable[MaskItem], folder: Path,
              classes: Sequence[str], palette: Sequence[Sequence[int]],
              images: bool, notes: Notes) -> None:
        """Write a text file for each image."""
        splits = set()
        for item in items:
            splits.add(item.split)
            path = folder / 'labels' / item.split / f'{item.stem}.txt'
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_lines(item, notes), encoding='utf-8')
            if images:
                copy_image(item, folder / 'images' / item.split)
        train = 'train' if 'train' in splits else 'val'
        facts = dict(
            path='.',
            train=f'images/{train}',
            val='images/val' if 'val' in splits else f'images/{train}',
            names=dict(enumerate(classes[1:])))
        (folder / _DATA).write_text(
            yaml.safe_dump(facts, sort_keys=False, allow_unicode=True),
            encoding='utf-8')

    def read(self, path: Path, classes: Sequence[str], size_of: SizeOf
             ) -> Iterator[tuple[str, np.ndarray]]:
        """Masks of a folder with ``data.yaml`` and ``labels``."""
        folder = path if path.is_dir() else path.parent
        names = _names(folder / _DATA)
        index = indices_of(names.values(), classes, folder / _DATA)
        labels = {number: index[name] for number, name in names.items()}
        root = folder / 'labels'
        files = files_below(root, '.txt', 'a YOLO data set')
        for file in files:
            stem = file.relative_to(root).with_suffix('').as_posix()
            # Below the folder of the split, where there is one.
            for name in (stem, stem.partition('/')[2]):
                size = size_of(name) if name else None
                if size is not None:
                    yield name, _mask(file, labels, size)
                    break

    def kept(self, mask: np.ndarray) -> np.ndarray:
        """Holes are lost."""
        return without_holes(without_ignored(mask))


def _lines(item: MaskItem, notes: Notes) -> str:
    """A line for each component: class, then x and y of its corners."""
    mask = item.read()
    notes.ignored(mask)
    lines = []
    for region in regions(mask):
        notes.holes(region)
        scaled = region.polygon / (item.size[1], item.size[0])
        corners = ' '.join(f'{value:.7g}' for value in scaled.ravel())
        lines.append(f'{region.label - 1} {corners}\n')
    return ''.join(lines)


def _names(path: Path) -> dict[int, str]:
    """Class names by number."""
    fix = 'name the folder of a YOLO data set'
    with reading(path, 'description of a YOLO data set', fix):
        names = yaml.safe_load(read_text(path))['names']
        if isinstance(names, list):
            names = dict(enumerate(names))
        return {int(number): str(name) for number, name in names.items()}


def _mask(path: Path, labels: dict[int, int],
          size: tuple[int, int]) -> np.ndarray:
    shapes = []
    for number, line in enumerate(read_text(path).splitlines(), 1):
        cells = line.split()
        where = f'{path}, line {number}'
        if not cells:
            continue
        try:
            label, corners = labels[int(cells[0])], np.array(
                cells[1:], dtype=np.float64).reshape(-1, 2)
        except (ValueError, KeyError):
            raise UserError(f'{where}: not a known class number and pairs of '
                            'x and y; fix the line') from None
        if len(corners) < _LEAST:
            raise UserError(f'{where}: {len(corners)} corners are no polygon '
                            '(a box?); export segments, not boxes')
        shapes.append((label, filled(corners * size[::-1], size, where)))
    return painted(shapes, size)
