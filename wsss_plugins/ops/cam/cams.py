"""Class activation maps: merging of views, scores and labels of pixels."""
from collections import defaultdict
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


def merge_cams(views: Sequence[Tensor],
               flips: Sequence[bool],
               out_size: Sequence[int],
               eps: float = 1e-5) -> Tensor:
    """Sum the CAMs of several views and scale each class to [0, 1].

    Args:
        views (Sequence[Tensor]): Maps of the image's classes under different
            scales and flips, each (K, h_s, w_s), at least 0.
        flips (Sequence[bool]): Whether a view is mirrored left to right.
        out_size (Sequence[int]): Height and width of the result.
        eps (float): Added to the maximum that a class is divided by.

    Returns:
        Tensor: (K, H, W) in [0, 1); each class has its maximum near 1.

    Raises:
        ValueError: If there is no view, or flips are not as many.
    """
    total = sum_views(views, flips, out_size)
    if not len(total):
        return total
    return total / (total.amax(dim=(1, 2), keepdim=True) + eps)


def sum_views(views: Sequence[Tensor], flips: Sequence[bool],
              out_size: Sequence[int]) -> Tensor:
    """Sum maps of several views at one size.

    Views of the same shape are summed before they are resized, mirrored ones
    after flipping them back: bilinear resizing is linear and symmetric, so
    the sum equals that of the references, which resize every view, at a
    fraction of the cost.

    Args:
        views (Sequence[Tensor]): Maps under different scales and flips, each
            (K, h_s, w_s).
        flips (Sequence[bool]): Whether a view is mirrored left to right.
        out_size (Sequence[int]): Height and width of the result.

    Returns:
        Tensor: (K, H, W).

    Raises:
        ValueError: If there is no view, or flips are not as many.
    """
    if not views or len(views) != len(flips):
        raise ValueError(f'{len(views)} views with {len(flips)} flips')
    sums = defaultdict(int)
    for view, flip in zip(views, flips):
        sums[view.shape] = sums[view.shape] + (view.flip(-1) if flip else view)
    if not len(views[0]):
        return views[0].new_zeros((0, *out_size))
    scales = iter(sums.values())
    total = _resize(next(scales), out_size)
    # In place: at the size of the image, allocation costs more than the sum.
    for maps in scales:
        total += _resize(maps, out_size)
    return total


def _resize(maps: Tensor, size: Sequence[int]) -> Tensor:
    if tuple(maps.shape[1:]) == tuple(size):
        return maps
    return F.interpolate(
        maps[None], tuple(size), mode='bilinear', align_corners=False)[0]


def seed_scores(maps: Tensor,
                threshold: float | None = None,
                alpha: float | None = None) -> Tensor:
    """Add a background score to CAMs.

    Args:
        maps (Tensor): (K, H, W) in [0, 1].
        threshold (float, optional): Constant background score. Give this or
            ``alpha``.
        alpha (float, optional): Background score
            ``(1 - max_c map_c) ** alpha`` (PSA Sec. 3.1).

    Returns:
        Tensor: (1 + K, H, W), the background first.

    Raises:
        ValueError: If both or none of threshold and alpha are given.
    """
    if (threshold is None) == (alpha is None):
        raise ValueError('give threshold or alpha, one of them; got '
                         f'threshold={threshold}, alpha={alpha}')
    if threshold is not None:
        background = maps.new_full((1, *maps.shape[1:]), threshold)
    else:
        background = (1 - maps.amax(dim=0, keepdim=True))**alpha
    return torch.cat([background, maps])


def seed_labels(maps: Tensor, labels: Tensor, threshold: float,
                background: int) -> Tensor:
    """Label of each pixel: its best class if above the threshold.

    Args:
        maps (Tensor): (K, H, W) in [0, 1]; K at least 1.
        labels (Tensor): Dataset class index of each map, int (K,).
        threshold (float): The background wins a tie.
        background (int): Dataset class index of the background.

    Returns:
        Tensor: Dataset class indices, int64 (H, W); of equal maps the first.
    """
    score, index = maps.max(dim=0)
    return torch.where(score > threshold, labels.long()[index], background)
