"""fc6 and fc7 of VGG16's classifier, thinned out for the LargeFOV head."""
import re
from collections.abc import Mapping

import torch
from torch import Tensor

from ...structures import UserError

_IN_CHANNELS = 512
# Places of the two layers: torchvision's and Caffe's names, and those of
# networks that have thinned them out already, as SSD's.
_PLACES = (('classifier.0', 'classifier.3'), ('fc6', 'fc7'),
           ('features.31', 'features.33'))
_OURS = ('block.0', 'block.3')
# One of three taps, rows and columns: those of a 7x7 layer at stride 32 are
# then 96 pixels apart, as far as 12 pixels of a feature map of stride 8.
_TAPS = {7: slice(None, None, 3), 3: slice(None)}


def convert_large_fov(state: Mapping[str, Tensor],
                      source: str,
                      channels: int = 1024) -> dict[str, Tensor]:
    """Make fc6 and fc7 of a LargeFOV head from VGG16's ImageNet classifier.

    L.-C. Chen et al., ICLR 2015, Sec. 3.1 take a part of the layers' values
    and do not say which. Here they are evenly spaced, as in SSD: every fourth
    channel of 4096, every third of 7x7 taps. Values are as they were. Layers
    that are thinned out already, as in ``vgg16_20M`` and SSD's weights, are
    only renamed.

    Args:
        state (Mapping[str, Tensor]): With torchvision's names
            (``classifier.0.weight``), Caffe's (``fc6.weight``) or SSD's
            (``features.31.weight``).
        source (str): Its file, for messages.
        channels (int): Channels of the head. Defaults to 1024.

    Returns:
        dict[str, Tensor]: Float32 weights of a
        :class:`wsss_plugins.LargeFOVHead` on 512 channels, without
        classifier, as ``init_cfg=dict(type='Pretrained', ...)`` of the head
        takes them.

    Raises:
        UserError: If the layers are missing, or their shapes are others.
    """
    fc6, fc7 = _layers(state, source)
    first, bias = _read(state, fc6, source)
    size = round((first[0].numel() / _IN_CHANNELS)**.5)
    if size not in _TAPS or first[0].numel() != _IN_CHANNELS * size**2:
        raise UserError(
            f'{source}: {fc6}.weight has shape {tuple(first.shape)}, not that '
            f'of a layer on 7x7 or 3x3 maps of {_IN_CHANNELS} channels')
    first = first.reshape(-1, _IN_CHANNELS, size, size)
    first = first[..., _TAPS[size], :][..., _TAPS[size]]
    second, last_bias = _read(state, fc7, source)
    second = second.flatten(1)
    if second.shape[1] != len(first):
        raise UserError(f'{source}: {fc7}.weight takes {second.shape[1]} '
                        f'channels, but {fc6} gives {len(first)}')
    rows, columns = (
        _every(fc6, len(first), channels, source),
        _every(fc7, len(second), channels, source))
    return _copies({
        f'{_OURS[0]}.weight': first[rows],
        f'{_OURS[0]}.bias': bias[rows],
        f'{_OURS[1]}.weight': second[columns][:, rows, None, None],
        f'{_OURS[1]}.bias': last_bias[columns]
    })


def _layers(state: Mapping[str, Tensor], source: str) -> tuple[str, str]:
    """Names of the two layers in the file."""
    for pair in _PLACES:
        if all(f'{name}.weight' in state for name in pair):
            return pair
    found = [name for name in state if not re.match(r'(features|conv)', name)]
    raise UserError(f'{source}: fc6 and fc7 are missing; take weights with '
                    'the classifier (found besides convolutions: '
                    f'{", ".join(found) or "nothing"})')


def _read(state: Mapping[str, Tensor], name: str,
          source: str) -> tuple[Tensor, Tensor]:
    """Weight and bias of a layer, checked."""
    values = [state.get(f'{name}.{part}') for part in ('weight', 'bias')]
    for part, value in zip(('weight', 'bias'), values):
        if not isinstance(value, Tensor) or not value.is_floating_point():
            kind = getattr(value, 'dtype', type(value).__name__)
            raise UserError(f'{source}: {name}.{part} is {kind}, not a '
                            'floating point tensor')
    weight, bias = values
    if weight.dim() < 2 or bias.shape != weight.shape[:1]:
        raise UserError(f'{source}: {name} has a weight of shape '
                        f'{tuple(weight.shape)} and a bias of '
                        f'{tuple(bias.shape)}')
    return weight, bias


def _every(name: str, count: int, channels: int, source: str) -> slice:
    """The channels that are kept."""
    if channels < 1 or count % channels:
        raise UserError(f'{source}: {name} has {count} channels, which '
                        f'{channels} do not divide')
    return slice(None, None, count // channels)


def _copies(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Copies, or a file would hold all that was left out."""
    return {
        name: value.float().clone(memory_format=torch.contiguous_format)
        for name, value in state.items()
    }
