"""Files of weights: read without running code from them, write whole."""
import os
from collections.abc import Mapping

import torch
from torch import Tensor

from ...structures import atomic_path
from .checkpoint_files import read_checkpoint, weights_of


def load_weights(path: str | os.PathLike) -> dict[str, Tensor]:
    """State dict of a ``.pth`` file, bare or under a usual name.

    A prefix ``module.`` that data parallel training leaves is taken off.

    Raises:
        UserError: If the file is missing, cut off, or holds anything but
            finite weights by name.
    """
    return weights_of(read_checkpoint(path), path)


def save_weights(state: Mapping[str, Tensor],
                 path: str | os.PathLike) -> None:
    """Write a checkpoint that ``init_cfg=dict(type='Pretrained')`` reads."""
    with atomic_path(path) as temporary:
        torch.save(dict(state_dict=dict(state), meta={}), temporary)
