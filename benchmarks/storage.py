"""CAMs on disk: float32 at the size of the image, or CAM files.

The references keep full-size float32 maps in a pickled dict, put a background
before them and take the best; a CAM file holds the maps as the network gave
them, at its stride, in float16. In the rows "array" the full-size maps lie in
one array, and both sides label with the package's function: only the files
differ. Times are of cached files.
"""
from collections.abc import Iterator
from pathlib import Path

import coco_json
import numpy as np
import object_crops
import torch
from common.harness import Case
from common.reference_cams import labels_at, read_dict
from common.synthetic import classes_of_image, smooth_maps, upsampled

from wsss_plugins.ops.cam.pseudo_mask import class_map_labels
from wsss_plugins.structures import ClassMaps

_SIZE = (375, 500)
_CLASSES = 21
_THRESHOLD = .2


def _sizes(reference: Path, ours: Path) -> dict[str, float]:
    """MB of each file."""
    return dict(
        reference=reference.stat().st_size / 1e6,
        ours=ours.stat().st_size / 1e6)


def _same_labels(reference: np.ndarray, ours: np.ndarray) -> dict[str, float]:
    return dict(labels_equal=float((reference == ours).mean()))


def _mask_of(full: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return class_map_labels(full, labels, _SIZE, _THRESHOLD)


def _cases_of(folder: Path, stride: int) -> Iterator[Case]:
    """Write, and read as far as the mask, one image."""
    labels = classes_of_image(3, _CLASSES, 2)
    grid = tuple(-(-side // stride) for side in _SIZE)
    native = smooth_maps(stride, len(labels), grid)
    full = upsampled(native, _SIZE).numpy()
    maps = ClassMaps(labels, native.numpy(), _SIZE)
    theirs, ours = folder / f'{stride}.npy', folder / f'{stride}.npz'
    array = folder / f'{stride}_array.npy'

    def read_theirs() -> np.ndarray:
        cams = read_dict(theirs)
        return labels_at(_THRESHOLD, np.array(list(cams)),
                         np.stack(list(cams.values())))

    def read_array() -> np.ndarray:
        return _mask_of(np.load(array), labels)

    def read_ours() -> np.ndarray:
        read = ClassMaps.load(ours)
        return _mask_of(read.maps, read.labels)

    def write_theirs() -> np.ndarray:
        np.save(theirs, dict(zip(labels.tolist(), full)))
        return read_theirs()

    def write_ours() -> np.ndarray:
        maps.save(ours)
        return read_ours()

    write_theirs()
    write_ours()
    np.save(array, full)
    sizes = _sizes(theirs, ours)
    name = f'{len(labels)} classes, stride {stride}'
    for what, theirs_way, our_way in (
            ('read to mask', read_theirs, read_ours),
            ('read array to mask', read_array, read_ours),
            ('write, read', write_theirs, write_ours)):
        yield Case(f'{name}: {what}', theirs_way, our_way, _same_labels,
                   sizes)


def _full_size_case(folder: Path) -> Case:
    """Only the number format differs: both at the size of the image."""
    labels = classes_of_image(3, _CLASSES, 2)
    grid = tuple(-(-side // 8) for side in _SIZE)
    full = upsampled(smooth_maps(1, len(labels), grid), _SIZE).numpy()
    theirs, ours = folder / 'full.npy', folder / 'full.npz'
    np.save(theirs, full)
    ClassMaps(labels, full, _SIZE).save(ours)
    return Case(
        f'{len(labels)} classes, full size: read',
        reference=lambda: torch.from_numpy(np.load(theirs)),
        ours=lambda: torch.from_numpy(ClassMaps.load(ours).maps),
        agree=lambda a, b: dict(
            max_error=float((a - b).abs().max()),
            **_same_labels(_mask_of(a.numpy(), labels),
                           _mask_of(b.numpy(), labels))),
        memory_mb=_sizes(theirs, ours))


def cases(folder: Path, quick: bool) -> Iterator[Case]:
    """CAM files of stride 8 (ResNet38) and 4, and float16 at full size.

    Then masks of objects into COCO json, and crops of objects.
    """
    for stride in (8, 4):
        yield from _cases_of(folder, stride)
    yield _full_size_case(folder)
    yield from coco_json.cases(folder, quick)
    yield from object_crops.cases(folder / 'crops', quick)
