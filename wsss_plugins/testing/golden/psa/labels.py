"""PSA's affinity labels from two CRFs."""
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from wsss_plugins.datasets.transforms import (
    MakeAffinityGrid,
    MakeAffinityLabel,
    RandomPlaceCrop,
)
from wsss_plugins.datasets.transforms.affinity_grid import set_affinity_scores
from wsss_plugins.testing.arrays import load_arrays
from wsss_plugins.testing.checks import Check, checks, compare, equal

from ._pairs import compare_pair_labels

_CELL = 8


def _place(image: np.ndarray, crop: np.ndarray) -> tuple[tuple[int, int], ...]:
    """Rows and columns as RandomPlaceCrop takes them, from the crop."""
    sides, canvas = image.shape[:2], crop.shape[:2]
    ranges = [
        [(place, 0) for place in range(total - side + 1)] if side < total else
        [(0, place) for place in range(side - total + 1)]
        for side, total in zip(sides, canvas)
    ]
    place = RandomPlaceCrop(canvas, (0, 0, 0))

    def error(where) -> float:
        found = place.crop(dict(img=image), *where)['img']
        return np.abs(found.astype(np.float32) - crop).sum()

    return min(((r, c) for r in ranges[0] for c in ranges[1]), key=error)


@checks('la_ha_merge*.npz')
def check_la_ha_merge(path: Path) -> Iterator[Check]:
    """``la_ha_merge.npz``: CRFs of both alphas to the label of the grid."""
    data = load_arrays(path)
    make = MakeAffinityLabel()
    scores = make.scores(data['cam'])
    refined = make.crf(data['img'], scores)
    for number, kind in enumerate(('la', 'ha')):
        yield compare(f'crf_in_{kind}', scores[number],
                      data[f'crf_in_{kind}'])
        # The engines differ by rounding in where a pixel's simplex is.
        yield compare(f'crf_{kind}', refined[number], data[f'crf_{kind}'],
                      1e-3, 2e-4)
    names = np.concatenate([[0], data['cam_keys'] + 1])
    crop = data['cropped_img'].transpose(1, 2, 0)
    results = dict(img=data['img'], affinity_classes=names)
    set_affinity_scores(results, refined.reshape(-1, *refined.shape[2:]))
    where = _place(data['img'], crop)
    results = RandomPlaceCrop(crop.shape[:2], (0, 0, 0)).crop(results, *where)
    yield equal('cropped_img beside the image',
                (results['img'].sum(axis=2) > 0).sum() <= crop.any(2).sum(),
                True)
    label = MakeAffinityGrid(_CELL)(results)['gt_affinity']
    slots = data['label_12x12']
    names = np.append(names, np.full(256 - len(names), 255))
    yield compare('label_12x12', label, names[slots], 0, 0)
    tensors = {k: torch.from_numpy(v) for k, v in data.items()}
    yield from compare_pair_labels(tensors, torch.from_numpy(label))
