"""Every config is read, and its model, optimizer and metrics are built."""
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import METRICS, TRANSFORMS, DefaultScope

import wsss_plugins.evaluation
from wsss_plugins.apis.shortcuts import apply_options
from wsss_plugins.pipelines.pipeline import Pipeline
from wsss_plugins.registry import MODELS

ROOT = Path(__file__).resolve().parents[1]
CONFIGS = sorted(
    path for path in [*(ROOT / 'configs').rglob('*.py'),
                      *(ROOT / 'projects').rglob('configs/*.py')]
    if '_base_' not in path.parts)
PIPELINES = [path for path in CONFIGS if path.name.startswith('pipeline_')]
STAGES = [path for path in CONFIGS if path not in PIPELINES]


def without_weights(cfg):
    """No downloads: drop the initial weights of every part."""
    for part in (cfg, *(v for v in cfg.values() if isinstance(v, dict))):
        for key in ('init_cfg', 'pretrained'):
            if part.get(key):
                part[key] = None
    return cfg


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
    cfg = Config.fromfile(path)
    assert cfg.default_scope in ('mmseg', 'mmdet')
    if cfg.default_scope == 'mmdet':
        pytest.importorskip('mmcv._ext', reason='detectors need mmcv.ops')
    with DefaultScope.overwrite_default_scope(cfg.default_scope):
        # Some constructors compute values, which meta tensors have not.
        computes = any(name in path.stem for name in ('mit-b0', 'swin-t'))
        device = 'cpu' if computes else 'meta'
        with torch.device(device):
            model = MODELS.build(without_weights(cfg.model))
            if 'tta_model' in cfg:
                MODELS.build(dict(cfg.tta_model, module=cfg.model))
        if 'optim_wrapper' in cfg:
            wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
            assert len(wrapper.param_groups) > 0
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
    for name in types(Config.fromfile(path).to_dict()):
        assert name not in ours, f'{name} without wsss_plugins.'


@pytest.mark.parametrize('path', PIPELINES, ids=lambda p: p.stem)
def test_pipeline_is_sound(path):
    pipeline = Pipeline(str(path))
    for stage in pipeline.stages:
        if stage.kind == 'tool':
            continue
        cfg = Config.fromfile(stage.program)
        # An option that names nothing would be ignored without a word.
        for key in stage.cfg_options:
            head = key.split('.')[0]
            assert '.' not in key or head in cfg, f'{stage.name}: {key}'
        apply_options(cfg, stage.cfg_options)


def test_names_are_unique_for_mim():
    names = [path.name for path in (ROOT / 'configs').rglob('*.py')
             if '_base_' not in path.parts and 'pipeline_' not in path.name]
    assert len(names) == len(set(names))
