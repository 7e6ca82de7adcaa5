"""Checks of a dataset's files before anything trains on them."""
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from mmengine.dist import get_dist_info
from tqdm import tqdm

from ..structures import UserError, checked_size, read_mask

# Keys of files that are images; they must have the size of their picture.
_PIXEL_MAPS = {
    'saliency_path': 'saliency map',
    'seg_map_path': 'mask',
    'context_path': 'context mask',
    'mask_path': 'pseudo mask',
}
_SHOW_PROGRESS_FROM = 2000
LEVELS = ('full', 'headers', 'exists', 'none')


def check_files(samples: Sequence[dict], level: str,
                num_mask_classes: int) -> None:
    """Check the files of all samples, each rank its share, in threads.

    Args:
        samples (Sequence[dict]): Samples with ``img_path`` and other
            ``*_path`` entries.
        level (str): ``'exists'``: files are there. ``'headers'``: they are
            whole, and maps have the size of their image. ``'full'``: masks
            hold known class indices only. ``'none'``: nothing.
        num_mask_classes (int): Class indices in masks are below it, or 255.

    Raises:
        UserError: At the first file that fails.
    """
    if level == 'none':
        return
    rank, world_size = get_dist_info()
    share = samples[rank::world_size]
    check = partial(
        _check_sample, level=level, num_mask_classes=num_mask_classes)
    with ThreadPoolExecutor(max_workers=8) as pool:
        for _ in tqdm(
                pool.map(check, share, chunksize=64),
                total=len(share),
                desc='checking files',
                disable=rank > 0 or len(share) < _SHOW_PROGRESS_FROM):
            pass


def _check_sample(sample: dict, level: str, num_mask_classes: int) -> None:
    _check_exists(sample)
    if level != 'exists':
        _check_headers(sample)
    if level == 'full' and 'seg_map_path' in sample:
        read_mask(sample['seg_map_path'], num_mask_classes)


def _check_exists(sample: dict) -> None:
    for key, path in sample.items():
        if key.endswith('_path') and not os.path.isfile(path):
            what = _PIXEL_MAPS.get(key, key[:-len('_path')])
            raise UserError(f'{path}: {what} not found; fix the list or the '
                            f'folder (data_prefix.{key})')


def _check_headers(sample: dict) -> None:
    size = checked_size(sample['img_path'])
    for key, what in _PIXEL_MAPS.items():
        if key in sample:
            other = checked_size(sample[key], what)
            if other != size:
                raise UserError(
                    f'{sample[key]}: {what} is {other[1]}x{other[0]} but its '
                    f'image {sample["img_path"]} is {size[1]}x{size[0]} '
                    'pixels; make it again at the size of the image')
