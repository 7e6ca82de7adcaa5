"""What does the work of a stage, by name.

Two stages of the same parts take the same time for an image of the same
size, whatever paper they are of; so a time measured on one tells that of the
other.
"""
from collections.abc import Iterator, Mapping
from typing import Any

from mmengine.config import Config

# Entries whose types do no work of their own, and those of training only.
_SILENT = ('data_preprocessor', 'init_cfg', 'norm_cfg', 'act_cfg', 'conv_cfg',
           'upsample_cfg', 'sampler', 'override')
_TRAINED = ('auxiliary_head', 'train_cfg')
_SIZES = ('depth', 'arch', 'dim')


def stage_parts(cfg: Config, training: bool = False) -> list[str]:
    """Names of the transforms, networks, refiners, metrics or losses.

    Args:
        cfg (Config): Of the stage, with test-time augmentation in its place.
        training (bool): Whether it trains.

    Returns:
        list[str]: Type names in the order of the config, with the size of
        networks, such as ``'ResNet-50'``.
    """
    loader = cfg.train_dataloader if training else cfg.test_dataloader
    skipped = _SILENT if training else _SILENT + _TRAINED
    nodes = [_pipeline(loader.dataset), cfg.model]
    if not training:
        nodes.append(cfg.test_evaluator)
    return [name for node in nodes for name in _types(node, skipped)]


def crop_side(cfg: Config) -> int | None:
    """Side of the crops of a training, in pixels; None if it does not crop."""
    for step in _pipeline(cfg.train_dataloader.dataset):
        if 'crop_size' in step:
            return int(step['crop_size'][0])
    return None


def _pipeline(dataset: Mapping) -> Any:
    """Transforms of a data set, or of the one that it wraps."""
    while 'pipeline' not in dataset and 'dataset' in dataset:
        dataset = dataset['dataset']
    return dataset.get('pipeline', [])


def _types(node: Any, skipped: tuple[str, ...]) -> Iterator[str]:
    if isinstance(node, Mapping):
        if 'type' in node:
            yield _name(node)
        for key, value in node.items():
            losses = key.startswith('loss') and 'train_cfg' in skipped
            if key not in skipped and not losses:
                yield from _types(value, skipped)
    elif isinstance(node, (list, tuple)):
        for item in node:
            yield from _types(item, skipped)


def _name(node: Mapping) -> str:
    kind = node['type']
    name = kind if isinstance(kind, str) else kind.__name__
    sizes = [str(node[key]) for key in _SIZES
             if isinstance(node.get(key), (int, str))]
    return '-'.join([name.rpartition('.')[2], *sizes])
