"""Pseudo masks that leave out what nobody is sure of."""
from mmcv.transforms import BaseTransform

from ...ops.cam.confidence import unsure_pixels
from ...registry import TRANSFORMS
from ...structures import IGNORE_INDEX, UserError, check_background


@TRANSFORMS.register_module()
class IgnoreUnsure(BaseTransform):
    """Set pixels to 255 whose class has too low a probability.

    CLIP-ES' confidence-guided loss (https://arxiv.org/abs/2212.09506,
    Sec. 3.5) is cross entropy on such a mask. It goes behind
    ``MakePseudoMask``, whatever refiner came before; masks of a segmentor
    have :class:`wsss_plugins.ConfidentMaskWriter`.

    Required Keys:

    - class_maps (with the background: after a refiner that models it)
    - pred_mask

    Modified Keys:

    - pred_mask

    Args:
        confidence (float): Least probability, in [0, 1]. Defaults to 0.95.
        background (int): Dataset class index of the background.

    Raises:
        UserError: If the confidence is out of range, or maps are no
            probabilities.
    """

    def __init__(self, confidence: float = .95, background: int = 0) -> None:
        if not 0 <= confidence <= 1:
            raise UserError(f'IgnoreUnsure: confidence={confidence} is not '
                            'in 0..1')
        self.confidence = confidence
        self.background = background

    def transform(self, results: dict) -> dict:
        """Set the pixels."""
        check_background(self, results.get('background'))
        maps = results['class_maps']
        if self.background not in maps.labels:
            raise UserError(
                f'{results.get("img_path")}: IgnoreUnsure needs class '
                'probabilities, but the CAMs have no background; refine them '
                'first, for example by wsss_plugins.DenseCRFRefiner')
        unsure = unsure_pixels(maps.maps, maps.size, self.confidence)
        results['pred_mask'][unsure] = IGNORE_INDEX
        return results
