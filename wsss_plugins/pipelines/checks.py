"""Checks of a pipeline file's entries, before anything runs."""
import inspect
import re
import typing
from collections.abc import Callable, Sequence
from types import UnionType

from mmengine.registry import Registry

from ..registry import REPORT_SECTIONS, SCOPE
from ..structures.errors import UserError
from .stage import STAGE_KINDS


def check_entry(path: str, entry: dict) -> None:
    """Check one entry of ``stages``.

    Args:
        path (str): The pipeline file, for messages.
        entry (dict): The entry.

    Raises:
        UserError: If a key is unknown or missing, or a value of a wrong type.
    """
    if not isinstance(entry, dict):
        raise UserError(f'{path}: a stage is {entry!r}; write a dict')
    name, kind = entry.get('name'), entry.get('kind')
    if not isinstance(name, str) or not re.fullmatch(r'\w[\w-]*', name):
        raise UserError(f'{path}: a stage is named {name!r}; use letters, '
                        'digits, _ and -')
    where = f'{path}: stage {name}'
    if not isinstance(kind, str) or kind not in STAGE_KINDS:
        raise UserError(f'{where} is of kind {kind!r}; choose one of '
                        f'{", ".join(STAGE_KINDS)}')
    kind = STAGE_KINDS[kind]
    _known(where, entry, kind.all_keys)
    _typed(where, entry, str, kind.program, needed=True)
    for key, types in kind.keys.items():
        _typed(where, entry, types, key)


def check_report(path: str, report: dict, stages: Sequence[str]) -> None:
    """Check ``report``: better before hours of training than after.

    Each entry is that of a registered section, which checks it; ``labels``,
    the file of image-level labels whose classes captions name, is the page's.

    Args:
        path (str): The pipeline file, for messages.
        report (dict): The entry; may be empty.
        stages (Sequence[str]): Names of the stages.

    Raises:
        UserError: If a section is not registered, or refuses its entry.
    """
    where = f'{path}: report'
    if not isinstance(report, dict):
        raise UserError(f'{where} = {report!r}; write a dict')
    _typed(where, report, str, 'labels')
    for name, entry in report.items():
        if name == 'labels':
            continue
        section = registered(REPORT_SECTIONS, name, where)
        if entry is not False:
            section(entry).check(f'{where}, {name}', stages)


def registered(registry: Registry, name: object, where: str) -> type:
    """A registered type by its name.

    Args:
        registry (Registry): Where it should be; imports its own modules.
        name (object): The name, with or without the package's prefix.
        where (str): File and entry that name it, for the message.

    Raises:
        UserError: If there is no such type; tells those that there are.
    """
    registry.import_from_location()
    found = registry.module_dict.get(str(name).removeprefix(f'{SCOPE}.'))
    if found is None:
        raise UserError(
            f'{where}: {name!r} is no {registry.name}; choose one of '
            f'{", ".join(sorted(registry.module_dict))}, or import the '
            'module that registers it (custom_imports)')
    return found


def check_arguments(where: str, entry: dict, built: Callable) -> None:
    """Check that an entry holds the arguments of a class or function.

    Args:
        where (str): File and entry, for messages.
        entry (dict): Arguments by name.
        built (Callable): What is called with them. The types of its
            annotations are checked, not those of items inside.

    Raises:
        UserError: If the entry is no dict, an argument is unknown or
            missing, or a value of a wrong type.
    """
    arguments = inspect.signature(built).parameters
    _known(where, entry, arguments)
    hints = typing.get_type_hints(
        built.__init__ if isinstance(built, type) else built)
    for key, argument in arguments.items():
        _typed(where, entry, _types(hints.get(key, object)), key,
               needed=argument.default is argument.empty)


def _types(hint: object) -> tuple[type, ...]:
    """What ``isinstance`` takes for an annotation."""
    union = typing.get_origin(hint) in (typing.Union, UnionType)
    parts = typing.get_args(hint) if union else (hint, )
    plain = tuple(typing.get_origin(part) or part for part in parts)
    return (*plain, int) if float in plain else plain


def _known(where: str, entry: dict, keys: Sequence[str]) -> None:
    if not isinstance(entry, dict):
        raise UserError(f'{where}: {entry!r} is not a dict with '
                        f'{", ".join(keys)}')
    unknown = sorted(map(str, set(entry) - set(keys)))
    if unknown:
        raise UserError(f'{where}: unknown key {", ".join(unknown)}; known '
                        f'are {", ".join(keys)}')


def _typed(where: str, entry: dict, types, key: str,
           needed: bool = False) -> None:
    if key not in entry and not needed:
        return
    if not isinstance(entry.get(key), types):
        raise UserError(f'{where}: {key} = {entry.get(key)!r} is missing or '
                        'of a wrong type')
