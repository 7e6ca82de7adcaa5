"""Resizing on a grid whose corners are those of the image."""
import numpy as np
from mmcv.transforms import BaseTransform

from ...registry import TRANSFORMS
from ...structures import UserError


def zoom(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Bilinear resize with aligned corners.

    What ``scipy.ndimage.zoom`` of order 1 does in the reference code of SEC,
    and ``align_corners=True`` in torch. Output pixel i lies at ``i * (H - 1)
    / (h - 1)``; where all these are whole, as for 321 and 41, this takes
    every eighth pixel. (mmcv's resize aligns the edges of the pixels.)

    Args:
        image (np.ndarray): (H, W) or (H, W, K), any real type.
        size (tuple[int, int]): Height and width, at least 1.

    Returns:
        np.ndarray: Float64 of the given size.
    """
    for axis, cells in enumerate(size):
        image = _zoom_axis(image, axis, cells)
    return image


def _zoom_axis(array: np.ndarray, axis: int, cells: int) -> np.ndarray:
    """Linear interpolation along one axis, float64."""
    length = array.shape[axis]
    # Whole numbers are divided once, so a place that is whole is exactly so.
    places = np.arange(cells) * (length - 1) / max(cells - 1, 1)
    lower = np.minimum(places.astype(np.int64), length - 1)
    upper = np.minimum(lower + 1, length - 1)
    part = np.expand_dims(
        places - lower, tuple(i for i in range(array.ndim) if i != axis))
    return (array.take(lower, axis) * (1 - part) +
            array.take(upper, axis) * part)


def check_size(size: tuple[int, int]) -> tuple[int, int]:
    """A height and a width of at least one pixel.

    Raises:
        UserError: If they are not.
    """
    if len(size) != 2 or not all(
            isinstance(side, int) and side > 0 for side in size):
        raise UserError(f'size={size!r} is not a height and a width of at '
                        'least 1')
    return tuple(size)


@TRANSFORMS.register_module()
class ZoomResize(BaseTransform):
    """Resize the image to a size with aligned corners, without rounding.

    The resize of SEC's demo code, before the network at test time; its
    training has OpenCV's, which is mmcv's ``Resize``. Maps beside the image
    do not move: list it before they are loaded.

    Required Keys:

    - img

    Modified Keys:

    - img (float32), img_shape, scale_factor

    Args:
        size (tuple[int, int]): Height and width.

    Raises:
        UserError: If the size is not one, or maps are there already.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = check_size(size)

    def transform(self, results: dict) -> dict:
        """Resize the image."""
        maps = results.get('seg_fields')
        if maps:
            raise UserError(f'{results.get("img_path")}: ZoomResize does not '
                            f'move {", ".join(maps)}; list it before they '
                            'are loaded')
        height, width = results['img'].shape[:2]
        results['img'] = zoom(results['img'], self.size).astype(np.float32)
        results['img_shape'] = self.size
        results['scale_factor'] = (self.size[1] / width,
                                   self.size[0] / height)
        return results
