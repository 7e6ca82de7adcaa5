"""Masks of objects in their images, from the predictions of a generator."""
from collections.abc import Sequence

import numpy as np

from ..ops.points.paste_masks import paste_mask
from ..structures import UserError

#: Minimum areas of medium and of large objects, in square pixels, as COCO's.
SIZE_LIMITS = (32**2, 96**2)
SIZE_NAMES = ('small', 'medium', 'large')


def size_bucket(area: float) -> int:
    """0 for small objects, 1 for medium and 2 for large ones."""
    return int(np.searchsorted(SIZE_LIMITS, area, side='right'))


def checked_thresholds(value: float | Sequence[float],
                       where: str) -> tuple[float, ...]:
    """Thresholds for each size, from one threshold or three.

    Args:
        value (float | Sequence[float]): Of small, medium and large objects.
        where (str): Name of the caller, for the message.

    Raises:
        UserError: If it is not one or three numbers in [0, 1).
    """
    values = (value, ) * 3 if isinstance(value, (int, float)) else tuple(value)
    if len(values) != 3 or not all(0 <= v < 1 for v in values):
        raise UserError(f'{where}: threshold={value!r}; give one number in '
                        '[0, 1), or three for small, medium and large objects')
    return values


def object_mask(sample: dict, threshold: float) -> np.ndarray:
    """Mask of a data sample's object in its image, uint8 0 and 1, (H, W).

    Args:
        sample (dict): With ``pred_prob`` (S, S), ``ext_box`` and
            ``ori_shape``.
        threshold (float): Probability that the mask must exceed.

    Raises:
        UserError: If the sample has no prediction.
    """
    if 'pred_prob' not in sample:
        raise UserError(f'object {sample.get("ann_id")}: no pred_prob; test a '
                        'mask generator')
    mask = paste_mask(sample['pred_prob'].float(), sample['ext_box'],
                      sample['ori_shape'][:2], threshold)
    return mask.cpu().numpy()
