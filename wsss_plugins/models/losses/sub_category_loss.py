"""The loss of SC-CAM's sub-category classifier."""
import torch.nn.functional as F
from torch import Tensor, nn

from ...registry import MODELS
from ...structures import UserError

_NORMALIZE = ('mean', 'per_parent')
_UNUSED = ('ignore', 'negative')


@MODELS.register_module()
class SubCategoryLoss(nn.Module):
    r"""Multi-label soft margin loss over sub-categories.

    SC-CAM, CVPR 2020, Sec. 3.2: all sub-categories of all classes are
    independent labels. For a class of the image one of them is positive; the
    others, and all those of absent classes, are negative.

    Args:
        loss_weight (float): The paper's lambda. Defaults to 5.
        normalize (str): ``'mean'``, over all C * K scores as the paper, so
            that one score weighs less the more sub-categories there are; or
            ``'per_parent'``, the sum over the K of a class and the mean over
            classes, so that its weight does not depend on K.
        unused (str): Treatment of columns without a cluster, of classes
            with fewer images than K: ``'ignore'`` leaves them
            out, ``'negative'`` trains them as absent. Defaults to
            ``'ignore'``.

    Raises:
        UserError: If an option is unknown, or the weight negative.
    """

    def __init__(self,
                 loss_weight: float = 5.,
                 normalize: str = 'mean',
                 unused: str = 'ignore') -> None:
        super().__init__()
        if normalize not in _NORMALIZE:
            raise UserError(f'SubCategoryLoss: normalize={normalize!r}; '
                            f'choose one of {", ".join(_NORMALIZE)}')
        if unused not in _UNUSED:
            raise UserError(f'SubCategoryLoss: unused={unused!r}; choose one '
                            f'of {", ".join(_UNUSED)}')
        if loss_weight < 0:
            raise UserError(f'SubCategoryLoss: loss_weight={loss_weight}; '
                            'choose 0 or more')
        self.loss_weight = loss_weight
        self.normalize = normalize
        self.unused = unused

    def forward(self, logits: Tensor, targets: Tensor, used: Tensor,
                num_sub: int) -> Tensor:
        """Compute the loss.

        Args:
            logits (Tensor): Scores of sub-categories, (N, C * K).
            targets (Tensor): Multi-hot, in {0, 1}, (N, C * K).
            used (Tensor): Columns that stand for a cluster, bool (C * K,).
            num_sub (int): Columns of each class, K.

        Returns:
            Tensor: Scalar, float32; 0 if no column is used.
        """
        logits = logits.float()
        if self.unused == 'negative':
            used = used.new_ones(used.shape)
        loss = F.binary_cross_entropy_with_logits(
            logits, targets.float(), reduction='none')
        loss = loss.masked_fill(~used, 0.).sum(dim=1)
        if self.normalize == 'mean':
            parts = used.sum()
        else:
            parts = used.view(-1, num_sub).any(dim=1).sum()
        return self.loss_weight * (loss / parts.clamp(min=1)).mean()
