"""Checkpoints: read without running code from them, and never in part."""
import hashlib
import os
import pickle
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from torch import Tensor

from ...structures import UserError

_SWITCH = 'TORCH_FORCE_WEIGHTS_ONLY_LOAD'
_TORCH = tuple(int(part) for part in torch.__version__.split('.')[:2])
_STATISTICS = ('min', 'max', 'mean', 'current')
_WRAPPINGS = ('state_dict', 'model')


class MissingCheckpoint(UserError):
    """There is no such file."""


def read_checkpoint(path: str | os.PathLike,
                    map_location: Any = 'cpu') -> Any:
    """Read a file that ``torch.save`` wrote: tensors and plain data only.

    Besides these, what mmengine puts into checkpoints for resuming: numpy
    numbers and arrays, and its buffers of logged values. Nothing that a file
    names is imported or called, whatever process this is.

    Args:
        path (str | PathLike): The file.
        map_location: As of ``torch.load``. Defaults to the CPU.

    Returns:
        Any: Its content.

    Raises:
        MissingCheckpoint: If there is no such file.
        UserError: If it is damaged, or holds anything else.
    """
    path = Path(path).expanduser()
    if path.is_dir():
        raise UserError(f'{path}: a folder; name a checkpoint file')
    if not path.is_file():
        raise MissingCheckpoint(
            f'{path}: checkpoint not found (no such file)')
    if not path.stat().st_size:
        raise UserError(f'{path}: not a checkpoint, it is empty; copy it '
                        'again')
    try:
        return _load(path, map_location)
    except Exception as error:  # whatever a broken file brings up
        raise UserError(f'{path}: {_reason(error)}') from None


def weights_of(checkpoint: Any, path: str | os.PathLike,
               wrappings: tuple[str, ...] = _WRAPPINGS) -> dict[str, Tensor]:
    """Weights by name, checked, of a checkpoint that was read.

    Args:
        checkpoint (Any): State dict, or a mapping that holds one.
        path (str | PathLike): Its file, for messages.
        wrappings (tuple[str]): Names that a state dict may lie under.

    Returns:
        dict[str, Tensor]: Prefixes ``module.`` of data parallel training are
        taken off.

    Raises:
        UserError: If it holds anything but tensors by name, or a value that
            is not finite.
    """
    state = checkpoint
    if isinstance(state, Mapping):
        inner = [state[key] for key in wrappings if key in state]
        state = inner[0] if inner else state
    if not isinstance(state, Mapping) or not state or not all(
            isinstance(name, str) for name in state):
        raise UserError(f'{path}: holds no weights by name; give a '
                        'checkpoint or state dict (.pth)')
    for name, value in state.items():
        if not isinstance(value, Tensor):
            raise UserError(f'{path}: {name} is {_kind(value)}, not a tensor; '
                            'give a checkpoint of weights')
    check_finite(state, path)
    return {name.removeprefix('module.'): v for name, v in state.items()}


def check_finite(state: Mapping[str, Tensor],
                 path: str | os.PathLike) -> None:
    """Refuse weights that are NaN or infinite.

    Raises:
        UserError: Naming the file and the first such weight.
    """
    for name, value in state.items():
        if value.is_floating_point() and not torch.isfinite(value).all():
            raise UserError(f'{path}: weights {name} are not finite; the '
                            'training that made it diverged, take an earlier '
                            'checkpoint or a lower learning rate')


def weights_digest(path: str | os.PathLike) -> str:
    """Hash of the weights of a checkpoint: names, types, shapes and values.

    Two files of the same weights have the same, whatever else they hold.

    Raises:
        UserError: As :func:`read_checkpoint` and :func:`weights_of`.
    """
    state = weights_of(read_checkpoint(path), path)
    digest = hashlib.sha256()
    for name in sorted(state):
        value = state[name].contiguous()
        digest.update(f'{name} {value.dtype} {tuple(value.shape)};'.encode())
        digest.update(value.view(-1).view(torch.uint8).numpy())
    return digest.hexdigest()[:16]


def _kind(value: Any) -> str:
    return f'a value of type {type(value).__name__}'


def _load(path: Path, map_location: Any) -> Any:
    if _TORCH >= (2, 6):
        with (torch.serialization.safe_globals(_allowed_types()),
              _switch(on=True)):
            return torch.load(path, map_location, weights_only=True)
    # Older versions know a fixed list of types, which lacks those that
    # mmengine saves; there a reader of our own has one that does not.
    with _switch(on=False):
        return torch.load(path, map_location, pickle_module=restricted())


@contextmanager
def _switch(on: bool) -> Iterator[None]:
    """Torch's own switch of this process, for the time of a read."""
    kept = os.environ.pop(_SWITCH, None)
    if on:
        os.environ[_SWITCH] = '1'
    try:
        yield
    finally:
        os.environ.pop(_SWITCH, None)
        if kept is not None:
            os.environ[_SWITCH] = kept


def _allowed_types() -> list:
    """What mmengine saves besides tensors and plain containers.

    Its buffers of logged values name their own methods with ``getattr``.
    """
    rebuild = np.zeros(1).__reduce__()[0]
    scalar = np.float64(0).__reduce__()[0]
    dtypes = {type(np.dtype(code)) for code in 'fdeilqBbh?'}
    return [HistoryBuffer, np.ndarray, np.dtype, scalar, rebuild, *dtypes,
            (statistic, 'builtins.getattr')]


def statistic(owner: Any, name: str) -> Callable:
    """A method of mmengine's buffers: all that ``getattr`` may give here."""
    if owner is not HistoryBuffer or name not in _STATISTICS:
        raise pickle.UnpicklingError(f'GLOBAL getattr of {name} was not '
                                     'allowed')
    return getattr(HistoryBuffer, name)


def _reason(error: Exception) -> str:
    text = ' '.join(str(error).split())
    if isinstance(error, pickle.UnpicklingError) and 'GLOBAL' in text:
        name = text.partition('GLOBAL ')[2].partition(' ')[0]
        return (f'not a checkpoint of weights, it asks for {name}; only '
                'tensors and plain data are read')
    if isinstance(error, RuntimeError) and 'CUDA' in text:
        return f'cannot be read onto this device ({text[:200]})'
    return ('not a checkpoint of weights, or damaged (cut off while it was '
            'written or copied); take another one')


def restricted() -> SimpleNamespace:
    """What ``torch.load`` of older versions takes for the module pickle."""
    from .restricted_pickle import make_module

    return make_module(_allowed_types())
