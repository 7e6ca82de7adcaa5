"""MobileNetV2 with the last layer that its ImageNet classifier sees."""
from collections.abc import Sequence

from mmcv.cnn import ConvModule
from mmseg.models import MobileNetV2
from torch import Tensor

from ...registry import MODELS


@MODELS.register_module()
class MobileNetV2Top(MobileNetV2):
    """mmseg's ``MobileNetV2`` plus the 1x1 convolution to 1280 channels.

    mmseg stops before it. A class activation map is a linear classifier on
    the features that ImageNet's classifier read, so it wants this layer.
    Arguments as in :class:`mmseg.models.MobileNetV2`, without out_indices:
    the only output is the last one.

    Args:
        top_channels (int): Channels of the last layer. Defaults to 1280.
        widen_factor, strides, dilations, frozen_stages, conv_cfg, norm_cfg,
            act_cfg, norm_eval, with_cp, init_cfg: As in the stock class.
    """

    def __init__(self,
                 top_channels: int = 1280,
                 widen_factor: float = 1.,
                 strides: Sequence[int] = (1, 2, 2, 2, 1, 2, 1),
                 dilations: Sequence[int] = (1, 1, 1, 1, 1, 1, 1),
                 frozen_stages: int = -1,
                 conv_cfg: dict | None = None,
                 norm_cfg: dict | None = None,
                 act_cfg: dict | None = None,
                 norm_eval: bool = False,
                 with_cp: bool = False,
                 init_cfg: dict | None = None) -> None:
        norm_cfg = norm_cfg or dict(type='BN')
        act_cfg = act_cfg or dict(type='ReLU6')
        super().__init__(
            widen_factor=widen_factor,
            strides=strides,
            dilations=dilations,
            out_indices=(len(self.arch_settings) - 1, ),
            frozen_stages=frozen_stages,
            conv_cfg=conv_cfg,
            norm_cfg=norm_cfg,
            act_cfg=act_cfg,
            norm_eval=norm_eval,
            with_cp=with_cp,
            init_cfg=init_cfg)
        self.conv2 = ConvModule(
            self.in_channels,
            top_channels,
            1,
            conv_cfg=conv_cfg,
            norm_cfg=norm_cfg,
            act_cfg=act_cfg)

    def forward(self, x: Tensor) -> tuple[Tensor]:
        """Features at the last stride, (N, top_channels, h, w)."""
        # With one output the stock class returns the tensor itself.
        return (self.conv2(super().forward(x)), )
