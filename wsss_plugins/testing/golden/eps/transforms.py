"""EPS' resizing, flipping, cropping and normalization."""
import json
from collections.abc import Iterator
from pathlib import Path

import torch

from wsss_plugins.datasets.transforms import (
    DenseMapSpec,
    RandomPlaceCrop,
    RandomResizeLong,
)
from wsss_plugins.datasets.transforms.dense_maps import register_dense_map
from wsss_plugins.models import WSSSDataPreProcessor
from wsss_plugins.testing.arrays import load_arrays
from wsss_plugins.testing.checks import Check, checks, compare

_IMAGENET_MEAN = (123.675, 116.28, 103.53)
_IMAGENET_STD = (58.395, 57.12, 57.375)


@checks('transforms*.npz', companions=['transforms*.json'])
def check_transforms(path: Path) -> Iterator[Check]:
    """``transforms.npz`` with its json: resize, flip, crop, normalize."""
    data = load_arrays(path)
    crop = int(data['crop'])
    resize = RandomResizeLong(int(data['resize_min']), int(data['resize_max']))
    place = RandomPlaceCrop((crop, crop), _IMAGENET_MEAN, exact_fill=True)
    normalize = WSSSDataPreProcessor(mean=_IMAGENET_MEAN, std=_IMAGENET_STD)
    for case in json.loads(path.with_suffix('.json').read_text()):
        number = case['case']
        results = dict(img=data['image'])
        register_dense_map(results, 'gt_saliency', data['saliency'],
                           DenseMapSpec('bicubic', 0))
        results = resize.resize_long(results, case['target_long'])
        if case['hflip']:
            for key in ('img', 'gt_saliency'):
                results[key] = results[key][:, ::-1]
        height, width = results['img'].shape[:2]
        results = place.crop(results,
                             _place(case['randrange_h'], height, crop),
                             _place(case['randrange_w'], width, crop))
        image = torch.from_numpy(results['img'].transpose(2, 0, 1).copy())
        image = normalize(dict(inputs=[image]))['inputs'][0]
        yield compare(f'img_{number}', image, data[f'img_{number}'])
        yield compare(f'sal_{number}', results['gt_saliency'][None] / 255,
                      data[f'sal_{number}'])


def _place(draw: list[int], length: int, crop: int) -> tuple[int, int]:
    """From a recorded ``randrange(n) -> value`` to a place of the crop."""
    value = draw[1]
    return (value, 0) if length < crop else (0, value)
