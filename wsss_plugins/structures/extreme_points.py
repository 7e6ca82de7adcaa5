"""Objects with boxes and extreme points in a COCO json, checked as a whole."""
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..ops.points.extreme_points import (
    POINT_NAMES,
    clip_points,
    out_of_order,
    points_box,
)
from .coco_json import (
    AnnotationCheck,
    category_flaw,
    coco_head,
    image_file,
    image_flaw,
    iter_annotations,
)
from .errors import UserError
from .rle import segmentation_flaw

#: Entry of an annotation: [[x, y] top, left, bottom, right] in pixel indices.
POINTS_KEY = 'extreme_points'
HOW_TO_ADD = ('add them with tools/dataset_converters/extreme_points.py, or '
              'clicks_csv.py')
ON_PROBLEM = ('raise', 'skip')
_SHOWN = 1000
# What no pixel of a real file reaches.
_HUGE = 2**31
_LACKING = f'no {POINTS_KEY}'
# Objects this thin have no four points; a true box of them is no mistake.
_THIN = 2.


@dataclass(frozen=True)
class Problem:
    """What is wrong with one entry of a file.

    Attributes:
        image_id (int): Of the image.
        ann_id (int, optional): Of the annotation; None: the image itself.
        text (str): What is wrong.
    """
    image_id: int
    ann_id: int | None
    text: str

    def __str__(self) -> str:
        if self.ann_id is None:
            return f'image {self.image_id}: {self.text}'
        return (f'annotation {self.ann_id} of image {self.image_id}: '
                f'{self.text}')


@dataclass
class ObjectAnnotations:
    """All objects of a COCO json but crowd regions, in columns.

    Attributes:
        images (list[dict]): ``id``, ``file_name``, ``height``, ``width``.
        categories (list[dict]): ``id`` and ``name``, rising by id.
        ids (np.ndarray): Ids of the annotations, int64 (N,).
        image_index (np.ndarray): Place in ``images``, int64 (N,).
        category_ids (np.ndarray): int64 (N,).
        boxes (np.ndarray): x0, y0, x1, y1 in pixels, float64 (N, 4): the hull
            of the extreme points, else COCO's ``bbox``.
        points (np.ndarray): Top, left, bottom, right in pixel indices, float64
            (N, 4, 2); NaN where there are none.
        segmentations (list): COCO's, of each object; empty if not asked for.
        crowd_ids (list[int]): Ids of crowd regions, which are left out.
        problems (list[Problem]): Of what was left out because of them.
    """
    images: list[dict]
    categories: list[dict]
    ids: np.ndarray
    image_index: np.ndarray
    category_ids: np.ndarray
    boxes: np.ndarray
    points: np.ndarray
    segmentations: list = field(default_factory=list)
    crowd_ids: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def has_points(self) -> np.ndarray:
        """Which objects have extreme points, bool (N,)."""
        return ~np.isnan(self.points).any(axis=(1, 2))

    @classmethod
    def load(cls,
             path: str | os.PathLike,
             need_points: bool = True,
             clip: float = 1.,
             on_problem: str = 'raise',
             keep_masks: bool = False) -> 'ObjectAnnotations':
        """Read a COCO json and check every object before anything trains.

        Args:
            path (str | PathLike): COCO instances, with ``extreme_points`` in
                the annotations or, without them, ``bbox``.
            need_points (bool): Whether an object without extreme points is a
                problem. Defaults to True.
            clip (float): Points at most so many pixels outside the image are
                moved in, as polygons end at the border; those further out
                are a problem. 0: all are. Defaults to 1.
            on_problem (str): ``'raise'``: list all problems and stop.
                ``'skip'``: leave out the annotations that have one.
            keep_masks (bool): Whether to keep ``segmentation``, which takes
                memory; for evaluation.

        Raises:
            UserError: If the file is no COCO json or ``on_problem`` is
                unknown; for ``'raise'`` also with a line for each problem:
                points outside the image, out of order or in one place, empty
                boxes, missing images, categories and points, numbers that are
                none, broken polygons and RLEs, ids that come twice; or if
                there is no object but crowd regions.
        """
        if on_problem not in ON_PROBLEM:
            raise UserError(f'on_problem={on_problem!r}; choose one of '
                            f'{", ".join(ON_PROBLEM)}')
        reader = _Reader(Path(path), need_points, clip, keep_masks)
        found = reader.read()
        if found.problems and on_problem == 'raise':
            raise UserError(problem_message(path, found.problems))
        return found


