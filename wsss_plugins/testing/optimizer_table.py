"""Optimizer groups of configs against tables of what their papers say.

A table is a YAML file, a list of entries; a new method brings a file of its
own. An entry holds for the configs that its patterns match::

    - configs: [configs/deeplab/deeplabv2_r101*.py]
      source: common PyTorch code of DeepLab V2, voc12.yaml
      optimizer: {type: SGD, lr: 2.5e-4, momentum: .9}
      groups:
        backbone weight: [1, 5e-4]
        decode_head weight: [10, 5e-4]
        decode_head bias: [20, 0]

A group is the beginning of the parameters' names and their kind, ``weight``,
``bias``, ``norm`` (weights of normalization layers) or ``norm bias``; of
several that match the longest beginning counts, and none may match nothing.
It has the multiple of the learning rate and the weight decay.
"""
import math
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

import yaml
from torch import nn
from torch.optim import Optimizer

_NORMS = (nn.modules.batchnorm._NormBase, nn.GroupNorm, nn.LayerNorm)


class Group(NamedTuple):
    """What an optimizer does with parameters.

    Attributes:
        lr_mult: Multiple of the base learning rate.
        decay: Weight decay.
    """
    lr_mult: float
    decay: float


def read_tables(folder: Path) -> list[dict]:
    """Entries of all tables of a folder."""
    return [
        entry for path in sorted(folder.glob('*.yml'))
        for entry in yaml.safe_load(path.read_text(encoding='utf-8'))
    ]


def entries_of(config: str, tables: list[dict]) -> list[dict]:
    """Entries that hold for a config, a path with slashes."""
    return [
        entry for entry in tables
        if any(fnmatch(config, pattern) for pattern in entry['configs'])
    ]


def differences(model: nn.Module, optimizer: Optimizer, options: dict,
                entry: dict) -> list[str]:
    """How an optimizer differs from an entry, a line each; empty if not.

    Args:
        model (nn.Module): Whose parameters it has.
        optimizer (Optimizer): The optimizer.
        options (dict): Its config.
        entry (dict): Of a table.
    """
    wanted, unused = entry['groups'], set(entry['groups'])
    found = [
        f'{key} is {options.get(key)!r}, not {value!r}'
        for key, value in entry['optimizer'].items()
        if options.get(key) != (tuple(value)
                                if isinstance(value, list) else value)
    ]
    groups = _groups(optimizer, options['lr'])
    for name, kind, identity in _parameters(model):
        key = _key(name, kind, wanted)
        unused.discard(key)
        group = groups.get(identity)
        if key is None:
            found.append(f'{name} ({kind}) is in no group of the table')
        elif group is None or not _same(group, wanted[key]):
            found.append(f'{name} ({kind}) has {group}, not {wanted[key]}')
    return found + [f'{key!r} matches no parameter' for key in sorted(unused)]


def _groups(optimizer: Optimizer, lr: float) -> dict[int, Group]:
    """Groups of the parameters by identity."""
    return {
        id(parameter): Group(group['lr'] / lr if lr else 0.,
                             group['weight_decay'])
        for group in optimizer.param_groups for parameter in group['params']
    }


def _parameters(model: nn.Module) -> Iterator[tuple[str, str, int]]:
    """Name, kind and identity of what is trained."""
    for prefix, module in model.named_modules():
        norm = isinstance(module, _NORMS)
        for name, parameter in module.named_parameters(recurse=False):
            if not parameter.requires_grad:
                continue
            kind = 'bias' if name == 'bias' else 'weight'
            if norm:
                kind = 'norm bias' if name == 'bias' else 'norm'
            full = f'{prefix}.{name}' if prefix else name
            yield full, kind, id(parameter)


def _key(name: str, kind: str, groups: dict) -> str | None:
    """The group of the table with the longest beginning."""
    keys = [
        key for key in groups
        if key.split(' ', 1)[1] == kind and name.startswith(
            key.split(' ', 1)[0])
    ]
    return max(keys, key=len, default=None)


def _same(group: Group, wanted: list[float]) -> bool:
    return all(
        math.isclose(a, b, rel_tol=1e-6) for a, b in zip(group, wanted))
