"""Label masks: palette PNG files of dataset class indices, 255 = ignore."""
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from .atomic import atomic_path
from .classes import IGNORE_INDEX
from .errors import UserError


def write_mask(path: str | os.PathLike, mask: np.ndarray,
               palette: Sequence[Sequence[int]]) -> None:
    """Write a label mask as a palette PNG, atomically.

    Args:
        path (str | PathLike): Target, ``NAME.png``.
        mask (np.ndarray): Dataset class indices, (H, W), 0..254 and 255.
        palette (Sequence[Sequence[int]]): RGB color of each class, 0..255.
    """
    mask = np.asarray(mask)
    if mask.ndim != 2 or mask.min() < 0 or mask.max() > IGNORE_INDEX:
        raise ValueError(f'mask {mask.shape} with values {mask.min()}..'
                         f'{mask.max()} is not (H, W) in 0..{IGNORE_INDEX}')
    colors = np.zeros((256, 3), dtype=np.uint8)
    colors[:len(palette)] = np.asarray(palette, dtype=np.uint8)
    colors[IGNORE_INDEX] = (224, 224, 192)  # VOC's color of 'void'
    image = Image.fromarray(mask.astype(np.uint8))
    image.putpalette(colors.tobytes())
    with atomic_path(path) as temporary:
        image.save(temporary, format='PNG')


def read_mask(path: str | os.PathLike,
              num_classes: int | None = None) -> np.ndarray:
    """Read a label mask as uint8 (H, W).

    Args:
        path (str | PathLike): A palette or gray 8-bit PNG.
        num_classes (int, optional): Check that indices are below it, or 255.

    Raises:
        UserError: If the file is missing, cut off, not single-channel, or an
            index is out of range.
    """
    path = Path(path)
    try:
        with Image.open(path) as image:
            mode, mask = image.mode, np.array(image)
    except FileNotFoundError:
        raise UserError(f'{path}: mask not found') from None
    except (OSError, UnidentifiedImageError, SyntaxError) as error:
        raise UserError(f'{path}: not a whole PNG ({error})') from None
    if mode not in ('P', 'L'):
        raise UserError(f'{path}: mode {mode}, but a mask is a palette or '
                        'gray 8-bit PNG of class indices')
    if num_classes is not None:
        wrong = mask[(mask >= num_classes) & (mask != IGNORE_INDEX)]
        if wrong.size:
            raise UserError(
                f'{path}: index {wrong[0]} is out of range for {num_classes} '
                f'classes; indices go from 0 to {num_classes - 1}, '
                f'{IGNORE_INDEX} is ignored')
    return mask
