"""Values and schedules that cannot be are told before a run starts."""
import pytest
from mmengine.config import Config

from wsss_plugins.apis import schedules
from wsss_plugins.apis.config_values import check_values
from wsss_plugins.apis.options import check_options
from wsss_plugins.structures import UserError


def training(entries=(), **more):
    return Config(dict(
        default_scope='mmseg',
        train_cfg=dict(max_iters=100, val_interval=20),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=.1)),
        param_scheduler=list(entries), **more))


def warmup(end=50, begin=0, kind='LinearLR', **more):
    return dict(type=kind, begin=begin, end=end, by_epoch=False, **more)


@pytest.mark.parametrize('sound', [
    [], [warmup(), warmup(101, 50, 'PolyLR')], [dict(type='ConstantLR')],
    dict(model=[warmup()], generator=[warmup()]), warmup(),
    [dict(type='MultiStepLR', milestones=[5, 3])],
])
def test_sound_schedules(sound):
    cfg = training()
    cfg.param_scheduler = sound
    check_values(cfg)


@pytest.mark.parametrize('schedule, words', [
    (warmup(end=10, begin=50), ('PolyLR begins at 50', 'ends at 10',
                                'warm-up', 'param_scheduler.0')),
    (warmup(end=0), ('ends at 0', )),
    (warmup(begin=-3), ('begin=-3', 'from 0')),
    (warmup(begin=.5), ('begin=0.5', )),
    (warmup(end='abc'), ("end='abc'", )),
    (warmup(start_factor=0), ('start_factor=0', 'above 0')),
    ('dict(type="LinearLR")', ('param_scheduler.0', 'not a schedule')),
])
def test_schedules_that_cannot_be(schedule, words):
    if isinstance(schedule, dict):
        schedule['type'] = 'PolyLR'
    with pytest.raises(UserError) as error:
        check_values(training([schedule]))
    for word in words:
        assert word in str(error.value)


def test_a_schedule_that_never_acts_is_told(monkeypatch):
    told = []
    monkeypatch.setattr(schedules, 'print_log',
                        lambda text, *_: told.append(text))
    check_values(training([warmup(), warmup(201, 100, 'PolyLR')]))
    assert len(told) == 1
    assert told[0].startswith('param_scheduler.1: PolyLR begins at 100')


@pytest.mark.parametrize('change, word', [
    (dict(randomness=dict(seed=-1)), 'randomness.seed=-1'),
    (dict(randomness=dict(seed=2**32)), 'randomness.seed=4294967296'),
    (dict(log_level='FOO'), 'log_level=FOO'),
    (dict(train_dataloader=dict(dataset=dict(indices=0))), 'no sample'),
    (dict(train_cfg=dict(max_iters=0)), 'train_cfg.max_iters=0'),
])
def test_other_values(change, word):
    cfg = training()
    cfg.merge_from_dict(change)
    with pytest.raises(UserError, match=word):
        check_values(cfg)


def test_an_optimizer_of_no_registry():
    cfg = training()
    cfg.optim_wrapper.optimizer.type = 'Foo'
    with pytest.raises(UserError, match='optimizer.type=Foo'):
        check_values(cfg)


@pytest.mark.parametrize('key, value, word', [
    ('optim_wrapper.optimizer.lr', 'abc', 'give a number'),
    ('train_cfg.max_iters', '1O', 'give a number'),
    ('param_scheduler', 'dict(type="LinearLR")', 'is a list'),
])
def test_texts_in_other_places(key, value, word):
    with pytest.raises(UserError, match=word):
        check_options(training([warmup()]), {key: value})


def test_words_in_place_of_numbers():
    cfg = training()
    cfg.optim_wrapper.loss_scale = 512.
    check_options(cfg, {'optim_wrapper.loss_scale': 'dynamic'})
