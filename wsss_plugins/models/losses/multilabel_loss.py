"""The classification loss of methods with image-level labels."""
import torch.nn.functional as F
from torch import Tensor, nn

from ...registry import MODELS


@MODELS.register_module()
class MultiLabelSoftMarginLoss(nn.Module):
    r"""Multi-label soft margin loss, mean over classes, then over images.

    .. math::
        L_{cls} = -\frac{1}{C} \sum_c y_c \log \sigma(z_c)
                  + (1 - y_c) \log(1 - \sigma(z_c))

    EPS eq. (5), and the loss of PSA, IRNet and SC-CAM.

    Args:
        loss_weight (float): Defaults to 1.
    """

    def __init__(self, loss_weight: float = 1.) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Compute the loss.

        Args:
            logits (Tensor): Class scores, (N, C).
            labels (Tensor): Multi-hot image-level labels in {0, 1}, (N, C).

        Returns:
            Tensor: Scalar, float32.
        """
        return self.loss_weight * F.multilabel_soft_margin_loss(
            logits.float(), labels.float())
