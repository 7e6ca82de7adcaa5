"""Consistency with a mean field: MAL's conditional random field loss.

S. Lan et al.: Vision Transformers Are Good Mask Auto-Labelers, CVPR 2023,
https://arxiv.org/abs/2301.03992; EXITS, https://arxiv.org/abs/2405.20729,
Sec. 3, keeps it.
"""
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...ops.crf.mean_field import mean_field, window_weights
from ...registry import MODELS
from .dice import dice_loss


@MODELS.register_module()
class CRFConsistencyLoss(nn.Module):
    """Dice loss against the mask that a mean field makes of the prediction.

    The mean of student and teacher starts the mean field, see
    :func:`wsss_plugins.ops.crf.mean_field.mean_field`; its mask is the target.

    Args:
        window (int): Side of the window. Defaults to 3.
        dilation (int): Distance of its pixels. Defaults to 1.
        zeta (float): Scale of color differences. Defaults to 0.1.
        iterations (int): Defaults to 100.
        stop (float | None): Stop a sample whose change falls below this;
            None runs all iterations. Defaults to 1e-4, which gives the
            same masks.
        limits (tuple[float, float]): Minimum and maximum probability.
            Default to 0.1 and 0.9.
        loss_weight (float): Defaults to 1; MAL's is 0.5.
    """

    def __init__(self,
                 window: int = 3,
                 dilation: int = 1,
                 zeta: float = .1,
                 iterations: int = 100,
                 stop: float | None = 1e-4,
                 limits: tuple[float, float] = (.1, .9),
                 loss_weight: float = 1.) -> None:
        super().__init__()
        self.window = window
        self.dilation = dilation
        self.zeta = zeta
        self.iterations = iterations
        self.stop = stop
        self.limits = tuple(limits)
        self.loss_weight = loss_weight

    @torch.no_grad()
    def target(self,
               probs: Tensor,
               box: Tensor,
               images: Tensor,
               valid: Tensor | None = None) -> Tensor:
        """Mask of the mean field.

        Args:
            probs (Tensor): Probabilities, (B, h, w).
            box (Tensor): Boxes in [0, 1], (B, h, w).
            images (Tensor): Normalized colors, (B, 3, H, W), of any size.
            valid (Tensor | None): Pixels of the image, bool (B, h, w);
                elsewhere the mask is empty. Defaults to all.

        Returns:
            Tensor: bool (B, h, w).
        """
        images = images.to(
            torch.promote_types(images.dtype, torch.float32))
        small = F.interpolate(images, probs.shape[-2:], mode='bilinear')
        weights = window_weights(small, self.window, self.dilation, self.zeta,
                                 valid)
        soft = mean_field(
            probs,
            box,
            weights,
            self.window,
            self.dilation,
            iterations=self.iterations,
            stop=self.stop,
            limits=self.limits)
        mask = soft > .5
        return mask if valid is None else mask & valid

    def forward(self,
                probs: Tensor,
                box: Tensor,
                images: Tensor,
                teacher_probs: Tensor | None = None,
                valid: Tensor | None = None) -> dict[str, Tensor]:
        """Compute the loss, the mean over the objects.

        Args:
            probs (Tensor): The student's probabilities, (B, h, w).
            box, images, valid: As in :meth:`target`.
            teacher_probs (Tensor | None): The teacher's, (B, h, w). None
                (default) for the student's alone.

        Returns:
            dict[str, Tensor]: ``loss_crf``.
        """
        start = probs.detach()
        if teacher_probs is not None:
            start = (start + teacher_probs.detach()) / 2
        target = self.target(start, box, images, valid)
        if valid is not None:
            probs = probs * valid
        return dict(
            loss_crf=self.loss_weight * dice_loss(probs, target).mean())
