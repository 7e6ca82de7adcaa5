"""Class maps from the maps of sub-categories."""
from collections import defaultdict
from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor


def merge_sub_cams(views: Sequence[Tensor],
                   flips: Sequence[bool],
                   out_size: Sequence[int],
                   num_sub: int,
                   eps: float = 1e-5) -> tuple[Tensor, Tensor]:
    """Sum the maps of several views and take the best sub-category.

    SC-CAM's inference for the sub-category classifier: maps are summed over
    scales and flips, divided by the maximum that any sub-category of the
    class reaches anywhere, and of each pixel the greatest is taken.

    Args:
        views (Sequence[Tensor]): Maps of the image's classes, each
            (P * K, h_s, w_s), at least 0, the K maps of a class in a row.
        flips (Sequence[bool]): Whether a view is mirrored left to right.
        out_size (Sequence[int]): Height and width of the result.
        num_sub (int): Maps of each class, K.
        eps (float): Added to the maximum.

    Returns:
        tuple[Tensor, Tensor]: Maps of classes, (P, H, W), and those of
        sub-categories, (P, K, H, W), in [0, 1).

    Raises:
        ValueError: If there is no view, flips are not as many, or the maps
            are not K for each class.
    """
    if not views or len(views) != len(flips):
        raise ValueError(f'{len(views)} views with {len(flips)} flips')
    if len(views[0]) % num_sub:
        raise ValueError(f'{len(views[0])} maps are not {num_sub} a class')
    sums = defaultdict(int)
    for view, flip in zip(views, flips):
        sums[view.shape] = sums[view.shape] + (view.flip(-1) if flip else view)
    classes = len(views[0]) // num_sub
    total = views[0].new_zeros((classes * num_sub, *out_size))
    for maps in sums.values() if classes else ():
        if maps.shape[1:] != total.shape[1:]:
            maps = F.interpolate(
                maps[None], tuple(out_size), mode='bilinear',
                align_corners=False)[0]
        total += maps
    total = total.view(classes, num_sub, *out_size)
    if classes:
        total = total / (total.amax(dim=(1, 2, 3), keepdim=True) + eps)
    return total.amax(dim=1), total
