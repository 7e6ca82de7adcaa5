"""Packages that find their modules by looking into their folder.

A new loss, head or transform is a new file: its package's ``__init__`` lists
the folder, so that no list of names has to be extended.
"""
import importlib
import pkgutil
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any


def export_types(namespace: dict, skip: Sequence[str] = ()) -> list[str]:
    """Import every module of a package and export what it offers.

    A module offers the names of its ``__all__``, or else the public classes
    that it defines; a package offers those of its modules.

    Args:
        namespace (dict): ``globals()`` of the package's ``__init__``; gets
            the names.
        skip (Sequence[str]): Modules that are left to those who need them.

    Returns:
        list[str]: The names in order, for ``__all__``.

    Raises:
        ImportError: If two modules offer different things of one name.
    """
    package, found = namespace['__name__'], {}
    for info in pkgutil.iter_modules(namespace['__path__']):
        if info.name.startswith('_') or info.name in skip:
            continue
        module = importlib.import_module(f'{package}.{info.name}')
        for name in _offered(module):
            value = getattr(module, name)
            if found.setdefault(name, value) is not value:
                raise ImportError(f'{package}: two modules define {name}; '
                                  'rename one')
    namespace.update(found)
    return sorted(found)


def lazy_types(
        namespace: dict,
        skip: Sequence[str] = ()) -> tuple[Callable[[str], Any], Callable]:
    """Export what modules offer when a name is first asked for.

    For packages that also have folders which must start without the rest.

    Args:
        namespace (dict): ``globals()`` of the package's ``__init__``.
        skip (Sequence[str]): Modules that are left to those who need them.

    Returns:
        tuple[Callable, Callable]: The package's ``__getattr__`` and
        ``__dir__``.
    """

    def look_up(name: str) -> Any:
        wanted = name == '__all__' or not (
            name.startswith('_') or name in skip)
        if wanted and '__all__' not in namespace:
            namespace['__all__'] = export_types(namespace, skip)
        if name not in namespace:
            raise AttributeError(f'module {namespace["__name__"]!r} has no '
                                 f'attribute {name!r}')
        return namespace[name]

    def names() -> list[str]:
        return sorted({*namespace, *look_up('__all__')})

    return look_up, names


def _offered(module: ModuleType) -> list[str]:
    """Names of ``__all__``, or public classes defined in a module."""
    if hasattr(module, '__all__'):
        return list(module.__all__)
    return [
        name for name, value in vars(module).items()
        if isinstance(value, type) and value.__module__ == module.__name__
        and not name.startswith('_')
    ]
