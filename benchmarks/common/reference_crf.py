"""The references' stages with dense CRFs: pydensecrf, one run at a time."""
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from common.photos import Photos
from common.reference_cams import (
    cam_dicts,
    labels_at,
    open_image,
    read_dict,
    write_gray,
)
from wsss_plugins.ops.crf.dense_crf import DenseCRF
from wsss_plugins.ops.walk.affinity_labels import hard_label_scores


def _with_background(maps: np.ndarray, alpha: float) -> np.ndarray:
    background = (1 - maps.max(axis=0, keepdims=True))**alpha
    return np.concatenate([background, maps])


def crf_masks(photos: Photos, out: Path, alpha: float = 8) -> Path:
    """Masks from the dicts of maps through PSA's CRF."""
    crf = DenseCRF(backend='pydensecrf')
    for name, labels, maps in cam_dicts(photos):
        image = np.array(open_image(photos, name))
        probs = crf(image, _with_background(maps, alpha))
        write_gray(out, name, np.pad(labels, (1, 0))[probs.argmax(axis=0)])
    return out


def affinity_scores(photos: Photos, out: Path) -> Path:
    """PSA's ``infer_cls.py``: a dict of score maps for either alpha."""
    crf = DenseCRF(backend='pydensecrf')
    out.mkdir(parents=True, exist_ok=True)
    for name, labels, maps in cam_dicts(photos):
        image = np.array(open_image(photos, name))
        for kind, alpha in (('la', 4), ('ha', 32)):
            probs = crf(image, _with_background(maps, alpha))
            np.save(out / f'{name}_{kind}.npy',
                    dict(zip([0, *labels.tolist()], probs)))
    return out


def affinity_labels(folder: Path,
                    names: list[str]) -> Iterator[np.ndarray]:
    """What PSA's training takes from the dicts, at the size of the image."""
    for name in names:
        low, high = (read_dict(folder / f'{name}_{kind}.npy')
                     for kind in ('la', 'ha'))
        keys = np.array(list(low), dtype=np.uint8)
        label = keys[np.stack(list(low.values())).argmax(axis=0)]
        label[label == 0] = 255
        label[np.stack(list(high.values())).argmax(axis=0) == 0] = 0
        yield label


def ir_labels(photos: Photos, out: Path) -> Path:
    """IRNet's ``cam_to_ir_label.py``: two CRFs on hard labels."""
    crf = DenseCRF(backend='pydensecrf', bi_sxy=50, bi_srgb=5)
    for name in photos.names:
        data = read_dict(photos.path('irn', f'{name}.npy'))
        image, keys = np.array(open_image(photos, name)), data['keys']
        local = np.arange(1, len(keys) + 1)
        confident = []
        for threshold in (.3, .05):
            mask = labels_at(threshold, local, data['high_res'])
            probs = crf(image, hard_label_scores(mask, len(keys) + 1, .7))
            confident.append(np.pad(keys + 1, (1, 0))[probs.argmax(axis=0)])
        label = confident[0].copy()
        label[confident[0] == 0] = 255
        label[(confident[0] == 0) & (confident[1] == 0)] = 0
        write_gray(out, name, label)
    return out
