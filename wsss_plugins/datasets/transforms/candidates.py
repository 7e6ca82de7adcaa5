"""Masks by several values of a parameter, to choose one of them."""
import copy
from collections.abc import Sequence

import numpy as np
from mmcv.transforms import BaseTransform, Compose
from mmengine.config import ConfigDict
from mmengine.registry import TRANSFORMS as ALL_TRANSFORMS

from ...registry import TRANSFORMS
from ...structures import UserError


@TRANSFORMS.register_module()
class MakeCandidateMasks(BaseTransform):
    """Make a mask of the CAMs by each value of a parameter.

    Required Keys: those of ``transforms``.

    Added Keys:

    - candidate_masks (uint8 (V, H, W), dataset class indices)

    Args:
        transforms (Sequence[dict]): Configs of transforms that make
            ``pred_mask``.
        parameter (str): Place of the parameter in them, with dots:
            ``'0.refiner.alpha'``.
        values (Sequence[float]): What to try.
    """

    def __init__(self, transforms: Sequence[dict], parameter: str,
                 values: Sequence[float]) -> None:
        if not values:
            raise UserError('MakeCandidateMasks: no values to try; give some')
        self.makers = [
            Compose([ALL_TRANSFORMS.build(each) for each in
                     _with_value(transforms, parameter, value)])
            for value in values]

    def transform(self, results: dict) -> dict:
        """Make the masks, each from the same CAMs."""
        results['candidate_masks'] = np.stack(
            [maker(dict(results))['pred_mask'] for maker in self.makers])
        return results


def _with_value(transforms: Sequence[dict], parameter: str,
                value: float) -> list[dict]:
    """Configs with a value in one place."""
    copied = [ConfigDict(copy.deepcopy(dict(each))) for each in transforms]
    node = copied
    *keys, last = parameter.split('.')
    try:
        for key in keys:
            node = node[int(key) if isinstance(node, list) else key]
        old = node[last]
    except (KeyError, IndexError, ValueError):
        raise UserError(f'MakeCandidateMasks: parameter={parameter!r} is not '
                        'in transforms; fix the config') from None
    node[last] = type(old)(value)
    return copied
