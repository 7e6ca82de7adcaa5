"""Instances of one image that a network found, and their file."""
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .atomic import write_json
from .errors import UserError
from .failures import reading
from .image_files import checked_sides
from .rle import encode_mask, rle_area, rle_box, segment_rle
from .text_files import described, name_flaw, read_json

_KEYS = {'file_name', 'size', 'labels', 'scores', 'masks'}


@dataclass(frozen=True, eq=False)
class ImageInstances:
    """Instances of one image.

    Args:
        file_name (str): Of the image, without its folder.
        size (tuple[int, int]): Height and width of the image in pixels.
        labels (Sequence[int]): Dataset class indices, n of them.
        scores (Sequence[float]): In [0, 1], n of them.
        masks (Sequence[dict]): RLEs of the size of the image, n.

    Raises:
        ValueError: If there are not as many of each.
    """
    file_name: str
    size: tuple[int, int]
    labels: Sequence[int]
    scores: Sequence[float]
    masks: Sequence[dict[str, Any]]

    def __post_init__(self) -> None:
        if not len(self.labels) == len(self.scores) == len(self.masks):
            raise ValueError(
                f'{self.file_name}: {len(self.labels)} labels, '
                f'{len(self.scores)} scores and {len(self.masks)} masks')

    @classmethod
    def of_masks(cls, file_name: str, masks: np.ndarray,
                 labels: Sequence[int],
                 scores: Sequence[float]) -> 'ImageInstances':
        """From masks, bool (n, H, W)."""
        return cls(file_name, tuple(masks.shape[1:]),
                   [int(label) for label in labels],
                   [float(score) for score in scores],
                   [encode_mask(mask) for mask in masks])

    def save(self, path: str | os.PathLike) -> None:
        """Write the file, JSON, atomically."""
        write_json(
            path,
            dict(
                file_name=self.file_name,
                size=list(self.size),
                labels=list(self.labels),
                scores=list(self.scores),
                masks=[mask['counts'] for mask in self.masks]))

    @classmethod
    def load(cls, path: str | os.PathLike) -> 'ImageInstances':
        """Read the file.

        Raises:
            UserError: If it is missing, cut off, or of another layout.
        """
        again = 'delete it and run the stage again'
        found = read_json(path, 'file of instances', again, again)
        if not isinstance(found, dict) or set(found) != _KEYS:
            raise UserError(f'{path}: not a file of instances; {again}')
        with reading(path, 'file of instances', again):
            size = checked_sides(found['size'])
            _check_entries(found)
            masks = [
                segment_rle(dict(size=list(size), counts=counts), size,
                            str(path)) for counts in found['masks']
            ]
            return cls(found['file_name'], size, found['labels'],
                       found['scores'], masks)

    def annotations(self, min_score: float) -> Iterator[dict]:
        """COCO annotations without ids, of instances that score as much."""
        for label, score, mask in zip(self.labels, self.scores, self.masks):
            if score >= min_score:
                yield dict(
                    category_id=label,
                    segmentation=mask,
                    area=rle_area(mask),
                    bbox=rle_box(mask),
                    iscrowd=0,
                    score=score)


def _check_entries(found: dict) -> None:
    """Refuse entries of a file that are not what is written there."""
    flaw = name_flaw(found['file_name'])
    if flaw:
        raise ValueError(f'file_name {flaw}')
    for key, kinds in (('labels', (int, )), ('scores', (int, float)),
                       ('masks', (str, ))):
        values = found[key]
        if not isinstance(values, list):
            raise ValueError(f'{key} is {described(values)}, not a list')
        wrong = [v for v in values if type(v) not in kinds
                 or type(v) is float and not math.isfinite(v)]
        if wrong:
            raise ValueError(f'{key} holds {described(wrong[0])}')
