"""Heads of DeepLab V1 and V2, which mmseg does not have."""
from collections.abc import Sequence

import torch
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from torch import Tensor, nn

from ...registry import MODELS

DROPOUTS = dict(channel=nn.Dropout2d, element=nn.Dropout)
_INIT = dict(type='Normal', layer='Conv2d', std=.01, bias=0.)


def large_fov_block(in_channels: int,
                    channels: int,
                    dilation: int,
                    dropout_ratio: float,
                    dropout: str = 'channel',
                    kernel_size: int = 3) -> nn.Sequential:
    """fc6 and fc7 as convolutions: 3x3 dilated, then 1x1.

    Args:
        in_channels, channels (int): Channels before and inside.
        dilation (int): Of the 3x3 convolution.
        dropout_ratio (float): Dropout after each.
        dropout (str): What it drops: ``'channel'``s, or each ``'element'``
            alone, as Caffe does. Defaults to ``'channel'``.
        kernel_size (int): Of the first, odd. Defaults to 3; with 1 the field
            of view is that of the feature map.
    """
    if dropout not in DROPOUTS:
        raise ValueError(f'dropout={dropout!r}; choose one of '
                         f'{", ".join(DROPOUTS)}')
    return nn.Sequential(
        nn.Conv2d(
            in_channels,
            channels,
            kernel_size,
            padding=kernel_size // 2 * dilation,
            dilation=dilation),
        nn.ReLU(inplace=True), DROPOUTS[dropout](dropout_ratio),
        nn.Conv2d(channels, channels, 1), nn.ReLU(inplace=True),
        DROPOUTS[dropout](dropout_ratio))


@MODELS.register_module()
class LargeFOVHead(BaseDecodeHead):
    """DeepLab V1's head with a large field of view.

    L.-C. Chen et al., ICLR 2015, Sec. 3.1: 3x3 convolution of dilation 12,
    1x1 convolution, classifier.

    Args:
        in_channels (int): Channels of the feature map.
        num_classes (int): Classes, background included.
        channels (int): Channels of fc6 and fc7. Defaults to 1024.
        dilation (int): Of fc6. Defaults to 12.
        dropout_ratio (float): After fc6 and fc7. Defaults to 0.5.
        dropout (str): See :func:`large_fov_block`. Defaults to
            ``'channel'``.
        kernel_size (int): Of fc6, odd. Defaults to 3.
        loss_decode, in_index, align_corners, ignore_index, init_cfg: As in
            :class:`mmseg.models.BaseDecodeHead`.
    """

    def __init__(self,
                 in_channels: int,
                 num_classes: int,
                 channels: int = 1024,
                 dilation: int = 12,
                 dropout_ratio: float = .5,
                 dropout: str = 'channel',
                 kernel_size: int = 3,
                 loss_decode: dict | Sequence[dict] | None = None,
                 in_index: int = -1,
                 align_corners: bool = False,
                 ignore_index: int = 255,
                 init_cfg: dict | None = None) -> None:
        super().__init__(
            in_channels,
            channels,
            num_classes=num_classes,
            out_channels=num_classes,
            dropout_ratio=0,
            loss_decode=loss_decode or dict(
                type='mmseg.CrossEntropyLoss', avg_non_ignore=True),
            in_index=in_index,
            align_corners=align_corners,
            ignore_index=ignore_index,
            init_cfg=init_cfg or _INIT)
        self.block = large_fov_block(in_channels, channels, dilation,
                                     dropout_ratio, dropout, kernel_size)

    def forward(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Class logits, (N, num_classes, h, w)."""
        return self.cls_seg(self.block(self._transform_inputs(inputs)))


@MODELS.register_module()
class DeepLabV2Head(BaseDecodeHead):
    """DeepLab V2's atrous spatial pyramid: the sum of dilated classifiers.

    L.-C. Chen et al.: DeepLab: Semantic Image Segmentation with Deep
    Convolutional Nets, Atrous Convolution, and Fully Connected CRFs, TPAMI
    2018, Sec. 3.2. (mmseg's ``ASPPHead`` is that of V3, which concatenates.)

    Args:
        in_channels (int): Channels of the feature map.
        num_classes (int): Classes, background included.
        dilations (Sequence[int]): Defaults to (6, 12, 18, 24), ASPP-L.
        channels (int, optional): If given, each branch is a LargeFOV block of
            so many channels before its classifier, as in the VGG16 network;
            else a single 3x3 convolution, as in the ResNet-101 one.
        dropout_ratio (float): In LargeFOV blocks. Defaults to 0.5.
        loss_decode, in_index, align_corners, ignore_index, init_cfg: As in
            :class:`mmseg.models.BaseDecodeHead`. Weights of a LargeFOV block
            (``block.0.weight``, ...) go to every branch: DeepLab's VGG16
            starts each of them from ImageNet's fc6 and fc7.
    """

    def __init__(self,
                 in_channels: int,
                 num_classes: int,
                 dilations: Sequence[int] = (6, 12, 18, 24),
                 channels: int | None = None,
                 dropout_ratio: float = .5,
                 loss_decode: dict | Sequence[dict] | None = None,
                 in_index: int = -1,
                 align_corners: bool = False,
                 ignore_index: int = 255,
                 init_cfg: dict | None = None) -> None:
        super().__init__(
            in_channels,
            channels or in_channels,
            num_classes=num_classes,
            out_channels=num_classes,
            dropout_ratio=0,
            loss_decode=loss_decode or dict(
                type='mmseg.CrossEntropyLoss', avg_non_ignore=True),
            in_index=in_index,
            align_corners=align_corners,
            ignore_index=ignore_index,
            init_cfg=init_cfg or _INIT)
        del self.conv_seg  # each branch has its own classifier
        self.branches = nn.ModuleList(
            self._branch(dilation, channels, dropout_ratio)
            for dilation in dilations)

    def _branch(self, dilation: int, channels: int | None,
                dropout_ratio: float) -> nn.Module:
        if channels is None:
            return nn.Conv2d(
                self.in_channels,
                self.num_classes,
                3,
                padding=dilation,
                dilation=dilation)
        block = large_fov_block(self.in_channels, channels, dilation,
                                dropout_ratio)
        return block.append(nn.Conv2d(channels, self.num_classes, 1))

    def forward(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Class logits, (N, num_classes, h, w)."""
        x = self._transform_inputs(inputs)
        return torch.stack([branch(x) for branch in self.branches]).sum(dim=0)

    def _load_from_state_dict(self, state_dict: dict[str, Tensor],
                              prefix: str, *args) -> None:
        """Give weights of one LargeFOV block to each branch."""
        block = f'{prefix}block.'
        for name in [key for key in state_dict if key.startswith(block)]:
            value = state_dict.pop(name)
            for index in range(len(self.branches)):
                own = f'{prefix}branches.{index}.{name.removeprefix(block)}'
                state_dict.setdefault(own, value)
        super()._load_from_state_dict(state_dict, prefix, *args)
