"""Label masks: palette PNG files of dataset class indices, 255 = ignore."""
import os
import zlib
from collections.abc import Sequence

import numpy as np
from PIL import Image

from .atomic import atomic_path
from .classes import IGNORE_INDEX
from .errors import UserError
from .image_files import open_image, orientation


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
        # Runs of equal labels take half the time of the usual search.
        image.save(temporary, format='PNG', compress_type=zlib.Z_RLE)


def read_mask(path: str | os.PathLike,
              num_classes: int | None = None) -> np.ndarray:
    """Read a label mask as uint8 (H, W).

    Args:
        path (str | PathLike): A palette or gray 8-bit PNG.
        num_classes (int, optional): Check that indices are below it, or 255.

    Raises:
        UserError: If the file is missing, cut off, not single-channel, has
            an EXIF orientation, or an index is out of range.
    """
    with open_image(path, 'mask') as image:
        if image.mode not in ('P', 'L'):
            raise UserError(f'{path}: mode {image.mode}, but a mask is a '
                            'palette or gray 8-bit PNG of class indices')
        if orientation(image) != 1:
            raise UserError(f'{path}: a mask with an EXIF orientation, which '
                            'its readers ignore; save it upright, without '
                            'EXIF')
        mask = np.array(image)
    if num_classes is not None:
        wrong = mask[(mask >= num_classes) & (mask != IGNORE_INDEX)]
        if wrong.size:
            raise UserError(
                f'{path}: index {wrong[0]} is out of range for {num_classes} '
                f'classes; indices go from 0 to {num_classes - 1}, '
                f'{IGNORE_INDEX} is ignored')
    return mask


class MaskValues:
    """Values of a whole set of masks, which tell more than those of one.

    Attributes:
        seen (np.ndarray): Which values there are, bool (256,).
    """

    def __init__(self) -> None:
        self.seen = np.zeros(256, dtype=bool)

    def add(self, mask: np.ndarray) -> None:
        """Add a mask, uint8 (H, W)."""
        self.seen |= np.bincount(mask.ravel(), minlength=256) > 0

    def flaw(self, background: int = 0) -> str | None:
        """What is wrong with the set; None if a mask shows a class.

        Args:
            background (int): Dataset class index of the background.
        """
        values = np.flatnonzero(self.seen).tolist()
        if set(values) - {background, IGNORE_INDEX}:
            return None
        if IGNORE_INDEX in values and background in values:
            return (f'all masks together hold only {background} (background) '
                    f'and {IGNORE_INDEX}, which is ignored, so none shows a '
                    'class; write class indices 1, 2, ... for the objects')
        return (f'all masks together hold only the value '
                f'{", ".join(map(str, values)) or "of no pixel"}, so none '
                'shows a class; fix the folder')
