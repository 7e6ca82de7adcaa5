"""Extreme points of SBD's objects, the 10,582 training images of VOC."""
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from ...structures import UserError
from ...structures.sbd_file import read_sbd_instances
from .extreme_points import (
    PointStatistics,
    mask_annotation,
    voc_objects,
    write_voc_objects,
)
from .voc_xml import VOC_CLASSES

_SUFFIX = '.jpg'


def sbd_extreme_points(sbd: str | os.PathLike,
                       voc: str | os.PathLike,
                       names: Sequence[str],
                       target: str | os.PathLike,
                       strip_masks: bool = False) -> PointStatistics:
    """Write a COCO json of SBD's instance masks, with extreme points.

    Instance segmentation "on VOC" is trained on the 10,582 images of SBD and
    VOC 2012 together. An image's objects are SBD's, or VOC's own where SBD
    has none.

    Args:
        sbd (str | PathLike): SBD's folder ``dataset``, with ``inst``.
        voc (str | PathLike): VOC 2012, with ``JPEGImages``, and
            ``SegmentationObject`` and ``SegmentationClass`` for the images
            that SBD does not have.
        names (Sequence[str]): Images, in the order of the file.
        target (str | PathLike): File to write; it appears whole.
        strip_masks (bool): Whether to leave out ``segmentation``, as in
            :func:`~.extreme_points.add_extreme_points`.

    Raises:
        UserError: If a file is missing or broken, or masks are not of the
            size of their image.
    """
    folder = Path(sbd, 'inst')
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; give SBD's folder "
                        "'dataset', which has it")

    def objects(name: str, image: dict) -> Iterator[dict]:
        path = folder / f'{name}.mat'
        if path.is_file():
            return _objects(path, image)
        return voc_objects(Path(voc), name, image, len(VOC_CLASSES))

    return write_voc_objects(voc, names, target, objects, strip_masks,
                             VOC_CLASSES, _SUFFIX)


def _objects(path: Path, image: dict) -> Iterator[dict]:
    """Annotations of an image but their ids."""
    found, size = read_sbd_instances(path), (image['height'], image['width'])
    if found.masks.shape != size:
        raise UserError(f'{path}: masks of {found.masks.shape}, but the image '
                        f'is {size}; fetch them again')
    wrong = ~np.isin(found.categories, np.arange(1, len(VOC_CLASSES) + 1))
    if wrong.any():
        raise UserError(f'{path}: category {found.categories[wrong][0]} is '
                        f"none of VOC's 1 to {len(VOC_CLASSES)}")
    for number, category in enumerate(found.categories, 1):
        mask = found.masks == number
        if mask.any():
            yield mask_annotation(image, mask, int(category))
