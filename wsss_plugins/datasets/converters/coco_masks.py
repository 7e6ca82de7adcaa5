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
    CocoFile,
    UserError,
    checked_size,
    decode_mask,
    voc_palette,
    write_mask,
)
from ...structures.rle import segmentation_flaw
from ...structures.text_files import described
from .coco_json import image_names

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
    file = CocoFile.open(path)
    if len(file.categories) >= IGNORE_INDEX:
        raise UserError(f'{path}: {len(file.categories)} categories do not '
                        'fit a mask of 8 bits; leave some out')
    index = {category: i for i, category in enumerate(file.categories, 1)}
    work = partial(_write_one, str(path), Path(folder), index, crowd_ignored,
                   overlap == 'smaller')
    tasks = _tasks(file, crowd_ignored)
    with _mapper(workers) as mapper:
        return sum(
            tqdm(mapper(work, tasks), total=len(tasks), desc='COCO masks'))


def _tasks(file: CocoFile, crowd_ignored: bool) -> list[tuple]:
    """Images with their annotations, all checked before the work starts."""
    annotations, crowd, count = defaultdict(list), 0, 0
    for annotation in file.annotations():
        flaw = segmentation_flaw(annotation.get('segmentation'),
                                 file.size(annotation))
        if flaw:
            raise UserError(f'{file.where(annotation)}: {flaw}; fix the file')
        count += 1
        crowd += bool(annotation.get('iscrowd'))
        annotations[annotation['image_id']].append(annotation)
    if crowd_ignored and count and crowd == count:
        raise UserError(f'{file.path}: all {count} annotations are crowd '
                        'regions (iscrowd: 1), which would all be ignored')
    names = image_names(file)
    return [(names[ident], image, annotations[ident])
            for ident, image in file.images.items()]


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
               task: tuple[str, dict, list[dict]]) -> bool:
    """Write one mask, unless it is there; says whether it did."""
    name, image, annotations = task
    target = folder / f'{name}.png'
    size = image['height'], image['width']
    if _is_done(target, size):
        return False
    mask = np.zeros(size, dtype=np.uint8)
    for annotation in _bottom_up(path, annotations, smaller_on_top):
        pixels = decode_mask(annotation['segmentation'], size,
                             f'{path}: annotation {annotation["id"]}')
        crowd = annotation.get('iscrowd')
        mask[pixels] = (
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
            area = annotation.get('area')
            # NaN is no order, and compares as False.
            if type(area) not in (int, float) or not area >= 0:
                raise UserError(f'{path}: annotation {annotation["id"]}: area '
                                f'is {described(area)}; use --overlap later')
        order = sorted(annotations, key=lambda a: -a['area'])
    return sorted(order, key=lambda a: not a.get('iscrowd'))
