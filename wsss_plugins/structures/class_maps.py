"""CAMs of one image, and the file that carries them."""
import os
from dataclasses import dataclass

import numpy as np

from .image_files import checked_sides
from .npz import checked_array, load_arrays, save_arrays

# Half precision, and refiners that add up probabilities.
_ROUNDING = 1e-2

@dataclass(frozen=True, eq=False)
class ClassMaps:
    """Class activation maps of one image.

    What a CAM network gives and what refiners take and give. The
    background may be one of the classes (after a refiner that models it);
    otherwise masks are made with a background threshold.

    Args:
        labels (np.ndarray): Dataset class indices, int (K,), unique.
        maps (np.ndarray): Scores in [0, 1], float (K, h, w), at any stride.
        size (tuple[int, int]): Height and width of the image in pixels.

    Raises:
        ValueError: If shapes disagree, labels repeat, or a value is not
            finite.
    """
    labels: np.ndarray
    maps: np.ndarray
    size: tuple[int, int]

    def __post_init__(self) -> None:
        labels = np.asarray(self.labels, dtype=np.int64)
        maps = np.asarray(self.maps)
        size = tuple(int(s) for s in self.size)
        if maps.ndim != 3 or labels.shape != maps.shape[:1]:
            raise ValueError(f'maps {maps.shape} and labels {labels.shape} '
                             'are not (K, h, w) and (K,)')
        if len(np.unique(labels)) != len(labels):
            raise ValueError(f'labels {labels.tolist()} come twice')
        if len(size) != 2 or min(size) < 1 or 0 in maps.shape[1:]:
            raise ValueError(f'empty size {size} or maps {maps.shape}')
        if not np.isfinite(maps).all():
            raise ValueError('maps hold values that are not finite')
        object.__setattr__(self, 'labels', labels)
        object.__setattr__(self, 'maps', maps)
        object.__setattr__(self, 'size', size)

    def save(self, path: str | os.PathLike, dtype: str = 'float16') -> None:
        """Write a CAM file (``.npz``), atomically.

        Keys: ``labels`` int16 (K,), ``cam`` ``dtype`` (K, h, w), ``size``
        int32 (2,).
        """
        save_arrays(
            path,
            labels=self.labels.astype(np.int16),
            cam=self.maps.astype(dtype),
            size=np.array(self.size, dtype=np.int32))

    @classmethod
    def load(cls,
             path: str | os.PathLike,
             num_classes: int | None = None) -> 'ClassMaps':
        """Read a CAM file; maps come back as float32.

        Args:
            path (str | PathLike): ``NAME.npz``.
            num_classes (int, optional): Check that labels are below it.

        Raises:
            UserError: If the file is missing, damaged, of another layout, or
                a value is out of range.
        """
        with load_arrays(path, ('labels', 'cam', 'size'), 'CAM file',
                         'run the CAM stage again for this image') as arrays:
            labels = checked_array(arrays['labels'], 'labels', 'int', 1)
            scores = checked_array(arrays['cam'], 'cam', 'number', 3)
            found = cls(labels, scores.astype(np.float32),
                        checked_sides(arrays['size']))
            found.check_values(num_classes)
            return found

    def check_values(self, num_classes: int | None = None) -> None:
        """Check what a file may hold.

        Args:
            num_classes (int, optional): Dataset classes, background included.

        Raises:
            ValueError: If a score is not in [0, 1], or a label is no class.
        """
        if self.maps.size and not (
                self.maps.min() >= -_ROUNDING
                and self.maps.max() <= 1 + _ROUNDING):
            raise ValueError(f'scores of {self.maps.min():g}..'
                             f'{self.maps.max():g} are not in 0..1')
        wrong = self.labels[self.labels < 0]
        if num_classes is not None:
            wrong = self.labels[(self.labels < 0)
                                | (self.labels >= num_classes)]
        if len(wrong):
            known = '' if num_classes is None else (
                f'; there are {num_classes} classes, from 0')
            raise ValueError(f'label {wrong[0]} is no class{known}')
