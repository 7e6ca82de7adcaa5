"""Every config is read, and its model, optimizer and metrics are built."""
import ast
import copy
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import METRICS, TRANSFORMS, DefaultScope

import wsss_plugins.evaluation
from wsss_plugins.apis.shortcuts import apply_names, apply_options, names_of
from wsss_plugins.pipelines.pipeline import Pipeline
from wsss_plugins.registry import MODELS
from wsss_plugins.testing.optimizer_table import (
    differences,
    entries_of,
    read_tables,
)

ROOT = Path(__file__).resolve().parents[1]
CONFIGS = sorted(
    path for path in [*(ROOT / 'configs').rglob('*.py'),
                      *(ROOT / 'projects').rglob('configs/*.py')]
    if '_base_' not in path.parts)
PIPELINES = [path for path in CONFIGS if path.name.startswith('pipeline_')]
STAGES = [path for path in CONFIGS if path not in PIPELINES]
# What papers say of the optimizer's groups, a file for each method.
OPTIMIZERS = read_tables(ROOT / 'tests' / 'data' / 'optimizers')
# Another data set in VOC's layout.
FACTS = dict(
    dataset_type='wsss_plugins.ImageLevelDataset',
    data_root='data/mine',
    classes=('background', 'disk', 'bar', 'ring', 'cross'),
    palette=[[i, 0, 0] for i in range(5)],
    label_file='labels.json',
    train_list='train.txt',
    eval_list='some.txt',
    val_list='val.txt')

# Models that were built, as texts.
BUILT = set()


@cache
def read(path):
    return Config.fromfile(path)


def config(path):
    return copy.deepcopy(read(path))


def without_weights(cfg):
    """No downloads: drop the initial weights of every part."""
    for part in (cfg, *(v for v in cfg.values() if isinstance(v, dict))):
        for key in ('init_cfg', 'pretrained'):
            if part.get(key):
                part[key] = None
    return cfg


def build_model(path, cfg):
    """The model on no device, and the one with test-time augmentation."""
    BUILT.add(repr(cfg.model))
    # Some constructors compute values, which meta tensors have not.
    computes = any(name in path.stem for name in ('mit-b0', 'swin-t'))
    with torch.device('cpu' if computes else 'meta'):
        model = MODELS.build(without_weights(cfg.model))
        if 'tta_model' in cfg:
            MODELS.build(dict(cfg.tta_model, module=cfg.model))
    return model


def without_truth(evaluator):
    """Metrics of mmdet read true annotations when they are built."""
    evaluator = dict(evaluator)
    if evaluator.get('_scope_') == 'mmdet':
        evaluator['ann_file'] = None
    return evaluator


def types(node):
    """All type names in a config."""
    if isinstance(node, dict):
        if isinstance(node.get('type'), str):
            yield node['type']
        for value in node.values():
            yield from types(value)
    elif isinstance(node, (list, tuple)):
        for value in node:
            yield from types(value)


@pytest.mark.parametrize('path', STAGES, ids=lambda p: p.stem)
def test_config_builds(path):
    cfg = config(path)
    assert cfg.default_scope in ('mmseg', 'mmdet')
    if cfg.default_scope == 'mmdet':
        pytest.importorskip('mmcv._ext', reason='detectors need mmcv.ops')
    with DefaultScope.overwrite_default_scope(cfg.default_scope):
        model = build_model(path, cfg)
        if 'optim_wrapper' in cfg:
            wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
            (entry, ) = entries_of(
                path.relative_to(ROOT).as_posix(), OPTIMIZERS)
            assert not differences(model, wrapper.optimizer,
                                   cfg.optim_wrapper.optimizer, entry)
        evaluators = cfg.test_evaluator
        for evaluator in (evaluators if isinstance(evaluators, list) else
                          [evaluators]):
            if evaluator['type'] != 'LVISMetric' or find_spec('lvis'):
                METRICS.build(without_truth(evaluator))
        for key, value in cfg.items():
            if key.endswith('pipeline'):
                for transform in value:
                    TRANSFORMS.build(dict(transform))


