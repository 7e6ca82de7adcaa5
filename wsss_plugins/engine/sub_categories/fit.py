"""A classifier of sub-categories that begins at its optimum."""
import torch
from torch import Tensor

from ...models.heads.sub_category_head import SubCategoryHead
from ...ops.cam.linear_fit import fit_linear
from ...ops.cluster.sub_labels import sub_targets, used_columns
from ..linear_fit.one_rank import solved_once


def fit_sub_head(head: SubCategoryHead, features: Tensor,
                 weight_decay: float) -> None:
    """Give the sub-category classifier the weights that suit its labels.

    Those that training it alone on these features would end with; columns
    without a cluster become 0.

    Args:
        head (SubCategoryHead): With its labels.
        features (Tensor): Pooled features of all images, (N, D).
        weight_decay (float): As that of SGD.
    """
    labels, layer = head.labels, head.conv_sub
    used = used_columns(labels.counts, head.num_sub)
    targets = sub_targets(labels.table, head.num_sub)[:, used]
    if not targets.shape[1]:
        return
    fit = solved_once('fit of sub-categories', lambda: fit_linear(
        features.cpu().float(), targets.cpu(), weight_decay, bias=False))
    with torch.no_grad():
        layer.weight.zero_()
        layer.weight[used] = fit.weight[:, :, None, None].to(layer.weight)