class _Reader:
    """Collects columns and problems of one file."""

    def __init__(self, path: Path, need_points: bool, clip: float,
                 keep_masks: bool) -> None:
        self.path = path
        self.need_points = need_points
        self.clip = clip
        self.keep_masks = keep_masks
        self.problems: list[Problem] = []
        self.lacking = 0

    def read(self) -> ObjectAnnotations:
        """Read the file; problems are collected, not raised."""
        head = coco_head(self.path)
        images = list(self._images(head['images']))
        place = {image['id']: i for i, image in enumerate(images)}
        categories = sorted(head['categories'], key=lambda c: c['id'])
        self._check_categories(categories)
        check = AnnotationCheck(place, {c['id'] for c in categories})
        rows, masks, crowd = [], [], []
        total = 0
        for annotation in iter_annotations(self.path):
            total += 1
            flaw = check.flaw(annotation)
            if flaw:
                self._add(annotation['image_id'], annotation['id'], flaw)
                continue
            if annotation.get('iscrowd'):
                crowd.append(annotation['id'])
                continue
            row = self._row(annotation, images[place[annotation['image_id']]],
                            place)
            if row is not None:
                rows.append(row)
                if self.keep_masks:
                    masks.append(annotation.get('segmentation'))
        self._check_any_objects(total, len(crowd))
        return self._checked(images, categories, rows, masks, crowd)

    def _images(self, images: list[dict]) -> Iterator[dict]:
        seen = set()
        for image in images:
            twice = image['id'] in seen
            flaw = 'its id comes twice' if twice else image_flaw(image)
            if flaw:
                self._add(image['id'], None, flaw)
                continue
            seen.add(image['id'])
            yield dict(id=image['id'], file_name=image_file(image),
                       height=image['height'], width=image['width'])

    def _check_categories(self, categories: list[dict]) -> None:
        for category in categories:
            flaw = category_flaw(category)
            if flaw:
                raise UserError(f'{self.path}: category {category["id"]}: '
                                f'{flaw}; fix the file')

    def _row(self, annotation: dict, image: dict,
             place: dict[int, int]) -> tuple | None:
        """Id, image, category, bbox and points, numbers all."""
        before = len(self.problems)

        def add(text: str) -> None:
            self._add(image['id'], annotation['id'], text)

        box, points = annotation.get('bbox'), annotation.get(POINTS_KEY)
        if box is not None and finite_numbers(box, (4, )) is None:
            add(f'bbox={box!r:.60} is not four numbers')
        elif box is not None and min(box[2:]) <= 0:
            add(f'empty bbox={box}')
        if points is not None and finite_numbers(points, (4, 2)) is None:
            add(f'{POINTS_KEY}={points!r:.60} is not four pairs of numbers')
        if points is None and (self.need_points or box is None):
            self.lacking += 1
            add(_LACKING + ('' if self.need_points else ' and no bbox'))
        # An empty list is how labels without masks are written.
        mask = annotation.get('segmentation')
        flaw = segmentation_flaw(
            mask, (image['height'], image['width'])) if mask else None
        if flaw:
            add(flaw)
        if len(self.problems) > before:
            return None
        return (annotation['id'], place[image['id']],
                annotation['category_id'],
                [math.nan] * 4 if box is None else box,
                [[math.nan] * 2] * 4 if points is None else points)

    def _check_any_objects(self, total: int, crowd: int) -> None:
        """Look at the file as a whole."""
        objects = total - crowd
        if not total:
            raise UserError(f'{self.path}: no annotations; name another file')
        if not objects:
            raise UserError(f'{self.path}: all {crowd} annotations are crowd '
                            'regions, which no object is made of; set '
                            'iscrowd to 0 for single objects')
        if self.need_points and self.lacking == objects:
            raise UserError(f'{self.path}: none of {objects} objects has '
                            f'{POINTS_KEY}; {HOW_TO_ADD}')

    def _checked(self, images: list[dict], categories: list[dict],
                 rows: list[tuple], masks: list,
                 crowd: list[int]) -> ObjectAnnotations:
        """Columns of the rows whose points and boxes are sound."""
        number = len(rows)
        columns = list(zip(*rows)) if rows else [[]] * 5
        ids, image_index, category_ids = (
            np.array(column, dtype=np.int64) for column in columns[:3])
        given = np.array(columns[3], dtype=np.float64).reshape(number, 4)
        points = np.array(columns[4], dtype=np.float64).reshape(number, 4, 2)
        sizes = np.array([(image['height'], image['width'])
                          for image in images]).reshape(-1, 2)[image_index]
        boxes = np.concatenate(
            [given[:, :2], given[:, :2] + given[:, 2:]], axis=1)
        pointed = ~np.isnan(points[:, 0, 0])
        inner = np.clip(points, 0, sizes[:, None, ::-1] - 1)
        boxes[pointed] = points_box(inner[pointed])
        sound = np.ones(number, dtype=bool)
        for i in np.flatnonzero(_suspects(points, inner, boxes, sizes)):
            if pointed[i]:
                texts = list(
                    _point_flaws(points[i], given[i], sizes[i], self.clip))
            else:
                texts = list(_box_flaws(boxes[i], sizes[i]))
            for text in texts:
                self._add(images[image_index[i]]['id'], int(ids[i]), text)
            sound[i] = not texts
        return ObjectAnnotations(
            images, categories, ids[sound], image_index[sound],
            category_ids[sound], boxes[sound], inner[sound],
            [mask for mask, good in zip(masks, sound) if good], crowd,
            self.problems)

    def _add(self, image: int, annotation: int | None, text: str) -> None:
        self.problems.append(Problem(image, annotation, text))


