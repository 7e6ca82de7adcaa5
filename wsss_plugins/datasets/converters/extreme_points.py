"""Extreme points from the masks of COCO, LVIS and VOC."""
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from ...ops.points.extreme_points import (
    clip_points,
    extreme_points,
    mask_extreme_points,
    points_box,
)
from ...structures import (
    IGNORE_INDEX,
    CocoFile,
    CocoWriter,
    UserError,
    checked_size,
    decode_mask,
    encode_mask,
    iter_annotations,
    read_mask,
)
from ...structures.coco_json import AnnotationCheck
from ...structures.extreme_points import (
    ON_PROBLEM,
    POINTS_KEY,
    Problem,
    finite_numbers,
)
from ...structures.rle import segmentation_flaw
from .voc_xml import VOC_CLASSES

# How far, in pixels, a polygon may leave its image.
_BEYOND = 1
_SHOWN = 1000


@dataclass
class PointStatistics:
    """What a conversion did.

    Attributes:
        objects (int): That got extreme points.
        crowd (int): Crowd regions, passed through as they are.
        clipped (int): Objects of which a point was moved into the image.
        problems (list[Problem]): Of objects that were left out.
    """
    objects: int = 0
    crowd: int = 0
    clipped: int = 0
    problems: list[Problem] = field(default_factory=list)

    def lines(self) -> list[str]:
        """For people."""
        return [
            f'objects: {self.objects}', f'crowd regions: {self.crowd}',
            f'objects with points moved into the image: {self.clipped}',
            f'objects left out: {len(self.problems)}'
        ]


def annotation_points(segmentation: Any,
                      size: tuple[int, int],
                      clip: bool = True) -> np.ndarray:
    """Extreme points of what COCO has in ``segmentation``.

    Args:
        segmentation (list | dict): Polygons, or an RLE of either kind.
        size (tuple[int, int]): Height and width of the image.
        clip (bool): Whether points on the border beyond the last pixel, as
            the published rule gives them, are moved in. Defaults to True.

    Returns:
        np.ndarray: Top, left, bottom and right, int32 (4, 2).

    Raises:
        UserError: If the RLE is broken or of another size.
        ValueError: If there is no pixel or corner.
    """
    if isinstance(segmentation, list):
        corners = np.concatenate([
            np.asarray(polygon, dtype=np.float64).reshape(-1, 2)
            for polygon in segmentation
        ])
        points = extreme_points(corners)
    else:
        points = mask_extreme_points(decode_mask(segmentation, size))
    return clip_points(points, size) if clip else points


def add_extreme_points(source: str | os.PathLike,
                       target: str | os.PathLike,
                       strip_masks: bool = False,
                       on_problem: str = 'raise') -> PointStatistics:
    """Copy a COCO json with extreme points, and perhaps without masks.

    Annotations pass one at a time, so a file of millions needs little memory;
    their order, ids and other entries stay. Crowd regions pass through as they
    are. LVIS, whose images have no ``file_name``, gets it from ``coco_url``.

    Args:
        source (str | PathLike): COCO or LVIS instances.
        target (str | PathLike): File to write; it appears whole.
        strip_masks (bool): Whether to remove ``segmentation`` and to set
            ``area``, which a mask gives too, to the area of ``bbox``, so that
            no mask can leak into training.
        on_problem (str): ``'raise'``: list all objects without a sound mask
            and write nothing. ``'skip'``: leave them out and count them.

    Raises:
        UserError: If the file is missing or none of COCO's; for ``'raise'``
            with a line for each problem.
    """
    if on_problem not in ON_PROBLEM:
        raise UserError(f'on_problem={on_problem!r}; choose one of '
                        f'{", ".join(ON_PROBLEM)}')
    file = CocoFile.open(source)
    statistics = PointStatistics()
    with CocoWriter(target, dict(
            file.head, images=list(file.images.values()))) as writer:
        for annotation in _pointed(file, statistics):
            if strip_masks and not annotation.get('iscrowd'):
                annotation = _stripped(annotation)
            try:
                writer.write(annotation)
            except ValueError as error:  # NaN beside the geometry
                raise UserError(f'{file.where(annotation)}: {error}; fix the '
                                'file') from None
        # Within the block: then the file does not appear.
        _check_any_objects(source, statistics)
        if on_problem == 'raise':
            _refuse(source, statistics.problems)
    return statistics


