"""ResNet that also returns the features of its stem."""
from mmseg.models import ResNet
from torch import Tensor, nn

from ...registry import MODELS


@MODELS.register_module()
class ResNetWithStem(ResNet):
    """mmseg's ``ResNet`` with the pooled stem as its first feature map.

    IRNet reads boundaries from it. Parameter names are the stock ones, which
    are torchvision's. With ``strides=(1, 2, 2, 1)`` and no dilation it is
    IRNet's ResNet-50 of stride 16.

    Args:
        **options: As in :class:`mmseg.models.ResNet`; ``out_indices`` count
            the stages, the stem comes before them in any case.
    """

    def __init__(self, **options) -> None:
        super().__init__(**options)
        self._pooled = None
        self.maxpool.register_forward_hook(self._remember)

    def _remember(self, module: nn.Module, inputs: tuple[Tensor, ...],
                  output: Tensor) -> None:
        self._pooled = output

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """The stem's features, (N, C, H / 4, W / 4), and those of stages."""
        stages = super().forward(x)
        stem, self._pooled = self._pooled, None
        return (stem, *stages)

    def train(self, mode: bool = True) -> 'ResNetWithStem':
        """Switch the mode; the stock method returns nothing."""
        super().train(mode)
        return self
