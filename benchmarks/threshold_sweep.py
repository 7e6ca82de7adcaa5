"""Seeds against masks at 60 thresholds, and one confusion matrix.

All sides read the same float32 maps at the size of the image and the same
PNG masks. The references keep such maps as pickled dicts; plain arrays are
faster to read, which favors them here.
"""
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from common.harness import Case
from common.reference_cams import by_rows, labels_at, sweep, whole
from common.synthetic import (
    IGNORE,
    classes_of_image,
    smooth_maps,
    true_mask,
    upsampled,
)

from wsss_plugins.ops.cam.confusion import (
    ThresholdSweep,
    best_class,
    confusion_matrix,
)
from wsss_plugins.structures import read_mask, voc_palette, write_mask

_SIZE = (375, 500)
_CLASSES = 21
_STRIDE = 8
_THRESHOLDS = np.linspace(.01, .6, 60)


def _write_images(folder: Path, count: int) -> list[Path]:
    """Files of a small data set; paths without suffix."""
    grid = tuple(-(-side // _STRIDE) for side in _SIZE)
    stems = []
    for seed in range(count):
        labels = classes_of_image(seed, _CLASSES)
        maps = upsampled(smooth_maps(seed, len(labels), grid), _SIZE)
        stem = folder / f'image_{seed}'
        np.save(f'{stem}_keys.npy', labels)
        np.save(f'{stem}.npy', maps.numpy())
        write_mask(f'{stem}.png', true_mask(seed, labels, _SIZE),
                   voc_palette(_CLASSES))
        stems.append(stem)
    return stems


def _read(stem: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, maps and mask of an image."""
    return (np.load(f'{stem}_keys.npy'), np.load(f'{stem}.npy'),
            read_mask(f'{stem}.png'))


def _sweep_ours(stems: list[Path], thresholds: np.ndarray) -> np.ndarray:
    sweep = ThresholdSweep(thresholds, _CLASSES)
    for stem in stems:
        keys, maps, gt = _read(stem)
        sweep.update(gt, *best_class(maps, keys))
    return sweep.matrices()[..., :_CLASSES]


def _differing(reference: np.ndarray, ours: np.ndarray) -> dict[str, float]:
    """How many of the integers are not identical."""
    return dict(
        integers=ours.size, different=int((reference != ours).sum()))


def _confusion_cases(stems: list[Path]) -> Iterator[Case]:
    keys, maps, gt = _read(stems[0])
    pred = labels_at(.2, keys, maps).astype(np.uint8)
    pred[:8] = _CLASSES - 1
    gt[0, :8] = IGNORE
    for name, count in (('by rows (EPS)', by_rows), ('whole image (IRN)',
                                                     whole)):
        yield Case(
            f'confusion matrix, {name}',
            reference=lambda count=count: count(gt, pred),
            ours=lambda: confusion_matrix(gt, pred, _CLASSES)[:, :_CLASSES],
            agree=_differing)


def cases(folder: Path, quick: bool) -> Iterator[Case]:
    """Sweeps of IRN's and EPS' kind, and confusion matrices of both."""
    stems = _write_images(folder, 2 if quick else 8)
    for name, count in (('IRN-style', whole), ('EPS-style', by_rows)):
        yield Case(
            f'60 thresholds, {len(stems)} images, {name}',
            reference=lambda count=count: sweep(
                stems, _read, _THRESHOLDS, count),
            ours=lambda: _sweep_ours(stems, _THRESHOLDS),
            agree=_differing)
    yield from _confusion_cases(stems)