def _check_any_objects(source: str | os.PathLike,
                       statistics: PointStatistics) -> None:
    """Look at the file as a whole."""
    if statistics.objects or statistics.problems:
        return
    why = (f'all {statistics.crowd} annotations are crowd regions (iscrowd: '
           '1)' if statistics.crowd else 'no annotations')
    raise UserError(f'{source}: {why}; extreme points need single objects')


def _pointed(file: CocoFile,
             statistics: PointStatistics) -> Iterator[dict]:
    """Annotations with points; problems go to the statistics."""
    check = AnnotationCheck(file.images, file.categories)
    for annotation in tqdm(iter_annotations(file.path), desc='extreme points',
                           unit=' objects', mininterval=1.):
        flaw = check.flaw(annotation)
        if not flaw and annotation.get('iscrowd'):
            statistics.crowd += 1
            yield annotation
            continue
        try:
            if flaw:
                raise ValueError(flaw)
            points, clipped = _points(annotation, file.size(annotation))
        except ValueError as error:
            statistics.problems.append(
                Problem(annotation['image_id'], annotation['id'],
                        str(error)))
            continue
        statistics.objects += 1
        statistics.clipped += clipped
        # A copy that was converted before is converted anew.
        yield dict(annotation, **{POINTS_KEY: points.tolist()})


def _points(annotation: dict,
            size: tuple[int, int]) -> tuple[np.ndarray, bool]:
    """Points in the image, and whether some had to be moved."""
    segmentation = annotation.get('segmentation')
    flaw = segmentation_flaw(segmentation, size)
    if flaw:
        raise ValueError(flaw)
    box = annotation.get('bbox')
    if box is not None and finite_numbers(box, (4, )) is None:
        raise ValueError(f'bbox={box!r:.60} is not four numbers')
    points = annotation_points(segmentation, size, clip=False)
    moved = clip_points(points, size)
    far = np.abs(points - moved).max()
    if far > _BEYOND:
        raise ValueError(f'its polygons leave the image ({size[1]}x{size[0]}) '
                         f'by {far} pixels')
    return moved, bool(far)


def _refuse(source: str | os.PathLike, problems: list[Problem]) -> None:
    if not problems:
        return
    lines = [f'  {problem}' for problem in problems[:_SHOWN]]
    if len(problems) > _SHOWN:
        lines.append(f'  and {len(problems) - _SHOWN} more')
    raise UserError('\n'.join([
        f'{source}: {len(problems)} objects have no sound mask; fix them, '
        'or leave them out with --skip-broken', *lines
    ]))


def _stripped(annotation: dict) -> dict:
    """An annotation that no mask can be guessed from but by its box."""
    annotation = {k: v for k, v in annotation.items() if k != 'segmentation'}
    if 'area' in annotation:
        left, top, right, bottom = points_box(
            annotation[POINTS_KEY]).tolist()
        box = annotation.get('bbox') or [
            left, top, right - left + 1, bottom - top + 1
        ]
        annotation['area'] = box[2] * box[3]
    return annotation


def voc_extreme_points(root: str | os.PathLike,
                       names: Sequence[str],
                       target: str | os.PathLike,
                       strip_masks: bool = False,
                       classes: Sequence[str] = VOC_CLASSES,
                       img_suffix: str = '.jpg') -> PointStatistics:
    """Write a COCO json of VOC's instance masks, with extreme points.

    Args:
        root (str | PathLike): Folder with ``JPEGImages``,
            ``SegmentationObject`` and ``SegmentationClass``.
        names (Sequence[str]): Images, in the order of the file.
        target (str | PathLike): File to write; it appears whole.
        strip_masks (bool): Whether to leave out ``segmentation``, as in
            :func:`add_extreme_points`.
        classes (Sequence[str]): Foreground classes of the mask indices 1, 2,
            ...; they become categories 1, 2, ...
        img_suffix (str): Suffix of the images. Defaults to ``'.jpg'``.

    Raises:
        UserError: If a file is missing or broken, masks are not of the size
            of their image, or an object has no class.
    """
    def objects(name: str, image: dict) -> Iterator[dict]:
        return voc_objects(Path(root), name, image, len(classes))

    return write_voc_objects(root, names, target, objects, strip_masks,
                             classes, img_suffix)


