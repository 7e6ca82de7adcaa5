"""CAMs of classes from those of their sub-categories."""
from collections.abc import Sequence

from torch import Tensor

from .cams import sum_views


def merge_sub_cams(views: Sequence[Tensor],
                   flips: Sequence[bool],
                   out_size: Sequence[int],
                   num_sub: int,
                   eps: float = 1e-5) -> tuple[Tensor, Tensor]:
    """Sum the CAMs of several views; a class is its greatest sub-category.

    SC-CAM's inference for the sub-category classifier: CAMs are summed over
    scales and flips and divided by the maximum over all sub-categories of the
    class and all pixels; each pixel then takes the maximum over
    sub-categories.

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
    total = sum_views(views, flips, out_size)
    if len(total) % num_sub:
        raise ValueError(f'{len(total)} maps are not {num_sub} a class')
    classes = len(total) // num_sub
    total = total.view(classes, num_sub, *out_size)
    if classes:
        total = total / (total.amax(dim=(1, 2, 3), keepdim=True) + eps)
    return total.amax(dim=1), total
