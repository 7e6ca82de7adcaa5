"""MobileNetV2: from torchvision's names to :class:`MobileNetV2Top`."""
import re
from collections.abc import Mapping

from torch import Tensor

from ..backbones import MobileNetV2Top
from .rename import convert_state_dict

_CLASSIFIER = 'classifier.'
# Blocks in each of the seven layers, MobileNetV2 (CVPR 2018), Table 2.
_BLOCKS = (1, 2, 3, 4, 3, 3, 1)
_NUM_BLOCKS = sum(_BLOCKS)
_LAYER = re.compile(r'features\.(\d+)\.(.+)\.'
                    r'(weight|bias|running_mean|running_var)')
_PARTS = {'0': 'conv', '1': 'bn'}


def convert_mobilenet_v2(state: Mapping[str, Tensor],
                         source: str) -> dict[str, Tensor]:
    """Rename weights of torchvision's MobileNetV2 1.0.

    They suit mmseg's ``MobileNetV2``, too, which has no ``conv2`` and leaves
    those weights out.

    Args:
        state (Mapping[str, Tensor]): torchvision-style state dict.
        source (str): Its file, for messages.

    Returns:
        dict[str, Tensor]: State dict of the backbone, without classifier.

    Raises:
        UserError: If the weights are not those of MobileNetV2 1.0.
    """
    return convert_state_dict(state, mobilenet_v2_name, MobileNetV2Top,
                              source, 'torchvision-style MobileNetV2 1.0')


def mobilenet_v2_name(name: str) -> str | None:
    """Our name of a weight, e.g. ``features.2.conv.0.0.weight``.

    ``features.2`` is the second of 17 blocks, here ``layer2.0``. In a block
    each convolution but the last is a pair of convolution and batch norm of
    its own; the last pair lies flat in the block.

    Raises:
        KeyError: If it is no name of the network.
    """
    if name.startswith(_CLASSIFIER):
        return None
    match = _LAYER.fullmatch(name)
    if not match:
        raise KeyError(name)
    index, inside, suffix = int(match[1]), match[2], match[3]
    if index in (0, _NUM_BLOCKS + 1):
        stem = 'conv2' if index else 'conv1'
        return f'{stem}.{_PARTS[inside]}.{suffix}'
    layer, block = _place(index)
    # Only the first block does not expand, so it has one pair less.
    pairs = 1 if index == 1 else 2
    inner = {f'conv.{pair}.{place}': (pair, part)
             for pair in range(pairs) for place, part in _PARTS.items()}
    inner[f'conv.{pairs}'] = pairs, 'conv'
    inner[f'conv.{pairs + 1}'] = pairs, 'bn'
    pair, part = inner[inside]
    return f'layer{layer}.{block}.conv.{pair}.{part}.{suffix}'


def _place(index: int) -> tuple[int, int]:
    """Layer, from 1, and block in it, from 0, of block 1 to 17."""
    block = index - 1
    for layer, count in enumerate(_BLOCKS, start=1):
        if block < count:
            return layer, block
        block -= count
    raise KeyError(index)
