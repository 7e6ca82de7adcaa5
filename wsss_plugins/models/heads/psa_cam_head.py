"""The classification network of PSA's VGG16."""
from torch import Tensor

from ...registry import MODELS
from .cam_head import CAMHead


@MODELS.register_module()
class SqrtCAMHead(CAMHead):
    """``CAMHead`` whose CAMs are square roots.

    As in PSA's code for VGG16, whose CAMs are more peaked than those of
    ResNet-38. Training is the same. Arguments are those of
    :class:`wsss_plugins.CAMHead`.
    """

    def class_maps(self, maps: Tensor) -> Tensor:
        """CAMs, (N, C, h, w), at least 0, from raw maps."""
        return super().class_maps(maps).sqrt()
