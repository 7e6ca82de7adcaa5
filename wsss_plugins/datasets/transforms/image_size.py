"""The size of an image whose pixels nobody asks for."""
from mmcv.transforms import BaseTransform

from ...registry import TRANSFORMS
from ...structures import ImageHeader


@TRANSFORMS.register_module()
class LoadImageSize(BaseTransform):
    """Tell the size of an image without decoding it.

    In place of ``LoadImageFromFile`` where only maps of the image are used.
    The size is that of the upright image.

    Required Keys:

    - img_path

    Added Keys:

    - img_shape, ori_shape
    """

    def transform(self, results: dict) -> dict:
        """Read the head of the file.

        Raises:
            UserError: If it is missing, cut off, or no image.
        """
        size = ImageHeader.read(results['img_path']).size
        results['img_shape'] = results['ori_shape'] = size
        return results
