"""Masks of objects against the ground truth: IoU by size and class."""
import contextlib
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..ops.cam.components import num_parts
from ..structures import (
    CocoFile,
    UserError,
    decode_mask,
    read_json,
    rle_area,
    rle_iou,
    segment_rle,
)
from ..structures.failures import reading
from ..structures.image_files import checked_sides
from ..structures.text_files import described
from .object_masks import SIZE_NAMES, size_bucket


@dataclass
class InstanceScores:
    """IoU of objects, with the properties that the means are taken by.

    Attributes:
        category, size, parts, found (list[int]): Category id; 0 small, 1
            medium, 2 large by ground-truth area; number of parts of the
            ground-truth mask; number of parts of the evaluated mask where
            the ground truth has several.
        iou (list[float]): Of each object.
    """
    category: list[int] = field(default_factory=list)
    size: list[int] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)
    found: list[int] = field(default_factory=list)
    iou: list[float] = field(default_factory=list)

    def add(self, annotation: dict, gt: dict[str, Any],
            pred: dict[str, Any] | None) -> None:
        """Add an object.

        Args:
            annotation (dict): Its ground-truth annotation; ``parts``, the
                number of parts of its mask, is counted if it is not there.
            gt (dict): RLE of its ground-truth mask.
            pred (dict, optional): RLE of the mask to evaluate; None counts
                as an empty mask.
        """
        size = tuple(gt['size'])
        parts = annotation.get('parts')
        if parts is None:
            parts = num_parts(decode_mask(gt, size))
        found = 0
        if pred is not None and parts > 1:
            found = num_parts(decode_mask(pred, size))
        self.category.append(annotation['category_id'])
        self.size.append(size_bucket(rle_area(gt)))
        self.parts.append(parts)
        self.found.append(found)
        self.iou.append(0. if pred is None else rle_iou(gt, pred))

    def extend(self, other: 'InstanceScores') -> None:
        """Add the objects of another rank."""
        for name in self.__dataclass_fields__:
            getattr(self, name).extend(getattr(other, name))

    def metrics(self) -> dict[str, float]:
        """Means, left out for groups without objects.

        ``miou`` over objects, ``class_miou`` over classes, ``miou_small``,
        ``_medium``, ``_large``, ``_split`` (ground-truth masks of several
        parts) and ``_whole``; ``split_found``, the share of split objects
        whose mask has several parts as well; and the numbers ``objects`` and
        ``split``.
        """
        iou, size = np.array(self.iou), np.array(self.size)
        split = np.array(self.parts) > 1
        groups = {f'miou_{name}': size == i
                  for i, name in enumerate(SIZE_NAMES)}
        groups.update(miou_split=split, miou_whole=~split)
        means = dict(miou=float(iou.mean()))
        means['class_miou'] = float(np.mean(list(self._by_class().values())))
        for name, members in groups.items():
            if members.any():
                means[name] = float(iou[members].mean())
        if split.any():
            means['split_found'] = float(
                (np.array(self.found)[split] > 1).mean())
        return dict(means, objects=len(iou), split=int(split.sum()))

    def _by_class(self) -> dict[int, float]:
        category, iou = np.array(self.category), np.array(self.iou)
        return {int(c): float(iou[category == c].mean())
                for c in np.unique(category)}

    def table(self, names: dict[int, str]) -> dict[str, dict]:
        """Mean IoU by class name, as JSON values; None without objects."""
        by_class = self._by_class()
        return {name: dict(iou=by_class.get(category))
                for category, name in names.items()}


def read_masks(path: str | Path) -> dict[int, dict[str, Any]]:
    """RLE of each annotation that is no crowd region, by id.

    Raises:
        UserError: If the file is broken, an id comes twice, or an annotation
            has no valid segmentation.
    """
    file = CocoFile.open(path)
    return {
        annotation['id']: _rle(file, annotation)
        for annotation in file.annotations() if not annotation.get('iscrowd')
    }


