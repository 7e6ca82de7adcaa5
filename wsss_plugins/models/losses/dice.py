r"""Dice loss with squares, a sample at a time."""
import torch
from torch import Tensor


def dice_loss(pred: Tensor, target: Tensor, eps: float = 1e-3) -> Tensor:
    r"""Dice loss of V-Net, https://arxiv.org/abs/1606.04797, per sample.

    .. math::
        D = 1 - \frac{2 \sum x t}{\sum x^2 + \epsilon + \sum t^2 + \epsilon}

    It is mmdet's ``dice_loss(naive_dice=False, reduction='none')``, whose
    package cannot be imported without compiled operators.

    Args:
        pred (Tensor): Values in [0, 1], (B, ...).
        target (Tensor): Of any type, same shape.
        eps (float): Defaults to 1e-3, as in MAL. Of two empty maps the loss
            is 1, without gradient.

    Returns:
        Tensor: (B,), float32 (float64 if ``pred`` is).

    Raises:
        ValueError: If the shapes differ.
    """
    if pred.shape != target.shape:
        raise ValueError(f'target {tuple(target.shape)} does not fit '
                         f'prediction {tuple(pred.shape)}')
    with torch.autocast(pred.device.type, enabled=False):
        pred = pred.to(torch.promote_types(pred.dtype, torch.float32))
        pred, target = pred.flatten(1), target.to(pred).flatten(1)
        common = (pred * target).sum(dim=1)
        total = pred.square().sum(dim=1) + target.square().sum(dim=1)
        return 1 - 2 * common / (total + 2 * eps)