@pytest.mark.parametrize('path', STAGES, ids=lambda p: p.stem)
def test_plugin_types_have_their_prefix(path):
    ours = set(MODELS.module_dict) | set(wsss_plugins.evaluation.__all__)
    for name in types(read(path).to_dict()):
        assert name not in ours, f'{name} without wsss_plugins.'


@pytest.mark.parametrize('path', STAGES, ids=lambda p: p.stem)
def test_names_stand_for_what_the_config_says(path):
    """Setting a name to its value changes nothing."""
    before = read(path).to_dict()
    cfg = config(path)
    values = {name: cfg[name] for name in names_of(cfg)
              if cfg.get(name) is not None}
    assert 'data_root' in values
    apply_names(cfg, {}, values)
    assert cfg.to_dict() == before
    if 'train_cfg' in cfg:
        for name in ('max_iters', 'max_epochs'):
            assert (name in cfg.train_cfg) == (name in names_of(cfg))
        assert {'seed', 'weights', 'batch_size'} <= {*names_of(cfg)}


def image_level(cfg):
    kinds = {cfg[key].dataset.get('type') for key in cfg
             if key.endswith('_dataloader') and cfg[key]}
    return cfg.default_scope == 'mmseg' and (
        'wsss_plugins.ObjectCropDataset' not in kinds)


def class_counts(node, path=''):
    """All ``num_classes`` in a config, by path."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == 'num_classes':
                yield path, value
            yield from class_counts(value, f'{path}.{key}')
    elif isinstance(node, (list, tuple)):
        for index, value in enumerate(node):
            yield from class_counts(value, f'{path}.{index}')


@pytest.mark.parametrize('path', STAGES, ids=lambda p: p.stem)
def test_every_config_takes_another_data_set(path):
    cfg = config(path)
    if not image_level(cfg):
        return
    apply_names(cfg, FACTS)
    for key in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        if cfg.get(key) is not None:
            dataset = cfg[key].dataset
            assert dataset.type == FACTS['dataset_type']
            assert dataset.data_root == FACTS['data_root']
            assert dataset.metainfo.classes == FACTS['classes']
            assert dataset.ann_file in ('train.txt', 'some.txt', 'val.txt')
            assert dataset.get('label_file') in (None, 'labels.json')
    for where, number in class_counts(cfg.model.to_dict()):
        assert number == 5, where
    if 'train_dataloader' in cfg and repr(cfg.model) not in BUILT:
        with DefaultScope.overwrite_default_scope('mmseg'):
            build_model(path, cfg)


@pytest.mark.parametrize('path', PIPELINES, ids=lambda p: p.stem)
def test_pipeline_is_sound(path):
    pipeline = Pipeline(str(path))
    for stage in pipeline.stages:
        if stage.kind == 'tool':
            continue
        cfg = config(Path(ROOT / stage.program))
        # An option that names nothing would be ignored without a word.
        for key in stage.cfg_options:
            if '.' in key:
                assert key.split('.')[0] in cfg, f'{stage.name}: {key}'
        apply_options(cfg, stage.cfg_options)


def test_names_are_unique_for_mim():
    names = [path.name for path in (ROOT / 'configs').rglob('*.py')
             if '_base_' not in path.parts and 'pipeline_' not in path.name]
    assert len(names) == len(set(names))


def test_configs_import_nothing():
    # In a virtual environment, mmengine 0.10.7 takes an import of the
    # standard library for the mark of a lazy config.
    files = [*STAGES, *(ROOT / 'configs/_base_').rglob('*.py')]
    assert not [
        path for path in files
        if any(isinstance(node, ast.Import | ast.ImportFrom)
               for node in ast.walk(ast.parse(path.read_text())))]
