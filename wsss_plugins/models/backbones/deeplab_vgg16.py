"""VGG16 as DeepLab dilates it."""
from collections.abc import Sequence

from mmcv.cnn import VGG
from mmengine.model import BaseModule
from torch import Tensor, nn

from ...registry import MODELS

_DEPTH = 16
_BLOCKS = 5


@MODELS.register_module()
class DeepLabVGG16(VGG, BaseModule):
    """VGG16 with stride 8, the trunk of DeepLab's LargeFOV and ASPP networks.

    L.-C. Chen et al.: Semantic Image Segmentation with Deep Convolutional
    Nets and Fully Connected CRFs, ICLR 2015, Sec. 3.1. All pools are 3x3 with
    padding 1; the last two keep the size, and the convolutions behind them
    are dilated by 2. Parameter names ``features.N`` are torchvision's, so
    ImageNet weights of VGG16 load.

    Output: one map of 512 channels, by default at ``ceil(H / 8)``.

    Args:
        dilation (int): Of the fifth block. Defaults to 2.
        last_pool (str): ``'max'``; ``'max+avg'`` adds DeepLab's pool5a, an
            average over 3x3 (as SEC has); ``'none'`` stops before the pool
            (as AffinityNet's code).
        pool_size (int): 3: DeepLab's pools, with padding 1. 2: VGG16's own,
            without padding and with rounding up, so that 321 becomes 161,
            81, 41, 21, 11. Defaults to 3.
        strides (Sequence[int]): Of the five pools; 0: there is none.
            Defaults to (2, 2, 2, 1, 1).
        frozen_stages (int): Leading blocks without gradient. Defaults to 0.
        init_cfg (dict, optional): Weights to start from.
    """

    def __init__(self,
                 dilation: int = 2,
                 last_pool: str = 'max',
                 pool_size: int = 3,
                 strides: Sequence[int] = (2, 2, 2, 1, 1),
                 frozen_stages: int = 0,
                 init_cfg: dict | None = None) -> None:
        if last_pool not in ('max', 'max+avg', 'none'):
            raise ValueError(f"last_pool={last_pool!r}; choose 'max', "
                             "'max+avg' or 'none'")
        if pool_size not in (2, 3) or len(strides) != _BLOCKS:
            raise ValueError(f'pool_size={pool_size}, strides={strides}; '
                             f'choose 2 or 3, and {_BLOCKS} strides')
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
        stride = iter(strides)
        for index, layer in enumerate(self.features):
            if isinstance(layer, nn.MaxPool2d):
                self.features[index] = _pool(pool_size, next(stride))
        self.last_average = None
        if last_pool == 'max+avg':
            self.last_average = nn.AvgPool2d(3, stride=1, padding=1)
        self.train()

    def init_weights(self) -> None:
        """Initialize as ``init_cfg`` says."""
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


def _pool(size: int, stride: int) -> nn.Module:
    """A pool, or none: weights are numbered by layer, so its place stays."""
    if stride == 0:
        return nn.Identity()
    if size == 2:
        return nn.MaxPool2d(2, stride=stride, ceil_mode=True)
    return nn.MaxPool2d(3, stride=stride, padding=1)
