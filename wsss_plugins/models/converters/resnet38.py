"""Wide ResNet-38 A1: from the public MXNet file to :class:`ResNet38`."""
import re
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from ...structures import UserError
from ..backbones import ResNet38

_SUFFIXES = dict(
    weight='weight',
    gamma='weight',
    beta='bias',
    moving_mean='running_mean',
    moving_var='running_var')
_CLASSIFIER = 'linear1000'


def convert_resnet38(arrays: Mapping[str, np.ndarray],
                     source: str) -> dict[str, Tensor]:
    """Rename the arrays and check that they are the whole network.

    Args:
        arrays (Mapping[str, np.ndarray]): As
            :func:`read_mxnet_params` gives them.
        source (str): Their file, for messages.

    Returns:
        dict[str, Tensor]: State dict of the backbone; the ImageNet
        classifier is dropped.

    Raises:
        UserError: If an array is unknown, missing or of another shape.
    """
    state = {}
    for name, array in arrays.items():
        if _CLASSIFIER in name:
            continue
        state[resnet38_name(name, source)] = torch.tensor(
            np.ascontiguousarray(array))
    with torch.device('meta'):
        expected = ResNet38().state_dict()
    missing = [
        key for key in expected
        if key not in state and not key.endswith('num_batches_tracked')
    ]
    if missing:
        raise UserError(f'{source}: lacks {len(missing)} arrays, such as '
                        f'{missing[0]}; it is not ResNet-38 A1')
    for key, value in state.items():
        if key not in expected or expected[key].shape != value.shape:
            raise UserError(f'{source}: {key} of shape {tuple(value.shape)} '
                            'does not belong to ResNet-38 A1')
    return state


def resnet38_name(name: str, source: str) -> str:
    """Our name of an array, e.g. ``arg:res4b3_branch2a_weight``.

    ``res4b3`` is the fourth block of stage 4, here ``b4_3``; its convolutions
    and batch norms keep their branch's name.
    """
    match = re.fullmatch(
        r'(?:arg|aux):(conv1a|bn7|(?:res|bn)\d\w*?_branch\w+?)_'
        r'(weight|gamma|beta|moving_mean|moving_var)', name)
    if not match:
        raise UserError(f'{source}: array {name!r} does not belong to '
                        'ResNet-38 A1')
    layer, suffix = match[1], _SUFFIXES[match[2]]
    if layer in ('conv1a', 'bn7'):
        return f'{layer}.{suffix}'
    kind, stage, block, branch = re.fullmatch(
        r'(res|bn)(\d)(\w*?)_(branch\w+)', layer).groups()
    number = block.lstrip('ab')
    block = f'b{stage}_{number}' if number else f'b{stage}'
    kind = 'conv' if kind == 'res' else 'bn'
    return f'{block}.{kind}_{branch}.{suffix}'
