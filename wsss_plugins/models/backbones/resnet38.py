"""Wide ResNet-38, model A1, as weakly supervised methods use it."""
from collections.abc import Sequence

from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ...registry import MODELS


class _Block(BaseModule):
    """Pre-activation block of two 3x3 convolutions."""

    def __init__(self,
                 in_channels: int,
                 mid_channels: int,
                 out_channels: int,
                 stride: int = 1,
                 first_dilation: int = 1,
                 dilation: int = 1) -> None:
        super().__init__()
        self.bn_branch2a = nn.BatchNorm2d(in_channels)
        self.conv_branch2a = _conv3x3(in_channels, mid_channels, stride,
                                      first_dilation)
        self.bn_branch2b1 = nn.BatchNorm2d(mid_channels)
        self.conv_branch2b1 = _conv3x3(mid_channels, out_channels, 1, dilation)
        self.same_shape = in_channels == out_channels and stride == 1
        if not self.same_shape:
            self.conv_branch1 = nn.Conv2d(
                in_channels, out_channels, 1, stride, bias=False)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Output, and the activated input that the shortcut reads."""
        active = self.bn_branch2a(x).relu()
        shortcut = x if self.same_shape else self.conv_branch1(active)
        branch = self.conv_branch2a(active)
        branch = self.conv_branch2b1(self.bn_branch2b1(branch).relu())
        return shortcut + branch, active


class _Bottleneck(BaseModule):
    """Pre-activation bottleneck with dropout inside."""

    def __init__(self, in_channels: int, out_channels: int, dilation: int,
                 dropout: float) -> None:
        super().__init__()
        self.bn_branch2a = nn.BatchNorm2d(in_channels)
        self.conv_branch2a = nn.Conv2d(
            in_channels, out_channels // 4, 1, bias=False)
        self.bn_branch2b1 = nn.BatchNorm2d(out_channels // 4)
        self.dropout_2b1 = nn.Dropout2d(dropout)
        self.conv_branch2b1 = _conv3x3(out_channels // 4, out_channels // 2, 1,
                                       dilation)
        self.bn_branch2b2 = nn.BatchNorm2d(out_channels // 2)
        self.dropout_2b2 = nn.Dropout2d(dropout)
        self.conv_branch2b2 = nn.Conv2d(
            out_channels // 2, out_channels, 1, bias=False)
        self.conv_branch1 = nn.Conv2d(
            in_channels, out_channels, 1, bias=False)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Output, and the activated input that the shortcut reads."""
        active = self.bn_branch2a(x).relu()
        branch = self.bn_branch2b1(self.conv_branch2a(active)).relu()
        branch = self.conv_branch2b1(self.dropout_2b1(branch))
        branch = self.dropout_2b2(self.bn_branch2b2(branch).relu())
        return self.conv_branch1(active) + self.conv_branch2b2(branch), active


def _conv3x3(in_channels: int, out_channels: int, stride: int,
             dilation: int) -> nn.Conv2d:
    return nn.Conv2d(
        in_channels,
        out_channels,
        3,
        stride,
        padding=dilation,
        dilation=dilation,
        bias=False)


