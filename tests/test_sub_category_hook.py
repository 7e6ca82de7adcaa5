"""Rounds of SC-CAM in a runner: restarts, kills, ranks, mistakes."""
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner

from wsss_plugins.engine.image_set import LabeledImageSet
from wsss_plugins.structures import SubCategories, UserError
from wsss_plugins.testing.tools import read_checkpoint
from wsss_plugins.testing.voc_tree import make_voc_tree

ROOT = Path(__file__).resolve().parents[1]
BASE = ROOT / 'configs/sccam/sccam_r18-small_1xb16-400_tinyvoc-128.py'


@pytest.fixture(scope='module')
def tree(tmp_path_factory):
    return make_voc_tree(tmp_path_factory.mktemp('sccam'), count=8)


def config(tree, work_dir, iters=6, num_sub=2, **hook):
    """A tiny run: 8 pictures, two classes, two sub-categories of each."""
    cfg = Config.fromfile(BASE)
    dataset = dict(
        type='wsss_plugins.ImageLevelDataset', data_root=str(tree),
        ann_file='train.txt', label_file='image_labels.json',
        data_prefix=dict(img_path='JPEGImages', saliency_path='saliency'),
        pipeline=cfg.train_pipeline)
    cfg.train_dataloader.update(
        batch_size=2, num_workers=0, persistent_workers=False,
        dataset=dataset)
    cfg.model.backbone.update(base_channels=8, stem_channels=8)
    cfg.model.decode_head.update(num_sub=num_sub)
    cfg.model.decode_head.parent.update(num_classes=3, in_channels=64)
    cfg.train_cfg.max_iters = iters
    cfg.default_hooks.checkpoint.update(interval=1, max_keep_ckpts=-1)
    cfg.default_hooks.logger.interval = 1
    cfg.custom_hooks[0].update(dict(
        restart='sub_head', feature_checkpoint=None, num_workers=0), **hook)
    cfg.work_dir = str(work_dir)
    cfg.experiment_name = Path(work_dir).name
    return cfg


def train(cfg, *hooks, resume=False):
    cfg.resume = resume
    runner = Runner.from_cfg(cfg)
    for hook in hooks:
        runner.register_hook(hook)
    runner.train()
    return runner


class KillAfter(Hook):
    priority = 'LOWEST'

    def __init__(self, iters):
        self.iters = iters

    def after_train_iter(self, runner, *args, **kwargs):
        if runner.iter + 1 == self.iters:
            raise KeyboardInterrupt


class Watch(Hook):
    """What the network, optimizer and schedule are like in each step."""
    priority = 'VERY_LOW'

    def __init__(self):
        self.rates, self.states, self.weights = [], [], []

    def before_train_iter(self, runner, *args, **kwargs):
        self.rates.append(runner.optim_wrapper.get_lr()['lr'][0])
        self.states.append(len(runner.optim_wrapper.optimizer.state))
        head = runner.model.decode_head
        self.weights.append((
            runner.model.backbone.conv1.weight.detach().clone()
            if hasattr(runner.model.backbone, 'conv1') else
            next(runner.model.backbone.parameters()).detach().clone(),
            head.conv_sub.weight.detach().clone()))


def rounds(work_dir):
    folder = Path(work_dir) / 'sub_categories'
    return [SubCategories.load(p) for p in sorted(folder.glob('*.npz'))]


def scalars(runner):
    """Last logged values."""
    return {k: v.current() for k, v in runner.message_hub.log_scalars.items()}


def state(runner):
    return {k: v.clone() for k, v in runner.model.state_dict().items()}


@pytest.fixture(scope='module')
def whole(tree, tmp_path_factory):
    """A run of three rounds, never killed, in both protocols."""
    runs = {}
    for restart in ('network', 'sub_head'):
        work = tmp_path_factory.mktemp(restart)
        watch = Watch()
        cfg = config(tree, work, begins=[1, 3, 5], restart=restart)
        runs[restart] = (work, state(train(cfg, watch)), watch)
    return runs


def test_rounds_make_labels(whole):
    work, weights, _ = whole['network']
    found = rounds(work)
    assert [r.round for r in found] == [1, 2, 3]
    assert found[0].classes.tolist() == ['cat', 'dog']
    assert found[0].names.tolist() == [f'pic_{i}' for i in range(8)]
    for r in found:
        # Even pictures are cats: each image has its own class' label only.
        assert ((r.table[::2] >= 0) == [True, False]).all()
        assert ((r.table[1::2] >= 0) == [False, True]).all()
        assert r.counts.tolist() == [2, 2]
        assert np.isfinite(r.plane[r.table >= 0]).all()
    assert np.isnan(found[0].agreement).all()
    assert ((found[1].agreement >= 0) & (found[1].agreement <= 1)).all()
    table = weights['decode_head.labels.table'].numpy()
    assert (table == found[-1].table).all()
    assert weights['decode_head.labels.round'] == 3


