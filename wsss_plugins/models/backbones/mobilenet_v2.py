"""MobileNetV2 as a dilated feature extractor for class activation maps."""
from mmcv.cnn import ConvModule
from mmseg.models import MobileNetV2
from torch import Tensor

from ...registry import MODELS

_STRIDES = (1, 2, 2, 2, 1, 2, 1)
_STEM_STRIDE = 2


@MODELS.register_module()
class MobileNetV2Top(MobileNetV2):
    """mmseg's ``MobileNetV2`` with all layers of its ImageNet weights.

    Two parts differ from the stock class; parameter names are the same.
    The 1x1 convolution to 1280 channels, which ImageNet's classifier reads
    and mmseg leaves out, is the last layer. And where a stride is given up
    for resolution, *all* following blocks are dilated, so every convolution
    sees what it was trained on; mmseg dilates the first block of a stage
    only.

    Args:
        output_stride (int): 8, 16 or 32. Defaults to 16.
        top_channels (int): Channels of the last layer. Defaults to 1280.
        widen_factor, frozen_stages, norm_eval, with_cp, init_cfg: As in
            :class:`mmseg.models.MobileNetV2`.
        conv_cfg, norm_cfg, act_cfg: Likewise.
    """

    def __init__(self,
                 output_stride: int = 16,
                 top_channels: int = 1280,
                 widen_factor: float = 1.,
                 frozen_stages: int = -1,
                 conv_cfg: dict | None = None,
                 norm_cfg: dict | None = None,
                 act_cfg: dict | None = None,
                 norm_eval: bool = False,
                 with_cp: bool = False,
                 init_cfg: dict | None = None) -> None:
        if output_stride not in (8, 16, 32):
            raise ValueError(f'output_stride={output_stride}; choose 8, 16 '
                             'or 32')
        norm_cfg = norm_cfg or dict(type='BN')
        act_cfg = act_cfg or dict(type='ReLU6')
        strides, dilations = self._plan(output_stride)
        super().__init__(
            widen_factor=widen_factor,
            strides=strides,
            out_indices=(len(strides) - 1, ),
            frozen_stages=frozen_stages,
            conv_cfg=conv_cfg,
            norm_cfg=norm_cfg,
            act_cfg=act_cfg,
            norm_eval=norm_eval,
            with_cp=with_cp,
            init_cfg=init_cfg)
        for name, (first, rest) in zip(self.layers, dilations):
            for index, block in enumerate(getattr(self, name)):
                self._dilate(block, rest if index else first)
        self.conv2 = ConvModule(
            self.in_channels,
            top_channels,
            1,
            conv_cfg=conv_cfg,
            norm_cfg=norm_cfg,
            act_cfg=act_cfg)

    @staticmethod
    def _plan(output_stride: int) -> tuple[list[int], list[tuple[int, int]]]:
        """Strides, and dilations of the first and other blocks, by layer."""
        strides, dilations = [], []
        reached, dilation = _STEM_STRIDE, 1
        for stride in _STRIDES:
            first = dilation
            if reached * stride > output_stride:
                dilation, stride = dilation * stride, 1
            reached *= stride
            strides.append(stride)
            dilations.append((first, dilation))
        return strides, dilations

    @staticmethod
    def _dilate(block, dilation: int) -> None:
        depthwise = block.conv[-2].conv
        depthwise.dilation = (dilation, dilation)
        depthwise.padding = tuple(
            dilation * (k // 2) if p else 0
            for k, p in zip(depthwise.kernel_size, depthwise.padding))

    def forward(self, x: Tensor) -> tuple[Tensor]:
        """Features at the last stride, (N, top_channels, h, w)."""
        # With one output the stock class returns the tensor itself.
        return (self.conv2(super().forward(x)), )

    def train(self, mode: bool = True) -> 'MobileNetV2Top':
        """Switch the mode; the stock method returns nothing."""
        super().train(mode)
        return self
