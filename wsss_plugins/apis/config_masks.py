"""Do the masks of a COCO json reach a detector?"""
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from mmengine.config import Config

from ..structures import UserError, iter_annotations
from .config_classes import data_sets

_LOOKED_AT = 100


def check_masks(cfg: Config) -> None:
    """Refuse a training whose objects mmdet would ignore in silence.

    With ``poly2mask=False`` its ``LoadAnnotations`` reads polygons only and
    marks objects with RLEs, as this package writes them, as ignored.

    Args:
        cfg (Config): Of a training.

    Raises:
        UserError: If the first objects of the training set have RLEs, and
            its pipeline does not read them.
    """
    loader = cfg.get('train_dataloader') or {}
    for dataset in data_sets(loader.get('dataset')):
        steps = [step for step in _steps(dataset.get('pipeline'))
                 if step.get('poly2mask', True) is False
                 and step.get('with_mask')]
        if not steps or not dataset.get('ann_file'):
            continue
        path = Path(dataset.get('data_root') or '', dataset['ann_file'])
        seen, runs = _forms(path) if path.is_file() else (0, 0)
        if runs:
            raise UserError(
                f'{path}: {runs} of the first {seen} objects have RLEs, which '
                'the pipeline would ignore (poly2mask=False of '
                'LoadAnnotations); set poly2mask=True, or write polygons '
                "(masks='polygon' of wsss_plugins.PseudoInstanceWriter)")


def _forms(path: Path) -> tuple[int, int]:
    """Objects looked at, and how many of them have RLEs."""
    objects = (a for a in iter_annotations(path) if not a.get('iscrowd'))
    first = list(islice(objects, _LOOKED_AT))
    return len(first), sum(
        isinstance(a.get('segmentation'), Mapping) for a in first)


def _steps(node: Any) -> Iterator[Mapping]:
    """All transforms of a pipeline, nested ones too."""
    if isinstance(node, (list, tuple)):
        for item in node:
            yield from _steps(item)
    elif isinstance(node, Mapping):
        yield node
        for value in node.values():
            yield from _steps(value)
