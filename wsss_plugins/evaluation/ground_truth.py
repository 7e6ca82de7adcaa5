"""Ground truth of a data sample."""
import numpy as np

from ..structures import UserError


def ground_truth_mask(sample: dict, key: str = 'gt_sem_seg') -> np.ndarray:
    """Ground-truth mask of a sample, class indices uint8 (H, W).

    Args:
        sample (dict): A data sample as evaluators get it.
        key (str): ``'gt_sem_seg'`` or ``'gt_context'``.

    Raises:
        UserError: If the sample has no such mask.
    """
    if key not in sample:
        loader = dict(
            gt_sem_seg='LoadAnnotations and seg_map_path',
            gt_context='LoadContextMask and context_path')[key]
        raise UserError(f'{sample.get("img_path")}: no {key} to compare with; '
                        f'add {loader} to the test data')
    # Class indices are small; uint8 makes counting fast.
    return sample[key]['data'][0].cpu().numpy().astype(np.uint8)
