"""Checks of a dataset's files before anything trains on them."""
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from mmengine.dist import all_gather_object, get_dist_info
from mmengine.logging import MMLogger
from tqdm import tqdm

from ..structures import ImageHeader, UserError, read_mask
from ..structures.gray_map import GrayValues, read_gray
from ..structures.masks import MaskValues

# Keys of files that are images; they must have the size of their image.
_PIXEL_MAPS = {
    'saliency_path': 'saliency map',
    'seg_map_path': 'mask',
    'context_path': 'context mask',
    'mask_path': 'pseudo mask',
}
_SHOW_PROGRESS_FROM = 2000
LEVELS = ('full', 'headers', 'exists', 'none')
# OpenCV turns these by their EXIF orientation, and no others.
_TURNED_FORMATS = ('JPEG', 'MPO', 'PNG')


def check_files(samples: Sequence[dict], level: str,
                num_mask_classes: int, background: int = 0,
                turns_all: bool = False) -> None:
    """Check the files of all samples, each rank its share, in threads.

    Args:
        samples (Sequence[dict]): Samples with ``img_path`` and other
            ``*_path`` entries.
        level (str): ``'exists'``: files are there. ``'headers'``: they are
            whole, and maps have the size of their image. ``'full'``: masks
            hold known class indices only, and masks and saliency maps as a
            whole hold something. ``'none'``: nothing.
        num_mask_classes (int): Class indices in masks are below it, or 255.
        background (int): Dataset class index of the background.
        turns_all (bool): Whether the pipeline applies the EXIF orientation of
            every format, and not only of those that OpenCV turns.

    Raises:
        UserError: At the first file that fails; on all ranks.
    """
    if level == 'none':
        return
    rank, world_size = get_dist_info()
    share = samples[rank::world_size]
    values = MaskValues()
    check = partial(_check_sample, level=level,
                    num_mask_classes=num_mask_classes, values=values,
                    turns_all=turns_all)
    flaw = _first_flaw(check, share, rank)
    flaws = [text for text in all_gather_object(flaw) if text]
    if flaws:
        raise UserError(flaws[0])
    if level == 'full' and samples:
        _check_masks(samples, values, background)
        _check_saliency(samples)


def _first_flaw(check: Callable, share: Sequence[dict],
                rank: int) -> str | None:
    with ThreadPoolExecutor(max_workers=8) as pool:
        found = pool.map(check, share, chunksize=64)
        try:
            for _ in tqdm(found, total=len(share), desc='checking files',
                          disable=rank > 0
                          or len(share) < _SHOW_PROGRESS_FROM):
                pass
        except UserError as error:
            pool.shutdown(cancel_futures=True)
            return str(error)
    return None


def _check_sample(sample: dict, level: str, num_mask_classes: int,
                  values: MaskValues, turns_all: bool) -> None:
    _check_exists(sample)
    if level != 'exists':
        _check_headers(sample, turns_all)
    if level == 'full' and 'seg_map_path' in sample:
        values.add(read_mask(sample['seg_map_path'], num_mask_classes))


def _check_exists(sample: dict) -> None:
    for key, path in sample.items():
        if key.endswith('_path') and not os.path.isfile(path):
            what = _PIXEL_MAPS.get(key, key[:-len('_path')])
            raise UserError(f'{path}: {what} not found; fix the list or the '
                            f'folder (data_prefix.{key})')


def _check_headers(sample: dict, turns_all: bool) -> None:
    image = ImageHeader.read(sample['img_path'])
    if (image.orientation != 1 and not turns_all
            and image.format not in _TURNED_FORMATS):
        raise UserError(
            f'{sample["img_path"]}: OpenCV does not apply the EXIF '
            f'orientation of a {image.format} file; save it upright, or load '
            'it with wsss_plugins.LoadUprightImage')
    for key, what in _PIXEL_MAPS.items():
        if key in sample:
            size = ImageHeader.read(sample[key], what).size
            if size != image.size:
                raise UserError(_size_message(sample, key, size, image))


def _size_message(sample: dict, key: str, size: tuple[int, int],
                  image: ImageHeader) -> str:
    what = _PIXEL_MAPS[key]
    turned = ''
    if size == image.stored_size:
        turned = ' when turned upright by its EXIF orientation'
    return (f'{sample[key]}: {what} is {size[1]}x{size[0]} but its image '
            f'{sample["img_path"]} is {image.size[1]}x{image.size[0]} pixels'
            f'{turned}; make it again at the size of the image')


def _check_masks(samples: Sequence[dict], values: MaskValues,
                 background: int) -> None:
    """Look at the masks of all ranks together."""
    if 'seg_map_path' not in samples[0]:
        return
    for seen in all_gather_object(values.seen):
        values.seen |= seen
    flaw = values.flaw(background)
    if flaw:
        folder = os.path.dirname(samples[0]['seg_map_path'])
        raise UserError(f'{folder}: {flaw}')


def _check_saliency(samples: Sequence[dict]) -> None:
    """Look at maps until one shows what all of them must."""
    if 'saliency_path' not in samples[0]:
        return
    values = GrayValues()
    for sample in samples:
        values.add(read_gray(sample['saliency_path'], 'saliency map'))
        if values.are_sound:
            return
    folder = os.path.dirname(samples[0]['saliency_path'])
    if values.highest == 1:
        raise UserError(f'{folder}: {values.flaw("saliency")}; multiply them '
                        'by 255')
    MMLogger.get_current_instance().warning('%s: %s', folder,
                                            values.flaw('saliency'))
