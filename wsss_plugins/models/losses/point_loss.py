"""Point loss of EXITS: the mask agrees with the labeled patches.

H. Lee et al.: Extreme Point Supervised Instance Segmentation, CVPR 2024,
https://arxiv.org/abs/2405.20729, Sec. 3.
"""
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...registry import MODELS
from .dice import dice_loss
from .mil_loss import mil_loss

DOWNSAMPLES = ('area', 'bilinear')


def to_patches(probs: Tensor, grid: tuple[int, int],
               downsample: str = 'area') -> Tensor:
    """A probability for each patch, ``(B, *grid)``.

    Args:
        probs (Tensor): (B, h, w).
        grid (tuple[int, int]): Rows and columns of patches.
        downsample (str): ``'area'``, the mean of a patch; ``'bilinear'``
            reads four pixels of it and leaves the others without gradient.
    """
    return F.interpolate(probs[:, None], grid, mode=downsample)[:, 0]


def point_loss(probs: Tensor,
               labels: Tensor,
               known: Tensor,
               downsample: str = 'area') -> Tensor:
    """Dice loss on the labeled patches, per sample.

    Args:
        probs (Tensor): Probabilities of the object, (B, h, w).
        labels (Tensor): Y, patches of the object, bool (B, rows, columns).
        known (Tensor): K, patches with a label; the others have no
            gradient. Same shape.
        downsample (str): See :func:`to_patches`.

    Returns:
        Tensor: (B,), float32 or float64.
    """
    with torch.autocast(probs.device.type, enabled=False):
        probs = probs.to(torch.promote_types(probs.dtype, torch.float32))
        patches = to_patches(probs, tuple(labels.shape[1:]), downsample)
        return dice_loss(patches * known, labels)


@MODELS.register_module()
class PointLoss(nn.Module):
    """Point loss of EXITS, with MIL for objects without retrieved patches.

    Args:
        mil_weight (float): Of the MIL loss, within the point loss, of an
            object without a retrieved patch. Defaults to 1; the paper does
            not give it.
        downsample (str): ``'area'`` (default) or ``'bilinear'``, see
            :func:`to_patches`; the paper does not give it.
        loss_weight (float): Defaults to 1.

    Raises:
        ValueError: If ``downsample`` is not known.
    """

    def __init__(self,
                 mil_weight: float = 1.,
                 downsample: str = 'area',
                 loss_weight: float = 1.) -> None:
        super().__init__()
        if downsample not in DOWNSAMPLES:
            raise ValueError(f'downsample={downsample!r} must be one of '
                             f'{DOWNSAMPLES}')
        self.mil_weight = mil_weight
        self.downsample = downsample
        self.loss_weight = loss_weight

    def forward(self, probs: Tensor, box: Tensor, labels: Tensor,
                known: Tensor, empty: Tensor) -> dict[str, Tensor]:
        """Compute the loss, the mean over the objects.

        Args:
            probs (Tensor): Probabilities, (B, h, w).
            box (Tensor): Boxes in [0, 1], (B, h, w).
            labels, known (Tensor): As in :func:`point_loss`.
            empty (Tensor): Objects without a retrieved patch, bool (B,).

        Returns:
            dict[str, Tensor]: ``loss_point``.
        """
        losses = point_loss(probs, labels, known, self.downsample)
        losses = losses + self.mil_weight * mil_loss(probs, box) * empty
        return dict(loss_point=self.loss_weight * losses.mean())
