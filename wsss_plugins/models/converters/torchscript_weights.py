"""Weights of a TorchScript archive, without running what is in it.

OpenAI publishes CLIP so. The archive is a zip file: a pickle of modules that
names its tensors, and their bytes beside it.
"""
import io
import os
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...structures import UserError
from ...structures.failures import READ_FAILURES, reason
from .checkpoint_files import check_finite

_TYPES = {f'{name}Storage': kind for name, kind in (
    ('Half', torch.float16), ('BFloat16', torch.bfloat16),
    ('Float', torch.float32), ('Double', torch.float64),
    ('Byte', torch.uint8), ('Char', torch.int8), ('Short', torch.int16),
    ('Int', torch.int32), ('Long', torch.int64), ('Bool', torch.bool))}


def is_torchscript(path: str | os.PathLike) -> bool:
    """Whether a file is a TorchScript archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            return any('/code/' in name for name in archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False


def torchscript_weights(path: str | os.PathLike) -> dict[str, Tensor]:
    """Weights and buffers of an archive by name.

    Raises:
        UserError: If the file is damaged, or names anything but modules and
            tensors.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            data, = [name for name in archive.namelist()
                     if name.count('/') == 1 and name.endswith('/data.pkl')]
            root = _Reader(archive, Path(data).parent.name).load(data)
            state = dict(_tensors(root))
    except (*READ_FAILURES, pickle.UnpicklingError) as error:
        raise UserError(f'{path}: not a whole TorchScript archive of weights '
                        f'({reason(error)}); copy it again') from None
    check_finite(state, path)
    return state


class _Module:
    """What stands for any module of the archive: its attributes."""

    def __setstate__(self, state: dict) -> None:
        self.state = state


class _Reader(pickle.Unpickler):
    """Builds modules without behavior, and tensors."""

    def __init__(self, archive: zipfile.ZipFile, folder: str) -> None:
        self.archive, self.folder = archive, folder

    def load(self, name: str) -> Any:
        super().__init__(io.BytesIO(self.archive.read(name)))
        return super().load()

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith('__torch__'):
            return _Module
        if (module, name) == ('collections', 'OrderedDict'):
            return OrderedDict
        if module == 'torch._utils' and name in ('_rebuild_tensor_v2',
                                                 '_rebuild_parameter'):
            return _tensor if name.endswith('v2') else _parameter
        if module == 'torch' and name in _TYPES:
            return _TYPES[name]
        if module == 'torch.jit._pickle':
            return _as_list
        raise pickle.UnpicklingError(f'it asks for {module}.{name}')

    def persistent_load(self, pid: tuple) -> Tensor:
        kind, dtype, key, _, _ = pid
        if kind != 'storage' or not isinstance(dtype, torch.dtype):
            raise pickle.UnpicklingError('it holds another kind of data')
        data = bytearray(self.archive.read(f'{self.folder}/data/{key}'))
        return torch.frombuffer(data, dtype=dtype)


def _tensor(storage: Tensor, offset: int, size: tuple, stride: tuple,
            *_: Any) -> Tensor:
    last = offset + sum((n - 1) * s for n, s in zip(size, stride)) + 1
    if min((offset, *size, *stride)) < 0 or last > len(storage):
        raise pickle.UnpicklingError('a tensor reaches beyond its data')
    return torch.as_strided(storage, size, stride, offset).clone()


def _parameter(value: Tensor, *_: Any) -> Tensor:
    return value


def _as_list(values: Any, *_: Any) -> Any:
    return values


def _tensors(module: Any, prefix: str = ''):
    for name, value in getattr(module, 'state', {}).items():
        if isinstance(value, Tensor):
            yield prefix + name, value
        elif isinstance(value, _Module):
            yield from _tensors(value, f'{prefix}{name}.')
