"""A workspace as stages leave it, from images whose masks are known."""
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from ..structures import (
    ClassMaps,
    ImageLabels,
    photo_palette,
    write_json,
    write_mask,
)
from ..workspace.layout import Workspace

Sample = tuple[str, np.ndarray, np.ndarray]
_STRIDE = 8
_TEXTS = dict(
    edge='the mask overlaps the CAM by only {:.0%}',
    absent='a class of the labels is not in the mask',
    area='the mask covers an unusual share of the image')


def make_workspace(folder: Path, samples: Iterable[Sample],
                   classes: Sequence[str], command: Sequence[str] = (),
                   scale: int = 1, seed: int = 0) -> Workspace:
    """Write images, masks with mistakes, CAMs, labels and suspicion.

    Args:
        folder (Path): Root of the workspace.
        samples (Iterable): Name, RGB image (H, W, 3) and mask (H, W) of
            class indices.
        classes (Sequence[str]): Background first.
        command (Sequence[str]): That ``wsss.json`` records.
        scale (int): How many times larger the originals are said to be.
        seed (int): Of the mistakes.
    """
    space, rng = Workspace(folder), np.random.default_rng(seed)
    space.images.mkdir(parents=True)
    labels, entries, doubts = {}, {}, []
    for name, image, truth in samples:
        found = [int(k) for k in np.unique(truth) if 0 < k < len(classes)]
        labels[name] = tuple(classes[k] for k in found)
        mask = _with_mistakes(truth, found, rng)
        Image.fromarray(image).save(space.images / f'{name}.jpg', quality=92)
        write_mask(space.mask_dir / f'{name}.png', mask,
                   photo_palette(len(classes)))
        _cams(truth, found, rng).save(space.cam_dir / f'{name}.npz')
        size = list(truth.shape)
        entries[name] = dict(
            source=f'{name}.jpg', size=[s * scale for s in size],
            work_size=size, digest='', split='train')
        doubts.append(_doubt(name, truth, mask, labels[name], classes))
    doubts.sort(key=lambda row: -row['score'])
    write_json(space.entries, dict(images=entries))
    write_json(space.suspicion, dict(version=1, images=doubts))
    ImageLabels(tuple(classes[1:]), labels).save(space.labels)
    space.save(dict(images=str(folder), labels='', options={},
                    classes=list(classes), palette=photo_palette(len(classes)),
                    command=list(command)))
    return space


def tiny_samples(root: Path, count: int) -> Iterable[Sample]:
    """Samples of a folder in VOC's layout, such as TinyVOC.

    Args:
        root (Path): With ``JPEGImages`` and ``SegmentationClass``.
        count (int): How many at most.
    """
    for path in sorted((root / 'SegmentationClass').glob('*.png'))[:count]:
        with (Image.open(path) as mask,
              Image.open(root / f'JPEGImages/{path.stem}.jpg') as image):
            yield path.stem, np.array(image.convert('RGB')), np.array(mask)


def _with_mistakes(truth: np.ndarray, found: list[int],
                   rng: np.random.Generator) -> np.ndarray:
    """A mask with ragged edges, parts too many, and now and then a miss."""
    size = truth.shape
    mask = np.zeros_like(truth)
    for label in found:
        if len(found) > 1 and rng.random() < .15:
            continue
        distance = (ndimage.distance_transform_edt(truth == label)
                    - ndimage.distance_transform_edt(truth != label))
        reach = max(size) * rng.choice([.015, .03, .08], p=[.5, .3, .2])
        wave = ndimage.gaussian_filter(rng.normal(size=size), max(size) / 25)
        wave *= reach / max(wave.std(), 1e-9)
        mask[distance + wave > 0] = label
    return mask


def _cams(truth: np.ndarray, found: list[int],
          rng: np.random.Generator) -> ClassMaps:
    """Blurred parts of the objects, at a stride of 8."""
    size = tuple(-(-s // _STRIDE) for s in truth.shape)
    maps = np.zeros((len(found), *size), np.float32)
    for k, label in enumerate(found):
        part = ndimage.zoom((truth == label).astype(np.float32),
                            [a / b for a, b in zip(size, truth.shape)],
                            order=1)
        field = ndimage.gaussian_filter(rng.normal(size=size), 2)
        blurred = ndimage.gaussian_filter(part, 1.5) * (
            1 + field / max(abs(field).max(), 1e-9) / 2)
        maps[k] = np.clip(blurred / max(blurred.max(), 1e-9), 0, 1)
    return ClassMaps(np.array(found, int), maps, truth.shape)


def _doubt(name: str, truth: np.ndarray, mask: np.ndarray,
           labels: Sequence[str], classes: Sequence[str]) -> dict:
    """An entry of suspicion that knows how wrong the mask is."""
    known = truth != 255
    same = ((truth == mask) & (truth > 0) & known).sum()
    overlap = float(same / max(1, (((truth > 0) | (mask > 0)) & known).sum()))
    present = [classes[k] for k in np.unique(mask) if 0 < k < len(classes)]
    score = round(1 - overlap, 4)
    reasons = [dict(kind='edge', score=score,
                    text=_TEXTS['edge'].format(overlap))]
    if set(labels) - set(present):
        reasons.insert(0, dict(kind='absent', score=1.,
                               text=_TEXTS['absent']))
    if (mask > 0).mean() > .5:
        reasons.append(dict(kind='area', score=.5, text=_TEXTS['area']))
    return dict(name=name, score=score, reasons=reasons, labels=list(labels),
                classes_in_mask=present, split='train')
