"""Masks of objects against true ones: IoU by size, class and wholeness."""
import contextlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..ops.cam.components import connected_components
from ..structures import (
    UserError,
    coco_head,
    decode_mask,
    iter_annotations,
    rle_area,
    rle_iou,
    segment_rle,
)
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
            truth (dict): Run-length code of its mask.
            guess (dict, optional): That of the mask to measure; None counts
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


def read_masks(path: str | Path) -> dict[int, Any]:
    """Segmentation of each annotation that is no crowd region, by id.

    Raises:
        UserError: If the file is broken, an id comes twice, or an annotation
            has no segmentation.
    """
    masks = {}
    for annotation in iter_annotations(path):
        if annotation.get('iscrowd'):
            continue
        if annotation['id'] in masks:
            raise UserError(f'{path}: annotation {annotation["id"]} comes '
                            'twice; fix the file')
        if not annotation.get('segmentation'):
            raise UserError(f'{path}: annotation {annotation["id"]} has no '
                            'segmentation; label the objects first')
        masks[annotation['id']] = annotation['segmentation']
    return masks


def class_names(path: str | Path) -> dict[int, str]:
    """Names of categories by id."""
    return {c['id']: c.get('name', str(c['id']))
            for c in coco_head(path)['categories']}


def image_sizes(path: str | Path) -> dict[int, tuple[int, int]]:
    """Height and width of images by id.

    Raises:
        UserError: If an image does not tell them.
    """
    sizes = {}
    for image in coco_head(path)['images']:
        size = image.get('height'), image.get('width')
        if not all(type(side) is int and side > 0 for side in size):
            raise UserError(f'{path}: image {image["id"]} has no height and '
                            'width; fix the file')
        sizes[image['id']] = size
    return sizes


def score_file(masks: str | Path, truth: str | Path) -> InstanceScores:
    """Masks of one file against the true ones of another, joined by id.

    Objects that the first file does not have count as empty masks.

    Args:
        masks (str | Path): COCO json to measure.
        truth (str | Path): COCO json with true masks; crowd regions in it are
            not measured.

    Raises:
        UserError: If a file is broken or none of their objects agree.
    """
    guesses, sizes = read_masks(masks), image_sizes(truth)
    scores, joined = InstanceScores(), 0
    for annotation in iter_annotations(truth):
        if annotation.get('iscrowd'):
            continue
        number = annotation['id']
        size = sizes.get(annotation['image_id'])
        if size is None:
            raise UserError(f'{truth}: annotation {number} is of no image of '
                            'the file; fix it')
        real = segment_rle(annotation.get('segmentation'), size,
                            f'{truth}: annotation {number}')
        guess = None
        if number in guesses:
            joined += 1
            guess = segment_rle(guesses[number], size,
                                 f'{masks}: annotation {number}')
        scores.add(annotation, real, guess)
    if not joined:
        raise UserError(f'{masks} and {truth} have no annotation in common; '
                        'measure masks of these very objects')
    return scores


def _same_images(masks: str | Path, truth: str | Path) -> dict[int, int]:
    """Ids of images of one file to those of another.

    Raises:
        UserError: If the other does not have one.
    """
    real = coco_head(truth)['images']
    by_name = {i['file_name']: i['id'] for i in real if 'file_name' in i}
    by_id = {i['id'] for i in real}
    same = {}
    for image in coco_head(masks)['images']:
        name = image.get('file_name')
        found = by_name.get(name, image['id'] if name is None else None)
        if found not in by_id:
            raise UserError(f'{masks}: image {name or image["id"]} is not in '
                            f'{truth}; measure with the masks of these '
                            'images')
        same[image['id']] = found
    return same


def mask_ap(masks: str | Path, truth: str | Path) -> dict[str, float]:
    """COCO's AP of masks, each a detection in its image.

    Annotations count with their ``score``, or 1 where they have none. Images
    of both files are joined by file name, or by id where they have none;
    categories by id.

    Args:
        masks (str | Path): COCO json to measure.
        truth (str | Path): COCO json with true masks.

    Returns:
        dict: ``ap``, ``ap50``, ``ap75``, fractions, and of sizes that exist
        ``ap_small``, ``ap_medium``, ``ap_large``.
    """
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval
    sizes, same = image_sizes(truth), _same_images(masks, truth)
    detections = [
        dict(
            image_id=same[a['image_id']],
            category_id=a['category_id'],
            score=float(a.get('score', 1.)),
            segmentation=segment_rle(a['segmentation'],
                                      sizes[same[a['image_id']]],
                                      f'{masks}: annotation {a["id"]}'))
        for a in iter_annotations(masks) if not a.get('iscrowd')
    ]
    if not detections:
        return dict(ap=0., ap50=0., ap75=0.)
    with contextlib.redirect_stdout(io.StringIO()):
        real = COCO(str(truth))
        judge = COCOeval(real, real.loadRes(detections), 'segm')
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    keys = ('ap', 'ap50', 'ap75', 'ap_small', 'ap_medium', 'ap_large')
    return {key: float(value)
            for key, value in zip(keys, judge.stats) if value >= 0}


def separated_scores(masks: str | Path,
                     separated: str | Path) -> dict[str, float]:
    """Mask IoU on a list of objects, as EXITS measures Separated COCO.

    Args:
        masks (str | Path): COCO json to measure.
        separated (str | Path): JSON with ``objects``, each with ``id`` of its
            annotation, ``category`` and ``segmentation``.

    Returns:
        dict: ``miou`` over objects, ``class_miou``, the number of
        ``objects``, and how many of them are ``missing`` among the masks:
        they count as 0.
    """
    guesses, ious = read_masks(masks), {}
    objects = read_separated(separated)
    for thing in objects:
        size = tuple(thing['segmentation']['size'])
        where = f'{separated}: object {thing["id"]}'
        real = segment_rle(thing['segmentation'], size, where)
        iou = 0.
        if thing['id'] in guesses:
            iou = rle_iou(real, segment_rle(
                guesses[thing['id']], size,
                f'{masks}: annotation {thing["id"]}'))
        ious.setdefault(thing['category'], []).append(iou)
    return dict(
        miou=float(np.mean([v for part in ious.values() for v in part])),
        class_miou=float(np.mean([np.mean(part) for part in ious.values()])),
        objects=len(objects),
        missing=sum(thing['id'] not in guesses for thing in objects))


def read_separated(path: str | Path) -> Sequence[dict]:
    """Objects of a list of separated objects.

    Raises:
        UserError: If it is missing or none.
    """
    try:
        data = json.loads(Path(path).read_text(encoding='utf-8'))
        objects = data['objects']
        whole = objects and all(
            type(thing['id']) is int and thing['segmentation']['size']
            and thing['segmentation']['counts'] and 'category' in thing
            for thing in objects)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f'{path}: no list of separated objects ({error}); '
                        'make it with tools/dataset_converters/'
                        'separated_coco.py') from None
    if not whole:
        raise UserError(f'{path}: objects need id, category and run lengths; '
                        'make it with tools/dataset_converters/'
                        'separated_coco.py')
    return objects
