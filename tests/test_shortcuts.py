"""Names that stand for entries of a config, and fact files."""
import pytest
from mmengine.config import Config

from wsss_plugins.apis.shortcuts import (
    apply_names,
    apply_options,
    declared_shortcuts,
    names_of,
)
from wsss_plugins.structures import UserError

CONFIG = dict(
    data_root='old',
    model=dict(
        decode_head=dict(num_classes=21, parent=dict(num_classes=21)),
        backbone=dict(depth=18), refiners=[dict(num_classes=21), dict(k=1)]),
    train_dataloader=dict(
        batch_size=4,
        dataset=dict(data_root='old', data_prefix=dict(img_path='i'))),
    test_dataloader=dict(
        dataset=dict(data_root='old', data_prefix=dict(cam_path='c'))),
    val_evaluator=dict(ann_file='old/val.json'),
    train_cfg=dict(max_iters=20, val_interval=20),
    param_scheduler=[dict(end=5), dict(begin=5, end=21, T_max=15)],
    optim_wrapper=dict(optimizer=dict(lr=.1)),
    shortcuts=dict(
        data_root=('*_dataloader.dataset.data_root',
                   'val_evaluator.ann_file = {data_root}/{val_file}'),
        val_file=('val_evaluator.ann_file = {data_root}/{val_file}', ),
        classes=('*_dataloader.dataset.+metainfo.classes',
                 'num_classes = len(classes)'),
        num_classes=('model.*_head.num_classes', 'model.*_head.*.num_classes',
                     'model.refiners.*.num_classes'),
        cam_dir='*_dataloader.dataset.data_prefix.cam_path',
        cue_dir=('*_dataloader.dataset.data_prefix.cue_path', ),
        weights=('model.backbone.+init_cfg.type = Pretrained',
                 'model.backbone.+init_cfg.checkpoint'),
        seed=('+randomness.seed', ),
        max_iters=()),
    schedule_shortcuts=dict(
        max_iters=('train_cfg.max_iters', 'train_cfg.val_interval',
                   'param_scheduler.-1.end + 1',
                   'param_scheduler.-1.T_max - 5',
                   'param_scheduler.-1.begin * 1/4 if param_scheduler.-2')),
    val_file='val.json')


def changed(**options):
    """The config with options, and the entries that are not as before."""
    cfg = Config(CONFIG, filename='some.py', cfg_text='#')
    apply_options(cfg, {k.replace('__', '.'): v for k, v in options.items()})
    return cfg.to_dict()


def test_a_name_sets_all_that_it_stands_for():
    cfg = changed(data_root='/new')
    assert cfg['train_dataloader']['dataset']['data_root'] == '/new'
    assert cfg['test_dataloader']['dataset']['data_root'] == '/new'
    assert cfg['data_root'] == '/new'
    assert cfg['val_evaluator']['ann_file'] == '/new/val.json'


def test_what_a_config_lacks_is_left_out():
    cfg = changed(cam_dir='/cams')
    assert cfg['test_dataloader']['dataset']['data_prefix'] == dict(
        cam_path='/cams')
    assert cfg['train_dataloader']['dataset']['data_prefix'] == dict(
        img_path='i')


def test_numbers_with_an_offset():
    cfg = changed(max_iters=300)
    assert cfg['train_cfg'] == dict(max_iters=300, val_interval=300)
    assert cfg['param_scheduler'] == [
        dict(end=5), dict(begin=75, end=301, T_max=295)]
    assert changed(max_iters=2)['param_scheduler'][1]['begin'] == 1


def test_a_condition():
    cfg = Config(CONFIG)
    cfg.param_scheduler = [dict(begin=0, end=21)]
    apply_options(cfg, dict(max_iters=300))
    assert cfg.param_scheduler == [dict(begin=0, end=301)]


def test_entries_that_are_made():
    cfg = changed(weights='a.pth', seed=3)
    assert cfg['model']['backbone'] == dict(
        depth=18, init_cfg=dict(type='Pretrained', checkpoint='a.pth'))
    assert cfg['randomness'] == dict(seed=3)


def test_an_entry_of_none_is_made():
    cfg = Config(CONFIG)
    cfg.model.backbone.init_cfg = None
    apply_options(cfg, dict(weights='a.pth'))
    assert cfg.model.backbone.init_cfg.checkpoint == 'a.pth'


