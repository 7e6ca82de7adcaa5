"""Image-level labels from label masks."""
import argparse
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ...structures import (
    IGNORE_INDEX,
    ClassSpace,
    ImageLabels,
    UserError,
    read_mask,
)
from ...structures.image_list import check_listed
from ...structures.masks import MaskValues
from .label_format import LabelFormat


def from_label_masks(folder: str | os.PathLike,
                     classes: Sequence[str],
                     min_pixels: int = 1,
                     names: Sequence[str] | None = None) -> ImageLabels:
    """Read ``NAME.png`` masks of dataset class indices; 255 is ignored.

    Args:
        folder (str | PathLike): The folder of the masks.
        classes (Sequence[str]): Foreground classes; the background has index
            0 in the masks.
        min_pixels (int): Classes with fewer pixels do not count.
        names (Sequence[str], optional): Masks to read. Defaults to all.

    Raises:
        UserError: If a mask is missing, broken, or out of range, if none
            shows a class, or if ``min_pixels`` is not positive.
    """
    folder = Path(folder)
    if min_pixels < 1:
        raise UserError(f'min_pixels={min_pixels}: a class needs at least one '
                        'pixel')
    space = ClassSpace.from_foreground(classes)
    there = {path.stem for path in folder.glob('[!.]*.png')}
    if not there:
        raise UserError(f'{folder}: no PNG masks found; give the folder of '
                        'NAME.png')
    names = sorted(there) if names is None else names
    check_listed(names, there, folder)
    images, seen = {}, MaskValues()
    for name in tqdm(names, desc='masks', disable=len(names) < 200):
        mask = read_mask(folder / f'{name}.png', len(space.names))
        seen.add(mask)
        counts = np.bincount(mask.ravel(), minlength=IGNORE_INDEX + 1)
        images[name] = [
            space.names[i] for i in space.foreground
            if counts[i] >= min_pixels
        ]
    flaw = seen.flaw(space.background)
    if flaw:
        raise UserError(f'{folder}: {flaw}')
    return ImageLabels(space.foreground_names, images)


class LabelMaskFormat(LabelFormat):
    """``NAME.png`` masks of dataset class indices."""
    name = 'masks'
    source = 'folder of label masks'

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add ``--min-pixels``."""
        parser.add_argument(
            '--min-pixels',
            type=int,
            default=1,
            help='smallest area that counts')

    def read(self, args: argparse.Namespace, classes: Sequence[str] | None,
             names: Sequence[str] | None) -> ImageLabels:
        """Read them by :func:`from_label_masks`."""
        if not classes:
            raise UserError('masks: --classes is missing; name those of the '
                            'indices 1, 2, ...')
        return from_label_masks(args.source, classes, args.min_pixels, names)
