"""Packages that find their modules by looking into their folder.

A new loss, head or transform is a new file: its package's ``__init__`` lists
the folder, so that no list of names has to be extended.
"""
import importlib
import pkgutil
from collections.abc import Sequence
from types import ModuleType


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


def _offered(module: ModuleType) -> list[str]:
    """Names of ``__all__``, or public classes defined in a module."""
    if hasattr(module, '__all__'):
        return list(module.__all__)
    return [
        name for name, value in vars(module).items()
        if isinstance(value, type) and value.__module__ == module.__name__
        and not name.startswith('_')
    ]
