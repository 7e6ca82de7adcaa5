"""Multiple-instance loss of a box: every row and column has the object.

S. Lan et al.: Vision Transformers Are Good Mask Auto-Labelers, CVPR 2023,
https://arxiv.org/abs/2301.03992; BoxInst has the same.
"""
from torch import Tensor, nn

from ...registry import MODELS
from .dice import dice_loss

# The reference divides by the batch size plus this.
_BATCH_EPS = 1e-4


def mil_loss(probs: Tensor, box: Tensor) -> Tensor:
    """Dice losses of the projections on both axes, added, per sample.

    Args:
        probs (Tensor): Probabilities of the object, (B, h, w).
        box (Tensor): Box of the object, in [0, 1], (B, h, w).

    Returns:
        Tensor: In [0, 2], (B,), float32 or float64.
    """
    return sum(
        dice_loss(probs.amax(dim=dim), box.amax(dim=dim)) for dim in (1, 2))


@MODELS.register_module()
class MILLoss(nn.Module):
    """Projection loss of MAL, see :func:`mil_loss`.

    Args:
        batch_eps (float): Added to the number of objects before the sum is
            divided by it. Defaults to 1e-4, the reference's.
        loss_weight (float): Defaults to 1; MAL's is 4.
    """

    def __init__(self,
                 batch_eps: float = _BATCH_EPS,
                 loss_weight: float = 1.) -> None:
        super().__init__()
        self.batch_eps = batch_eps
        self.loss_weight = loss_weight

    def forward(self, probs: Tensor, box: Tensor) -> dict[str, Tensor]:
        """Compute the loss.

        Args:
            probs (Tensor): Probabilities, (B, h, w).
            box (Tensor): Boxes in [0, 1], (B, h, w).

        Returns:
            dict[str, Tensor]: ``loss_mil``.
        """
        total = mil_loss(probs, box).sum() / (len(probs) + self.batch_eps)
        return dict(loss_mil=self.loss_weight * total)
