"""Wide ResNet-38 A1: from the public MXNet file to :class:`ResNet38`."""
import re
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from ..backbones import ResNet38
from .rename import convert_state_dict, unknown_name

_NETWORK = 'ResNet-38 A1'
_SUFFIXES = dict(
    weight='weight',
    gamma='weight',
    beta='bias',
    moving_mean='running_mean',
    moving_var='running_var')
_KINDS = dict(res='conv', bn='bn')
_CLASSIFIER = re.compile(r'arg:linear1000_(weight|bias)')
_OUTER = re.compile(r'(?:arg|aux):(conv1a|bn7)_'
                    r'(weight|gamma|beta|moving_mean|moving_var)')
# Blocks of a stage are numbered a, b1, b2, ...
_INNER = re.compile(r'(?:arg|aux):(res|bn)(\d)(?:a|b([1-9]\d?))_(branch\w+?)_'
                    r'(weight|gamma|beta|moving_mean|moving_var)')


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
    tensors = {
        name: torch.tensor(np.ascontiguousarray(array))
        for name, array in arrays.items() if not _CLASSIFIER.fullmatch(name)
    }
    return convert_state_dict(tensors, resnet38_name, ResNet38, source,
                              _NETWORK)


def resnet38_name(name: str, source: str) -> str | None:
    """Our name of an array, e.g. ``arg:res4b3_branch2a_weight``.

    ``res4b3`` is the fourth block of stage 4, here ``b4_3``; its convolutions
    and batch norms keep their branch's name. The classifier has none.

    Raises:
        UserError: If it is no name of the network.
    """
    if _CLASSIFIER.fullmatch(name):
        return None
    if match := _OUTER.fullmatch(name):
        return f'{match[1]}.{_SUFFIXES[match[2]]}'
    match = _INNER.fullmatch(name)
    if not match:
        raise unknown_name(name, source, _NETWORK)
    kind, stage, number, branch, suffix = match.groups()
    block = f'b{stage}_{number}' if number else f'b{stage}'
    return f'{block}.{_KINDS[kind]}_{branch}.{_SUFFIXES[suffix]}'
