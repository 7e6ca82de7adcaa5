"""EXITS' extreme points and MAL's crops."""
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from wsss_plugins.datasets.converters.extreme_points import annotation_points
from wsss_plugins.datasets.transforms import CropObjects
from wsss_plugins.ops.points.extreme_points import (
    extreme_points,
    mask_extreme_points,
)
from wsss_plugins.ops.points.object_crop import crop_box, draw_margins
from wsss_plugins.testing.arrays import load_arrays
from wsss_plugins.testing.checks import Check, checks, compare

# Pillow's versions round its bicubic differently by so much.
_PIXEL = 2


@checks('extreme_points*.npz')
def check_extreme_points(path: Path) -> Iterator[Check]:
    """``extreme_points.npz``: the published rule, exactly."""
    data = load_arrays(path)
    for key, golden in data.items():
        name, _, kind = key.rpartition('_')
        if kind != 'tlbr':
            continue
        if f'{name}_pts' in data:
            found = extreme_points(data[f'{name}_pts'])
        else:
            found = mask_extreme_points(data[f'{name}_mask'])
        yield compare(key, found, golden, 0, 0)
        yield compare(f'{key} of the converter',
                      _converted(data, name), golden, 0, 0)


def _converted(data: dict[str, np.ndarray], name: str) -> np.ndarray:
    """What the converter of COCO files makes of it, unclipped."""
    if f'{name}_pts' in data:
        segmentation = [data[f'{name}_pts'].ravel().tolist()]
        return annotation_points(segmentation, (0, 0), clip=False)
    mask = data[f'{name}_mask']
    flat = mask.ravel(order='F').astype(np.int8)
    changes = np.flatnonzero(np.diff(flat, prepend=0))
    counts = np.diff(changes, prepend=0, append=flat.size).tolist()
    return annotation_points(
        dict(counts=counts, size=list(mask.shape)), mask.shape, clip=False)


@checks('mal_crop*.npz')
def check_crop(path: Path) -> Iterator[Check]:
    """``mal_crop.npz``: crops of the reference, through the transform."""
    data = load_arrays(path)
    for i, box in enumerate(data['boxes']):
        yield from _check_test_crop(data, i, box)
        yield from _check_train_crop(data, i, box)


def _check_test_crop(data: dict, i: int, box: np.ndarray) -> Iterator[Check]:
    found = _cropped(data, box, crop_box(box), 'test')
    yield compare(f'test{i}_ext', found['ext_box'], data[f'test{i}_ext'], 0,
                  0)
    yield compare(f'test{i}_image', found['crop'], data[f'test{i}_image'], 0,
                  _PIXEL)
    yield compare(f'test{i}_boxmask_zeropad', found['box_mask'],
                  data[f'test{i}_boxmask_zeropad'], 0, 0)
    found = _cropped(data, box, crop_box(box), 'train')
    yield compare(f'test{i}_mask_wrappad', found['box_mask'],
                  data[f'test{i}_mask_wrappad'], 0, 0)


def _check_train_crop(data: dict, i: int, box: np.ndarray) -> Iterator[Check]:
    rng = np.random.RandomState(int(data[f'train{i}_seed']))
    margins = draw_margins(rng)
    yield compare(f'train{i}_margins', margins, data[f'train{i}_margins'],
                  1e-12, 1e-12)
    found = _cropped(data, box, crop_box(box, margins), 'train')
    yield compare(f'train{i}_ext', found['ext_box'], data[f'train{i}_ext'],
                  0, 0)
    yield compare(f'train{i}_image', found['crop'], data[f'train{i}_image'],
                  0, _PIXEL)
    yield compare(f'train{i}_mask', found['box_mask'],
                  data[f'train{i}_mask'], 0, 0)


def _cropped(data: dict, box: np.ndarray, crop: tuple[int, ...],
             margin: str) -> dict:
    transform = CropObjects(
        size=int(data['size']), margin=margin, pad='wrap')
    return transform.crop_object(data['image'], dict(box=box), crop)
