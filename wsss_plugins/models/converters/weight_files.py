"""Files of weights: read without running code from them, write whole."""
import os
import pickle
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from ...structures import UserError, atomic_path


def load_weights(path: str | os.PathLike) -> dict[str, Tensor]:
    """State dict of a ``.pth`` file, bare or under ``state_dict``.

    A prefix ``module.`` that data parallel training leaves is taken off.

    Raises:
        UserError: If the file is missing, cut off, or holds anything but
            weights by name.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f'{path}: no such file; give a state dict (.pth)')
    try:
        state = torch.load(path, 'cpu', weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError,
            LookupError, OSError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise UserError(f'{path}: not a state dict ({reason}); fetch it '
                        'again') from None
    if isinstance(state, Mapping):
        state = state.get('state_dict', state)
    if not isinstance(state, Mapping) or not state or not all(
            isinstance(name, str) for name in state):
        raise UserError(f'{path}: holds no weights by name; give a state '
                        'dict (.pth)')
    return {name.removeprefix('module.'): v for name, v in state.items()}


def save_weights(state: Mapping[str, Tensor],
                 path: str | os.PathLike) -> None:
    """Write a checkpoint that ``init_cfg=dict(type='Pretrained')`` reads."""
    with atomic_path(path) as temporary:
        torch.save(dict(state_dict=dict(state), meta={}), temporary)
