"""Configs that start from weights say which, and how to get them."""
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config

from wsss_plugins.engine.hooks.weights_hook import _pretrained
from wsss_plugins.registry import MODELS
from wsss_plugins.structures import UserError

ROOT = Path(__file__).resolve().parents[1]
VITB = sorted((ROOT / 'configs/exits').glob('*_vitb_*.py'))
MAE = 'data/mae_vit_base.pth'


@pytest.mark.parametrize('path', VITB, ids=lambda p: p.stem)
def test_vitb_starts_from_mae(path):
    cfg = Config.fromfile(path)
    assert cfg.model.network.backbone.init_cfg == dict(
        type='Pretrained', checkpoint=MAE)
    assert 'tools/model_converters/mae_vit.py' in cfg.weight_files[MAE]


@pytest.mark.parametrize('data', ['coco', 'lvis', 'voc'])
def test_there_is_each_method_for_each_data_set(data):
    for method in ('mil', 'mal', 'exits'):
        assert ROOT / f'configs/exits/{method}_vitb_{data}.py' in VITB
    cfg = Config.fromfile(ROOT / f'configs/exits/exits_vitb_{data}.py')
    start = cfg.model.extractor.init_cfg
    assert start.prefix == 'student.backbone.'
    assert f'mil_vitb_{data}.py' in cfg.weight_files[start.checkpoint]
    assert f'/mil_vitb_{data}/epoch_3.pth' in start.checkpoint
    mil = Config.fromfile(ROOT / f'configs/exits/mil_vitb_{data}.py')
    assert mil.train_cfg.max_epochs == 3


@pytest.mark.parametrize('path', sorted(
    (ROOT / 'configs').glob('*/*_vit-tiny_*.py')), ids=lambda p: p.stem)
def test_small_networks_start_from_scratch(path):
    cfg = Config.fromfile(path)
    network = cfg.model.get('network', cfg.model)
    assert not network.backbone.get('init_cfg')
    assert not cfg.get('weight_files')


def network(checkpoint):
    return MODELS.build(dict(
        type='wsss_plugins.PatchViT', dim=16, depth=1, num_heads=1,
        patch_size=2, init_cfg=dict(type='Pretrained',
                                    checkpoint=str(checkpoint))))


def test_a_missing_file_is_told_with_its_fix(tmp_path):
    path = str(tmp_path / 'mae.pth')
    with pytest.raises(UserError) as error:
        list(_pretrained(network(path), {path: 'download it'}))
    assert str(error.value) == (
        f'{path}: initial weights of PatchViT not found; download it; or set '
        'init_cfg=None there to train from scratch')
    with pytest.raises(UserError, match='docs/data.md says under Weights'):
        list(_pretrained(network(path), {}))
    assert '## Weights' in (ROOT / 'docs/data.md').read_text()


def test_a_file_is_read(tmp_path):
    path = tmp_path / 'mae.pth'
    torch.save(network(path).state_dict(), path)
    ((name, module, state), ) = _pretrained(network(path), {})
    assert name == str(path) and len(state) == len(module.state_dict())


def test_the_hook_reads_the_hints_of_the_config(tmp_path):
    from mmengine.runner import IterBasedTrainLoop

    from wsss_plugins.engine.hooks.weights_hook import WeightsHook
    path = str(tmp_path / 'mae.pth')
    runner = SimpleNamespace(
        _train_loop=IterBasedTrainLoop.__new__(IterBasedTrainLoop),
        model=network(path), cfg=Config(dict(weight_files={path: 'do it'})))
    with pytest.raises(UserError, match='not found; do it; or'):
        WeightsHook().before_run(runner)
