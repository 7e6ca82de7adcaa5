"""Convolutions that apply their activation while they write.

An activation of its own reads and writes again what the convolution has
written.
"""
import functools
import math

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmcv.cnn.bricks import Conv2dAdaptivePadding
from torch import Tensor, nn

# Name and bounds that oneDNN knows an activation by.
_ACTIVATIONS = {
    nn.ReLU: ('relu', []),
    nn.ReLU6: ('hardtanh', [0., 6.]),
}
_CONVOLUTIONS = (nn.Conv2d, Conv2dAdaptivePadding)


class FusedConv2d(nn.Conv2d):
    """A convolution with its activation; parameters are those of ``conv``.

    In one pass on a CPU and without gradients, else one after the other.

    Args:
        conv (nn.Conv2d): Also mmcv's with TensorFlow's padding.
        activate (nn.Module): ReLU or ReLU6.
    """

    def __init__(self, conv: nn.Conv2d, activate: nn.Module) -> None:
        super().__init__(
            conv.in_channels, conv.out_channels, conv.kernel_size,
            conv.stride, conv.padding, conv.dilation, conv.groups,
            bias=conv.bias is not None, device='meta')
        self.weight, self.bias = conv.weight, conv.bias
        self.same = isinstance(conv, Conv2dAdaptivePadding)
        self.activate = activate

    def forward(self, x: Tensor) -> Tensor:
        """Activated features.

        Args:
            x (Tensor): (N, C, H, W).

        Returns:
            Tensor: (N, C', H', W').
        """
        if self.same:
            x = F.pad(x, self._margins(x))
        if torch.is_grad_enabled() or x.device.type != 'cpu':
            return self.activate(super().forward(x))
        name, bounds = _ACTIVATIONS[type(self.activate)]
        return torch.ops.mkldnn._convolution_pointwise(
            x, self.weight, self.bias, self.padding, self.stride,
            self.dilation, self.groups, name, bounds, '')

    def _margins(self, x: Tensor) -> list[int]:
        """TensorFlow's "SAME": left, right, top, bottom."""
        margins = []
        for axis in (1, 0):
            side, stride = x.shape[2 + axis], self.stride[axis]
            covered = ((math.ceil(side / stride) - 1) * stride + 1
                       + (self.kernel_size[axis] - 1) * self.dilation[axis])
            total = max(covered - side, 0)
            margins += [total // 2, total - total // 2]
        return margins


def fuse_activations(model: nn.Module) -> int:
    """Let convolutions of mmcv's ``ConvModule`` apply what follows them.

    Outputs are the same up to rounding. Nothing is changed if torch cannot
    do so on this machine.

    Args:
        model (nn.Module): Changed, behind :func:`.fold_norms`; the names of
            its parameters stay.

    Returns:
        int: Number of activations that are gone.
    """
    found = [part for part in model.modules() if _fuses(part)]
    if not found or not is_available():
        return 0
    for part in found:
        part.conv = FusedConv2d(part.conv, part.activate)
        part.activate = nn.Identity()
    return len(found)


def _fuses(part: nn.Module) -> bool:
    """Whether the activation comes right behind a usual convolution."""
    return (isinstance(part, ConvModule) and part.with_activation
            and part.order.index('conv') < part.order.index('act')
            and (isinstance(part.norm, (nn.Identity, type(None)))
                 or part.order[0] == 'norm')
            and type(part.conv) in _CONVOLUTIONS
            and not part.with_spectral_norm
            and part.conv.padding_mode == 'zeros'
            and type(part.activate) in _ACTIVATIONS)


@functools.cache
@torch.no_grad()
def is_available() -> bool:
    """Whether torch can do it here, which is tried.

    The operation is one of torch's compiler and not documented.
    """
    conv, activate = nn.Conv2d(1, 1, 3, padding=1), nn.ReLU6()
    x = torch.linspace(-9, 9, 20).reshape(1, 1, 4, 5)
    try:
        found = FusedConv2d(conv, activate)(x)
    except (AttributeError, RuntimeError, TypeError, NotImplementedError):
        return False
    return torch.allclose(found, activate(conv(x)), atol=1e-4)
