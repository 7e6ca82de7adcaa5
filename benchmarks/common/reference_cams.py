"""The references' ways from views of CAMs to masks, scores and cues.

Re-created from descriptions of PSA, EPS, IRNet and SEC: their loops, and
their files: dicts of float32 maps of the size of the image, pickled.
"""
import pickle
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from common.photos import CLASSES, Photos, read_labels
from common.synthetic import upsampled

SCALES = (.5, 1., 1.5, 2.)
_MEAN = np.array((123.675, 116.28, 103.53), dtype=np.float32)
_STD = np.array((58.395, 57.12, 57.375), dtype=np.float32)
_EPS = 1e-5


def network_input(image: Image.Image) -> Tensor:
    """Normalized RGB, (1, 3, H, W)."""
    pixels = (np.asarray(image, dtype=np.float32) - _MEAN) / _STD
    return torch.from_numpy(pixels.transpose(2, 0, 1).copy())[None]


def open_image(photos: Photos, name: str) -> Image.Image:
    """A photograph, RGB."""
    return Image.open(photos.path('JPEGImages', f'{name}.jpg')).convert('RGB')


def read_dict(path: Path) -> dict:
    """A pickled dict of maps, of this benchmark's own making."""
    return np.load(path, allow_pickle=True).item()


def write_gray(out: Path, name: str, mask: np.ndarray) -> None:
    """A mask without a palette."""
    out.mkdir(parents=True, exist_ok=True)
    Image.fromarray(mask.astype(np.uint8)).save(out / f'{name}.png')


