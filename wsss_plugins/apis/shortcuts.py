"""Top-level names of a config that stand for entries deep inside it.

mmengine evaluates a config before options are merged into it, so that
``--cfg-options data_root=X`` alone would set a variable which nothing reads
any more. A config therefore declares what such a name stands for::

    shortcuts = dict(
        data_root=('*_dataloader.dataset.data_root', ),
        max_iters=('train_cfg.max_iters', 'param_scheduler.-1.end + 1'))

Every top-level dict counts whose name is ``shortcuts`` or ends in
``_shortcuts``, so that a schedule or a data set can declare its own; a name
that several of them declare stands for the entries of all. An entry is

- ``a.b.c``: gets the value. ``*`` matches keys of a dict, ``-1`` is the last
  item of a list. What the config lacks is skipped, but from a key with ``+``
  on it is made: ``dataset.+metainfo.classes``.
- ``a.b.c + 1`` or ``- 1``: gets the value, and so much more or less;
  ``a.b.c * 1/8``: that share of it, rounded up.
- ``a.b.c = TEXT``: gets a text, in which ``{NAME}`` is a top-level value. It
  is joined as a path: an absolute part drops what is before it.
- ``a.b.c = len(NAME)``: gets the length of a top-level value.

Any of them may end in ``if a.b``: then it counts only where the config has
that entry.

An entry without a dot that is itself a name stands for what that name does.
A *fact file* is a config with such names only: the facts of a data set.
"""
import inspect
import math
import os
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from fractions import Fraction
from pathlib import Path
from typing import Any

from mmengine.config import Config, ConfigDict
from mmengine.runner import Runner

from ..structures import UserError

FACTS = 'facts'
_ENTRY = re.compile(r'(?P<path>\S+)(?: (?P<sign>[+-]) (?P<number>\d+)'
                    r'| \* (?P<share>\d+/[1-9]\d*)| = (?P<right>.+?))?'
                    r'(?: if (?P<condition>\S+))?')
_LENGTH = re.compile(r'len\((\w+)\)')
# Other top-level entries that mmengine's runner or the tools read.
_READ = {
    *inspect.signature(Runner.__init__).parameters, 'activation_checkpointing',
    'broadcast_buffers', 'compile', 'detect_anomalous_params',
    'efficient_conv_bn_eval', 'find_unused_parameters', 'model_wrapper_cfg',
    'runner_type', 'sync_bn', 'tta_model', 'tta_pipeline'
}


def apply_options(cfg: Config, options: Mapping[str, Any]) -> None:
    """Apply the options of a command line to a config, in place.

    Facts come first, then names, then dotted entries, so that the more exact
    option wins whatever their order.

    Args:
        cfg (Config): The config.
        options (Mapping[str, Any]): Values by dotted entry, by name, and by
            ``'facts'``, whose value is the path of a fact file.

    Raises:
        UserError: If a name is unknown or stands for nothing that the config
            has, or a value does not fit.
    """
    options = dict(options)
    known = declared_shortcuts(cfg)
    facts = read_facts(options.pop(FACTS)) if FACTS in options else {}
    named = {key: options.pop(key) for key in list(options) if key in known}
    for key in options:
        if '.' not in key and key not in _READ:
            raise UserError(f'{_file(cfg)}: {key}={options[key]!r} would '
                            f'change nothing; {_takes(cfg, known)}, or '
                            'entries with dots')
    apply_names(cfg, facts, named)
    cfg.merge_from_dict(options)


def apply_names(cfg: Config, facts: Mapping[str, Any],
                named: Mapping[str, Any] | None = None) -> None:
    """Set all that names stand for, in place.

    Args:
        cfg (Config): The config.
        facts (Mapping[str, Any]): Values by name. Names that stand for
            nothing here are skipped, as long as one does not.
        named (Mapping[str, Any], optional): Values that win over those of
            ``facts``, each of which must set something.

    Raises:
        UserError: As :func:`apply_options`.
    """
    known, named = declared_shortcuts(cfg), named or {}
    for name in {**facts, **named}:
        if name not in known:
            raise UserError(f'{_file(cfg)}: unknown name {name!r}; known are '
                            f'{", ".join(sorted(known))}')
    values = {**facts, **named}
    cfg.merge_from_dict({
        name: value for name, value in values.items()
        if not isinstance(value, dict)
    })
    done = {name: _set_all(cfg, known, name, values) for name in values}
    for name in named:
        if not done[name]:
            raise UserError(f'{_file(cfg)}: {name}={named[name]!r} sets '
                            f'nothing here; {_takes(cfg, known)}')
    if facts and not any(done[name] for name in facts):
        raise UserError(f'{_file(cfg)}: none of the facts '
                        f'{", ".join(facts)} sets anything here; '
                        f'{_takes(cfg, known)}')


