"""The registered parts of the package, for people who look for one.

Nothing here lists them: types are read from the registries, builders of
stages from their modules, and a kind is named by its registry, or for parts
of models by the folder that they lie in.
"""
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from mmengine.registry import Registry

from .. import registry
from ..pipelines import stages

_STAGE_KIND = 'stage builder'
_PACKAGE = f'{registry.SCOPE}.'
# Test helpers may register parts, too; they are nobody's plugins.
_TESTING = f'{registry.SCOPE}.testing.'
_ROLE = re.compile(r':(?:class|func|meth|mod):`~?\.?([\w.]+)`')
_LAST_WORD = re.compile(r'[A-Z]?[a-z0-9]+$')


@dataclass(frozen=True)
class Part:
    """A registered type, or a function that builds stages of pipelines.

    Attributes:
        kind (str): What it is: ``'head'``, ``'transform'``, ...
        name (str): As configs or pipeline files name it.
        summary (str): First sentence of its docstring.
        options (tuple[str, ...]): Its arguments, in order.
    """
    kind: str
    name: str
    summary: str
    options: tuple[str, ...]


def parts(kind: str | None = None) -> list[Part]:
    """All registered types and stage builders, by kind and name.

    Args:
        kind (str, optional): Only of this kind. Defaults to all.

    Returns:
        list[Part]: The parts; empty if there are none of the kind.
    """
    found = [*_types(), *_stage_builders()]
    return sorted((part for part in found if kind in (None, part.kind)),
                  key=lambda part: (part.kind, part.name))


def _types() -> Iterator[Part]:
    for owner in _registries():
        # Report parts have no scope: only this package reads them.
        prefix = _PACKAGE if owner.parent is not None else ''
        for name, part in owner.module_dict.items():
            if _is_ours(part):
                yield Part(_kind(owner, part), prefix + name, _summary(part),
                           _options(part))


def _is_ours(part: object) -> bool:
    module = f'{part.__module__}.'
    return module.startswith(_PACKAGE) and not module.startswith(_TESTING)


def _registries() -> list[Registry]:
    """Registries of this package, filled."""
    found = [value for value in vars(registry).values()
             if isinstance(value, Registry) and value.scope == registry.SCOPE]
    for owner in found:
        owner.import_from_location()
    return found


def _kind(owner: Registry, part: type) -> str:
    """The registry's name; of parts of models that of their folder.

    A folder may call its kind otherwise by a constant ``KIND``. A part of
    models in another room is named by the last word of its class.
    """
    if owner is not registry.MODELS:
        return owner.name
    room, folder = part.__module__.split('.')[1:3]
    if room != 'models':
        return _LAST_WORD.search(part.__name__)[0].lower()
    package = importlib.import_module(f'{_PACKAGE}{room}.{folder}')
    return getattr(package, 'KIND', _singular(folder.replace('_', ' ')))


def _singular(words: str) -> str:
    """``'losses'`` to ``'loss'``, ``'heads'`` to ``'head'``."""
    return words[:-2] if words.endswith('sses') else words.removesuffix('s')


def _stage_builders() -> Iterator[Part]:
    for info in pkgutil.iter_modules(stages.__path__):
        module = importlib.import_module(f'{stages.__name__}.{info.name}')
        for name, function in vars(module).items():
            if inspect.isfunction(function) and not name.startswith('_') and (
                    function.__module__ == module.__name__):
                yield Part(_STAGE_KIND, f'{module.__name__}.{name}',
                           _summary(function), _options(function))


def _options(part: type | Callable) -> tuple[str, ...]:
    """Names of arguments, own ones first, then those handed to parents.

    ``**Parent`` stands for all arguments of a parent of another package.
    """
    if not isinstance(part, type):
        return tuple(inspect.signature(part).parameters)
    names: list[str] = []
    owners = [c for c in part.__mro__[:-1] if '__init__' in vars(c)]
    for number, owner in enumerate(owners):
        if number and not owner.__module__.startswith(_PACKAGE):
            return (*names, f'**{owner.__name__}')
        own = list(inspect.signature(owner.__init__).parameters.values())[1:]
        names += [a.name for a in own if a.name not in names
                  and a.kind not in (a.VAR_KEYWORD, a.VAR_POSITIONAL)]
        if all(a.kind is not a.VAR_KEYWORD for a in own):
            break
    return tuple(names)


def _summary(part: type | Callable) -> str:
    first = inspect.getdoc(part).partition('\n\n')[0].replace('\n', ' ')
    return _ROLE.sub(r'`\1`', first).replace('``', '`')


def as_markdown(found: Iterable[Part]) -> str:
    """A table for each kind.

    Args:
        found (Iterable[Part]): Sorted by kind.
    """
    lines, kind = [], None
    for part in found:
        if part.kind != kind:
            kind = part.kind
            lines += ['', f'## {kind.capitalize()}', '',
                      '| type | what it does | options |', '|---|---|---|']
        lines.append(f'| `{part.name}` | {part.summary} | '
                     f'{", ".join(part.options)} |')
    return '\n'.join(lines[1:]) + '\n'


def as_text(found: Iterable[Part]) -> str:
    """A line for each part, aligned."""
    found = list(found)
    wide = max((len(part.name) for part in found), default=0)
    return '\n'.join(f'{part.name:<{wide}}  {part.kind}: {part.summary}'
                     for part in found)
