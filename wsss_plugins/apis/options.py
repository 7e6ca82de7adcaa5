"""Options of the command line that change a config: read and checked."""
import argparse
import difflib
import math
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.config import Config, DictAction

from ..structures import UserError

_MISSING = object()


class ConfigOptions(DictAction):
    """mmengine's ``key=value`` options, with a line for each mistake."""

    def __call__(self, parser: argparse.ArgumentParser,
                 namespace: argparse.Namespace, values: Sequence[str],
                 option_string: str | None = None) -> None:
        """Read the options into the namespace."""
        for text in values:
            key, equals, _ = text.partition('=')
            if not equals or not key:
                raise UserError(f'{option_string} {text}: give key=value')
        try:
            super().__call__(parser, namespace, values, option_string)
        except (AssertionError, ValueError, SyntaxError) as error:
            raise UserError(f'{option_string} {" ".join(values)}: a bracket '
                            'or quote is not closed '
                            f'({_first_line(error)})') from None


def check_options(cfg: Config, options: Mapping[str, Any]) -> None:
    """Compare options with what a config has in their places.

    Args:
        cfg (Config): Before they are applied.
        options (Mapping): Values by dotted name.

    Raises:
        UserError: If a name or its value cannot belong to this config.
    """
    for key, value in options.items():
        _check(cfg, key, value)


def check_numbers(cfg: Config) -> None:
    """Refuse numbers of a training that cannot be.

    Raises:
        UserError: Naming the entry and its value.
    """
    for key in ('max_iters', 'max_epochs', 'val_interval'):
        _positive(cfg, f'train_cfg.{key}', whole=True)
    for part in ('train', 'val', 'test'):
        _positive(cfg, f'{part}_dataloader.batch_size', whole=True)
        workers = _entry(cfg, f'{part}_dataloader.num_workers')
        if _is_number(workers) and workers < 0:
            raise UserError(f'{part}_dataloader.num_workers={workers}: give 0 '
                            'or more')
    rate = _entry(cfg, 'optim_wrapper.optimizer.lr')
    if _is_number(rate) and not 0 <= rate < math.inf:
        raise UserError(f'optim_wrapper.optimizer.lr={rate}: give a learning '
                        'rate of 0 or more')


def _check(cfg: Config, key: str, value: Any) -> None:
    """One option, against what the config has there."""
    node, names = cfg._cfg_dict, key.split('.')
    for depth, name in enumerate(names):
        if isinstance(node, (list, tuple)):
            _check_index(key, name, node)
            node = node[int(name)]
            continue
        if not isinstance(node, Mapping):
            return  # mmengine replaces it
        if name not in node:
            _check_spelling(key, name, list(node), depth < len(names) - 1)
            return
        node = node[name]
    _check_kind(key, node, value)


def _check_index(key: str, name: str, entries: Sequence) -> None:
    try:
        entries[int(name)]
    except (ValueError, IndexError):
        raise UserError(f'--cfg-options {key}: {name} is not one of its '
                        f'{len(entries)} entries, 0 to '
                        f'{len(entries) - 1}') from None


def _check_spelling(key: str, name: str, known: list[str],
                    inner: bool) -> None:
    """A part that is not there may be new, or misspelled."""
    close = difflib.get_close_matches(name, known, 1, .8)
    if inner and close:
        raise UserError(f'--cfg-options {key}: the config has no {name}; do '
                        f'you mean {close[0]}?')


def _check_kind(key: str, present: Any, value: Any) -> None:
    if isinstance(present, Mapping) and present and not (
            value is None or isinstance(value, Mapping)):
        raise UserError(f'--cfg-options {key}={value}: {key} is a part with '
                        f'entries of its own ({", ".join(present)}); set '
                        'these')
    if isinstance(present, str) and isinstance(value, (list, tuple)):
        text = ','.join(map(str, value))
        raise UserError(f'--cfg-options {key}={text}: a comma makes a list, '
                        f'and {key} is one text; use a path without commas')


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


def _first_line(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0].strip('\'"')
