"""VGG16 with the convolutional fc6 and fc7 of DeepLab's LargeFOV."""
import torch.nn.functional as F
from torch import Tensor, nn

from ...registry import MODELS
from .deeplab_vgg16 import DeepLabVGG16


@MODELS.register_module()
class LargeFOVVGG16(DeepLabVGG16):
    """DeepLab's VGG16 up to fc7, with features of earlier layers.

    The backbone of AffinityNet's VGG16 networks. Outputs at ``ceil(H / 8)``:
    conv4 (512 channels, before its pool), conv5 (512, likewise) and fc7
    (``fc_channels``).

    Args:
        fc_dilation (int): Of fc6's 3x3 convolution: 1 for AffinityNet's
            classifier, 4 for its affinity network. Defaults to 4.
        fc_channels (int): Of fc6 and fc7. Defaults to 1024.
        dropout (float): Dropout2d between them. Defaults to 0.5.
        dilation (int): Of the fifth block. Defaults to 2.
        frozen_stages (int): Leading blocks without gradient. Defaults to 2,
            as AffinityNet.
        init_cfg (dict, optional): Weights to start from.
    """

    def __init__(self,
                 fc_dilation: int = 4,
                 fc_channels: int = 1024,
                 dropout: float = .5,
                 dilation: int = 2,
                 frozen_stages: int = 2,
                 init_cfg: dict | None = None) -> None:
        super().__init__(
            dilation=dilation,
            last_pool='none',
            frozen_stages=frozen_stages,
            init_cfg=init_cfg)
        self.fc6 = nn.Conv2d(
            512, fc_channels, 3, padding=fc_dilation, dilation=fc_dilation)
        self.dropout = nn.Dropout2d(dropout)
        self.fc7 = nn.Conv2d(fc_channels, fc_channels, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Features of an image batch (N, 3, H, W)."""
        before_pools = []
        for layer in self.features:
            if isinstance(layer, nn.MaxPool2d):
                before_pools.append(x)
            x = layer(x)
        top = self.dropout(self.fc6(x).relu())
        return before_pools[-1], x, F.relu(self.fc7(top))
