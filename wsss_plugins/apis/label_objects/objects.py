"""Reads the objects, and those whose masks are known."""
import os
from dataclasses import dataclass
from pathlib import Path

from ...datasets.converters.clicks_csv import convert_clicks_csv
from ...structures import UserError, coco_head, iter_annotations, write_json
from ...structures.extreme_points import POINTS_KEY
from .layout import ObjectSpace

_JSON = ('.json', )


@dataclass(frozen=True)
class Objects:
    """What is to be labeled.

    Attributes:
        classes (tuple[str, ...]): Names of the categories.
        images, count (int): Numbers of images and of objects.
        clicked (bool): Whether all objects have extreme points.
        held_out (int): Images with known masks, which nothing is trained on.
    """
    classes: tuple[str, ...]
    images: int
    count: int
    clicked: bool
    held_out: int


def read_objects(clicks: Path, images: Path, space: ObjectSpace,
                 classes: list[str] | None = None,
                 truth: str | os.PathLike | None = None) -> Objects:
    """Write the objects of a table or COCO json into a workspace.

    Args:
        clicks (Path): Table of clicks or boxes, or COCO json of ``bbox`` or
            ``extreme_points``.
        images (Path): Folder that names are relative to.
        space (ObjectSpace): Gets ``points.json`` and ``truth.json``.
        classes (list[str], optional): Classes of a table, in order. Defaults
            to those that it names.
        truth (str | PathLike, optional): COCO json of masks of some images.

    Raises:
        UserError: With a line for each mistake.
    """
    if not images.is_dir():
        raise UserError(f'{images}: folder of images not found; fix the path')
    raw = space.points.with_name('all.json')
    if clicks.suffix.lower() in _JSON:
        data = _coco(clicks)
    else:
        convert_clicks_csv(clicks, images, raw, classes)
        data = _coco(raw)
        raw.unlink()
    known = _held_out(truth, data, space)
    data['images'] = [one for one in data['images']
                      if one['file_name'] not in known]
    kept = {one['id'] for one in data['images']}
    data['annotations'] = [one for one in data['annotations']
                           if one['image_id'] in kept]
    if not data['annotations']:
        raise UserError(f'{clicks}: no objects' + (
            f' besides those of the images of {truth}; give masks of some '
            'images only' if known else '; add a line for each object'))
    write_json(space.points, data)
    return Objects(
        tuple(str(c['name']) for c in data['categories']), len(kept),
        len(data['annotations']),
        all(POINTS_KEY in one for one in data['annotations']
            if not one.get('iscrowd')), len(known))


def _coco(path: Path) -> dict:
    return dict(coco_head(path), annotations=list(iter_annotations(path)))


def _held_out(truth: str | os.PathLike | None, data: dict,
              space: ObjectSpace) -> set[str]:
    """Write the ground truth with our categories; names of its images."""
    space.truth.unlink(missing_ok=True)
    if truth is None:
        return set()
    known = _coco(Path(truth))
    numbers = {str(c['name']): c['id'] for c in data['categories']}
    unknown = {str(c['name']) for c in known['categories']} - set(numbers)
    used = {one['category_id'] for one in known['annotations']}
    renamed = {}
    for category in known['categories']:
        name = str(category['name'])
        if name in unknown and category['id'] in used:
            raise UserError(f'{truth}: class {name!r} has no objects in the '
                            f'table, which has {", ".join(numbers)}')
        renamed[category['id']] = numbers.get(name)
    for one in known['annotations']:
        if not one.get('segmentation'):
            raise UserError(f'{truth}: annotation {one["id"]} has no mask; '
                            'give objects with masks')
        one['category_id'] = renamed[one['category_id']]
    write_json(space.truth, dict(known, categories=data['categories']))
    return {one['file_name'] for one in known['images']}