def merge_views(views: Sequence[Tensor], flips: Sequence[bool],
                present: np.ndarray, size: tuple[int, int],
                threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """Resize all channels, then select foreground indices ``present``."""
    multi_hot = np.zeros(len(views[0]), dtype=np.float32)
    multi_hot[present] = 1
    full = []
    for view, flip in zip(views, flips):
        maps = upsampled(view, size).numpy() * multi_hot[:, None, None]
        full.append(np.flip(maps, axis=-1) if flip else maps)
    total = np.sum(full, axis=0)[present]
    cams = total / (total.max(axis=(1, 2), keepdims=True) + _EPS)
    stack = np.concatenate([np.full_like(cams[:1], threshold), cams])
    return cams, np.concatenate([[0], present + 1])[stack.argmax(axis=0)]


@torch.no_grad()
def write_cams(model: nn.Module, photos: Photos, out: Path,
               threshold: float = .2) -> Path:
    """EPS' ``infer.py``: four scales and flips, one by one."""
    for index, name in enumerate(photos.names):
        image, views, flips = open_image(photos, name), [], []
        for scale in SCALES:
            size = [round(side * scale) for side in image.size]
            one = network_input(image.resize(size, Image.BICUBIC))
            for flip in (False, True):
                one = one.flip(-1) if flip else one
                raw = model.decode_head(model.extract_feat(one))
                views.append(model.decode_head.class_maps(raw)[0])
                flips.append(flip)
        present = photos.labels(index) - 1
        cams, mask = merge_views(views, flips, present, photos.size,
                                 threshold)
        write_gray(out, name, mask)
        np.save(out / f'{name}.npy', dict(zip(present.tolist(), cams)))
    return out


def labels_at(threshold: float, keys: np.ndarray,
              maps: np.ndarray) -> np.ndarray:
    """Put a constant background before the maps and take the best."""
    stack = np.pad(maps, ((1, 0), (0, 0), (0, 0)), constant_values=threshold)
    return np.pad(keys, (1, 0))[stack.argmax(axis=0)]


def count_valid(gt: np.ndarray, pred: np.ndarray) -> np.ndarray:
    """Histogram of one flat index over the pixels that count."""
    valid = gt < CLASSES
    index = CLASSES * gt[valid].astype(np.int64) + pred[valid]
    counts = np.bincount(index, minlength=CLASSES**2)
    return counts.reshape(CLASSES, CLASSES)


def by_rows(gt: np.ndarray, pred: np.ndarray) -> np.ndarray:
    """EPS' evaluation: a histogram for each row of pixels, added up."""
    total = np.zeros((CLASSES, CLASSES))
    for gt_row, pred_row in zip(gt, pred):
        total += count_valid(gt_row, pred_row)
    return total


def whole(gt: np.ndarray, pred: np.ndarray) -> np.ndarray:
    """IRNet's evaluation (by chainercv): one histogram an image."""
    return count_valid(gt.ravel(), pred.ravel())


def sweep(images: Sequence, read: Callable, thresholds: np.ndarray,
          count: Callable) -> np.ndarray:
    """Read and judge all images again at each threshold.

    Args:
        images (Sequence): What ``read`` takes.
        read (Callable): To labels, maps of the size of the image and mask.
        thresholds (np.ndarray): (T,).
        count (Callable): :func:`by_rows` or :func:`whole`.

    Returns:
        np.ndarray: Confusion matrices, (T, C, C).
    """
    matrices = []
    for threshold in thresholds:
        total = np.zeros((CLASSES, CLASSES))
        for image in images:
            keys, maps, gt = read(image)
            total += count(gt, labels_at(threshold, keys, maps))
        matrices.append(total)
    return np.stack(matrices)


def evaluate_cams(photos: Photos, thresholds: np.ndarray) -> np.ndarray:
    """Mean IoU at each threshold, a pass over all files for each."""

    def read(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        cams = read_dict(photos.path('npy', f'{name}.npy'))
        gt = read_labels(photos.path('SegmentationClass', f'{name}.png'))
        return (np.array(list(cams)) + 1, np.stack(list(cams.values())), gt)

    scores = []
    for matrix in sweep(photos.names, read, thresholds, whole):
        union = matrix.sum(0) + matrix.sum(1) - matrix.diagonal()
        with np.errstate(invalid='ignore'):
            scores.append(np.nanmean(matrix.diagonal() / union))
    return np.array(scores)


def make_masks(photos: Photos, out: Path, threshold: float = .2) -> Path:
    """Masks from the dicts of maps."""
    for name, labels, maps in cam_dicts(photos):
        write_gray(out, name, labels_at(threshold, labels, maps))
    return out


def cam_dicts(
        photos: Photos) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Name, labels and maps of the size of the image, of each image."""
    for name in photos.names:
        cams = read_dict(photos.path('npy', f'{name}.npy'))
        yield name, np.array(list(cams)) + 1, np.stack(list(cams.values()))


def make_cues(photos: Photos, out: Path) -> Path:
    """SEC's notebooks and its pickle: thresholds, the smaller region wins."""
    data = {}
    for index, name in enumerate(photos.names):
        cams = np.load(photos.path('sec', f'{name}_cam.npy'))
        gradient = np.load(photos.path('sec', f'{name}_grad.npy'))
        masks = [cam > .2 * cam.max() for cam in cams]
        ordered = np.sort(gradient.ravel())
        dense = np.zeros((CLASSES, *gradient.shape), dtype=bool)
        dense[0] = gradient < ordered[int(.1 * ordered.size)]
        labels = photos.labels(index)
        for place in np.argsort([-mask.sum() for mask in masks]):
            dense[:, masks[place]] = False
            dense[labels[place]][masks[place]] = True
        data[f'{index}_labels'] = labels
        data[f'{index}_cues'] = np.array(np.where(dense))
    out.mkdir(parents=True, exist_ok=True)
    path = out / 'localization_cues.pickle'
    with path.open('wb') as file:
        pickle.dump(data, file, protocol=2)
    return path


def dense_cues(path: Path, count: int) -> list[np.ndarray]:
    """Class of each grid location, 255 where there is none, uint8 (h, w)."""
    with path.open('rb') as file:
        data = pickle.load(file)
    found = []
    for index in range(count):
        classes, rows, columns = data[f'{index}_cues']
        grid = np.full((41, 41), 255, dtype=np.uint8)
        grid[rows, columns] = classes
        found.append(grid)
    return found


def resized(maps: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Maps at the size of the image, float32 (K, H, W)."""
    return upsampled(torch.from_numpy(maps.astype(np.float32)), size).numpy()


def pooled(scores: np.ndarray, stride: int) -> Tensor:
    """Zeros beside the image, then means of blocks, (1, C, h, w)."""
    rows, columns = (-side % stride for side in scores.shape[1:])
    padded = F.pad(torch.from_numpy(scores)[None], (0, columns, 0, rows))
    return F.avg_pool2d(padded, stride)