def _rle(file: CocoFile, annotation: dict) -> dict[str, Any]:
    return segment_rle(annotation.get('segmentation'), file.size(annotation),
                       file.where(annotation))


def class_names(path: str | Path) -> dict[int, str]:
    """Names of categories by id."""
    return {ident: category.get('name', str(ident))
            for ident, category in CocoFile.open(path).categories.items()}


def score_file(masks: str | Path, ground_truth: str | Path
               ) -> InstanceScores:
    """Masks of one file against the ground truth of another, joined by id.

    Objects that the first file does not have count as empty masks.

    Args:
        masks (str | Path): COCO json to evaluate.
        ground_truth (str | Path): COCO json with the ground-truth masks;
            its crowd regions do not count.

    Raises:
        UserError: If a file is broken or none of their objects agree.
    """
    preds, gt_file = read_masks(masks), CocoFile.open(ground_truth)
    scores, joined = InstanceScores(), 0
    for annotation in gt_file.annotations():
        if annotation.get('iscrowd'):
            continue
        number = annotation['id']
        gt, pred = _rle(gt_file, annotation), preds.get(number)
        if pred is not None:
            joined += 1
            if pred['size'] != gt['size']:
                raise UserError(
                    f'{masks}: annotation {number} is of an image of '
                    f'{pred["size"]}, in {ground_truth} of {gt["size"]} '
                    '(height, width); evaluate masks of the same images')
        scores.add(annotation, gt, pred)
    if not joined:
        raise UserError(f'{masks} and {ground_truth} have no annotation in '
                        'common; evaluate masks of the same objects')
    return scores


def _same_images(masks: CocoFile, gt_file: CocoFile) -> dict[int, int]:
    """Ids of images of one file to those of another.

    Raises:
        UserError: If the other does not have one, or at another size.
    """
    by_name = {image['file_name']: ident
               for ident, image in gt_file.images.items()}
    if len(by_name) < len(gt_file.images):
        raise UserError(f'{gt_file.path}: two images have the same file_name; '
                        'rename one')
    same = {}
    for ident, image in masks.images.items():
        name = image['file_name']
        if name not in by_name:
            raise UserError(f'{masks.path}: image {name!r} is not in '
                            f'{gt_file.path}; evaluate with the ground truth '
                            'of these images')
        other = gt_file.images[by_name[name]]
        sizes = [(i['height'], i['width']) for i in (image, other)]
        if sizes[0] != sizes[1]:
            raise UserError(f'{masks.path}: image {name!r} is {sizes[0]}, in '
                            f'{gt_file.path} {sizes[1]} (height, width); fix '
                            'one of them')
        same[ident] = by_name[name]
    return same


def mask_ap(masks: str | Path, ground_truth: str | Path) -> dict[str, float]:
    """COCO's AP of masks, each a detection in its image.

    Annotations count with their ``score``, or 1 where they have none. Images
    of both files are joined by file name, categories by id.

    Args:
        masks (str | Path): COCO json to evaluate.
        ground_truth (str | Path): COCO json with the ground-truth masks.

    Returns:
        dict: ``ap``, ``ap50``, ``ap75``, fractions, and of sizes that exist
        ``ap_small``, ``ap_medium``, ``ap_large``.

    Raises:
        UserError: If a file is broken, or an image is not in both.
    """
    from pycocotools.cocoeval import COCOeval
    file, gt_file = CocoFile.open(masks), CocoFile.open(ground_truth)
    same = _same_images(file, gt_file)
    detections = [
        dict(
            image_id=same[a['image_id']],
            category_id=a['category_id'],
            score=_score(file, a),
            segmentation=_rle(file, a))
        for a in file.annotations() if not a.get('iscrowd')
    ]
    # The ground truth is read in any case: it may be broken.
    objects = [_gt_object(gt_file, a, number)
               for number, a in enumerate(gt_file.annotations(), 1)]
    if not detections:
        return dict(ap=0., ap50=0., ap75=0.)
    with contextlib.redirect_stdout(io.StringIO()):
        coco = _indexed(gt_file, objects)
        evaluation = COCOeval(coco, coco.loadRes(detections), 'segm')
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    keys = ('ap', 'ap50', 'ap75', 'ap_small', 'ap_medium', 'ap_large')
    return {key: float(value)
            for key, value in zip(keys, evaluation.stats) if value >= 0}


