"""Clicked objects of the images, in the CSV that converters read."""
import csv
import hashlib
import io
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..ops.points.extreme_points import (
    POINT_NAMES,
    clip_points,
    order_clicks,
    out_of_order,
    points_box,
)
from ..structures import UserError, atomic_path, read_text
from ..structures.text_files import name_flaw
from ..workspace.corrections import StaleError
from ..workspace.folder_lock import folder_lock

_POINTS = [f'{axis}_{name}' for name in POINT_NAMES for axis in 'xy']
_COLUMNS = ['image', 'class', *_POINTS]
_FIX = ('keep its columns, or move it away to start with no objects')


class Clicks:
    """The table ``clicks.csv``: a line an object, in pixels of the original.

    ``image`` is the path of the original below the folder of the images, so
    that ``wsss label-objects IMAGES OUT/corrections/clicks.csv OUT2`` finds
    it. Other lines and their order are kept.

    Args:
        folder (Path): ``OUT/corrections``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / 'clicks.csv'

    def rows(self) -> list[dict[str, str]]:
        """Lines of the table.

        Raises:
            UserError: If it has other columns or a line is cut off.
        """
        if not self.file.exists():
            return []
        reader = csv.DictReader(io.StringIO(read_text(self.file)))
        if reader.fieldnames != _COLUMNS:
            raise UserError(f'{self.file}: columns {reader.fieldnames}, '
                            f'expected {_COLUMNS}; {_FIX}')
        rows = list(reader)
        for number, row in enumerate(rows, 2):
            _point_values(row, f'{self.file}, line {number}')
        return rows

    def counts(self) -> dict[str, int]:
        """Number of objects by image."""
        found: dict[str, int] = {}
        for row in self.rows():
            found[row['image']] = found.get(row['image'], 0) + 1
        return found

    def read(self, image: str, scale: 'Scale') -> list[dict]:
        """Objects of an image.

        Args:
            image (str): Path of the original.
            scale (Scale): To the pixels of the work copy.

        Returns:
            list[dict]: ``class`` (str) and ``points``, x and y of top, left,
            bottom and right (list of pairs).
        """
        return [_object(row, scale) for row in self.rows()
                if row['image'] == image]

    def write(self, image: str, scale: 'Scale', objects: Any,
              revision: str) -> list[dict]:
        """Replace the objects of an image.

        Args:
            image (str): Path of the original.
            scale (Scale): To the pixels of the work copy.
            objects (list[dict]): ``class`` and ``points``, in any order.
            revision (str): :func:`digest` of those that are replaced.

        Raises:
            UserError: If an object is none.
            StaleError: If somebody else changed them meanwhile.
        """
        new = [_row(image, one, scale) for one in _checked_list(objects)]
        with folder_lock(self.folder):
            rows = self.rows()
            old = [row for row in rows if row['image'] == image]
            before = [_object(row, scale) for row in old]
            if digest(before) != revision:
                raise StaleError(image, dict(objects=before,
                                             revision=digest(before)))
            place = rows.index(old[0]) if old else len(rows)
            kept = [row for row in rows[:place] if row['image'] != image]
            rest = [row for row in rows[place:] if row['image'] != image]
            self._save([*kept, *new, *rest])
        return [_object(row, scale) for row in new]

    def _save(self, rows: list[dict]) -> None:
        with (atomic_path(self.file) as temporary,
              temporary.open('w', encoding='utf-8', newline='') as file):
            writer = csv.DictWriter(file, _COLUMNS, lineterminator='\n')
            writer.writeheader()
            writer.writerows(rows)


class Scale:
    """Pixel indices of a work copy and of its original.

    Args:
        work (tuple[int, int]): Height and width of the work copy.
        original (tuple[int, int]): Height and width of the original.
    """

    def __init__(self, work: tuple[int, int],
                 original: tuple[int, int]) -> None:
        self.work, self.original = tuple(work), tuple(original)
        self.factor = (np.array(self.original[::-1])
                       / np.array(self.work[::-1]))

    def out(self, points: np.ndarray) -> np.ndarray:
        """To the original, to a tenth of a pixel."""
        moved = (points + .5) * self.factor - .5
        return clip_points(np.round(moved, 1), self.original)

    def back(self, points: np.ndarray) -> np.ndarray:
        """To the work copy."""
        moved = (points + .5) / self.factor - .5
        return clip_points(np.round(moved, 1), self.work)


def digest(objects: list[dict]) -> str:
    """Tells one list of objects from another."""
    return hashlib.sha256(json.dumps(objects).encode()).hexdigest()[:16]


def _checked_list(objects: Any) -> list:
    if not isinstance(objects, list) or len(objects) > 10_000:
        raise UserError('objects are no list')
    return objects


def _row(image: str, one: Any, scale: Scale) -> dict:
    """A line of the table from what the page sent."""
    if not isinstance(one, dict):
        raise UserError('an object is {"class", "points"}')
    flaw = name_flaw(one.get('class'))
    if flaw:
        raise UserError(f'the class of an object {flaw}')
    points = ordered(one.get('points'), scale.work)
    values = scale.out(points).ravel().tolist()
    return dict(zip(_COLUMNS, (image, one['class'], *map(_plain, values))))


def ordered(points: Any, size: tuple[int, int]) -> np.ndarray:
    """Four clicks as top, left, bottom and right, float64 (4, 2).

    Args:
        points (Any): Pairs of x and y.
        size (tuple[int, int]): Height and width that they lie in.

    Raises:
        UserError: If they are none, or one is extreme in no direction.
    """
    try:
        clicks = np.asarray(points, np.float64)
    except (TypeError, ValueError):
        clicks = np.zeros(0)
    if clicks.shape != (4, 2) or not np.isfinite(clicks).all():
        raise UserError('an object needs four points of x and y')
    four = order_clicks(clip_points(clicks, size))
    box = points_box(four)
    if (box[2:] <= box[:2]).any():
        raise UserError('the four points enclose nothing; click the top, '
                        'left, bottom and right end of the object')
    inside = ((clicks > box[:2]) & (clicks < box[2:])).all(axis=1)
    if inside.any() or out_of_order(four):
        raise UserError('one of the points is extreme in no direction; click '
                        'the top, left, bottom and right end of the object')
    return four


def _object(row: dict[str, str], scale: Scale) -> dict:
    points = np.array(_point_values(row, 'clicks.csv')).reshape(4, 2)
    return {'class': row['class'], 'points': scale.back(points).tolist()}


def _point_values(row: dict[str, str], where: str) -> Sequence[float]:
    try:
        values = [float(row[name]) for name in _POINTS]
    except (TypeError, ValueError):
        values = [math.nan]
    if not all(map(math.isfinite, values)):
        raise UserError(f'{where}: no line of {len(_COLUMNS)} cells with '
                        f'numbers; {_FIX}')
    return values


def _plain(value: float) -> str:
    return f'{value:.1f}'.removesuffix('.0')
