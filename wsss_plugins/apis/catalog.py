"""The registered parts of the package, for people who look for one."""
import inspect
import re
from collections.abc import Iterable
from dataclasses import dataclass

from mmengine.registry import Registry

from .. import registry

# What the rooms of models hold.
_MODEL_KINDS = dict(
    data_preprocessors='preprocessor',
    backbones='backbone',
    heads='head',
    losses='loss',
    segmentors='segmentor',
    generators='generator',
    gcn='loss',
    tta='test-time model')
# Test helpers may register parts, too; they are nobody's plugins.
_PACKAGES = tuple(f'{registry.SCOPE}.{room}.' for room in (
    'datasets', 'models', 'refiners', 'evaluation', 'engine', 'reports'))
_ROLE = re.compile(r':(?:class|func|meth|mod):`~?\.?([\w.]+)`')


@dataclass(frozen=True)
class Part:
    """A registered type.

    Attributes:
        kind (str): What it is: ``'head'``, ``'transform'``, ...
        name (str): Its name in configs, with the package's prefix; parts of
            reports stand in pipeline files, by their names alone.
        summary (str): First sentence of its docstring.
        options (tuple[str, ...]): Its arguments, in order.
    """
    kind: str
    name: str
    summary: str
    options: tuple[str, ...]


def parts(kind: str | None = None) -> list[Part]:
    """All registered types, by kind and name.

    Args:
        kind (str, optional): Only of this kind. Defaults to all.

    Returns:
        list[Part]: The types; empty if there are none of the kind.
    """
    found = [_part(owner, name, thing) for owner in _registries()
             for name, thing in owner.module_dict.items()
             if thing.__module__.startswith(_PACKAGES)]
    return sorted((part for part in found if kind in (None, part.kind)),
                  key=lambda part: (part.kind, part.name))


def _registries() -> list[Registry]:
    """Registries of this package, filled."""
    found = [value for value in vars(registry).values()
             if isinstance(value, Registry) and value.scope == registry.SCOPE]
    for owner in found:
        owner.import_from_location()
    return found


def _part(owner: Registry, name: str, thing: type) -> Part:
    kind = owner.name
    if owner is registry.MODELS:
        kind = _MODEL_KINDS[thing.__module__.split('.')[2]]
    # OpenMMLab's own registries have no such parts to tell them from.
    prefix = '' if owner.parent is None else f'{registry.SCOPE}.'
    return Part(kind, prefix + name, _summary(thing), _options(thing))


def _options(thing: type) -> tuple[str, ...]:
    """Names of arguments, own ones first, then those handed to parents.

    ``**Parent`` stands for all arguments of a parent of another package.
    """
    if not isinstance(thing, type):
        return tuple(inspect.signature(thing).parameters)
    names: list[str] = []
    owners = [c for c in thing.__mro__[:-1] if '__init__' in vars(c)]
    for number, owner in enumerate(owners):
        if number and not owner.__module__.startswith(_PACKAGES):
            return (*names, f'**{owner.__name__}')
        own = list(inspect.signature(owner.__init__).parameters.values())[1:]
        names += [a.name for a in own if a.name not in names
                  and a.kind not in (a.VAR_KEYWORD, a.VAR_POSITIONAL)]
        if all(a.kind is not a.VAR_KEYWORD for a in own):
            break
    return tuple(names)


def _summary(thing: type) -> str:
    first = inspect.getdoc(thing).partition('\n\n')[0].replace('\n', ' ')
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
