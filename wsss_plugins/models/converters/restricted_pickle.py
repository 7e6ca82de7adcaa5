"""A reader of pickles that knows a list of names and no other."""
import pickle
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import torch

_NAMES = {
    ('collections', 'OrderedDict'), ('collections', 'deque'),
    ('builtins', 'set'), ('builtins', 'slice'), ('builtins', 'complex'),
    ('torch', 'Size'), ('torch', 'device'),
    ('torch._utils', '_rebuild_tensor'),
    ('torch._utils', '_rebuild_tensor_v2'),
    ('torch._utils', '_rebuild_parameter'), ('_codecs', 'encode'),
}


def make_module(allowed: Sequence) -> SimpleNamespace:
    """A stand-in for the module pickle that reads tensors and plain data.

    For versions of torch whose own reader of weights cannot be told further
    types.

    Args:
        allowed (Sequence): Further types and functions, as of
            ``torch.serialization.safe_globals``: a tuple has the function to
            call and the name in the file.

    Returns:
        SimpleNamespace: With ``Unpickler`` and ``load``.
    """
    known = {}
    for entry in allowed:
        value, name = entry if isinstance(entry, tuple) else (
            entry, f'{entry.__module__}.{entry.__name__}')
        known[_home(name)] = value

    class Unpickler(RestrictedUnpickler):
        names = known

    def load(file: Any, **options: Any) -> Any:
        return Unpickler(file, **options).load()

    return SimpleNamespace(__name__='restricted_pickle', Unpickler=Unpickler,
                           load=load)


def _home(name: str) -> str:
    """Numpy 2 moved ``numpy.core`` to ``numpy._core``."""
    return name.replace('numpy._core.', 'numpy.core.')


class RestrictedUnpickler(pickle._Unpickler):
    """Finds listed names only, and changes nothing but what it made."""
    names: dict[str, Any] = {}
    dispatch = dict(pickle._Unpickler.dispatch)

    def find_class(self, module: str, name: str) -> Any:
        """The object of a name that is listed."""
        if module == '__builtin__':  # as protocols below 3 write it
            module = 'builtins'
        listed = self.names.get(_home(f'{module}.{name}'))
        if listed is not None:
            return listed
        if (module, name) in _NAMES or _is_plain(module, name):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f'GLOBAL {module}.{name} was not allowed')

    def load_build(self) -> None:
        """Set the state of an object, never of a class or function."""
        target = self.stack[-2]
        if isinstance(target, type) or callable(target):
            raise pickle.UnpicklingError('it changes '
                                         f'{getattr(target, "__name__", "")}')
        super().load_build()

    dispatch[pickle.BUILD[0]] = load_build


def _is_plain(module: str, name: str) -> bool:
    """Types of elements and their storages."""
    if module not in ('torch', 'torch.storage') or '.' in name:
        return False
    return (isinstance(getattr(torch, name, None), torch.dtype)
            or name.endswith('Storage'))
