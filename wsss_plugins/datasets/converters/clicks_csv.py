"""Extreme points and boxes from a table that people keep by hand."""
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...ops.points.extreme_points import (
    POINT_NAMES,
    clip_points,
    order_clicks,
    out_of_order,
    points_box,
)
from ...structures import ImageFolder, UserError, checked_size, write_json
from ...structures.extreme_points import POINTS_KEY
from ...structures.text_files import name_flaw
from .table import IMAGE_COLUMNS, read_rows

_CLASS_COLUMNS = ('class', 'category', 'label', 'tag')
_NAMED = tuple(f'{axis}_{name}' for name in POINT_NAMES for axis in 'xy')
_CLICKS = tuple(f'{axis}{number}' for number in range(1, 5) for axis in 'xy')
_BOX = ('x_min', 'y_min', 'x_max', 'y_max')
_LAYOUTS = (_NAMED, _CLICKS, _BOX)
# How far, in pixels, a click may miss the image.
_BEYOND = 1
_SHOWN = 1000


@dataclass(frozen=True)
class ClickStatistics:
    """What a table held.

    Attributes:
        images (int): Images with an object.
        points (int): Objects with extreme points.
        boxes (int): Objects with a box only.
        classes (tuple[str, ...]): Names of the categories 1, 2, ...
    """
    images: int
    points: int
    boxes: int
    classes: tuple[str, ...]


def convert_clicks_csv(
        path: str | os.PathLike,
        images: str | os.PathLike,
        target: str | os.PathLike,
        classes: Sequence[str] | None = None) -> ClickStatistics:
    """Write a COCO json of the clicks or boxes of a CSV file.

    The header decides. Beside ``image`` (or ``name``, ``file``, ...) and
    ``class`` (or ``category``, ``label``, ``tag``) the columns are, for each
    object a line: ``x_top, y_top, x_left, y_left, x_bottom, y_bottom, x_right,
    y_right``; or ``x1, y1, ..., x4, y4``, four clicks in any order; or
    ``x_min, y_min, x_max, y_max``, a box. A file may have columns of several
    kinds: a line counts by the first whose cells it fills. All are pixel
    indices, 0 the first, the last row and column of a box included.

    Args:
        path (str | PathLike): The table.
        images (str | PathLike): Folder of the images, whose sizes are needed.
            Images are named with their folder below it, and with or without
            suffix.
        target (str | PathLike): File to write; it appears whole.
        classes (Sequence[str], optional): Names of the categories 1, 2, ...
            Defaults to those of the table, by the alphabet.

    Raises:
        UserError: If the table or its header is broken; with a line for each
            mistake: missing images, unknown classes, cells that are no
            numbers, points outside the image, in the wrong order, or inside
            the box of the others, and empty boxes.
    """
    table = _Table(Path(path), Path(images), classes)
    data = table.read()
    write_json(target, data)
    points = sum(POINTS_KEY in one for one in data['annotations'])
    return ClickStatistics(
        len(data['images']), points, len(data['annotations']) - points,
        tuple(c['name'] for c in data['categories']))