def write_voc_objects(root: str | os.PathLike,
                      names: Sequence[str],
                      target: str | os.PathLike,
                      objects: Callable[[str, dict], Iterable[dict]],
                      strip_masks: bool = False,
                      classes: Sequence[str] = VOC_CLASSES,
                      img_suffix: str = '.jpg') -> PointStatistics:
    """Write objects of images in VOC's layout as a COCO json.

    Args:
        root (str | PathLike): Folder with ``JPEGImages``.
        names, target, strip_masks, classes, img_suffix: As of
            :func:`voc_extreme_points`.
        objects (Callable): Annotations without ids from the name of an image
            and its entry of the json.
    """
    root, statistics = Path(root), PointStatistics()
    head = dict(
        images=[
            _voc_image(root, name, i, img_suffix)
            for i, name in enumerate(names, 1)
        ],
        categories=[
            dict(id=i, name=name) for i, name in enumerate(classes, 1)
        ])
    with CocoWriter(target, head) as writer:
        for image, name in zip(
                tqdm(head['images'], desc='VOC objects'), names):
            for annotation in objects(name, image):
                statistics.objects += 1
                annotation = dict(id=statistics.objects, **annotation)
                writer.write(
                    _stripped(annotation) if strip_masks else annotation)
    return statistics


def _voc_image(root: Path, name: str, ident: int, suffix: str) -> dict:
    height, width = checked_size(root / 'JPEGImages' / (name + suffix))
    return dict(id=ident, file_name=name + suffix, height=height, width=width)


def voc_objects(root: Path, name: str, image: dict,
                num_classes: int) -> Iterator[dict]:
    """Annotations of an image but their ids; void pixels are of no object.

    Args:
        root (Path): As of :func:`voc_extreme_points`.
        name (str): Of the image.
        image (dict): Its entry of the json.
        num_classes (int): Foreground classes.

    Raises:
        UserError: As :func:`voc_extreme_points`.
    """
    path = root / 'SegmentationObject' / f'{name}.png'
    objects = read_mask(path)
    labels = read_mask(root / 'SegmentationClass' / f'{name}.png',
                       num_classes + 1)
    size = image['height'], image['width']
    if objects.shape != size or labels.shape != size:
        raise UserError(f'{path}: masks of {objects.shape} and {labels.shape},'
                        f' but their image is {size}; fetch them again')
    for number in np.unique(objects):
        if number in (0, IGNORE_INDEX):
            continue
        mask = objects == number
        inside = labels[mask & (labels != 0) & (labels != IGNORE_INDEX)]
        if not len(inside):
            raise UserError(f'{path}: object {number} has no class in '
                            f'SegmentationClass/{name}.png; fix the masks')
        yield mask_annotation(image, mask, int(np.bincount(inside).argmax()))


def mask_annotation(image: dict, mask: np.ndarray, category: int) -> dict:
    """Annotation of an object but its id.

    Args:
        image (dict): Entry of its image in the json.
        mask (np.ndarray): bool (H, W), not empty.
        category (int): Id of its category.
    """
    points = mask_extreme_points(mask)
    left, top, right, bottom = points_box(points).tolist()
    return {
        'image_id': image['id'],
        'category_id': category,
        'bbox': [left, top, right - left + 1, bottom - top + 1],
        'area': int(mask.sum()),
        'iscrowd': 0,
        'segmentation': encode_mask(mask),
        POINTS_KEY: points.tolist()
    }
