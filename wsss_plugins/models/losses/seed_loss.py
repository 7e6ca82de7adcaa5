r"""Seeding loss of SEC: the network agrees with the localization cues.

A. Kolesnikov and C. H. Lampert: Seed, Expand and Constrain: Three Principles
for Weakly-Supervised Image Segmentation, ECCV 2016,
https://arxiv.org/abs/1603.06098, Sec. 3.2.
"""
import torch
from torch import Tensor, nn

from ...registry import MODELS
from ...structures import foreground_indices


def seed_loss(probs: Tensor,
              cues: Tensor,
              balanced: bool = False,
              background: int = 0) -> Tensor:
    r"""Mean cross entropy at the cues of each image.

    .. math::
        L_{seed} = -\frac{1}{N} \sum_b \frac{\sum_{c,u} S_b(c,u)
        \log p_b(c,u)}{\sum_{c,u} S_b(c,u)}

    The paper sums over the classes of the image; this is the form of the
    reference code, which pools the cues of the background with theirs.

    Args:
        probs (Tensor): Probabilities above 0, (N, C, h, w), as
            :func:`wsss_plugins.ops.cam.rank_pooling.softmax_with_floor` gives.
        cues (Tensor): S, multi-hot, 0 and 1 of any type, (N, C, h, w).
        balanced (bool): Average separately over the cues of the background
            and over those of the other classes, and add the two, as DSRG
            (Huang et al., CVPR 2018, eq. 1). Defaults to False.
        background (int): Dataset class index of the background, for
            ``balanced``.

    Returns:
        Tensor: Scalar, float32 (float64 if ``probs`` are). An image, or a
        side of ``balanced``, without cues adds nothing; the division by N
        stays, so the average over ranks with the same batch size is exact.

    Raises:
        ValueError: If the shapes differ.
    """
    if probs.shape != cues.shape:
        raise ValueError(f'cues {tuple(cues.shape)} do not fit probabilities '
                         f'{tuple(probs.shape)}')
    with torch.autocast(probs.device.type, enabled=False):
        logs = probs.to(torch.promote_types(probs.dtype, torch.float32)).log()
        cues = cues.to(logs)
        sums = (cues * logs).sum(dim=(2, 3))
        counts = cues.sum(dim=(2, 3))
        if not balanced:
            return _mean_of_pool(sums, counts)
        foreground = foreground_indices(probs.shape[1], background)
        return sum(
            _mean_of_pool(sums[:, side], counts[:, side])
            for side in (foreground, [background]))


def _mean_of_pool(sums: Tensor, counts: Tensor) -> Tensor:
    """Minus the mean over the cues of some classes, (N, K) each."""
    # A pool without cues has a sum of 0, so any divisor but 0 will do.
    return -(sums.sum(dim=1) / counts.sum(dim=1).clamp(min=1)).mean()


@MODELS.register_module()
class SeedLoss(nn.Module):
    """SEC's seeding loss, see :func:`seed_loss`.

    Args:
        balanced (bool): Whether background and other classes are averaged
            separately. Defaults to False.
        background (int): Dataset class index of the background. Defaults
            to 0.
        loss_weight (float): Defaults to 1.

    Example:
        >>> probs = torch.full((1, 3, 2, 2), 1 / 3)
        >>> SeedLoss()(probs, torch.ones(1, 3, 2, 2))
        {'loss_seed': tensor(1.0986)}
    """

    def __init__(self,
                 balanced: bool = False,
                 background: int = 0,
                 loss_weight: float = 1.) -> None:
        super().__init__()
        self.balanced = balanced
        self.background = background
        self.loss_weight = loss_weight

    def forward(self, probs: Tensor, cues: Tensor) -> dict[str, Tensor]:
        """Compute the loss.

        Args:
            probs (Tensor): Probabilities above 0, (N, C, h, w).
            cues (Tensor): Multi-hot, (N, C, h, w).

        Returns:
            dict[str, Tensor]: ``loss_seed``.
        """
        loss = seed_loss(probs, cues, self.balanced, self.background)
        return dict(loss_seed=self.loss_weight * loss)