class _Table:
    """Reads one CSV file and collects its mistakes."""

    def __init__(self, path: Path, folder: Path,
                 classes: Sequence[str] | None) -> None:
        self.path = path
        self.folder = folder
        self.files = ImageFolder(folder)
        self.classes = classes
        self.images: dict[str, dict | None] = {}
        self.flaws: list[str] = []

    def read(self) -> dict:
        """The table as a COCO data set."""
        rows = read_rows(self.path)
        if len(rows) < 2:
            raise UserError(f'{self.path}: no header and lines below it; '
                            'write a line for each object')
        header = [cell.lower() for cell in rows[0][1]]
        layouts = self._layouts(header)
        found = []
        for number, row in rows[1:]:
            if len(row) != len(header):
                self.flaws.append(f'line {number}: {len(row)} cells, but the '
                                  f'header has {len(header)}')
                continue
            cells = dict(zip(header, row))
            one = self._object(number, cells, layouts)
            if one is not None:
                found.append(one)
        categories = self._categories(found)
        if self.flaws:
            raise UserError('\n'.join(
                [f'{self.path}: {len(self.flaws)} problems; fix the lines'] +
                [f'  {flaw}' for flaw in self.flaws[:_SHOWN]]))
        return self._dataset(found, categories)

    def _layouts(self, header: list[str]) -> list[tuple[str, ...]]:
        """Kinds of columns that the table has."""
        twice = sorted({name for name in header if header.count(name) > 1})
        if twice:
            raise UserError(f'{self.path}: columns {twice} come twice; name '
                            'each once')
        self.image_column = self._column(header, IMAGE_COLUMNS)
        self.class_column = self._column(header, _CLASS_COLUMNS)
        layouts = [names for names in _LAYOUTS if set(names) <= set(header)]
        if not layouts:
            raise UserError(
                f'{self.path}: header {header} has neither the columns '
                f'{", ".join(_NAMED)}, nor {", ".join(_CLICKS)}, nor '
                f'{", ".join(_BOX)}; name them so')
        return layouts

    def _column(self, header: list[str], names: Sequence[str]) -> str:
        found = [name for name in header if name in names]
        if len(found) != 1:
            raise UserError(f'{self.path}: header {header} has {len(found)} '
                            f'columns named {names[0]!r} (or '
                            f'{", ".join(names[1:])}); expected one')
        return found[0]

    def _object(self, number: int, cells: dict[str, str],
                layouts: list[tuple[str, ...]]) -> dict | None:
        """An annotation but its ids; None after a mistake."""
        before = len(self.flaws)
        image = self._image(number, cells[self.image_column])
        name = cells[self.class_column]
        if not name or (self.classes and name not in self.classes):
            self.flaws.append(f'line {number}: unknown class {name!r}')
        layout = next((names for names in layouts
                       if any(cells[column] for column in names)), None)
        try:
            if layout is None:
                raise ValueError('no coordinates')
            values = _coordinates([cells[column] for column in layout])
            if image is None:
                return None
            size = image['height'], image['width']
            geometry = _geometry(layout, values, size)
        except ValueError as error:
            self.flaws.append(
                f'line {number}: {cells[self.image_column]}: {error}')
        if len(self.flaws) > before:
            return None
        return dict(image=image, name=name, **geometry)

    def _image(self, number: int, cell: str) -> dict | None:
        """Entry of an image; None if its file is missing or broken."""
        if cell not in self.images:
            self.images[cell] = None
            try:
                path = self._file(cell)
                height, width = checked_size(path)
                self.images[cell] = dict(
                    file_name=os.path.relpath(path, self.folder),
                    height=height,
                    width=width)
            except UserError as error:
                self.flaws.append(f'line {number}: {error}')
        return self.images[cell]

    def _file(self, cell: str) -> str:
        """Path of an image, whose suffix the table may omit."""
        flaw = name_flaw(cell)
        if flaw:
            raise UserError(f'the name of the image {flaw}')
        path = self.files.find(cell)
        if path is None:
            raise UserError(f'{self.folder / cell}: image not found; fix its '
                            'name or the folder')
        return path

    def _categories(self, found: list[dict]) -> list[dict]:
        names = self.classes or sorted({one['name'] for one in found})
        return [dict(id=i, name=name) for i, name in enumerate(names, 1)]

    @staticmethod
    def _dataset(found: list[dict], categories: list[dict]) -> dict:
        index = {c['name']: c['id'] for c in categories}
        # A file that is named with and without suffix is one image.
        images: dict[str, dict] = {}
        annotations = []
        for ident, one in enumerate(found, 1):
            image = images.setdefault(
                one['image']['file_name'],
                dict(id=len(images) + 1, **one['image']))
            width, height = one['bbox'][2:]
            annotation = dict(
                id=ident,
                image_id=image['id'],
                category_id=index[one['name']],
                bbox=one['bbox'],
                area=width * height,
                iscrowd=0)
            if POINTS_KEY in one:
                annotation[POINTS_KEY] = one[POINTS_KEY]
            annotations.append(annotation)
        return dict(images=list(images.values()), annotations=annotations,
                    categories=categories)


def _coordinates(cells: list[str]) -> np.ndarray:
    values = []
    for cell in cells:
        try:
            value = float(cell)
        except ValueError:
            raise ValueError(f'{cell!r} is not a number') from None
        if not math.isfinite(value):
            raise ValueError(f'{cell!r} is not a number')
        values.append(value)
    return np.array(values)


def _geometry(layout: tuple[str, ...], values: np.ndarray,
              size: tuple[int, int]) -> dict:
    """Entries ``bbox`` and, from clicks, ``extreme_points``.

    Raises:
        ValueError: If the values are no box in the image.
    """
    points = values.reshape(-1, 2)
    moved = clip_points(points, size)
    if np.abs(points - moved).max() > _BEYOND:
        raise ValueError(f'{points.tolist()} is outside the image '
                         f'({size[1]}x{size[0]})')
    if layout == _BOX:
        return dict(bbox=_bbox(moved.ravel()))
    if layout == _CLICKS:
        moved = order_clicks(moved)
        box = points_box(moved)
        inner = [
            click.tolist() for click in clip_points(points, size)
            if (click > box[:2]).all() and (click < box[2:]).all()
        ]
        if inner:
            raise ValueError(f'click {inner[0]} is extreme in no direction '
                             f'among {points.tolist()}')
    disorder = out_of_order(moved)
    if disorder:
        raise ValueError(f'{points.tolist()} is in wrong order: another point '
                         f'lies beyond {", ".join(disorder)}')
    return {'bbox': _bbox(points_box(moved)),
            POINTS_KEY: [_plain(point) for point in moved]}


def _bbox(box: np.ndarray) -> list[float]:
    """Left, top, width and height; the last pixels count."""
    if (box[2:] <= box[:2]).any():
        raise ValueError(f'empty box {box.tolist()}')
    return _plain([box[0], box[1], box[2] - box[0] + 1, box[3] - box[1] + 1])


def _plain(values: Sequence[float]) -> list[float]:
    """Whole numbers as integers, for people who read the file."""
    return [int(v) if float(v).is_integer() else float(v) for v in values]
