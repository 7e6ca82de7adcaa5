"""Class maps of one image, and the file that carries them."""
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .atomic import atomic_path
from .errors import UserError


@dataclass(frozen=True, eq=False)
class ClassMaps:
    """Localization maps of the classes of one image.

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
        with atomic_path(path) as temporary, open(temporary, 'wb') as file:
            np.savez(
                file,
                labels=self.labels.astype(np.int16),
                cam=self.maps.astype(dtype),
                size=np.array(self.size, dtype=np.int32))

    @classmethod
    def load(cls, path: str | os.PathLike) -> 'ClassMaps':
        """Read a CAM file; maps come back as float32.

        Raises:
            UserError: If the file is missing, cut off, or of another layout.
        """
        path = Path(path)
        if not path.is_file():
            raise UserError(f'{path}: CAM file not found; run the CAM stage '
                            'for this image first')
        try:
            with np.load(path, allow_pickle=False) as file:
                return cls(file['labels'], file['cam'].astype(np.float32),
                           file['size'])
        except (ValueError, KeyError, OSError, EOFError,
                zipfile.BadZipFile) as error:
            raise UserError(f'{path}: not a whole CAM file ({error}); delete '
                            'it and run the CAM stage again') from None
