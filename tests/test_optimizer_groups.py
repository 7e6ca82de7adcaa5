"""Groups of optimizers: the rules for biases, and the tables of papers."""
from pathlib import Path

import pytest
from mmengine.optim import build_optim_wrapper
from torch import nn

from wsss_plugins.testing.optimizer_table import differences, read_tables

OPTIMIZER = dict(type='SGD', lr=.1, momentum=.9, weight_decay=1e-3)


class Model(nn.Module):

    def __init__(self):
        super().__init__()
        self.backbone = nn.Conv2d(3, 4, 1)
        self.decode_head = nn.Sequential(
            nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4), nn.Conv2d(4, 2, 1))


def built(keys, constructor='wsss_plugins.BiasRulesConstructor', **rules):
    model = Model()
    wrapper = build_optim_wrapper(model, dict(
        constructor=constructor,
        optimizer=OPTIMIZER,
        paramwise_cfg=dict(custom_keys=keys, **rules)))
    names = {id(p): name for name, p in model.named_parameters()}
    return model, wrapper.optimizer, {
        names[id(group['params'][0])]: (round(group['lr'] / .1, 6),
                                        group['weight_decay'])
        for group in wrapper.optimizer.param_groups
    }


def test_biases_of_a_custom_group_keep_their_rules():
    groups = built(
        dict(decode_head=dict(lr_mult=10.)),
        bias_lr_mult=2.,
        bias_decay_mult=0.)[2]
    assert groups == {
        'backbone.weight': (1, 1e-3),
        'backbone.bias': (2, 0),
        'decode_head.0.weight': (10, 1e-3),
        'decode_head.0.bias': (20, 0),
        # Of norms, as mmengine has them.
        'decode_head.1.weight': (10, 1e-3),
        'decode_head.1.bias': (10, 1e-3),
        'decode_head.2.weight': (10, 1e-3),
        'decode_head.2.bias': (20, 0)
    }


def test_a_key_that_says_more_is_kept():
    groups = built({
        'decode_head': dict(lr_mult=10., decay_mult=.5),
        'decode_head.2.bias': dict(lr_mult=3.)
    }, bias_lr_mult=2., bias_decay_mult=0.)[2]
    assert groups['decode_head.0.bias'] == (20, 5e-4)
    assert groups['decode_head.2.bias'] == (3, 1e-3)


def test_without_rules_nothing_changes():
    keys = dict(decode_head=dict(lr_mult=10.))
    ours = built(keys)[2]
    assert ours == built(keys, 'DefaultOptimWrapperConstructor')[2]


ENTRY = dict(
    optimizer=dict(type='SGD', lr=.1, momentum=.9),
    groups={
        'backbone weight': [1, 1e-3],
        'backbone bias': [2, 0],
        'decode_head weight': [10, 1e-3],
        'decode_head bias': [20, 0],
        'decode_head norm': [10, 1e-3],
        'decode_head norm bias': [10, 1e-3]
    })


@pytest.mark.parametrize('constructor, change, found', [
    ('wsss_plugins.BiasRulesConstructor', {}, []),
    # What the stock rules do to the biases of a head.
    ('DefaultOptimWrapperConstructor', {},
     ['decode_head.0.bias (bias) has Group(lr_mult=10.0, decay=0.001), '
      'not [20, 0]', 'decode_head.2.bias (bias) has Group(lr_mult=10.0, '
      'decay=0.001), not [20, 0]']),
    ('wsss_plugins.BiasRulesConstructor', {'neck weight': [1, 0]},
     ["'neck weight' matches no parameter"]),
])
def test_a_table_tells_the_difference(constructor, change, found):
    model, optimizer, _ = built(
        dict(decode_head=dict(lr_mult=10.)),
        constructor,
        bias_lr_mult=2.,
        bias_decay_mult=0.)
    entry = dict(ENTRY, groups=dict(ENTRY['groups'], **change))
    assert differences(model, optimizer, OPTIMIZER, entry) == found


def test_a_table_tells_another_optimizer():
    model, optimizer, _ = built({})
    entry = dict(ENTRY, optimizer=dict(momentum=5e-4))
    assert 'momentum is 0.9, not 0.0005' in differences(
        model, optimizer, OPTIMIZER, entry)


def test_entries_name_their_source():
    folder = Path(__file__).parent / 'data' / 'optimizers'
    for entry in read_tables(folder):
        assert {*entry} == {'configs', 'source', 'optimizer', 'groups'}