@MODELS.register_module()
class ResNet38(BaseModule):
    """Wide ResNet-38 A1, dilated to stride 8.

    Z. Wu, C. Shen, A. van den Hengel: Wider or Deeper: Revisiting the ResNet
    Model for Visual Recognition, https://arxiv.org/abs/1611.10080, in the
    variant of AffinityNet that EPS, SC-CAM and SEAM share. Parameter names
    are those of the public PyTorch port, so its checkpoints load; the
    original MXNet file is converted by ``tools/model_converters/resnet38.py``.

    Outputs are pre-activation features after batch norm and ReLU, at
    ``ceil(ceil(ceil(H / 2) / 2) / 2)``: 0 is conv4 (512 channels), 1 is conv5
    (1024), 2 is conv6 (4096).

    Args:
        out_indices (Sequence[int]): Features to return. Defaults to (2, ).
        dropout (tuple[float, float]): Rates inside the last two blocks.
        frozen_stages (int): Stages without gradient: 0 none, 1 the first
            convolution, 2 also the first residual stage. Defaults to 2.
        norm_eval (bool): Whether batch norms keep their statistics and their
            weights. Defaults to True.
        with_cp (bool): Recompute activations in the backward pass to save
            memory. Defaults to False.
        init_cfg (dict, optional): Weights to start from.
    """

    # Name, and arguments of its block.
    arch = (
        ('b2', _Block, dict(in_channels=64, mid_channels=128,
                            out_channels=128, stride=2)),
        *((f'b2_{i}', _Block, dict(in_channels=128, mid_channels=128,
                                   out_channels=128)) for i in (1, 2)),
        ('b3', _Block, dict(in_channels=128, mid_channels=256,
                            out_channels=256, stride=2)),
        *((f'b3_{i}', _Block, dict(in_channels=256, mid_channels=256,
                                   out_channels=256)) for i in (1, 2)),
        ('b4', _Block, dict(in_channels=256, mid_channels=512,
                            out_channels=512, stride=2)),
        *((f'b4_{i}', _Block, dict(in_channels=512, mid_channels=512,
                                   out_channels=512)) for i in range(1, 6)),
        ('b5', _Block, dict(in_channels=512, mid_channels=512,
                            out_channels=1024, first_dilation=1, dilation=2)),
        *((f'b5_{i}', _Block, dict(in_channels=1024, mid_channels=512,
                                   out_channels=1024, first_dilation=2,
                                   dilation=2)) for i in (1, 2)),
        ('b6', _Bottleneck, dict(in_channels=1024, out_channels=2048,
                                 dilation=4)),
        ('b7', _Bottleneck, dict(in_channels=2048, out_channels=4096,
                                 dilation=4)),
    )
    frozen_names = (('conv1a', ), ('b2', 'b2_1', 'b2_2'))

    def __init__(self,
                 out_indices: Sequence[int] = (2, ),
                 dropout: tuple[float, float] = (.3, .5),
                 frozen_stages: int = 2,
                 norm_eval: bool = True,
                 with_cp: bool = False,
                 init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg)
        if not set(out_indices) <= {0, 1, 2}:
            raise ValueError(f'out_indices={tuple(out_indices)}; there are '
                             '0, 1 and 2')
        if frozen_stages not in (0, 1, 2):
            raise ValueError(f'frozen_stages={frozen_stages}; choose 0 to 2')
        self.out_indices = tuple(out_indices)
        self.frozen_stages = frozen_stages
        self.norm_eval = norm_eval
        self.with_cp = with_cp
        self.conv1a = nn.Conv2d(3, 64, 3, padding=1, bias=False)
        rates = dict(zip(('b6', 'b7'), dropout))
        for name, block, options in self.arch:
            if name in rates:
                options = dict(options, dropout=rates[name])
            self.add_module(name, block(**options))
        self.bn7 = nn.BatchNorm2d(4096)
        self._freeze()

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Features of an image batch (N, 3, H, W)."""
        x = self.conv1a(x)
        features = {}
        for name, *_ in self.arch:
            block = getattr(self, name)
            if self.with_cp and x.requires_grad:
                x, active = checkpoint(block, x, use_reentrant=False)
            else:
                x, active = block(x)
            if name in ('b5', 'b6'):
                features[len(features)] = active
        features[2] = self.bn7(x).relu()
        return tuple(features[index] for index in self.out_indices)

    def train(self, mode: bool = True) -> 'ResNet38':
        """Switch the mode; frozen parts stay as they are."""
        super().train(mode)
        self._freeze()
        return self

    def _freeze(self) -> None:
        for stage in self.frozen_names[:self.frozen_stages]:
            for name in stage:
                getattr(self, name).requires_grad_(False)
        if self.norm_eval:
            for module in self.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()
                    module.requires_grad_(False)
