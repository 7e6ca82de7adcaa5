"""Options of the command line that change a config: read and checked."""
import argparse
import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.config import Config, DictAction

from ..structures import UserError

# Words that some entries take in place of a number.
_INSTEAD_OF_NUMBERS = ('auto', 'dynamic')


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


def read_options(words: Sequence[str]) -> dict:
    """Options of a command whose ``--help`` must not wait for mmengine.

    Args:
        words (Sequence[str]): As ``key=value``.

    Raises:
        UserError: If one is of another form.
    """
    if not words:
        return {}
    parser = argparse.ArgumentParser()
    parser.add_argument('--cfg-options', nargs='+', action=ConfigOptions)
    return parser.parse_args(['--cfg-options', *words]).cfg_options


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
    if not isinstance(value, str):
        return
    if isinstance(present, (int, float)) and (
            value not in _INSTEAD_OF_NUMBERS):
        raise UserError(f'--cfg-options {key}={value}: give a number; the '
                        f'config has {present}')
    if isinstance(present, (list, tuple)):
        raise UserError(f'--cfg-options {key}={value}: a text, but {key} is a '
                        'list; write it as "[a,b]", or set entries of it')


def _first_line(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0].strip('\'"')
