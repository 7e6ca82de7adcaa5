"""Masks that a person has corrected."""
import os

from mmcv.transforms import BaseTransform

from ...registry import TRANSFORMS
from ...structures import UserError, read_mask


@TRANSFORMS.register_module()
class TakeCorrection(BaseTransform):
    """Put a person's mask of the image, if there is one, in place of ours.

    Required Keys:

    - sample_name
    - ori_shape
    - num_classes
    - pred_mask (uint8 (H, W), dataset class indices)

    Modified Keys:

    - pred_mask

    Args:
        folder (str, optional): Of the corrected masks, ``NAME.png``; it may
            be missing. None: nothing is corrected.
    """

    def __init__(self, folder: str | None = None) -> None:
        self.folder = folder

    def transform(self, results: dict) -> dict:
        """Take the corrected mask.

        Raises:
            UserError: If it is of another size than the image, or holds a
                class that there is not.
        """
        if self.folder is None:
            return results
        path = os.path.join(self.folder, f'{results["sample_name"]}.png')
        if not os.path.isfile(path):
            return results
        mask = read_mask(path, results['num_classes'])
        if mask.shape != tuple(results['ori_shape']):
            raise UserError(
                f'{path}: {mask.shape[1]}x{mask.shape[0]} pixels, but the '
                f'image is {results["ori_shape"][1]}x'
                f'{results["ori_shape"][0]}; correct it again')
        results['pred_mask'] = mask
        return results
