"""The classifier of PSA's VGG16."""
from torch import Tensor

from ...registry import MODELS
from .cam_head import CAMHead


@MODELS.register_module()
class SqrtCAMHead(CAMHead):
    """``CAMHead`` whose localization maps are square roots.

    As PSA's code has it for VGG16, where maps are more peaked than those of
    ResNet-38. Training is the same. Arguments as in
    :class:`wsss_plugins.CAMHead`.
    """

    def class_maps(self, maps: Tensor) -> Tensor:
        """Localization maps, (N, C, h, w), at least 0, from raw maps."""
        return super().class_maps(maps).sqrt()
