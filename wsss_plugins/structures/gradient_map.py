"""Saliency from gradients: a map of any scale, and the file that carries it.

Only the order of its values counts, so they are kept as they are computed: an
8-bit picture would tie most of them.
"""
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .atomic import atomic_path
from .errors import UserError


@dataclass(frozen=True, eq=False)
class GradientMap:
    """Class-agnostic saliency of one image.

    On disk ``NAME.npz``: ``saliency`` float32 (h, w), ``size`` int32 (2,).

    Args:
        values (np.ndarray): At least 0, of any scale, float (h, w).
        size (tuple[int, int]): Height and width of the image in pixels.

    Raises:
        ValueError: If shapes are others, or a value is negative or not
            finite.
    """
    values: np.ndarray
    size: tuple[int, int]

    def __post_init__(self) -> None:
        values = np.asarray(self.values, dtype=np.float32)
        size = tuple(int(s) for s in self.size)
        if values.ndim != 2 or 0 in values.shape:
            raise ValueError(f'a map of shape {values.shape} is not (h, w)')
        if len(size) != 2 or min(size) < 1:
            raise ValueError(f'{size} is not the size of an image')
        if not np.isfinite(values).all() or values.min() < 0:
            raise ValueError('the map holds values that are negative or not '
                             'finite')
        object.__setattr__(self, 'values', values)
        object.__setattr__(self, 'size', size)

    def save(self, path: str | os.PathLike) -> None:
        """Write the file, atomically."""
        with atomic_path(path) as temporary, open(temporary, 'wb') as file:
            np.savez(
                file,
                saliency=self.values,
                size=np.array(self.size, dtype=np.int32))

    @classmethod
    def load(cls, path: str | os.PathLike) -> 'GradientMap':
        """Read a file.

        Raises:
            UserError: If it is missing, cut off, or of another layout.
        """
        path = Path(path)
        if not path.is_file():
            raise UserError(f'{path}: gradient saliency not found; run the '
                            'saliency stage for this image first')
        try:
            with np.load(path, allow_pickle=False) as file:
                return cls(file['saliency'], file['size'])
        except (ValueError, KeyError, OSError, EOFError,
                zipfile.BadZipFile) as error:
            raise UserError(f'{path}: not a whole saliency file ({error}); '
                            'delete it and run the saliency stage again'
                            ) from None