def test_network_begins_anew(whole):
    _, _, watch = whole['network']
    first, second, third = (watch.weights[i] for i in (1, 3, 5))
    for a, b in ((first, second), (second, third)):
        assert not torch.equal(a[0], b[0]) and not torch.equal(a[1], b[1])
    # Each round has the schedule's first rate, and an empty optimizer.
    assert watch.rates[1] == watch.rates[3] == watch.rates[5] == (
        watch.rates[0])
    assert watch.rates[2] == watch.rates[4] != watch.rates[1]
    assert watch.states[0] == 0 and watch.states[2] > 0
    assert [watch.states[i] for i in (1, 3, 5)] == [0, 0, 0]


def test_single_run_goes_on(whole):
    _, weights, watch = whole['sub_head']
    assert len(set(watch.rates)) == 6
    steps = [(b[0] - a[0]).abs().max() for a, b in zip(
        watch.weights, watch.weights[1:])]
    assert max(steps) < .1  # no jump of the backbone
    jumps = [(b[1] - a[1]).abs().max() for a, b in zip(
        watch.weights, watch.weights[1:])]
    assert min(jumps[0], jumps[2], jumps[4]) > 3 * max(jumps[1], jumps[3])
    # Every parameter but that of the new layer is still known.
    assert watch.states[3] == watch.states[2] - 1


@pytest.mark.parametrize('restart, killed, workers', [
    ('network', 2, 0), ('network', 3, 2), ('sub_head', 4, 2)])
def test_kill_and_resume(tree, whole, tmp_path, restart, killed, workers):
    """Within a round, and right before one begins."""
    cfg = config(tree, tmp_path, begins=[1, 3, 5], restart=restart)
    # Samples are the same whoever makes them.
    cfg.train_dataloader.update(
        num_workers=workers, persistent_workers=workers > 0)
    with pytest.raises(KeyboardInterrupt):
        train(cfg, KillAfter(killed))
    assert not (tmp_path / f'iter_{killed + 1}.pth').exists()
    runner = train(cfg, resume=True)
    expected = whole[restart][1]
    for name, value in state(runner).items():
        assert torch.equal(value, expected[name]), name


@pytest.mark.parametrize('restart', ['network', 'sub_head'])
def test_a_round_that_no_checkpoint_saw_is_made_again(
        tree, whole, tmp_path, restart):
    """Killed after round 2 began, resumed from before it."""
    cfg = config(tree, tmp_path, begins=[1, 3, 5], restart=restart)
    cfg.default_hooks.checkpoint.interval = 3
    with pytest.raises(KeyboardInterrupt):
        train(cfg, KillAfter(5))
    assert [r.round for r in rounds(tmp_path)] == [1, 2]
    assert [p.name for p in tmp_path.glob('iter_*')] == ['iter_3.pth']
    expected = whole[restart][1]
    for name, value in state(train(cfg, resume=True)).items():
        assert torch.equal(value, expected[name]), name


@pytest.mark.parametrize('what', ['extract_features', 'describe'])
def test_killed_while_a_round_begins(tree, whole, tmp_path, monkeypatch,
                                     what):
    """Within the features of round 2, and before its file is written."""
    from wsss_plugins.engine.sub_categories import hook as module
    cfg = config(tree, tmp_path, begins=[1, 3, 5], restart='network')
    calls = []
    real = getattr(module, what)

    def killed(*args):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*args)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(module, what, killed)
        train(cfg)
    assert [r.round for r in rounds(tmp_path)] == [1]
    expected = whole['network'][1]
    for name, value in state(train(cfg, resume=True)).items():
        assert torch.equal(value, expected[name]), name
    assert [r.round for r in rounds(tmp_path)] == [1, 2, 3]


def test_labels_are_not_made_again_within_a_round(tree, tmp_path):
    options = dict(begins=[1], restart='network', iters=4)
    with pytest.raises(KeyboardInterrupt):
        train(config(tree, tmp_path, **options), KillAfter(3))
    made = tmp_path / 'sub_categories/round_1.npz'
    made.unlink()
    runner = train(config(tree, tmp_path, **options), resume=True)
    assert not made.exists()
    assert runner.model.decode_head.labels.round == 1


def test_before_the_first_round_the_parent_learns_alone(tree, tmp_path):
    runner = train(config(tree, tmp_path, iters=1, begins=[9]))
    assert runner.model.decode_head.labels.round == 0
    log = next(tmp_path.glob('*/*.log')).read_text()
    assert '1 rounds would begin after the last iteration, 1' in log
    logged = scalars(runner)
    assert logged['train/decode.loss_sub'] == 0
    assert logged['train/decode.loss_cls'] > 0


