"""Images of whole patches, for vision transformers."""
import math

import numpy as np
from mmcv.transforms import BaseTransform
from PIL import Image

from ...registry import TRANSFORMS
from ...structures import UserError


@TRANSFORMS.register_module()
class ResizeToPatches(BaseTransform):
    """Enlarge the sides to multiples of the patch, with Pillow's bicubic.

    The aspect ratio changes by less than a patch, so that maps of the patches
    cover the image exactly.

    Required Keys:

    - img (uint8 (H, W, 3))

    Modified Keys:

    - img, img_shape, scale_factor, keep_ratio

    Args:
        patch_size (int): In pixels. Defaults to 16.
        max_patches (int, optional): Larger images are made smaller: the
            attention of N patches takes memory for N * N numbers in each
            block. Defaults to no limit.

    Raises:
        UserError: If an argument is not positive.
    """

    def __init__(self,
                 patch_size: int = 16,
                 max_patches: int | None = None) -> None:
        if patch_size < 1 or (max_patches is not None and max_patches < 1):
            raise UserError(f'ResizeToPatches: patch_size={patch_size} and '
                            f'max_patches={max_patches} must be at least 1')
        self.patch_size = patch_size
        self.max_patches = max_patches

    def grid(self, height: int, width: int) -> tuple[int, int]:
        """Rows and columns of the patches of an image."""
        sides = [-(-side // self.patch_size) for side in (height, width)]
        most = self.max_patches or math.prod(sides)
        shrink = min(1., math.sqrt(most / math.prod(sides)))
        rows, columns = (max(1, int(side * shrink)) for side in sides)
        # A strip of one patch's width cannot shrink on both sides.
        return min(rows, most), min(columns, max(1, most // rows))

    def transform(self, results: dict) -> dict:
        """Resize."""
        height, width = results['img'].shape[:2]
        rows, columns = self.grid(height, width)
        size = columns * self.patch_size, rows * self.patch_size
        image = Image.fromarray(np.ascontiguousarray(results['img']))
        results['img'] = np.array(image.resize(size, Image.BICUBIC))
        results['img_shape'] = results['img'].shape[:2]
        results['scale_factor'] = size[0] / width, size[1] / height
        results['keep_ratio'] = False
        return results