def read_facts(path: str | Path) -> dict[str, Any]:
    """Read a fact file.

    Raises:
        UserError: If the file is missing or not a config.
    """
    if not Path(str(path)).is_file():
        raise UserError(f'facts={path}: file not found')
    try:
        return Config.fromfile(path).to_dict()
    except (SyntaxError, NameError, OSError, KeyError) as error:
        raise UserError(f'facts={path}: not readable as a config '
                        f'({error})') from None


def declared_shortcuts(cfg: Config) -> dict[str, list[str]]:
    """Entries of every name that a config declares, by name.

    Raises:
        UserError: If an entry is malformed.
    """
    found = {}
    for key, part in cfg.items():
        if key != 'shortcuts' and not key.endswith('_shortcuts'):
            continue
        for name, entries in part.items():
            entries = [entries] if isinstance(entries, str) else entries
            found.setdefault(name, []).extend(entries or ())
    for name, entries in found.items():
        for entry in entries:
            if not _ENTRY.fullmatch(entry):
                raise UserError(f'{_file(cfg)}: shortcut {name}: {entry!r} '
                                'is not an entry; write PATH, PATH + NUMBER, '
                                'PATH * SHARE or PATH = TEXT')
    return found


def names_of(cfg: Config) -> list[str]:
    """Names that set something in a config, sorted."""
    known = declared_shortcuts(cfg)
    return sorted(name for name in known if any(_places(cfg, known, name)))


def _takes(cfg: Config, known: Mapping[str, list[str]]) -> str:
    names = names_of(cfg) if known else []
    return f'it takes {", ".join(names) or "no names"}'


def _set_all(cfg: Config, known: Mapping[str, list[str]], name: str,
             values: Mapping[str, Any]) -> int:
    """Set the entries of one name; their number."""
    count = 0
    for entry in known[name]:
        match = _ENTRY.fullmatch(entry)
        if not _holds(cfg, match):
            continue
        value = _value(cfg, name, values[name], match)
        if match['path'] in known:
            if match['path'] not in values:
                cfg[match['path']] = value
                count += _set_all(cfg, known, match['path'],
                                  {match['path']: value})
            continue
        for node, keys in _targets(cfg._cfg_dict, match['path'].split('.')):
            _set(node, keys, value, f'{_file(cfg)}: {name}={value!r}')
            count += 1
    return count


def _places(cfg: Config, known: Mapping[str, list[str]],
            name: str) -> Iterator[str]:
    """Entries of a name that the config has."""
    for entry in known[name]:
        match = _ENTRY.fullmatch(entry)
        path = match['path']
        if path in known:
            yield from _places(cfg, known, path)
        elif _has(cfg, path) and _holds(cfg, match):
            yield path


def _has(cfg: Config, path: str) -> bool:
    return any(True for _ in _targets(cfg._cfg_dict, path.split('.')))


def _holds(cfg: Config, match: re.Match) -> bool:
    """Whether the condition of an entry holds, if it has one."""
    return match['condition'] is None or _has(cfg, match['condition'])


def _value(cfg: Config, name: str, value, match: re.Match):
    """What an entry gets for the value of its name."""
    if match['sign'] or match['share']:
        if not isinstance(value, int) or isinstance(value, bool):
            raise UserError(f'{_file(cfg)}: {name}={value!r}: write a whole '
                            'number')
        if match['share']:
            return math.ceil(value * Fraction(match['share']))
        return value + int(match['sign'] + match['number'])
    right = match['right']
    if right is None:
        return value
    length = _LENGTH.fullmatch(right)
    if length:
        return len(cfg[length[1]])
    parts = (part.format_map(cfg._cfg_dict) for part in right.split('/'))
    return os.path.join(*parts)


def _targets(node, keys: list[str]) -> Iterator[tuple[Any, list[str]]]:
    """Nodes that a path matches, and the keys left to set in each."""
    key = keys[0]
    if key.startswith('+'):
        if isinstance(node, dict):
            yield node, [key[1:], *keys[1:]]
        return
    if isinstance(node, dict):
        matching = [k for k in node if fnmatchcase(k, key)]
    elif isinstance(node, list):
        matching = [i for i in range(len(node))
                    if key in ('*', str(i), str(i - len(node)))]
    else:
        return
    for found in matching:
        if len(keys) == 1:
            yield node, [found]
        else:
            yield from _targets(node[found], keys[1:])


def _set(node, keys: list, value, where: str) -> None:
    for key in keys[:-1]:
        if not isinstance(node.get(key), dict):
            node[key] = ConfigDict()
        node = node[key]
    key = keys[-1]
    old = node[key] if not isinstance(node, dict) else node.get(key)
    if isinstance(old, str) and isinstance(value, (list, tuple, dict)):
        raise UserError(f'{where} must be a text without commas and brackets')
    if isinstance(old, str) and isinstance(value, (int, float)):
        value = str(value)
    node[key] = value


def _file(cfg: Config) -> str:
    return str(cfg.filename or 'config')
