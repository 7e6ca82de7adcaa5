"""Stand-in backbones: their output is given, or can be computed by hand.

Importing the module registers them, so that configs of tests and checks can
name them.
"""
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor

from ..registry import MODELS

_POOL = 8


@MODELS.register_module()
class GivenBackbone(BaseModule):
    """Return ``features``, whatever the image: for checks of heads."""

    def __init__(self) -> None:
        super().__init__()
        self.features: tuple[Tensor, ...] = ()

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Return the features."""
        return self.features


@MODELS.register_module()
class AveragePoolBackbone(BaseModule):
    """Average over 8x8 pixels: features that a person can check."""

    def forward(self, x: Tensor) -> tuple[Tensor]:
        """Pool a batch of images (N, C, H, W).

        Returns:
            tuple[Tensor]: One map (N, C, ceil(H / 8), ceil(W / 8)); at the
            border the mean is of the pixels that are there.
        """
        return (F.avg_pool2d(x, _POOL, ceil_mode=True), )
