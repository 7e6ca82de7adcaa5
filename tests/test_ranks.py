"""Two ranks do what one process does, and go on after a kill."""
import random
from functools import partial
from pathlib import Path

import pytest
import torch

from wsss_plugins.pipelines.commands import option_words
from wsss_plugins.pipelines.places import find_tool
from wsss_plugins.testing.configs import config_root
from wsss_plugins.testing.kills import traps
from wsss_plugins.testing.kills.campaign import Campaign
from wsss_plugins.testing.kills.checkpoint_diff import differences, leaves
from wsss_plugins.testing.kills.forked import import_all
from wsss_plugins.testing.kills.ranks import compare_stages, run_ranks
from wsss_plugins.testing.kills.short_pipeline import tiny_pipelines
from wsss_plugins.testing.kills.tiny_training import (
    finish,
    last_checkpoint,
    make_inputs,
    options_of,
    train,
)

CAM = 'cam/cam_r18-small_1xb16-400_tinyvoc-128.py'
# Draws nothing in the network, and its losses are means over images.
EPS = 'eps/eps_r18-small_1xb16-400_tinyvoc-128.py'
SGD = '''
_base_ = {base!r}
model = dict(backbone=dict(norm_eval=True))
optim_wrapper = dict(_delete_=True, type='OptimWrapper',
                     optimizer=dict(type='SGD', lr=.01, momentum=.9))
'''


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    import_all()
    return make_inputs(tmp_path_factory.mktemp('tiny') / 'data')


def train_ranks(config, work, options, trap=None, resume=False):
    words = [find_tool('tools/train.py'), config_root() / config,
             '--work-dir', work, *['--resume'] * resume,
             *option_words(config, options)]
    return run_ranks(words, Path(f'{work}.log'), trap=trap)


def test_two_ranks_train_as_one_process(tmp_path, root):
    """The same samples and seeds; sums in another order.

    Statistics of batches are left alone: each rank would have its own. So is
    Adam, which makes steps of the same size of gradients near 0.
    """
    config = tmp_path / 'eps.py'
    config.write_text(SGD.format(base=str(config_root() / EPS)))
    options = options_of(str(config), root, 3, batch_size=4)
    finish(train(str(config), tmp_path / 'one', options), tmp_path / 'one')
    two = dict(options, batch_size=2)
    assert train_ranks(config, tmp_path / 'two', two) == [0, 0]
    one, other = (leaves(last_checkpoint(tmp_path / name))
                  for name in ('one', 'two'))
    assert one.keys() == other.keys()
    weights = [name for name in one if name.startswith('state_dict.')]
    assert len(weights) > 90
    for name in weights:
        torch.testing.assert_close(other[name], one[name], rtol=1e-4,
                                   atol=1e-6, msg=name)


@pytest.mark.parametrize('accumulate', [1, 2])
def test_two_ranks_go_on_after_a_kill(tmp_path, root, accumulate):
    step = random.randrange(1, 4)
    print('killed at iteration', step)
    options = dict(options_of(CAM, root, 4),
                   **{'optim_wrapper.accumulative_counts': accumulate})
    assert train_ranks(CAM, tmp_path / 'whole', options) == [0, 0]
    killed = tmp_path / 'killed'
    statuses = train_ranks(CAM, killed, options, trap=partial(
        traps.kill_at_hook, 'before_train_iter', step))
    assert statuses[0] == -9 and statuses[1] != 0
    assert train_ranks(CAM, killed, options, resume=True) == [0, 0]
    assert not differences(last_checkpoint(tmp_path / 'whole'),
                           last_checkpoint(killed))


def test_stages_on_two_ranks_give_the_bytes_of_one(tmp_path):
    """CAMs, evaluation, masks; ``tools/dev/chaos.py --ranks 2`` for all."""
    campaign = Campaign(tiny_pipelines()['eps'], tmp_path, random.Random(0),
                        'masks_cam')
    assert campaign.run_undisturbed()
    found = dict(compare_stages(campaign))
    assert list(found) == ['cam_cam', 'eval_cam', 'masks_cam']
    assert not any(found.values()), found
