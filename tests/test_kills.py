"""Pipelines that are killed at random, moved, and cut off while writing."""
import random
import re
from functools import partial

import pytest

from wsss_plugins.pipelines.pipeline import Pipeline
from wsss_plugins.structures import atomic_path
from wsss_plugins.testing.kills import artifacts, traps
from wsss_plugins.testing.kills.bad_inputs import BadInputs, judge
from wsss_plugins.testing.kills.campaign import Campaign
from wsss_plugins.testing.kills.short_pipeline import tiny_pipelines


def make_campaign(folder, name, last, seed=0):
    return Campaign(tiny_pipelines()[name], folder, random.Random(seed), last)


@pytest.fixture(scope='module')
def campaign(tmp_path_factory):
    """A pipeline that ran undisturbed, with a random seed."""
    seed = random.randrange(2**32)
    print('seed', seed)
    made = make_campaign(tmp_path_factory.mktemp('kills'), 'eps',
                         'masks_cam', seed)
    assert made.run_undisturbed()
    return made


def test_killed_pipeline_ends_with_the_same_bytes(campaign):
    """The short form of ``tools/dev/chaos.py --kills``."""
    result = campaign.run(5, 5)
    assert not result.faults
    assert result.kills or result.rounds


def test_damaged_inputs_are_refused_in_a_line(campaign):
    """The short form of ``tools/dev/chaos.py --inputs``."""
    inputs = BadInputs(campaign)
    faults = inputs.run(10)
    assert not faults, '\n'.join(faults)
    assert inputs.count == 10


def test_pipeline_goes_on_after_a_move(tmp_path):
    campaign = make_campaign(tmp_path / 'a', 'eps', 'train_cam')
    assert campaign.finish('whole')
    work = campaign.folder / 'killed'
    killed = campaign.start(
        work, partial(traps.kill_at_hook, 'before_train_iter', 5))
    assert killed.wait(300) == 2
    assert 'was killed by SIGKILL' in work.with_suffix('.log').read_text()
    moved = campaign.folder / 'moved'
    work.rename(moved)
    assert campaign.finish('moved')
    assert not artifacts.differences(campaign.folder / 'whole', moved)
    log = (moved / 'train_cam/stage.log').read_text()
    assert re.search(r'going on from .*/moved/train_cam/iter_4\.pth', log)
    assert len(re.findall(r'Iter\(train\) +\[1/8\]', log)) == 1


@pytest.mark.parametrize('pipeline, stage, training', [
    ('psa', 'train_aff', 'train_cam'), ('exits', 'train_exits', 'train_mil')])
def test_last_checkpoint_of_a_training_as_an_option(tmp_path, pipeline, stage,
                                                    training):
    pipeline = Pipeline(str(tiny_pipelines()[pipeline]),
                        work_dir=str(tmp_path / 'work'))
    stage, pointer = pipeline.stage(stage), pipeline.stage(training).pointer
    assert training in stage.needs
    line = ' '.join(pipeline.command(stage, preview=True))
    assert re.search(rf'(weights|checkpoint)="\$\(cat .*{pointer.name}\)"',
                     line)
    pointer.parent.mkdir(parents=True)
    pointer.write_text('/another/disk/iter_3.pth')
    (pointer.parent / 'iter_3.pth').write_text('')
    words = pipeline.command(stage)
    assert sum(word.endswith(f'={pointer.parent}/iter_3.pth')
               for word in words) == 1
    assert not any(word.endswith(pointer.name) for word in words)


def test_differences_are_found(tmp_path):
    """What says that two runs are equal, on runs that are not."""
    for name in ('one', 'two'):
        (tmp_path / name / 'cam/files').mkdir(parents=True)
        (tmp_path / name / 'cam/files/a.npz').write_bytes(b'same')
        (tmp_path / name / 'cam/metrics.json').write_text('{"written": 4}')
        (tmp_path / name / 'cam/stage.log').write_text(name)
        (tmp_path / name / 'fit').mkdir()
        (tmp_path / name / 'fit/last_checkpoint').write_text(
            f'/{name}/iter_8.pth')
    assert not artifacts.differences(tmp_path / 'one', tmp_path / 'two')
    (tmp_path / 'two/cam/files/b.npz').write_bytes(b'more')
    (tmp_path / 'two/cam/metrics.json').write_text('{"written": 1}')
    (tmp_path / 'two/fit/last_checkpoint').write_text('/two/iter_6.pth')
    lines = artifacts.differences(tmp_path / 'one', tmp_path / 'two')
    assert [line.partition(':')[0] for line in lines] == [
        'cam/files/b.npz', 'cam/metrics.json', 'fit/last_checkpoint']


def test_temporary_files_are_seen(tmp_path):
    with atomic_path(tmp_path / 'cam/a.npz') as temporary:
        temporary.write_bytes(b'half')
        assert artifacts.leftovers(tmp_path) == [temporary]
        assert not artifacts.artifacts(tmp_path)
    assert not artifacts.leftovers(tmp_path)


@pytest.mark.parametrize('status, log, fault', [
    (0, 'done', ''), (2, 'x\nerror: a.png: not whole; copy it again', ''),
    (2, 'error: two problems:\n  a.png\n  b.png', ''),
    (0, 'Traceback (most recent call last):\n', 'a traceback'),
    (None, '', 'stopped'), (-11, '', 'signal 11'), (1, 'oh', 'clear line'),
    (1, "error: test.py failed: it has a fault (full log: x)", 'inner'),
    (2, "error: a.json: list indices must be integers", 'inner')])
def test_what_a_clear_end_is(status, log, fault):
    assert fault in judge(status, log) and bool(fault) == bool(
        judge(status, log))
