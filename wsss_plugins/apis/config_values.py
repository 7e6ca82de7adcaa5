"""Values of a config that would end a run late, or in other words."""
import logging
import math
from collections.abc import Mapping
from typing import Any

from mmengine.config import Config
from mmengine.registry import OPTIMIZERS

from ..structures import UserError
from .schedules import check_schedules

_MISSING = object()
_SEEDS = 2**32


def check_values(cfg: Config) -> None:
    """Refuse values of a config that cannot be.

    Raises:
        UserError: Naming the entry and its value.
    """
    for key in ('max_iters', 'max_epochs', 'val_interval'):
        _positive(cfg, f'train_cfg.{key}', whole=True)
    for part in ('train', 'val', 'test'):
        _positive(cfg, f'{part}_dataloader.batch_size', whole=True)
        if _entry(cfg, f'{part}_dataloader.dataset.indices') in (0, [], ()):
            raise UserError(f'{part}_dataloader.dataset.indices leaves no '
                            'sample; give a number above 0, or a list')
        workers = _entry(cfg, f'{part}_dataloader.num_workers')
        if _is_number(workers) and workers < 0:
            raise UserError(f'{part}_dataloader.num_workers={workers}: give 0 '
                            'or more')
    rate = _entry(cfg, 'optim_wrapper.optimizer.lr')
    if _is_number(rate) and not 0 <= rate < math.inf:
        raise UserError(f'optim_wrapper.optimizer.lr={rate}: give a learning '
                        'rate of 0 or more')
    _check_runtime(cfg)
    check_schedules(cfg)


def _check_runtime(cfg: Config) -> None:
    seed = _entry(cfg, 'randomness.seed')
    if seed is not _MISSING and seed is not None and not (
            type(seed) is int and 0 <= seed < _SEEDS):
        raise UserError(f'randomness.seed={seed}: give a whole number from 0 '
                        f'to {_SEEDS - 1}')
    level = cfg.get('log_level', 'INFO')
    if type(level) is not int and type(logging.getLevelName(level)) is not int:
        raise UserError(f'log_level={level}: choose DEBUG, INFO, WARNING or '
                        'ERROR')
    kind = _entry(cfg, 'optim_wrapper.optimizer.type')
    scope = cfg.get('default_scope') or 'mmseg'
    if isinstance(kind, str):
        with OPTIMIZERS.switch_scope_and_registry(scope) as registry:
            found = registry.get(kind)
        if found is None:
            raise UserError(f'optim_wrapper.optimizer.type={kind}: no such '
                            'optimizer is registered; fix its name')


def _positive(cfg: Config, key: str, whole: bool = False) -> None:
    value = _entry(cfg, key)
    if value is _MISSING or value is None:
        return
    if not _is_number(value) or not math.isfinite(value) or value <= 0 or (
            whole and value != int(value)):
        kind = 'whole number' if whole else 'number'
        raise UserError(f'{key}={value}: give a {kind} above 0')


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _entry(cfg: Config, key: str) -> Any:
    node: Any = cfg
    for name in key.split('.'):
        if not isinstance(node, Mapping) and not isinstance(node, Config):
            return _MISSING
        node = node.get(name, _MISSING)
        if node is _MISSING:
            return node
    return node
