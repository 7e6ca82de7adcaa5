"""Color augmentation."""
import random

import mmcv
import numpy as np
from mmcv.transforms import BaseTransform

from ...registry import TRANSFORMS


@TRANSFORMS.register_module()
class ColorJitter(BaseTransform):
    """Jitter brightness, contrast, saturation and hue in random order.

    As torchvision's transform of this name, with which PSA, IRNet, EPS and
    SC-CAM train; the maps beside the image are untouched.

    Required Keys:

    - img (uint8, BGR)

    Modified Keys:

    - img

    Args:
        brightness, contrast, saturation (float): The factor is uniform in
            [1 - value, 1 + value]; 0 leaves it out.
        hue (float): Shift uniform in [-hue, hue], of a full turn; at most .5.
    """

    def __init__(self,
                 brightness: float = 0.,
                 contrast: float = 0.,
                 saturation: float = 0.,
                 hue: float = 0.) -> None:
        if min(brightness, contrast, saturation, hue) < 0 or hue > .5:
            raise ValueError('amounts are at least 0, hue at most 0.5; got '
                             f'{brightness, contrast, saturation, hue}')
        self.amounts = {
            'brightness': brightness,
            'contrast': contrast,
            'saturation': saturation,
            'hue': hue
        }

    def transform(self, results: dict) -> dict:
        """Apply the jitter."""
        names = [name for name, amount in self.amounts.items() if amount]
        random.shuffle(names)
        for name in names:
            results['img'] = self._jitter(results['img'], name)
        return results

    def _jitter(self, image: np.ndarray, name: str) -> np.ndarray:
        amount = self.amounts[name]
        if name == 'hue':
            return mmcv.adjust_hue(image, random.uniform(-amount, amount))
        adjust = {
            'brightness': mmcv.adjust_brightness,
            'contrast': mmcv.adjust_contrast,
            'saturation': mmcv.adjust_color
        }[name]
        return adjust(image, random.uniform(max(0, 1 - amount), 1 + amount))
