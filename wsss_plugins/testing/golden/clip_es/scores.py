"""CLIP-ES' scores of maps and masks on a set of pictures."""
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from wsss_plugins.ops.cam.confusion import (
    confusion_matrix,
    scores_from_confusion,
)
from wsss_plugins.refiners import HalfCRFRefiner
from wsss_plugins.testing.arrays import load_arrays
from wsss_plugins.testing.checks import Check, checks, compare, equal

from ._crf import mask_of


@checks('eval_*.npz')
def check_scores(path: Path) -> Iterator[Check]:
    """``eval_KIND.npz``: mIoU of maps and of CRF masks."""
    data = load_arrays(path)
    kind = path.stem.removeprefix('eval_')
    pictures = [load_arrays(path.with_name(f'{kind}_{name}.npz'))
                for name in data['names'].tolist()]
    num_classes = len(data['crf_class_iou'])
    powers = {}
    for key in sorted(data):
        if key.startswith('cam_miou_pow'):
            power = float(key.removeprefix('cam_miou_pow'))
            masks = [_labels(p, power) for p in pictures]
            powers[power] = _iou(pictures, masks, num_classes)[0]
            yield compare(key, powers[power], data[key], 0, 1e-6)
    best = max(powers, key=powers.get)
    yield equal('best_pow', int(best), int(data['best_pow']))
    masks = [mask_of(p, p['crf_q'], confident=False) for p in pictures]
    miou, matrix = _iou(pictures, masks, num_classes)
    yield compare('crf_miou', miou, data['crf_miou'], 0, 1e-6)
    yield from _check_accuracies(matrix, data)


def _labels(picture: dict[str, np.ndarray], power: float) -> np.ndarray:
    # The reference's background score is of half precision.
    scores = HalfCRFRefiner(alpha=power).scores(picture['saved_attn_highres'])
    ids = np.concatenate([[0], picture['saved_keys'] + 1])
    return ids[scores.argmax(axis=0)]


def _iou(pictures: list[dict[str, np.ndarray]], masks: list[np.ndarray],
         num_classes: int) -> tuple[float, np.ndarray]:
    """Mean IoU over the classes that are there, and the confusion."""
    matrix = sum(
        confusion_matrix(picture['gt'], mask.astype(np.uint8), num_classes)
        for picture, mask in zip(pictures, masks))
    matrix = matrix[:, :num_classes]
    iou = scores_from_confusion(matrix)['iou']
    return float(np.mean(iou[matrix.sum(axis=1) > 0])), matrix


def _check_accuracies(matrix: np.ndarray,
                      data: dict[str, np.ndarray]) -> Iterator[Check]:
    there = matrix.sum(axis=1)
    iou = np.where(there > 0, scores_from_confusion(matrix)['iou'], np.nan)
    golden = np.where(there > 0, data['crf_class_iou'], np.nan)
    yield compare('crf_class_iou', iou, golden, 0, 1e-6)
    hits, shares = np.diag(matrix), there / there.sum()
    yield compare('crf_pixel_acc', hits.sum() / there.sum(),
                  data['crf_pixel_acc'], 0, 1e-6)
    yield compare('crf_mean_acc', np.mean(hits[there > 0] / there[there > 0]),
                  data['crf_mean_acc'], 0, 1e-6)
    yield compare('crf_fwiou', np.nansum(shares * iou), data['crf_fwiou'], 0,
                  1e-6)