def test_classes_tell_their_number():
    cfg = changed(classes=['background', 'cat', 'dog'])
    head = dict(num_classes=3, parent=dict(num_classes=3))
    assert cfg['model']['decode_head'] == head
    assert cfg['model']['refiners'] == [dict(num_classes=3), dict(k=1)]
    for loader in ('train_dataloader', 'test_dataloader'):
        assert cfg[loader]['dataset']['metainfo'] == dict(
            classes=['background', 'cat', 'dog'])
    assert cfg['num_classes'] == 3


def test_an_absolute_part_drops_what_is_before_it():
    cfg = changed(val_file='/elsewhere/v.json')
    assert cfg['val_evaluator']['ann_file'] == '/elsewhere/v.json'


@pytest.mark.parametrize('order', [1, -1])
def test_the_more_exact_option_wins(tmp_path, order):
    facts = tmp_path / 'facts.py'
    facts.write_text("data_root = 'facts'\nclasses = ('bg', 'cat')\n")
    options = {
        'facts': str(facts), 'data_root': 'name',
        'test_dataloader.dataset.data_root': 'dots'}
    cfg = Config(CONFIG)
    apply_options(cfg, dict(list(options.items())[::order]))
    assert cfg.train_dataloader.dataset.data_root == 'name'
    assert cfg.test_dataloader.dataset.data_root == 'dots'
    assert cfg.model.decode_head.num_classes == 2


def test_facts_that_do_not_apply_are_skipped():
    cfg = Config(CONFIG)
    apply_names(cfg, dict(cue_dir='/cues', data_root='/new'))
    assert cfg.test_dataloader.dataset.data_root == '/new'


def test_a_number_as_a_folder_is_a_text():
    cfg = changed(data_root=2012)
    assert cfg['train_dataloader']['dataset']['data_root'] == '2012'


def test_dotted_options_alone():
    cfg = changed(train_cfg__max_iters=7, new__entry=1, load_from='x.pth')
    assert cfg['train_cfg'] == dict(max_iters=7, val_interval=20)
    assert cfg['new'] == dict(entry=1) and cfg['load_from'] == 'x.pth'


def test_names():
    known = declared_shortcuts(Config(CONFIG))
    assert known['cam_dir'] == ['*_dataloader.dataset.data_prefix.cam_path']
    assert names_of(Config(CONFIG)) == [
        'cam_dir', 'classes', 'data_root', 'max_iters', 'num_classes',
        'seed', 'val_file', 'weights']


@pytest.mark.parametrize('options, words', [
    (dict(cue_dir='/c'), ("some.py: cue_dir='/c' sets nothing", 'cam_dir')),
    (dict(max_iter=3), ('some.py: max_iter=3 would', 'max_iters')),
    (dict(val_file='[a', data_rot='x'), ('data_rot', 'data_root')),
    (dict(max_iters='abc'), ("max_iters='abc'", 'whole number')),
    (dict(data_root=['a', 'b']), ("data_root=['a', 'b']", 'commas')),
    (dict(facts='no.py'), ('facts=no.py', 'not found'))])
def test_mistakes(options, words):
    with pytest.raises(UserError) as error:
        changed(**options)
    for word in words:
        assert word in str(error.value)
    assert '\n' not in str(error.value)


@pytest.mark.parametrize('text, word', [
    ("trian_list = 'a'\n", "unknown name 'trian_list'"),
    ("cue_dir = '/c'\n", 'none of the facts cue_dir'),
    ('a = (\n', 'not readable'), ('a = b\n', 'not readable')])
def test_mistakes_in_facts(tmp_path, text, word):
    path = tmp_path / 'facts.py'
    path.write_text(text)
    with pytest.raises(UserError, match=word):
        changed(facts=str(path))


def test_a_malformed_entry():
    cfg = Config(dict(shortcuts=dict(a=('x.y plus 1', ))), filename='c.py',
                 cfg_text='#')
    with pytest.raises(UserError, match='c.py: shortcut a: .x.y plus 1'):
        apply_options(cfg, dict(a=1))


def test_no_options_change_nothing():
    cfg = Config(CONFIG)
    before = cfg.to_dict()
    apply_options(cfg, {})
    assert cfg.to_dict() == before
