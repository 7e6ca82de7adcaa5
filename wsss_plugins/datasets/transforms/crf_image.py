"""The small image that a CRF in the loss looks at."""
import numpy as np
from mmcv.transforms import BaseTransform

from ...registry import TRANSFORMS
from ...structures import UserError
from .zoom import check_size, zoom


@TRANSFORMS.register_module()
class MakeCRFImage(BaseTransform):
    """Sample the image on the grid of the network's output.

    For SEC's constrain-to-boundary loss, whose CRF runs at the size of the
    CAMs. There is no averaging. It sees the image as it is at this
    point: list it after the resize, the crop and the flip, and before
    anything that leaves 8 bits.

    Required Keys:

    - img (uint8)

    Added Keys:

    - gt_crf_image (uint8 (h, w, 3), channels in the order of the image)

    Args:
        size (tuple[int, int], optional): Height and width of the CAMs.
            The grid has aligned corners; values between pixels are
            interpolated and rounded (half to even), as in the reference.
        stride (int, optional): Take every so many-th pixel instead, from the
            first one, which are the centers of what a network of this stride
            that pads looks at. The size is ``ceil(H / stride)``. Where the
            stride divides H - 1, as in 321 x 321 to 41 x 41, it is the same.

    Raises:
        UserError: If not exactly one of them is given, or it is not positive.
    """

    def __init__(self,
                 size: tuple[int, int] | None = None,
                 stride: int | None = None) -> None:
        if (size is None) == (stride is None):
            raise UserError(f'size={size!r} and stride={stride!r}: '
                            'MakeCRFImage needs one of them')
        if stride is not None and stride < 1:
            raise UserError(f'stride={stride} is not positive')
        self.size = None if size is None else check_size(size)
        self.stride = stride

    def transform(self, results: dict) -> dict:
        """Add the small image."""
        image = results['img']
        if image.dtype != np.uint8:
            raise UserError(
                f'{results.get("img_path")}: the image is {image.dtype}, but '
                'MakeCRFImage needs 8 bits; list it before transforms that '
                'change the type')
        if self.stride is not None:
            small = image[::self.stride, ::self.stride].copy()
        else:
            # Interpolated values lie between bytes, so none wraps around.
            small = np.rint(zoom(image, self.size)).astype(np.uint8)
        results['gt_crf_image'] = small
        return results
