"""Random resizing by a factor of the image's own size."""
import random

from mmcv.transforms import BaseTransform

from ...registry import TRANSFORMS
from ...structures import UserError
from .geometry import resize_with_maps


@TRANSFORMS.register_module()
class RandomRescale(BaseTransform):
    """Resize by a random factor, as IRNet's training does.

    Stock resizes draw around one scale for all images; this keeps the
    differences between images.

    Required Keys:

    - img
    - seg_fields (optional)

    Modified Keys:

    - img, img_shape, scale_factor, and all maps of ``seg_fields``

    Args:
        min_factor (float): Least factor, greater than 0.
        max_factor (float): Greatest factor.
        interpolation (str): For the image. Defaults to ``'bicubic'``.
        backend (str): Defaults to ``'pillow'``, as the reference.
    """

    def __init__(self,
                 min_factor: float,
                 max_factor: float,
                 interpolation: str = 'bicubic',
                 backend: str = 'pillow') -> None:
        if not 0 < min_factor <= max_factor:
            raise UserError(f'min_factor={min_factor}, '
                            f'max_factor={max_factor}: give 0 < min_factor '
                            '<= max_factor')
        self.min_factor = min_factor
        self.max_factor = max_factor
        self.interpolation = interpolation
        self.backend = backend

    def transform(self, results: dict) -> dict:
        """Draw a factor and resize the image and all its maps."""
        factor = random.uniform(self.min_factor, self.max_factor)
        size = tuple(
            max(1, round(side * factor)) for side in results['img'].shape[:2])
        return resize_with_maps(results, size, self.interpolation,
                                self.backend)
