"""Saliency from gradients: a map of any scale, and the file that carries it.

Only the order of its values counts, so they are kept as they are computed: an
8-bit image would tie most of them.
"""
import os
from dataclasses import dataclass

import numpy as np

from .image_files import checked_sides
from .npz import checked_array, load_arrays, save_arrays


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
        save_arrays(
            path,
            saliency=self.values,
            size=np.array(self.size, dtype=np.int32))

    @classmethod
    def load(cls, path: str | os.PathLike) -> 'GradientMap':
        """Read a file.

        Raises:
            UserError: If it is missing, damaged, or of another layout.
        """
        with load_arrays(
                path, ('saliency', 'size'), 'file of gradient saliency',
                'run the saliency stage again for this image') as arrays:
            values = checked_array(arrays['saliency'], 'saliency', 'number',
                                   2)
            return cls(values, checked_sides(arrays['size']))
