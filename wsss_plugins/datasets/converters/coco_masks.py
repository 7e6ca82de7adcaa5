"""Index masks from COCO's instances."""
import os
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from functools import partial
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
from .coco_json import read_coco


def write_coco_masks(path: str | os.PathLike,
                     folder: str | os.PathLike,
                     crowd_ignored: bool = False,
                     workers: int = 1) -> int:
    """Write ``NAME.png`` for all images of a COCO json.

    Index 0 is the background, then the categories in the order of their ids.
    Where objects overlap the smaller one is seen. Masks that are there and
    whole are kept, so a run that was cut off goes on.

    Args:
        path (str | PathLike): ``instances_*.json``.
        folder (str | PathLike): Folder for the masks.
        crowd_ignored (bool): Whether crowd regions become 255 rather than
            their class. Defaults to False.
        workers (int): Processes.

    Returns:
        int: Number of masks that were written now.
    """
    data = read_coco(path)
    ids = sorted(category['id'] for category in data['categories'])
    if len(ids) >= IGNORE_INDEX:
        raise UserError(f'{path}: {len(ids)} categories do not fit a mask')
    index = {category: i + 1 for i, category in enumerate(ids)}
    annotations = defaultdict(list)
    for annotation in data['annotations']:
        annotations[annotation['image_id']].append(annotation)
    tasks = [(image, annotations[image['id']]) for image in data['images']]
    work = partial(_write_one, Path(folder), index, crowd_ignored)
    with ProcessPoolExecutor(workers) as pool:
        return sum(
            tqdm(
                pool.map(work, tasks, chunksize=32),
                total=len(tasks),
                desc='COCO masks'))


def _write_one(folder: Path, index: dict[int, int], crowd_ignored: bool,
               task: tuple[dict, list[dict]]) -> bool:
    image, annotations = task
    target = folder / (Path(image['file_name']).stem + '.png')
    size = image['height'], image['width']
    if target.is_file():
        try:
            if checked_size(target) == size:
                return False
        except UserError:
            pass  # cut off: write it again
    mask = np.zeros(size, dtype=np.uint8)
    for annotation in sorted(annotations, key=lambda a: -a['area']):
        value = index[annotation['category_id']]
        if annotation.get('iscrowd') and crowd_ignored:
            value = IGNORE_INDEX
        mask[_decode(annotation['segmentation'], size)] = value
    write_mask(target, mask, voc_palette(len(index) + 1))
    return True


def _decode(segmentation: list | dict, size: tuple[int, int]) -> np.ndarray:
    from pycocotools import mask as coco_mask
    if isinstance(segmentation, list):
        runs = coco_mask.merge(coco_mask.frPyObjects(segmentation, *size))
    elif isinstance(segmentation['counts'], list):
        runs = coco_mask.frPyObjects(segmentation, *size)
    else:
        runs = segmentation
    return coco_mask.decode(runs).astype(bool)
