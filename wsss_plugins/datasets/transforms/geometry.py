"""Geometric transforms that move dense maps as each needs it."""
import random

import numpy as np
from mmcv.transforms import BaseTransform, Resize as MMCVResize

from ...registry import TRANSFORMS
from .dense_maps import moving_maps, resize_array


@TRANSFORMS.register_module()
class Resize(MMCVResize):
    """mmcv's ``Resize``, moving label masks and dense maps.

    Every map goes to the size that the image got, label masks by nearest
    neighbor, dense maps by their own interpolation. Usable as
    ``resize_type`` of ``RandomResize`` and ``RandomChoiceResize``. Arguments
    as in :class:`mmcv.transforms.Resize`.
    """

    def _resize_seg(self, results: dict) -> None:
        for key, spec in moving_maps(results).items():
            results[key] = resize_array(results[key], results['img_shape'],
                                        spec.interpolation, self.backend)


def resize_with_maps(results: dict, size: tuple[int, int], interpolation: str,
                     backend: str) -> dict:
    """Resize the image and all its maps to a size (height, width)."""
    height, width = results['img'].shape[:2]
    results['img'] = resize_array(results['img'], size, interpolation,
                                  backend)
    for key, spec in moving_maps(results).items():
        results[key] = resize_array(results[key], size, spec.interpolation,
                                    backend)
    results['img_shape'] = size
    results['scale_factor'] = size[1] / width, size[0] / height
    return results


@TRANSFORMS.register_module()
class Rescale(BaseTransform):
    """Resize by a factor as the references do at test time.

    The sides are ``round(side * factor)`` by Python's rounding, half to even
    (mmcv rounds half up), with PIL's antialiased bicubic.

    Required Keys:

    - img
    - seg_fields (optional)

    Modified Keys:

    - img, img_shape, scale_factor, and all maps of ``seg_fields``

    Args:
        factor (float): Greater than 0; with 1 nothing is touched.
        max_long (int, optional): Images whose longer side is longer are
            shrunk to it first: a budget for slow machines.
        interpolation (str): For the image. Defaults to ``'bicubic'``.
        backend (str): Defaults to ``'pillow'``.
    """

    def __init__(self,
                 factor: float,
                 max_long: int | None = None,
                 interpolation: str = 'bicubic',
                 backend: str = 'pillow') -> None:
        if factor <= 0:
            raise ValueError(f'factor={factor} is not positive')
        self.factor = factor
        self.max_long = max_long
        self.interpolation = interpolation
        self.backend = backend

    def transform(self, results: dict) -> dict:
        """Resize the image and all its maps."""
        sides = results['img'].shape[:2]
        factor = self.factor
        if self.max_long is not None:
            factor *= min(1., self.max_long / max(sides))
        size = tuple(max(1, round(side * factor)) for side in sides)
        if size == sides:
            return results
        return resize_with_maps(results, size, self.interpolation,
                                self.backend)


@TRANSFORMS.register_module()
class RandomResizeLong(BaseTransform):
    """Resize so that the longer side has a random length.

    The augmentation of PSA, IRNet, EPS and SC-CAM: both bounds are included,
    the shorter side is ``int(round(.))``.

    Required Keys:

    - img
    - seg_fields (optional)

    Modified Keys:

    - img, img_shape, scale_factor, and all maps of ``seg_fields``

    Args:
        min_long (int): Least length of the longer side, in pixels.
        max_long (int): Greatest length.
        interpolation (str): For the image. Defaults to ``'bicubic'``.
        backend (str): Defaults to ``'pillow'``, as the references.
    """

    def __init__(self,
                 min_long: int,
                 max_long: int,
                 interpolation: str = 'bicubic',
                 backend: str = 'pillow') -> None:
        if not 0 < min_long <= max_long:
            raise ValueError(f'0 < min_long <= max_long expected, got '
                             f'{min_long} and {max_long}')
        self.min_long = min_long
        self.max_long = max_long
        self.interpolation = interpolation
        self.backend = backend

    def transform(self, results: dict) -> dict:
        """Draw a length and resize the image and all its maps."""
        return self.resize_long(
            results, random.randint(self.min_long, self.max_long))

    def resize_long(self, results: dict, long_side: int) -> dict:
        """Resize the image and its maps so that the longer side is given."""
        height, width = results['img'].shape[:2]
        if width < height:
            size = long_side, int(round(width * long_side / height))
        else:
            size = int(round(height * long_side / width)), long_side
        return resize_with_maps(results, size, self.interpolation,
                                self.backend)


