"""Names and arguments in a pipeline file, checked before they are used."""
import inspect
import typing
from collections.abc import Callable, Collection
from types import UnionType

from mmengine.registry import Registry

from ..registry import SCOPE
from ..structures.errors import UserError


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
    check_keys(where, entry, arguments)
    hints = typing.get_type_hints(
        built.__init__ if isinstance(built, type) else built)
    for key, argument in arguments.items():
        check_type(where, entry, _types(hints.get(key, object)), key,
               needed=argument.default is argument.empty)


def _types(hint: object) -> tuple[type, ...]:
    """What ``isinstance`` takes for an annotation."""
    union = typing.get_origin(hint) in (typing.Union, UnionType)
    parts = typing.get_args(hint) if union else (hint, )
    plain = [typing.get_origin(part) or part for part in parts]
    plain = [part if isinstance(part, type) else object for part in plain]
    return (*plain, int) if float in plain else tuple(plain)


def check_keys(where: str, entry: object, keys: Collection[str]) -> None:
    """Check that an entry is a dict with no other than some keys.

    Args:
        where (str): File and entry, for messages.
        entry (object): The entry.
        keys (Collection[str]): Those that are known.

    Raises:
        UserError: If it is no dict, or has an unknown key.
    """
    if not isinstance(entry, dict):
        raise UserError(f'{where}: {entry!r} is not a dict with '
                        f'{", ".join(keys)}')
    unknown = sorted(map(str, set(entry) - set(keys)))
    if unknown:
        raise UserError(f'{where}: unknown key {", ".join(unknown)}; known '
                        f'are {", ".join(keys)}')


def check_type(where: str,
               entry: dict,
               types: type | tuple[type, ...],
               key: str,
               needed: bool = False) -> None:
    """Check the type of a value.

    Args:
        where (str): File and entry, for messages.
        entry (dict): The entry.
        types (type | tuple[type]): Types of which the value is to be.
        key (str): Whose value.
        needed (bool): Whether the key must be there.

    Raises:
        UserError: If the key is missing, or the value of another type.
    """
    if key not in entry and not needed:
        return
    if not isinstance(entry.get(key), types):
        raise UserError(f'{where}: {key} = {entry.get(key)!r} is missing or '
                        'of a wrong type')