def test_features_of_a_checkpoint(tree, whole, tmp_path):
    """The first round by another network's features, given by its folder."""
    work, weights, _ = whole['sub_head']
    cfg = config(tree, tmp_path, iters=1, begins=[0],
                 feature_checkpoint=str(work))
    runner = train(cfg)
    other = config(tree, tmp_path / 'plain', iters=1, begins=[0])
    plain = train(other)
    assert not np.allclose(rounds(tmp_path)[0].centers,
                           rounds(tmp_path / 'plain')[0].centers)
    # Only features were taken: the network itself began as it would have.
    a, b = state(runner), state(plain)
    same = [torch.equal(a[k], b[k]) for k in a if k.startswith('backbone')]
    tables = [s['decode_head.labels.table'] for s in (a, b)]
    assert all(same) or not torch.equal(*tables)
    cfg = config(tree, tmp_path / 'none', iters=3, begins=[2],
                 feature_checkpoint=str(tmp_path / 'nothing'))
    with pytest.raises(UserError, match='nothing.*feature_checkpoint'):
        train(cfg)  # not only when the round begins
    assert not (tmp_path / 'none/iter_1.pth').exists()


def test_feature_bank(tree, tmp_path):
    """After an epoch all images were seen; a kill loses none of it."""
    options = dict(begins=[4], restart='sub_head', iters=5,
                   feature_source='bank')
    runner = train(config(tree, tmp_path / 'whole', **options))
    bank = runner.model.decode_head.bank
    assert bank.seen.all() and bank.features.abs().sum(dim=1).min() > 0
    with pytest.raises(KeyboardInterrupt):
        train(config(tree, tmp_path / 'cut', **options), KillAfter(3))
    again = train(config(tree, tmp_path / 'cut', **options), resume=True)
    assert all(
        torch.equal(value, state(runner)[name])
        for name, value in state(again).items())
    early = dict(options, begins=[2], iters=3)
    with pytest.raises(UserError, match='have no features'):
        train(config(tree, tmp_path / 'early', **early))


def test_with_eps_head(tree, tmp_path):
    """A mix: the parent classifier is EPS', with its saliency loss."""
    cfg = config(tree, tmp_path, iters=3, begins=[1])
    cfg.train_dataloader.dataset.pipeline.insert(
        1, dict(type='wsss_plugins.LoadDenseMap', key='saliency'))
    cfg.model.decode_head.parent.update(
        type='wsss_plugins.EPSHead', dropout_ratio=0.)
    runner = train(cfg)
    assert runner.model.decode_head.parent.conv_seg.out_channels == 3
    assert rounds(tmp_path)[0].counts.tolist() == [2, 2]
    logged = scalars(runner)
    assert {'train/decode.loss_cls', 'train/decode.loss_sal',
            'train/decode.loss_sub',
            'train/decode.sub_accuracy'} <= set(logged)


def test_no_images_of_a_class_and_several_in_one(tree, tmp_path):
    """No cow anywhere; one picture with both other classes."""
    labels = json.loads((tree / 'image_labels.json').read_text())
    labels['classes'].append('cow')
    labels['images']['pic_0'] = ['cat', 'dog']
    label_file = tmp_path / 'labels.json'
    label_file.write_text(json.dumps(labels))
    cfg = config(tree, tmp_path, iters=3, begins=[0])
    cfg.train_dataloader.dataset.label_file = str(label_file)
    cfg.model.decode_head.parent.num_classes = 4
    runner = train(cfg)
    found = rounds(tmp_path)[0]
    assert found.counts.tolist() == [2, 2, 0]
    assert (found.table[0] >= 0).tolist() == [True, True, False]
    assert (found.table >= 0).sum(axis=0).tolist() == [4, 5, 0]
    assert np.isfinite(scalars(runner)['train/decode.loss_sub'])
    log = next(tmp_path.glob('*/*.log')).read_text()
    assert 'cow: in no training image' in log


def test_few_images_of_a_class(tree, tmp_path):
    """K beyond the images of a class: so many sub-categories as images."""
    cfg = config(tree, tmp_path, iters=2, begins=[0], num_sub=6)
    runner = train(cfg)
    assert runner.model.decode_head.labels.counts.tolist() == [4, 4]
    log = next(tmp_path.glob('*/*.log')).read_text()
    assert 'cat: 4 sub-categories instead of 6' in log


def test_sub_categories_begin_at_their_fit(tree, tmp_path):
    cfg = config(tree, tmp_path, iters=1, begins=[0], fit_weight_decay=1e-3)
    found = scalars(train(cfg, watch := Watch()))
    assert watch.weights[0][1].abs().max() > 0
    # Each class has two clusters of features, which a fit tells apart.
    assert found['train/decode.sub_accuracy'] == 1


