"""Do the classes of the data and of the model belong together?"""
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.registry import DATASETS, init_default_scope

from ..structures import UserError, coco_head

_SHOWN = 5
# Parts of a detector whose classes are other ones, or none.
_NOT_CLASSES = ('rpn_head', 'semantic_head', 'backbone')


def check_classes(cfg: Config) -> None:
    """Compare data sets with their files, and the model with both.

    Args:
        cfg (Config): Of a training.

    Raises:
        UserError: If the categories of a COCO json are none of the classes,
            or the model predicts another number of classes than there are.
            All that is wrong is told at once.
    """
    init_default_scope(cfg.get('default_scope') or 'mmseg')
    flaws = []
    for part in ('train', 'val'):
        loader = cfg.get(f'{part}_dataloader') or {}
        for dataset in data_sets(loader.get('dataset')):
            flaws += _flaws(cfg, f'{part}_dataloader.dataset', dataset)
    if flaws:
        raise UserError('; '.join(flaws))


def data_sets(entry: Any) -> Iterator[Mapping]:
    """Configs of the data sets that a wrapper of data sets wraps."""
    if not isinstance(entry, Mapping):
        return
    inner = [entry[key] for key in ('dataset', 'datasets') if key in entry]
    if not inner:
        yield entry
    for value in inner:
        for one in value if isinstance(value, (list, tuple)) else [value]:
            yield from data_sets(one)


def data_set_type(dataset: Mapping) -> Any:
    """The class of a data set's config."""
    kind = dataset.get('type', '')
    if isinstance(kind, str):
        with DATASETS.switch_scope_and_registry(None) as registry:
            kind = registry.get(kind)
    return kind


def _flaws(cfg: Config, name: str, dataset: Mapping) -> Iterator[str]:
    """What is wrong with a data set, told in the entries of the config."""
    kind = data_set_type(dataset)
    bases = {base.__name__ for base in getattr(kind, '__mro__', ())}
    if not bases & {'CocoDataset', 'BaseSegDataset'}:
        return
    classes = (dataset.get('metainfo') or {}).get('classes')
    if classes is None:
        classes = kind.METAINFO.get('classes')
    if classes is None:
        return
    if isinstance(classes, str):
        yield (f'{name}.metainfo.classes={classes!r}: a text, not a list of '
               'names; write a comma after a single one')
        return
    for place, count in _class_counts(cfg.model, 'model'):
        if count != len(classes):
            yield (f'{place}={count}, but {name} has {len(classes)} classes '
                   f'({_some(classes)}); set num_classes to {len(classes)}, '
                   'or name the classes in metainfo.classes')
            break
    if 'CocoDataset' in bases:
        yield from _category_flaws(name, dataset, classes)


def _category_flaws(name: str, dataset: Mapping,
                    classes: Sequence[str]) -> Iterator[str]:
    path = Path(dataset.get('data_root') or '', dataset.get('ann_file') or '')
    if not path.is_file():
        yield f'{path}: ann_file of {name} not found'
        return
    found = [str(item.get('name')) for item in coco_head(path)['categories']]
    if not set(found) & set(classes):
        yield (f'{path}: its categories ({_some(found)}) are none of the '
               f'classes of {name} ({_some(classes)}); set metainfo.classes '
               'and num_classes')


def _class_counts(node: Any, place: str) -> Iterator[tuple[str, int]]:
    """Entries ``num_classes`` of the heads of a model."""
    if isinstance(node, (list, tuple)):
        for number, item in enumerate(node):
            yield from _class_counts(item, f'{place}.{number}')
    if not isinstance(node, Mapping):
        return
    for key, value in node.items():
        if key == 'num_classes' and isinstance(value, int):
            yield f'{place}.{key}', value
        elif key not in _NOT_CLASSES:
            yield from _class_counts(value, f'{place}.{key}')


def _some(names: Sequence[str]) -> str:
    return ', '.join(names[:_SHOWN]) + ', ...' * (len(names) > _SHOWN)
