"""Index masks from COCO's instances."""
import os
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ...structures import (
    IGNORE_INDEX,
    UserError,
    checked_size,
    voc_palette,
    write_mask,
)
from .coco_json import image_name, read_coco

_OVERLAPS = ('smaller', 'later')


def write_coco_masks(path: str | os.PathLike,
                     folder: str | os.PathLike,
                     crowd_ignored: bool = False,
                     workers: int = 1,
                     overlap: str = 'smaller') -> int:
    """Write ``NAME.png`` for all images of a COCO json.

    Index 0 is the background, then the categories in the order of their ids,
    without gaps. Crowd regions lie under all objects. Masks that are there
    and whole are kept, so a run that was cut off goes on.

    Args:
        path (str | PathLike): ``instances_*.json``.
        folder (str | PathLike): Folder for the masks.
        crowd_ignored (bool): Whether crowd regions become 255 rather than
            their class. Defaults to False.
        workers (int): Processes.
        overlap (str): Which of two objects is seen where they overlap: the
            ``'smaller'`` one by ``area``, or the one ``'later'`` in the file.

    Returns:
        int: Number of masks that were written now.

    Raises:
        UserError: If the file is not COCO's, two images share a name, or a
            segmentation is broken.
    """
    if overlap not in _OVERLAPS:
        raise UserError(f'overlap={overlap!r}; choose one of '
                        f'{", ".join(_OVERLAPS)}')
    if find_spec('pycocotools') is None:
        raise UserError('COCO masks need pycocotools; run "pip install '
                        'pycocotools"')
    data = read_coco(path)
    ids = sorted(category['id'] for category in data['categories'])
    if len(ids) >= IGNORE_INDEX:
        raise UserError(f'{path}: {len(ids)} categories do not fit a mask of '
                        '8 bits; leave some out')
    index = {category: i + 1 for i, category in enumerate(ids)}
    work = partial(_write_one, str(path), Path(folder), index, crowd_ignored,
                   overlap == 'smaller')
    tasks = _tasks(path, data)
    with _mapper(workers) as mapper:
        return sum(
            tqdm(mapper(work, tasks), total=len(tasks), desc='COCO masks'))


def _tasks(path: str | os.PathLike, data: dict) -> list[tuple]:
    """Images with their annotations, checked before the work starts."""
    annotations = defaultdict(list)
    for annotation in data['annotations']:
        annotations[annotation['image_id']].append(annotation)
    for image in data['images']:
        size = image.get('height'), image.get('width')
        if any(type(length) is not int or length < 1 for length in size):
            raise UserError(f'{path}: image {image["file_name"]!r} has no '
                            'height and width; expected COCO annotations')
    if len({image_name(image) for image in data['images']}) < len(
            data['images']):
        raise UserError(f'{path}: two images have one name, and so one mask; '
                        'split the file by folders')
    return [(image, annotations[image['id']]) for image in data['images']]


@contextmanager
def _mapper(workers: int) -> Iterator:
    """A map that runs here, or in as many processes."""
    if workers <= 1:
        yield map
        return
    with ProcessPoolExecutor(workers) as pool:
        try:
            yield partial(pool.map, chunksize=32)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _write_one(path: str, folder: Path, index: dict[int, int],
               crowd_ignored: bool, smaller_on_top: bool,
               task: tuple[dict, list[dict]]) -> bool:
    """Write one mask, unless it is there; says whether it did."""
    image, annotations = task
    target = folder / f'{image_name(image)}.png'
    size = image['height'], image['width']
    if _is_done(target, size):
        return False
    mask = np.zeros(size, dtype=np.uint8)
    for annotation in _bottom_up(path, annotations, smaller_on_top):
        crowd = annotation.get('iscrowd')
        mask[_decode(path, annotation, size)] = (
            IGNORE_INDEX if crowd and crowd_ignored else
            index[annotation['category_id']])
    write_mask(target, mask, voc_palette(len(index) + 1))
    return True


def _is_done(target: Path, size: tuple[int, int]) -> bool:
    try:
        return target.is_file() and checked_size(target) == size
    except UserError:
        return False  # cut off: it is written again


def _bottom_up(path: str, annotations: list[dict],
               smaller_on_top: bool) -> list[dict]:
    """Annotations in the order of painting."""
    order = annotations
    if smaller_on_top:
        for annotation in annotations:
            if not isinstance(annotation.get('area'), int | float):
                raise UserError(f'{path}: annotation {annotation.get("id")} '
                                'has no area; use --overlap later')
        order = sorted(annotations, key=lambda a: -a['area'])
    return sorted(order, key=lambda a: not a.get('iscrowd'))


def _decode(path: str, annotation: dict, size: tuple[int, int]) -> np.ndarray:
    """Pixels of an annotation, bool (H, W)."""
    from pycocotools import mask as coco_mask
    segmentation = annotation.get('segmentation')
    try:
        if isinstance(segmentation, list):
            runs = coco_mask.merge(coco_mask.frPyObjects(segmentation, *size))
        elif isinstance(segmentation['counts'], list):
            runs = coco_mask.frPyObjects(segmentation, *size)
        else:
            runs = segmentation
        pixels = coco_mask.decode(runs).astype(bool)
    except Exception as error:  # pycocotools raises bare ones
        raise UserError(
            f'{path}: annotation {annotation.get("id")} has no whole '
            f'segmentation ({error!r}); fix the file') from None
    if pixels.shape != size:
        raise UserError(
            f'{path}: annotation {annotation.get("id")} has a segmentation of '
            f'{pixels.shape}, but its image is {size}; fix the file')
    return pixels
