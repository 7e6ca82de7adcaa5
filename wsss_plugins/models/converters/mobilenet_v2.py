"""MobileNetV2: from torchvision's names to :class:`MobileNetV2Top`."""
import re
from collections.abc import Mapping

from torch import Tensor

from ..backbones import MobileNetV2Top
from .rename import convert_state_dict, unknown_name

_NETWORK = 'MobileNetV2'
_CLASSIFIER = 'classifier.'
# Blocks in each of the seven layers, MobileNetV2 (CVPR 2018), Table 2.
_BLOCKS = (1, 2, 3, 4, 3, 3, 1)
_LAYER = re.compile(r'features\.(\d{1,2})\.(.+)\.'
                    r'(weight|bias|running_mean|running_var)')
_PARTS = ('conv', 'bn')


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
                              source, _NETWORK)


def mobilenet_v2_name(name: str, source: str) -> str | None:
    """Our name of a weight, e.g. ``features.2.conv.0.0.weight``.

    ``features.2`` is the second of 17 blocks, here ``layer2.0``. In a block
    each convolution but the last is a pair of convolution and batch norm of
    its own; the last two lie flat in the block.

    Raises:
        UserError: If it is no name of the network.
    """
    if name.startswith(_CLASSIFIER):
        return None
    match = _LAYER.fullmatch(name)
    unit = match and _UNITS.get((int(match[1]), match[2]))
    if not unit:
        raise unknown_name(name, source, _NETWORK)
    return f'{unit}.{match[3]}'


def _units() -> dict[tuple[int, str], str]:
    """Our unit for each index of ``features`` and place in it."""
    units = {}
    blocks = [(layer, block) for layer, count in enumerate(_BLOCKS, start=1)
              for block in range(count)]
    for index, (layer, block) in enumerate(blocks, start=1):
        ours = f'layer{layer}.{block}.conv'
        # Only the first block does not expand, so it has one pair less.
        pairs = 1 if index == 1 else 2
        for pair in range(pairs):
            for place, part in enumerate(_PARTS):
                units[index, f'conv.{pair}.{place}'] = f'{ours}.{pair}.{part}'
        for place, part in enumerate(_PARTS, start=pairs):
            units[index, f'conv.{place}'] = f'{ours}.{pairs}.{part}'
    for index, stem in ((0, 'conv1'), (len(blocks) + 1, 'conv2')):
        for place, part in enumerate(_PARTS):
            units[index, str(place)] = f'{stem}.{part}'
    return units


_UNITS = _units()
