"""Masks of objects against the truth: IoU by size, class and wholeness."""
import contextlib
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..ops.cam.components import connected_components
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

#: Least share of an object's area that a part of it must have to count.
PART_SHARE = .1


def num_parts(mask: np.ndarray, share: float = PART_SHARE) -> int:
    """Number of large parts of a mask that do not hang together.

    Args:
        mask (np.ndarray): bool (H, W).
        share (float): Least share of the mask's area of a part that counts.
    """
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return 0
    inner = mask[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1]
    areas = np.bincount(connected_components(inner).ravel())[1:]
    return int((areas >= share * inner.sum()).sum())


@dataclass
class InstanceScores:
    """IoU of objects, and what tells them apart.

    Attributes:
        category, size, parts, found (list[int]): Category id; 0 small, 1
            medium, 2 large by true area; number of parts of the true mask;
            number of parts of the other mask where the true one has several.
        iou (list[float]): Of each object.
    """
    category: list[int] = field(default_factory=list)
    size: list[int] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)
    found: list[int] = field(default_factory=list)
    iou: list[float] = field(default_factory=list)

    def add(self, annotation: dict, truth: dict[str, Any],
            guess: dict[str, Any] | None) -> None:
        """Add an object.

        Args:
            annotation (dict): The true annotation.
            truth (dict): RLE of its mask.
            guess (dict, optional): that of the mask to evaluate; None counts
                as an empty one.
        """
        size = tuple(truth['size'])
        parts = num_parts(decode_mask(truth, size))
        found = 0
        if guess is not None and parts > 1:
            found = num_parts(decode_mask(guess, size))
        self.category.append(annotation['category_id'])
        self.size.append(size_bucket(rle_area(truth)))
        self.parts.append(parts)
        self.found.append(found)
        self.iou.append(0. if guess is None else rle_iou(truth, guess))

    def extend(self, other: 'InstanceScores') -> None:
        """Add the objects of another rank."""
        for name in self.__dataclass_fields__:
            getattr(self, name).extend(getattr(other, name))

    def metrics(self) -> dict[str, float]:
        """Means, left out where there is no object.

        ``miou`` over objects, ``class_miou`` over classes, ``miou_small``,
        ``_medium``, ``_large``, ``_split`` (true masks of several parts) and
        ``_whole``; ``split_found``, the share of split objects whose mask has
        several parts as well; and the numbers ``objects`` and ``split``.
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
            has no sound segmentation.
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


def score_file(masks: str | Path, truth: str | Path) -> InstanceScores:
    """Masks of one file against the ground truth of another, joined by id.

    Objects that the first file does not have count as empty masks.

    Args:
        masks (str | Path): COCO json to evaluate.
        truth (str | Path): COCO json with true masks; crowd regions in it do
            not count.

    Raises:
        UserError: If a file is broken or none of their objects agree.
    """
    guesses, real = read_masks(masks), CocoFile.open(truth)
    scores, joined = InstanceScores(), 0
    for annotation in real.annotations():
        if annotation.get('iscrowd'):
            continue
        number = annotation['id']
        mask, guess = _rle(real, annotation), guesses.get(number)
        if guess is not None:
            joined += 1
            if guess['size'] != mask['size']:
                raise UserError(
                    f'{masks}: annotation {number} is of an image of '
                    f'{guess["size"]}, in {truth} of {mask["size"]} (height, '
                    'width); evaluate masks of these very images')
        scores.add(annotation, mask, guess)
    if not joined:
        raise UserError(f'{masks} and {truth} have no annotation in common; '
                        'evaluate masks of these very objects')
    return scores


def _same_images(masks: CocoFile, truth: CocoFile) -> dict[int, int]:
    """Ids of images of one file to those of another.

    Raises:
        UserError: If the other does not have one, or at another size.
    """
    by_name = {image['file_name']: ident
               for ident, image in truth.images.items()}
    if len(by_name) < len(truth.images):
        raise UserError(f'{truth.path}: two images have one file_name; rename '
                        'one')
    same = {}
    for ident, image in masks.images.items():
        name = image['file_name']
        if name not in by_name:
            raise UserError(f'{masks.path}: image {name!r} is not in '
                            f'{truth.path}; evaluate with the ground truth '
                            'of these images')
        other = truth.images[by_name[name]]
        sizes = [(i['height'], i['width']) for i in (image, other)]
        if sizes[0] != sizes[1]:
            raise UserError(f'{masks.path}: image {name!r} is {sizes[0]}, in '
                            f'{truth.path} {sizes[1]} (height, width); fix '
                            'one of them')
        same[ident] = by_name[name]
    return same


def mask_ap(masks: str | Path, truth: str | Path) -> dict[str, float]:
    """COCO's AP of masks, each a detection in its image.

    Annotations count with their ``score``, or 1 where they have none. Images
    of both files are joined by file name, categories by id.

    Args:
        masks (str | Path): COCO json to evaluate.
        truth (str | Path): COCO json with true masks.

    Returns:
        dict: ``ap``, ``ap50``, ``ap75``, fractions, and of sizes that exist
        ``ap_small``, ``ap_medium``, ``ap_large``.

    Raises:
        UserError: If a file is broken, or an image is not in both.
    """
    from pycocotools.cocoeval import COCOeval
    guesses, real = CocoFile.open(masks), CocoFile.open(truth)
    same = _same_images(guesses, real)
    detections = [
        dict(
            image_id=same[a['image_id']],
            category_id=a['category_id'],
            score=_score(guesses, a),
            segmentation=_rle(guesses, a))
        for a in guesses.annotations() if not a.get('iscrowd')
    ]
    # The ground truth is read in any case: it may be broken.
    objects = [_true_object(real, a, number)
               for number, a in enumerate(real.annotations(), 1)]
    if not detections:
        return dict(ap=0., ap50=0., ap75=0.)
    with contextlib.redirect_stdout(io.StringIO()):
        coco = _indexed(real, objects)
        judge = COCOeval(coco, coco.loadRes(detections), 'segm')
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    keys = ('ap', 'ap50', 'ap75', 'ap_small', 'ap_medium', 'ap_large')
    return {key: float(value)
            for key, value in zip(keys, judge.stats) if value >= 0}


def _score(file: CocoFile, annotation: dict) -> float:
    value = annotation.get('score', 1.)
    if type(value) not in (int, float) or not math.isfinite(value):
        raise UserError(f'{file.where(annotation)}: score is '
                        f'{described(value)}, not a finite number; fix the '
                        'file')
    return float(value)


def _true_object(file: CocoFile, annotation: dict, number: int) -> dict:
    """An object for COCOeval, which takes the id 0 for 'no match'."""
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
    """Pycocotools' own form of a COCO json."""
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
    guesses, ious = read_masks(masks), {}
    objects = read_separated(separated)
    for item in objects:
        real, guess = item['segmentation'], guesses.get(item['id'])
        if guess is not None and guess['size'] != real['size']:
            raise UserError(f'{masks}: annotation {item["id"]} is of an '
                            f'image of {guess["size"]}, in {separated} of '
                            f'{real["size"]} (height, width); fix one of '
                            'them')
        ious.setdefault(item['category'], []).append(
            0. if guess is None else rle_iou(real, guess))
    return dict(
        miou=float(np.mean([v for part in ious.values() for v in part])),
        class_miou=float(np.mean([np.mean(part) for part in ious.values()])),
        objects=len(objects),
        missing=sum(item['id'] not in guesses for item in objects))


def read_separated(path: str | Path) -> Sequence[dict]:
    """Objects of a list of separated objects, with sound RLEs.

    Raises:
        UserError: If it is missing or none.
    """
    fix = 'make it with tools/dataset_converters/separated_coco.py'
    data = read_json(path, 'list of separated objects', fix, fix)
    objects = data.get('objects') if isinstance(data, dict) else None
    if not isinstance(objects, list) or not objects:
        raise UserError(f'{path}: no list of objects; {fix}')
    with reading(path, 'list of separated objects', fix):
        return [_separated(path, item) for item in objects]


def _separated(path: str | Path, item: dict) -> dict:
    runs = item['segmentation']
    if type(item['id']) is not int:
        raise ValueError(f'id is {described(item["id"])}')
    mask = segment_rle(runs, checked_sides(runs['size']),
                       f'{path}: object {item["id"]}')
    return dict(id=item['id'], category=item['category'], segmentation=mask)
