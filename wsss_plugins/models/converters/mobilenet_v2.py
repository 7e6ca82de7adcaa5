"""MobileNetV2: from torchvision's names to :class:`MobileNetV2Top`."""
from collections.abc import Mapping

import torch
from torch import Tensor

from ...structures import UserError
from ..backbones import MobileNetV2Top

_CLASSIFIER = 'classifier.'
_COUNTER = 'num_batches_tracked'


def convert_mobilenet_v2(state: Mapping[str, Tensor],
                         source: str) -> dict[str, Tensor]:
    """Rename weights of torchvision's MobileNetV2 1.0.

    Both implementations list the same layers in the same order, so names are
    matched by order and checked by kind and shape.

    Args:
        state (Mapping[str, Tensor]): torchvision-style state dict.
        source (str): Its file, for messages.

    Returns:
        dict[str, Tensor]: State dict of the backbone, without classifier.

    Raises:
        UserError: If the layers are not those of MobileNetV2 1.0.
    """
    with torch.device('meta'):
        expected = {
            key: value
            for key, value in MobileNetV2Top().state_dict().items()
            if not key.endswith(_COUNTER)
        }
    found = {
        key: value
        for key, value in state.items()
        if not key.startswith(_CLASSIFIER) and not key.endswith(_COUNTER)
    }
    if len(found) != len(expected):
        raise UserError(f'{source}: {len(found)} weights, but MobileNetV2 has '
                        f'{len(expected)}; is it torchvision-style, 1.0?')
    converted = {}
    for (theirs, value), (ours, blank) in zip(found.items(), expected.items()):
        kind = theirs.rsplit('.', 1)[-1]
        if not ours.endswith('.' + kind) or blank.shape != value.shape:
            raise UserError(
                f'{source}: {theirs} {tuple(value.shape)} stands where '
                f'{ours} {tuple(blank.shape)} belongs')
        converted[ours] = value
    return converted
