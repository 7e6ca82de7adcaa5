"""Look at what a network trains on, as its data loader gives it."""
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config
from mmengine.registry import DATASETS, init_default_scope
from mmengine.structures import BaseDataElement
from PIL import Image
from torch import Tensor

from ..reports.drawing.images import image_grid
from ..reports.drawing.training_samples import sample_row
from ..structures import UserError, atomic_path, voc_palette

# Not for the eye: weights of each class, and what stands above the image.
_HIDDEN = ('gt_label', 'gt_score')


def browse_training(cfg: Config, out: str | os.PathLike, num: int = 16,
                    side: int = 256) -> list[Path]:
    """Write images of a config's training data, after its pipeline.

    Each shows the image, its labels, and every map and mask that the loss may
    read: saliency, cues, affinity labels, masks, boxes and points.

    Args:
        cfg (Config): Of a training, background and options set.
        out (str | PathLike): Folder for ``0000_NAME.png``, and so on.
        num (int): Number of images, from the first one.
        side (int): Longer side of a cell in pixels.

    Returns:
        list[Path]: The files.

    Raises:
        UserError: If the config has no training data, or they are broken.
    """
    if not cfg.get('train_dataloader'):
        raise UserError(f'{cfg.filename}: no train_dataloader to look at')
    init_default_scope(cfg.get('default_scope') or 'mmseg')
    dataset = DATASETS.build(cfg.train_dataloader.dataset)
    names = tuple(dataset.metainfo.get('classes') or ())
    files = []
    for number in range(min(num, len(dataset))):
        rows = [_row(*part, names, side) for part in _parts(dataset[number])]
        title = Path(rows[0][0]).stem
        path = Path(out, f'{number:04}_{title}.png')
        with atomic_path(path) as temporary:
            Image.fromarray(image_grid([row for _, row in rows])).save(
                temporary, format='PNG')
        files.append(path)
    return files


def _parts(packed: dict) -> Iterator[tuple[Tensor, BaseDataElement, bool]]:
    """Inputs, data sample, and whether the channels are RGB."""
    samples = packed['data_samples']
    if isinstance(samples, (list, tuple)):  # crops of one image
        yield from ((image, sample, True)
                    for image, sample in zip(packed['inputs'], samples))
    else:
        yield packed['inputs'], samples, False


def _row(inputs: Tensor, sample: BaseDataElement, is_rgb: bool,
         names: tuple[str, ...], side: int) -> tuple[str, list[np.ndarray]]:
    image = inputs.float().round().clamp(0, 255).byte().numpy()
    image = np.ascontiguousarray(
        image.transpose(1, 2, 0)[..., ::1 if is_rgb else -1])
    palette = np.resize(np.array(voc_palette(256), np.uint8), (256, 3))
    title = str(sample.get('img_path') or sample.get('file_name') or 'image')
    points = sample.get('points')
    row = sample_row(Path(title).name, image, _labels(sample), _maps(sample),
                     None if points is None else points.numpy(), names,
                     palette, side)
    return title, row


def _labels(sample: BaseDataElement) -> list[int]:
    """Dataset class indices of the image-level labels."""
    if 'gt_score' not in sample:
        return []
    background = sample.get('background', 0)
    shown = sample.gt_score.nonzero().flatten().tolist()
    if background is None:
        return shown
    return [i + (i >= background) for i in shown]


def _maps(sample: BaseDataElement) -> dict[str, np.ndarray]:
    """Everything on a sample that is as wide and high as something."""
    found = {}
    for key, value in sample.items():
        data: Any = getattr(value, 'data', value)
        data = data.numpy() if isinstance(data, Tensor) else data
        image_like = isinstance(data, np.ndarray) and data.ndim in (2, 3)
        if image_like and key not in (*_HIDDEN, 'points'):
            found[key] = data.astype(np.uint8) if data.dtype == bool else data
    return found
