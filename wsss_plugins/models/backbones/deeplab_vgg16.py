"""VGG16 as DeepLab dilates it."""
from mmcv.cnn import VGG
from mmengine.model import BaseModule
from torch import Tensor, nn

from ...registry import MODELS

_DEPTH = 16


@MODELS.register_module()
class DeepLabVGG16(VGG, BaseModule):
    """VGG16 with stride 8, the trunk of DeepLab's LargeFOV and ASPP networks.

    L.-C. Chen et al.: Semantic Image Segmentation with Deep Convolutional
    Nets and Fully Connected CRFs, ICLR 2015, Sec. 3.1. All pools are 3x3 with
    padding 1; the last two keep the size, and the convolutions behind them
    are dilated by 2. Parameter names ``features.N`` are torchvision's, so
    ImageNet weights of VGG16 load.

    Output: one map of 512 channels at ``ceil(H / 8)``.

    Args:
        dilation (int): Of the fifth block. Defaults to 2.
        last_pool (str): ``'max'``; ``'max+avg'`` adds DeepLab's pool5a, an
            average over 3x3 (as SEC has); ``'none'`` stops before the pool
            (as AffinityNet's code).
        frozen_stages (int): Leading blocks without gradient. Defaults to 0.
        init_cfg (dict, optional): Weights to start from.
    """

    def __init__(self,
                 dilation: int = 2,
                 last_pool: str = 'max',
                 frozen_stages: int = 0,
                 init_cfg: dict | None = None) -> None:
        if last_pool not in ('max', 'max+avg', 'none'):
            raise ValueError(f"last_pool={last_pool!r}; choose 'max', "
                             "'max+avg' or 'none'")
        BaseModule.__init__(self, init_cfg)
        # mmcv's VGG resets what BaseModule has set up.
        VGG.__init__(
            self,
            _DEPTH,
            dilations=(1, 1, 1, 1, dilation),
            out_indices=(4, ),
            frozen_stages=frozen_stages,
            with_last_pool=last_pool != 'none')
        self._is_init = False
        self.init_cfg = init_cfg
        strides = iter((2, 2, 2, 1, 1))
        for index, layer in enumerate(self.features):
            if isinstance(layer, nn.MaxPool2d):
                self.features[index] = nn.MaxPool2d(
                    3, stride=next(strides), padding=1)
        self.last_average = None
        if last_pool == 'max+avg':
            self.last_average = nn.AvgPool2d(3, stride=1, padding=1)
        self.train()

    def init_weights(self) -> None:
        """Initialise as ``init_cfg`` says."""
        BaseModule.init_weights(self)

    def forward(self, x: Tensor) -> tuple[Tensor]:
        """Features of an image batch (N, 3, H, W)."""
        x = VGG.forward(self, x)
        if self.last_average is not None:
            x = self.last_average(x)
        return (x, )

    def train(self, mode: bool = True) -> 'DeepLabVGG16':
        """Switch the mode; the stock method returns nothing."""
        super().train(mode)
        return self