@pytest.mark.parametrize('options, message', [
    (dict(begins=[]), 'increasing'),
    (dict(begins=[3, 3]), 'increasing'),
    (dict(begins=[0], restart='heads'), 'restart='),
    (dict(begins=[0], feature_norm='l1'), 'feature_norm='),
    (dict(begins=[0], feature_source='bank'), 'there are no features'),
])
def test_refuses_options(tree, tmp_path, options, message):
    with pytest.raises(UserError, match=message):
        train(config(tree, tmp_path, **options))


def test_refuses_what_cannot_restart(tree, whole, tmp_path):
    cfg = config(tree, tmp_path / 'ema', begins=[0], restart='network')
    cfg.custom_hooks.append(dict(type='EMAHook'))
    with pytest.raises(UserError, match='EMAHook'):
        train(cfg)
    cfg = config(tree, tmp_path / 'load', begins=[0], restart='network')
    cfg.load_from = str(whole['network'][0] / 'iter_6.pth')
    with pytest.raises(UserError, match='init_cfg'):
        train(cfg)
    cfg = config(tree, tmp_path / 'plain', begins=[0])
    cfg.model.decode_head = cfg.model.decode_head.parent
    with pytest.raises(UserError, match='SubCategoryHead'):
        train(cfg)


def test_averaged_weights_carry_the_labels(tree, tmp_path):
    cfg = config(tree, tmp_path, iters=3, begins=[1], restart='sub_head')
    cfg.custom_hooks.append(dict(type='EMAHook'))
    runner = train(cfg)
    saved = read_checkpoint(tmp_path / 'iter_3.pth')
    table = runner.model.decode_head.labels.table
    assert torch.equal(
        saved['state_dict']['decode_head.labels.table'], table)


def test_another_list_is_refused_on_resume(tree, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train(config(tree, tmp_path, begins=[1]), KillAfter(3))
    cfg = config(tree, tmp_path, begins=[1])
    short = tmp_path / 'short.txt'
    short.write_text('pic_0\npic_1\npic_2\n')
    cfg.train_dataloader.dataset.ann_file = str(short)
    with pytest.raises(UserError, match='labels of 8 images'):
        train(cfg, resume=True)


def test_images_once_in_the_order_of_names():
    class Repeated:
        def __len__(self):
            return 5

        def get_data_info(self, i):
            return dict(sample_name='bacab'[i], num_foreground=3,
                        gt_label=[[0], [1], [0, 2], [1], [0]][i])

    images = LabeledImageSet(Repeated(), [])
    assert images.names == ['a', 'b', 'c']
    assert images.present.tolist() == [[False, True, False],
                                       [True, False, False],
                                       [True, False, True]]
    assert images[1][1]['sample_name'] == 'b'


def two_ranks(cfg, folder, *words):
    """Train as two processes."""
    cfg = cfg.copy()
    cfg.work_dir = str(folder)
    cfg.pop('experiment_name')
    cfg.env_cfg.dist_cfg.backend = 'gloo'
    cfg.dump(folder.with_suffix('.py'))
    done = subprocess.run(
        [sys.executable, '-m', 'torch.distributed.run', '--nproc_per_node',
         '2', '--standalone', str(ROOT / 'tools/train.py'),
         str(folder.with_suffix('.py')), '--launcher', 'pytorch', *words],
        cwd=ROOT, capture_output=True, text=True,
        env=dict(os.environ, OMP_NUM_THREADS='1'))
    assert done.returncode == 0, done.stderr[-3000:]
    return rounds(folder)


def test_two_ranks_equal_one(tree, tmp_path):
    """The same labels, whoever extracted the features, also when resumed."""
    cfg = config(tree, tmp_path / 'one', iters=3, begins=[0, 2])
    train(cfg)
    one = rounds(tmp_path / 'one')
    two = two_ranks(cfg, tmp_path / 'two')
    assert (one[0].table == two[0].table).all()
    assert one[0].names.tolist() == two[0].names.tolist()
    np.testing.assert_allclose(one[0].inertia, two[0].inertia, rtol=1e-5)
    cut = tmp_path / 'cut'
    two_ranks(cfg, cut, '--cfg-options', 'train_cfg.max_iters=1')
    again = two_ranks(cfg, cut, '--resume')
    # Weights of one and two ranks differ: each rank normalizes its own batch.
    for a, b in zip(two, again, strict=True):
        assert (a.table == b.table).all()
        assert (a.inertia == b.inertia).all()
    weights = [
        read_checkpoint(folder / 'iter_3.pth')['state_dict']
        for folder in (tmp_path / 'two', cut)
    ]
    assert all(torch.equal(weights[0][k], v) for k, v in weights[1].items())
