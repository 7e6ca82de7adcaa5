"""Names, shapes and counts of EPS' network."""
import json
from collections.abc import Iterator
from pathlib import Path

import torch

from wsss_plugins.testing.checks import Check, checks, equal
from wsss_plugins.testing.networks import network_of_config

_CONFIG = 'eps/eps_resnet38_1xb8-20k_voc12-448.py'


@checks('model_facts*.json')
def check_model_facts(path: Path) -> Iterator[Check]:
    """``model_facts.json``: names, shapes and counts of the VOC network."""
    facts = json.loads(path.read_text())
    model = network_of_config(_CONFIG).train()
    names = {'decode_head.conv_seg.weight': 'fc8.weight'}

    def reference_name(name: str) -> str:
        return names.get(name, name.removeprefix('backbone.'))

    shapes = {
        reference_name(name): list(value.shape)
        for name, value in model.state_dict().items()
    }
    yield equal('state_dict', shapes, facts['state_dict'])
    trainable = {
        reference_name(name): p.numel()
        for name, p in model.named_parameters() if p.requires_grad
    }
    yield equal('trainable', sorted(trainable), sorted(facts['trainable']))
    yield equal('n_params', sum(p.numel() for p in model.parameters()),
                facts['n_params'])
    yield equal('n_trainable', sum(trainable.values()), facts['n_trainable'])
    dropout = {
        reference_name(name): module.p
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Dropout2d) and module.p
    }
    yield equal('dropout', dropout, facts['dropout'])
