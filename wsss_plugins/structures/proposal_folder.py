"""Proposals as a folder of PNG masks, as segment-anything's script writes."""
import os
import re
from pathlib import Path

import numpy as np

from .errors import UserError
from .image_files import open_image
from .proposals import MAX_PROPOSALS, Proposals, proposal_file
from .rle import encode_mask

_NAME = re.compile(r'(\d+)\.png', re.IGNORECASE)


def load_proposals(folder: str | os.PathLike, name: str,
                   size: tuple[int, int]) -> Proposals:
    """Proposals of an image: ``NAME.json``, or the folder ``NAME``.

    Args:
        folder (str | PathLike): Of all proposals.
        name (str): Of the image, without suffix.
        size (tuple[int, int]): Height and width of the image.

    Raises:
        UserError: As :meth:`Proposals.load`.
    """
    path, masks = proposal_file(folder, name), Path(folder, name)
    if not path.is_file() and masks.is_dir():
        return load_mask_folder(masks, size)
    return Proposals.load(path, size)


def load_mask_folder(folder: str | os.PathLike,
                     size: tuple[int, int]) -> Proposals:
    """Masks ``0.png``, ``1.png``, ... of one image; 255 is the mask.

    The table of qualities beside them is not read: no rule uses it.

    Args:
        folder (str | PathLike): Of the masks.
        size (tuple[int, int]): Height and width of the image.

    Raises:
        UserError: If a mask is damaged, not gray or of another size, or there
            are too many.
    """
    found = {int(m[1]): path for path in Path(folder).iterdir()
             if (m := _NAME.fullmatch(path.name))}
    if len(found) > MAX_PROPOSALS:
        raise UserError(f'{folder}: {len(found)} masks, more than '
                        f'{MAX_PROPOSALS}; make fewer, or drop small ones')
    runs = [encode_mask(_read(found[number], size) == 255)
            for number in sorted(found)]
    return Proposals(tuple(size), runs)


def _read(path: Path, size: tuple[int, int]) -> np.ndarray:
    with open_image(path, 'mask') as image:
        if image.mode not in ('L', '1'):
            raise UserError(f'{path}: mode {image.mode}, but a mask of '
                            'proposals is a gray PNG of 0 and 255')
        mask = np.array(image.convert('L'))
    if mask.shape != tuple(size):
        raise UserError(f'{path}: {mask.shape[1]}x{mask.shape[0]} pixels, '
                        f'but its image has {size[1]}x{size[0]}; make '
                        'proposals of this image')
    return mask