def _score(file: CocoFile, annotation: dict) -> float:
    value = annotation.get('score', 1.)
    if type(value) not in (int, float) or not math.isfinite(value):
        raise UserError(f'{file.where(annotation)}: score is '
                        f'{described(value)}, not a finite number; fix the '
                        'file')
    return float(value)


def _gt_object(file: CocoFile, annotation: dict, number: int) -> dict:
    """An object for COCOeval, which reads the id 0 as 'no match'."""
    mask, area = _rle(file, annotation), annotation.get('area')
    if type(area) not in (int, float) or not 0 <= area < math.inf:
        area = rle_area(mask)
    return dict(
        id=number,
        image_id=annotation['image_id'],
        category_id=annotation['category_id'],
        iscrowd=int(annotation.get('iscrowd') or 0),
        area=area,
        segmentation=mask)


def _indexed(file: CocoFile, objects: list[dict]):
    """A COCO json as pycocotools holds it."""
    from pycocotools.coco import COCO
    coco = COCO()
    coco.dataset = dict(
        images=list(file.images.values()),
        annotations=objects,
        categories=list(file.categories.values()))
    coco.createIndex()
    return coco


def separated_scores(masks: str | Path,
                     separated: str | Path) -> dict[str, float]:
    """Mask IoU on a list of objects, as EXITS evaluates Separated COCO.

    Args:
        masks (str | Path): COCO json to evaluate.
        separated (str | Path): JSON with ``objects``, each with ``id`` of its
            annotation, ``category`` and ``segmentation``.

    Returns:
        dict: ``miou`` over objects, ``class_miou``, the number of
        ``objects``, and how many of them are ``missing`` among the masks:
        they count as 0.
    """
    preds, ious = read_masks(masks), {}
    objects = read_separated(separated)
    for one in objects:
        gt, pred = one['segmentation'], preds.get(one['id'])
        if pred is not None and pred['size'] != gt['size']:
            raise UserError(f'{masks}: annotation {one["id"]} is of an image '
                            f'of {pred["size"]}, in {separated} of '
                            f'{gt["size"]} (height, width); fix one of them')
        ious.setdefault(one['category'], []).append(
            0. if pred is None else rle_iou(gt, pred))
    return dict(
        miou=float(np.mean([v for part in ious.values() for v in part])),
        class_miou=float(np.mean([np.mean(part) for part in ious.values()])),
        objects=len(objects),
        missing=sum(one['id'] not in preds for one in objects))


def read_separated(path: str | Path) -> Sequence[dict]:
    """Objects of a list of separated objects, with valid RLEs.

    Raises:
        UserError: If it is missing or not such a list.
    """
    fix = 'make it with tools/dataset_converters/separated_coco.py'
    data = read_json(path, 'list of separated objects', fix, fix)
    objects = data.get('objects') if isinstance(data, dict) else None
    if not isinstance(objects, list) or not objects:
        raise UserError(f'{path}: no list of objects; {fix}')
    with reading(path, 'list of separated objects', fix):
        return [_separated(path, one) for one in objects]


def _separated(path: str | Path, one: dict) -> dict:
    rle = one['segmentation']
    if type(one['id']) is not int:
        raise ValueError(f'id is {described(one["id"])}')
    if not isinstance(one['category'], str):
        raise ValueError(f'category is {described(one["category"])}')
    mask = segment_rle(rle, checked_sides(rle['size']),
                       f'{path}: object {one["id"]}')
    return dict(id=one['id'], category=one['category'], segmentation=mask)
