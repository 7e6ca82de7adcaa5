"""What stages import after they have read their arguments."""
import importlib
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from mmengine.registry import Registry

from ... import registry as own_registry

# Early torch, such as 2.1, imports it if it is there. Processes that are
# forked beside its thread, which does not come along, wait for that when they
# end.
_STARTS_A_THREAD = 'onnxruntime'


def import_parts(modules: Iterable[str], scopes: Iterable[str]) -> None:
    """Import what stages would import one by one.

    Args:
        modules (Iterable[str]): Names of modules.
        scopes (Iterable[str]): Packages of which all parts are imported:
            this one and those of OpenMMLab.

    Raises:
        ImportError: If something is not there, or not whole.
    """
    with _absent(_STARTS_A_THREAD):
        for name in modules:
            importlib.import_module(name)
        for scope in scopes:
            if scope == own_registry.SCOPE:
                _import_own()
            else:
                _import_scope(scope)


@contextmanager
def _absent(name: str) -> Iterator[None]:
    """Let nobody import a module; afterwards, who needs it can."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None
    try:
        yield
    finally:
        del sys.modules[name]


def _import_scope(name: str) -> None:
    utils = importlib.import_module(f'{name}.utils')
    if hasattr(utils, 'register_all_modules'):
        utils.register_all_modules(init_default_scope=False)


def _import_own() -> None:
    # ``import_from_location`` would also make a logger, which stages inherit.
    for found in vars(own_registry).values():
        # Parts of reports are no children of OpenMMLab's registries.
        if isinstance(found, Registry) and found.parent is not None:
            for name in found._locations:
                importlib.import_module(name)
