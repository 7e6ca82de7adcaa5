"""Where two checkpoints differ, tensor by tensor."""
import hashlib
import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from ...models.converters.checkpoint_files import read_checkpoint

#: What a training goes on from; times and texts of the run are left out.
PARTS = ('state_dict', 'ema_state_dict', 'optimizer', 'param_schedulers',
         'accumulated_gradients')


def differences(one: str | os.PathLike, other: str | os.PathLike) -> list[str]:
    """Names of the values in which two checkpoints are not equal, bit by bit.

    Args:
        one, other (str | PathLike): What mmengine's hook wrote.
    """
    first, second = leaves(one), leaves(other)
    return sorted(name for name in {*first, *second}
                  if name not in first or name not in second
                  or not _equal(first[name], second[name]))


def digest(path: str | os.PathLike) -> str:
    """A hash of all that :func:`differences` compares."""
    found = hashlib.sha256()
    for name, value in sorted(leaves(path).items()):
        if isinstance(value, torch.Tensor):
            head = f'{name} {value.dtype} {tuple(value.shape)};'
            found.update(head.encode())
            value = value.contiguous().reshape(-1).view(torch.uint8)
            found.update(value.numpy().tobytes())
        else:
            found.update(f'{name} {value!r};'.encode())
    return found.hexdigest()


def leaves(path: str | os.PathLike) -> dict[str, Any]:
    """Tensors and plain values of :data:`PARTS` by dotted name.

    Args:
        path (str | PathLike): The checkpoint.
    """
    checkpoint = read_checkpoint(path)
    parts = {key: checkpoint[key] for key in PARTS if key in checkpoint}
    meta = checkpoint.get('meta', {})
    parts['meta'] = {key: meta.get(key) for key in ('epoch', 'iter')}
    return dict(_flat('', parts))


def _flat(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, (list, tuple)):
        items = enumerate(value)
    else:
        yield name.lstrip('.'), value
        return
    for key, item in items:
        yield from _flat(f'{name}.{key}', item)


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and np.array_equal(one, other)
    return type(one) is type(other) and one == other
