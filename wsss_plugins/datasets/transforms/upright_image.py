"""Loading of images as people see them, or as their annotations do."""
import cv2
import numpy as np
from mmcv.transforms import BaseTransform

from ...registry import TRANSFORMS
from ...structures import UserError
from ...structures.image_files import open_image, orientation, turned_upright


@TRANSFORMS.register_module()
class LoadUprightImage(BaseTransform):
    """Load an image upright, at the size of its annotations.

    Other than ``LoadImageFromFile`` it applies the EXIF orientation of every
    format. Where annotations tell ``height`` and ``width`` and only the image
    as stored has them, as in some files of COCO, it stays as it is stored.

    Required Keys:

    - img_path
    - height, width (optional)

    Added Keys:

    - img (uint8 (H, W, 3), BGR)
    - img_shape, ori_shape
    """

    def transform(self, results: dict) -> dict:
        """Load the image.

        Raises:
            UserError: If the file is missing, damaged, or of another size
                than the annotations, upright and as stored.
        """
        path = results['img_path']
        image, turn = _decoded(path)
        upright = turned_upright(image, turn)
        sides = results.get('height'), results.get('width')
        if None in sides or upright.shape[:2] == sides:
            image = upright
        elif image.shape[:2] != sides:
            height, width = upright.shape[:2]
            raise UserError(f'{path}: {width}x{height} pixels, but its '
                            f'annotations say {sides[1]}x{sides[0]}; fix the '
                            'annotations')
        results['img'] = image
        results['img_shape'] = results['ori_shape'] = image.shape[:2]
        return results


def _decoded(path: str) -> tuple[np.ndarray, int]:
    """Pixels, BGR, and how they are still to be turned."""
    with open_image(path) as image:
        turn = orientation(image)
    flag = cv2.IMREAD_COLOR
    if turn != 1:
        flag |= cv2.IMREAD_IGNORE_ORIENTATION
    # Not imread, which cannot open names of other scripts everywhere.
    pixels = cv2.imdecode(np.fromfile(path, dtype=np.uint8), flag)
    if pixels is None:
        raise UserError(f'{path}: image is damaged, or of a format that '
                        'OpenCV does not read; save it as JPEG or PNG')
    return pixels, turn