def problem_message(path: str | os.PathLike,
                    problems: list[Problem]) -> str:
    """What to tell a user, with a line for each problem.

    Args:
        path (str | PathLike): The COCO json.
        problems (list[Problem]): At least one.
    """
    fix = "fix them, or leave them out with on_problem='skip'"
    lacking = sum(p.text.startswith(_LACKING) for p in problems)
    if lacking:
        fix += f'; {lacking} objects have {_LACKING}: {HOW_TO_ADD}'
    lines = [f'  {problem}' for problem in problems[:_SHOWN]]
    if len(problems) > _SHOWN:
        lines.append(f'  and {len(problems) - _SHOWN} more')
    return '\n'.join(
        [f'{path}: {len(problems)} problems; {fix}', *lines])


def finite_numbers(value: Any,
                   shape: tuple[int | None, ...]) -> np.ndarray | None:
    """A list as numbers of a shape, float64; None if it is not.

    Numbers of 2**31 or more are none: no image has such pixels.

    Args:
        value (Any): What JSON held.
        shape (tuple): Length of each axis; None for any.
    """
    try:
        array = np.array(value)
    except (ValueError, TypeError, OverflowError):
        return None
    if array.ndim != len(shape) or array.dtype.kind not in 'iuf' or any(
            side not in (None, length)
            for side, length in zip(shape, array.shape)):
        return None
    array = array.astype(np.float64)
    # NaN compares as False, so it is refused too.
    return array if (np.abs(array) < _HUGE).all() else None


def _suspects(points: np.ndarray, inner: np.ndarray, boxes: np.ndarray,
              sizes: np.ndarray) -> np.ndarray:
    """Objects that may have a flaw, found without a loop; bool (N,)."""
    hull = np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)
    return ((points != inner).any(axis=(1, 2)) & ~np.isnan(hull[:, 0])
            | (boxes[:, 2:] <= boxes[:, :2]).any(axis=1)
            | (boxes[:, :2] >= sizes[:, ::-1]).any(axis=1)
            | (boxes[:, 2:] <= 0).any(axis=1)
            | (points_box(points) != hull).any(axis=1) & ~np.isnan(hull[:, 0]))


def _box_flaws(box: np.ndarray, size: np.ndarray) -> Iterator[str]:
    height, width = size
    if box[0] >= width or box[1] >= height or min(box[2:]) <= 0:
        yield f'box {box.tolist()} lies beside the image ({width}x{height})'


def _point_flaws(points: np.ndarray, given: np.ndarray, size: np.ndarray,
                 clip: float) -> Iterator[str]:
    """What is wrong with the four points of an object."""
    moved = np.abs(points - clip_points(points, size)).max(axis=1)
    outside = [
        f'{name} {point.tolist()}'
        for name, point, far in zip(POINT_NAMES, points, moved) if far > clip
    ]
    if outside:
        yield (f'points outside the image ({size[1]}x{size[0]}): '
               f'{", ".join(outside)}')
    disorder = out_of_order(points)
    if disorder:
        yield (f'points in wrong order: another lies beyond '
               f'{", ".join(disorder)} of {points.tolist()}')
    box = points_box(points)
    for axis, names in ((0, 'left and right'), (1, 'top and bottom')):
        # A box of the same object that is thin too tells that it is true.
        thin = given[2 + axis] <= _THIN
        if box[2 + axis] <= box[axis] and not (thin or disorder):
            yield f'empty box: points {names} coincide in {points.tolist()}'
