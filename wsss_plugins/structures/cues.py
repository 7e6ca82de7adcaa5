"""Localization cues of one image, and the files that carry them."""
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from .classes import IGNORE_INDEX
from .errors import UserError
from .masks import read_mask, write_mask
from .npz import checked_array, load_arrays, save_arrays
from .palette import voc_palette

EXCLUSIVE_SUFFIX, OVERLAPPING_SUFFIX = '.png', '.npz'
_AGAIN = 'delete it and make the cues again'
_BITS = 8


@dataclass(frozen=True, eq=False)
class Cues:
    """Pixels of an image whose class is taken to be known.

    Two kinds of file carry them. ``NAME.png``, for cues in which no pixel has
    two classes, is a small palette PNG of dataset class indices, 255 where
    there is no cue. ``NAME.npz`` holds any cues, a bit for each class and
    pixel: ``cues`` uint8 (packed C * h * w bits) and ``shape`` int32 (3,).

    Args:
        masks (np.ndarray): One mask for each dataset class, bool or 0 and 1,
            (C, h, w), at any size.

    Raises:
        ValueError: If the shape is another, or values are not 0 and 1.
    """
    masks: np.ndarray

    def __post_init__(self) -> None:
        masks = np.asarray(self.masks)
        if masks.ndim != 3 or 0 in masks.shape:
            raise ValueError(f'cues of shape {masks.shape} are not (C, h, w)')
        if masks.dtype != bool and not ((masks == 0) | (masks == 1)).all():
            raise ValueError('cues hold values other than 0 and 1')
        object.__setattr__(self, 'masks', masks.astype(bool))

    @property
    def num_classes(self) -> int:
        """Number of dataset classes, background included."""
        return len(self.masks)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the grid."""
        return self.masks.shape[1:]

    @cached_property
    def exclusive(self) -> bool:
        """Whether no pixel has two classes."""
        return bool((self.masks.sum(axis=0) <= 1).all())

    @classmethod
    def of_labels(cls,
                  masks: np.ndarray,
                  labels: np.ndarray,
                  num_classes: int,
                  background: int = 0) -> 'Cues':
        """Cues from the masks of the background and of some classes.

        Args:
            masks (np.ndarray): Bool (1 + K, h, w), the background first, as
                :func:`wsss_plugins.ops.cam.cues.assemble_cues` gives them.
            labels (np.ndarray): Dataset class indices of the others, (K,).
            num_classes (int): Of the data set, background included.
            background (int): Dataset class index of the background.
        """
        spread = np.zeros((num_classes, *masks.shape[1:]), dtype=bool)
        spread[[background, *np.asarray(labels).tolist()]] = masks
        return cls(spread)

    def index_map(self) -> np.ndarray:
        """Dataset class index of each pixel, 255 = none, uint8 (h, w).

        Raises:
            ValueError: If a pixel has two classes, or there are too many.
        """
        if not self.exclusive:
            raise ValueError('a pixel is a cue of two classes; only '
                             f'{OVERLAPPING_SUFFIX} files can hold that')
        if self.num_classes > IGNORE_INDEX:
            raise ValueError(f'{self.num_classes} classes do not fit an 8-bit '
                             f'image; use an {OVERLAPPING_SUFFIX} file')
        labels = self.masks.argmax(axis=0)
        return np.where(self.masks.any(axis=0), labels,
                        IGNORE_INDEX).astype(np.uint8)

    @classmethod
    def from_index_map(cls, labels: np.ndarray, num_classes: int) -> 'Cues':
        """Cues from dataset class indices, (h, w), 255 where there is none.

        Raises:
            ValueError: If an index is ``num_classes`` or more.
        """
        labels = np.asarray(labels)
        wrong = labels[(labels >= num_classes) & (labels != IGNORE_INDEX)]
        if wrong.size:
            raise ValueError(f'index {wrong[0]} is out of range for '
                             f'{num_classes} classes')
        return cls(labels == np.arange(num_classes)[:, None, None])

    def rows(self) -> np.ndarray:
        """Class, row and column of each cue, int64 (3, M), in array order.

        The layout of SEC's public file.
        """
        return np.stack(np.nonzero(self.masks))

    @classmethod
    def from_rows(cls, rows: np.ndarray, num_classes: int,
                  size: tuple[int, int]) -> 'Cues':
        """Cues from their classes, rows and columns, int (3, M).

        Raises:
            ValueError: If the shape or type is another, or a value is out of
                range.
        """
        rows = np.asarray(rows)
        if rows.ndim != 2 or len(rows) != 3 or rows.dtype.kind not in 'iu':
            raise ValueError(f'cues are {rows.dtype} {rows.shape}, not '
                             'integers (3, M)')
        shape = (num_classes, *size)
        for what, values, count in zip(('class', 'row', 'column'), rows,
                                       shape):
            wrong = values[(values < 0) | (values >= count)]
            if wrong.size:
                raise ValueError(f'{what} {wrong[0]} of a cue is out of 0..'
                                 f'{count - 1}')
        masks = np.zeros(shape, dtype=bool)
        masks[tuple(rows)] = True
        return cls(masks)

    def save(self,
             path: str | os.PathLike,
             palette: Sequence[Sequence[int]] = ()) -> None:
        """Write a cue file, atomically.

        Args:
            path (str | PathLike): ``NAME.png`` or ``NAME.npz``.
            palette (Sequence[Sequence[int]]): RGB color of each class, for
                the PNG. Defaults to VOC's colors.

        Raises:
            ValueError: If the suffix is another, or a PNG cannot hold them.
        """
        suffix = Path(path).suffix
        if suffix == EXCLUSIVE_SUFFIX:
            write_mask(path, self.index_map(),
                       palette if len(palette) else voc_palette(
                           self.num_classes))
        elif suffix == OVERLAPPING_SUFFIX:
            save_arrays(
                path,
                cues=np.packbits(self.masks),
                shape=np.array(self.masks.shape, dtype=np.int32))
        else:
            raise ValueError(f'{path}: cues are written to '
                             f'{EXCLUSIVE_SUFFIX} or {OVERLAPPING_SUFFIX}')

    @classmethod
    def load(cls, path: str | os.PathLike, num_classes: int) -> 'Cues':
        """Read the cues of an image, from the kind of file that is there.

        Args:
            path (str | PathLike): ``NAME.png`` or ``NAME.npz``; if it is not
                there but the other is, that one is read.
            num_classes (int): Of the data set, background included.

        Raises:
            UserError: If there is none or both, or the file is cut off, of
                another layout or for other classes.
        """
        path = _the_one(Path(path))
        if path.suffix == EXCLUSIVE_SUFFIX:
            return cls.from_index_map(
                read_mask(path, num_classes), num_classes)
        cues = cls(_unpack(path))
        if cues.num_classes != num_classes:
            raise UserError(f'{path}: cues of {cues.num_classes} classes, but '
                            f'the data set has {num_classes}; make them '
                            'for this data set')
        return cues


def _the_one(path: Path) -> Path:
    """The cue file of an image, whatever its suffix."""
    found = [
        p for p in (path.with_suffix(EXCLUSIVE_SUFFIX),
                    path.with_suffix(OVERLAPPING_SUFFIX)) if p.is_file()
    ]
    if not found:
        raise UserError(f'{path}: cue file not found; run the cue stage for '
                        'this image first')
    if len(found) > 1:
        raise UserError(f'{path}: cues both in {EXCLUSIVE_SUFFIX} and in '
                        f'{OVERLAPPING_SUFFIX}; delete one of them')
    return found[0]


def _unpack(path: Path) -> np.ndarray:
    """Masks of an ``.npz`` file, uint8 (C, h, w)."""
    with load_arrays(path, ('cues', 'shape'), 'cue file', _AGAIN) as arrays:
        packed = checked_array(arrays['cues'], 'cues', 'int', 1)
        shape = checked_array(arrays['shape'], 'shape', 'int', 1).tolist()
        count = math.prod(shape)
        if (packed.dtype != np.uint8 or len(shape) != 3 or min(shape) < 1
                or len(packed) != -(-count // _BITS)):
            raise ValueError(f'{packed.dtype} {packed.shape} are not the '
                             f'bits of cues of shape {shape}')
        return np.unpackbits(packed, count=count).reshape(shape)
