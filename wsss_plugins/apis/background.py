"""Where the background is among the classes: from the data set, for all."""
import inspect
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mmengine.config import Config
from mmengine.registry import Registry, init_default_scope

from .. import registry as registries
from ..structures import UserError, background_index
from .config_classes import data_set_type, data_sets

_KEY = 'background'
_PARTS_OF_ALL = ('model', 'tta_model', 'custom_hooks')
_UNKNOWN = object()


def set_background(cfg: Config, parts: Iterable[str]) -> None:
    """Tell every component the index of the background.

    Heads, losses, segmentors, refiners, transforms and metrics have an
    argument ``background``. The classes of the data set say what it is, and
    here it is set in all of them where it is not their default.

    Args:
        cfg (Config): Changed in place.
        parts (Iterable[str]): Of ``'train'``, ``'val'`` and ``'test'``,
            those whose data loaders are used.

    Raises:
        UserError: If a component is made for another background, the data
            sets do not agree, or none of the classes is the background.
    """
    init_default_scope(cfg.get('default_scope') or 'mmseg')
    whole = None
    for part in parts:
        loader = cfg.get(f'{part}_dataloader') or {}
        for dataset in data_sets(loader.get('dataset')):
            index = _index_of(dataset)
            if index is _UNKNOWN:
                continue
            name = f'{part}_dataloader.dataset'
            whole = _agreed(whole, (index, name))
            _set(dataset, *whole)
            _set(cfg.get(f'{part}_evaluator'), *whole)
    if whole is not None:
        for key in _PARTS_OF_ALL:
            _set(cfg.get(key), *whole)


def _index_of(dataset: Mapping) -> Any:
    """Index of a data set's background; None if it names none."""
    kind = data_set_type(dataset)
    classes = (dataset.get('metainfo') or {}).get('classes')
    if classes is None:
        classes = getattr(kind, 'METAINFO', {}).get('classes')
    if classes is None:
        # Those of a label file stand behind the background.
        return 0 if dataset.get('label_file') else _UNKNOWN
    return background_index(classes)


def _agreed(known: tuple | None, found: tuple) -> tuple:
    if known is not None and known[0] != found[0]:
        raise UserError(
            f"{found[1]}: index {found[0]} of its classes is 'background', "
            f'but {known[0]} of those of {known[1]}; name the same classes '
            'in metainfo.classes of both')
    return found


def _set(node: Any, index: int | None, name: str) -> None:
    """Set the argument in all components below a node of a config."""
    for component, kind, default in _components(node):
        if index is None:
            raise UserError(
                f"{name}: none of its classes is 'background', which "
                f'{kind.__name__} needs; add it to metainfo.classes (see '
                'docs/data.md)')
        own = component.get(_KEY, default)
        if _KEY in component and own != index:
            raise UserError(
                f"{kind.__name__}: background={own}, but 'background' is "
                f'index {index} of the classes of {name}; take it out of the '
                'config, it is set from the classes')
        if own != index:
            component[_KEY] = index


def _components(node: Any) -> Iterator[tuple[Any, type, int]]:
    """Entries of this package that take the argument, with its default."""
    if isinstance(node, (list, tuple)):
        for item in node:
            yield from _components(item)
    if not isinstance(node, Mapping):
        return
    kind = _own_type(node.get('type'))
    default = None if kind is None else _default(kind)
    if default is not None:
        yield node, kind, default
    for value in node.values():
        yield from _components(value)


def _own_type(name: Any) -> type | None:
    """The class behind a ``type`` of this package."""
    if isinstance(name, type):
        return name
    scope = f'{registries.SCOPE}.'
    if not isinstance(name, str) or not name.startswith(scope):
        return None
    for registry in vars(registries).values():
        if (isinstance(registry, Registry)
                and registry.scope == registries.SCOPE):
            registry.import_from_location()
            found = registry.module_dict.get(name[len(scope):])
            if found is not None:
                return found
    return None


def _default(kind: Any) -> int | None:
    """Default of the argument of a class or of what it hands it on to."""
    for base in inspect.getmro(kind) if isinstance(kind, type) else ():
        if '__init__' not in vars(base):
            continue
        known = inspect.signature(base.__init__).parameters
        if _KEY in known:
            value = known[_KEY].default
            return 0 if value is inspect.Parameter.empty else value
        if not any(p.kind is p.VAR_KEYWORD for p in known.values()):
            return None
    return None
