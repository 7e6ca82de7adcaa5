"""Names, shapes and initial weights of SC-CAM's network."""
import json
from collections.abc import Iterator
from pathlib import Path

from mmengine.config import Config
from mmengine.registry import DefaultScope
from torch import Tensor, nn

from wsss_plugins.registry import MODELS
from wsss_plugins.testing.checks import Check, checks, compare, equal
from wsss_plugins.testing.configs import config_path
from wsss_plugins.testing.networks import network_of_config

_CONFIG = 'sccam/sccam_resnet38_1xb16-81k_voc12-224.py'


def _network(num_sub: int) -> nn.Module:
    """The config's network without weights."""
    options = {'model.decode_head.num_sub': num_sub}
    return network_of_config(_CONFIG, **options).train()


def _reference_name(name: str) -> str:
    return {
        'decode_head.parent.conv_seg.weight': 'fc8_20.weight',
        'decode_head.conv_sub.weight': 'fc8_200.weight',
        'decode_head.parent.dropout': 'dropout7'
    }.get(name, name.removeprefix('backbone.'))


@checks('model_facts*.json')
def check_model_facts(path: Path) -> Iterator[Check]:
    """``model_facts*.json``: names, shapes, groups and initial weights."""
    facts = json.loads(path.read_text())
    shapes, groups = facts['shapes_K3'], facts['groups']
    num_fg = shapes['fc8_20.weight'][0]
    model = _network(shapes['fc8_200.weight'][0] // num_fg)
    state = {
        _reference_name(name): list(value.shape)
        for name, value in model.state_dict().items()
        if not name.startswith('decode_head.labels.')
    }
    yield equal('shapes', state, shapes)
    parameters = {
        _reference_name(n): p for n, p in model.named_parameters()}
    yield equal('n_params', sum(p.numel() for p in parameters.values()),
                groups['n_params'])
    yield equal('n_trainable',
                sum(p.numel() for p in parameters.values()
                    if p.requires_grad), groups['n_trainable'])
    head = {n: p for n, p in parameters.items() if n.startswith('fc8')}
    convs = {n: p for n, p in parameters.items() if p.ndim == 4
             and n not in head}
    yield equal('group2', sorted(head), sorted(groups['group2']))
    yield equal('counts', [len(convs), 0, len(head), 0], groups['counts'])
    yield equal('numel', [_numel(convs), 0, _numel(head), 0],
                groups['numel'])
    trained = [sum(p.requires_grad for p in part.values())
               for part in (convs, head)]
    yield equal('trainable_after_train', [trained[0], 0, trained[1], 0],
                groups['trainable_after_train'])
    yield equal('bn_eval',
                not any(m.training for m in model.modules()
                        if isinstance(m, nn.BatchNorm2d)), groups['bn_eval'])
    dropouts = {_reference_name(n): m.p for n, m in model.named_modules()
                if isinstance(m, nn.Dropout2d)}
    yield equal('dropouts', dropouts, groups['dropouts'])
    yield from _check_head(groups, num_fg)


def _numel(parameters: dict[str, Tensor]) -> int:
    return sum(p.numel() for p in parameters.values())


def _check_head(groups: dict, num_fg: int) -> Iterator[Check]:
    """Shapes and initial weights of the head at its usual size."""
    shapes = groups['head_shapes_K10']
    wide = shapes['fc8_200.weight']
    cfg = Config.fromfile(config_path(_CONFIG)).model.decode_head
    cfg.num_sub = wide[0] // num_fg
    cfg.parent.update(in_channels=wide[1], num_classes=num_fg + 1)
    with DefaultScope.overwrite_default_scope('mmseg'):
        head = MODELS.build(cfg)
    head.init_weights()
    for name, key, weight in (
            ('fc8_20.weight', 'parent', head.parent.conv_seg.weight),
            ('fc8_200.weight', 'sub', head.conv_sub.weight)):
        yield equal(f'{name} at its usual size', list(weight.shape),
                    shapes[name])
        bound = groups[f'xavier_bound_{key}']
        # The greatest of so many uniform numbers is close to the bound.
        yield compare(f'xavier_bound_{key}', weight.abs().max().item(),
                      bound, 1e-3)
