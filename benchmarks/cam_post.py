"""From the network's maps of eight views to CAMs and a label mask.

The reference resizes every channel of every view to the image, turns flips
back and keeps the classes of the image last, on copies in numpy. 200 channels
are SC-CAM's sub-categories.
"""
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from common.harness import Case
from common.reference_cams import merge_views
from common.synthetic import classes_of_image, smooth_maps

from wsss_plugins.ops.cam.cams import merge_cams, seed_labels

_SCALES = (.5, 1., 1.5, 2.)
_STRIDE = 8
_THRESHOLD = .2


def _views(num_maps: int,
           size: tuple[int, int]) -> tuple[list[torch.Tensor], list[bool]]:
    """Each scale and its mirror image, (num_maps, h_s, w_s)."""
    views, flips = [], []
    for number, scale in enumerate(_SCALES):
        grid = tuple(-(-round(side * scale) // _STRIDE) for side in size)
        for flip in (False, True):
            views.append(smooth_maps(2 * number + flip, num_maps, grid))
            flips.append(flip)
    return views, flips


def _ours(views: list[torch.Tensor], flips: list[bool], present: np.ndarray,
          size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    index = torch.from_numpy(present)
    cams = merge_cams([view[index] for view in views], flips, size)
    labels = seed_labels(cams, index + 1, _THRESHOLD, background=0)
    return cams.numpy(), labels.numpy()


def _agree(reference: tuple, ours: tuple) -> dict[str, float]:
    return dict(
        max_error=float(np.abs(reference[0] - ours[0]).max()),
        labels_equal=float((reference[1] == ours[1]).mean()))


def cases(folder: Path, quick: bool) -> Iterator[Case]:
    """VOC, COCO (each with EPS' extra map), sub-categories of two classes."""
    work = [('VOC, 21 maps, 500x375', 21, 2, (375, 500))]
    if quick:  # 3 GB less
        work.append(('200 maps, 250x188', 200, 20, (188, 250)))
    else:
        work += [('200 maps, 500x375', 200, 20, (375, 500)),
                 ('COCO, 81 maps, 640x480', 81, 3, (480, 640))]
    for name, maps, count, size in work:
        views, flips = _views(maps, size)
        present = classes_of_image(3, maps, count) - 1
        inputs = (views, flips, present, size)
        yield Case(
            f'{name}, {count} present',
            reference=lambda inputs=inputs: merge_views(*inputs, _THRESHOLD),
            ours=lambda inputs=inputs: _ours(*inputs),
            agree=_agree)