@TRANSFORMS.register_module()
class RandomPlaceCrop(BaseTransform):
    """Crop a window, or place a smaller image anywhere in it.

    The crop of PSA, IRNet, EPS and SC-CAM. On a side longer than the window
    the window lies anywhere on the image; on a shorter side the image lies
    anywhere in the window, on a canvas of ``img_fill`` (and the fill of each
    map). The references fill after normalization with zeros, which is the
    mean color before it.

    Required Keys:

    - img
    - seg_fields (optional)

    Modified Keys:

    - img (float32 with ``exact_fill`` if the fill has fractions), img_shape,
      and all maps of ``seg_fields``

    Args:
        crop_size (tuple[int, int]): Height and width of the window.
        img_fill (Sequence[float]): Canvas color in the channel order of the
            image at this point (BGR after ``LoadImageFromFile``), 0..255.
        exact_fill (bool): Whether a color with fractions stays exact, as in
            the references: images are then float32, four times the bytes
            from the data workers. False: it is rounded, by at most half a
            gray level, and images keep their type. Defaults to False.
    """

    def __init__(self,
                 crop_size: tuple[int, int],
                 img_fill: tuple[float, float, float] = (0, 0, 0),
                 exact_fill: bool = False) -> None:
        self.crop_size = tuple(crop_size)
        self.img_fill = np.asarray(img_fill, dtype=np.float32)
        if not exact_fill:
            self.img_fill = self.img_fill.round()

    def transform(self, results: dict) -> dict:
        """Draw the places and crop the image and all its maps."""
        height, width = results['img'].shape[:2]
        # The order of draws is the reference's: columns first.
        columns = self._window(width, self.crop_size[1])
        rows = self._window(height, self.crop_size[0])
        return self.crop(results, rows, columns)

    @staticmethod
    def _window(length: int, crop: int) -> tuple[int, int]:
        """Where the crop starts: in the canvas, and in the image."""
        spare = crop - length
        if spare > 0:
            return random.randrange(spare + 1), 0
        return 0, random.randrange(-spare + 1)

    def crop(self, results: dict, rows: tuple[int, int],
             columns: tuple[int, int]) -> dict:
        """Crop the image and its maps at a given place.

        Args:
            results (dict): As for ``transform``.
            rows (tuple[int, int]): First row in the canvas and in the image.
            columns (tuple[int, int]): First column, likewise.
        """
        image = results['img']
        if not np.array_equal(self.img_fill, self.img_fill.astype(np.uint8)):
            image = image.astype(np.float32)
        results['img'] = self._place(image, rows, columns, self.img_fill)
        for key, spec in moving_maps(results).items():
            results[key] = self._place(results[key], rows, columns, spec.fill)
        results['img_shape'] = self.crop_size
        return results

    def _place(self, array: np.ndarray, rows: tuple[int, int],
               columns: tuple[int, int],
               fill: float | np.ndarray) -> np.ndarray:
        canvas = np.empty(self.crop_size + array.shape[2:], dtype=array.dtype)
        canvas[...] = fill
        part = array[rows[1]:rows[1] + self.crop_size[0] - rows[0],
                     columns[1]:columns[1] + self.crop_size[1] - columns[0]]
        canvas[rows[0]:rows[0] + part.shape[0],
               columns[0]:columns[0] + part.shape[1]] = part
        return canvas
