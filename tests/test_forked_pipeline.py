"""Pipelines whose stages share their imports, and the choice not to."""
import gc
import os
import re
import subprocess
import sys

import pytest

from wsss_plugins.pipelines.forking import server
from wsss_plugins.pipelines.forking.choice import VARIABLE, stage_starter
from wsss_plugins.pipelines.forking.client import ForkServer
from wsss_plugins.pipelines.forking.parts import import_parts
from wsss_plugins.pipelines.forking.scopes import scopes_of
from wsss_plugins.pipelines.pipeline import Pipeline
from wsss_plugins.pipelines.runner import PipelineRunner
from wsss_plugins.pipelines.starting import start_interpreter
from wsss_plugins.structures import UserError
from wsss_plugins.testing.kills import artifacts
from wsss_plugins.testing.kills.short_pipeline import (
    short_options,
    tiny_pipelines,
)

TIMES = [r'\d\d/\d\d \d\d:\d\d:\d\d', r'\d{8}_\d{6}', r'time: +[\d.]+',
         r'eta: [\d:]+', r'.*%\|.*\n']


def run(folder, name='eps', **options):
    path = tiny_pipelines()[name]
    pipeline = Pipeline(str(path), short_options(path, folder),
                        str(folder / 'work'))
    PipelineRunner(pipeline).run(**options)
    return pipeline


def logs(pipeline):
    """What stages printed, but for times and places."""
    found = {}
    for stage in pipeline.stages:
        log = stage.folder / 'stage.log'
        if log.exists():
            text = log.read_text().replace(
                str(pipeline.work_dir.parent), 'FOLDER')
            for time in TIMES:
                text = re.sub(time, 'TIME', text)
            # A bar moves more often when the machine is busy.
            text = re.sub('(TIME)+', 'TIME', text)
            found[stage.name] = text
    return found


def test_both_ways_give_the_same_bytes(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '')
    made, shown = {}, {}
    for way in '01':
        monkeypatch.setenv(VARIABLE, way)
        made[way] = run(tmp_path / way, last='cam_cam')
        shown[way] = [line.replace(str(tmp_path / way), '')
                      for line in capfd.readouterr().out.splitlines()
                      if line.startswith('  $ ')]
    assert not artifacts.differences(*(made[way].work_dir for way in made))
    one, other = (logs(pipeline) for pipeline in made.values())
    assert list(one) == ['data', 'train_cam', 'cam_cam'] and one == other
    assert len(shown['0']) == 3 and shown['0'] == shown['1']


def test_choice(monkeypatch):
    for text, forked in (('0', False), ('1', True), ('', True)):
        monkeypatch.setenv(VARIABLE, text)
        with stage_starter([], []) as start:
            assert (start is not start_interpreter) == forked
    monkeypatch.setenv(VARIABLE, 'no')
    with pytest.raises(UserError, match='=no: write 1 for'), \
            stage_starter([], []):
        pass


@pytest.mark.parametrize('module, name', [(sys, 'platform'),
                                          (os, 'pidfd_open')])
def test_systems_that_cannot_fork(monkeypatch, module, name):
    """A Mac, and an old kernel; whatever was asked for."""
    monkeypatch.setenv(VARIABLE, '1')
    if module is sys:
        monkeypatch.setattr(module, name, 'darwin')
    else:
        monkeypatch.delattr(module, name)
    with stage_starter([], []) as start:
        assert start is start_interpreter


def test_no_stage_is_forked_where_a_gpu_is(monkeypatch):
    monkeypatch.setattr(server, '_forks_end', lambda: True)
    monkeypatch.setattr(server, 'get_device', lambda: 'cpu')
    assert server._prepare([], [])
    gc.unfreeze()
    monkeypatch.setattr(server, 'get_device', lambda: 'cuda')
    assert not server._prepare([], [])


@pytest.mark.parametrize('seconds, ends', [(0, True), (60, False)])
def test_no_stage_is_forked_that_would_not_end(seconds, ends):
    """As where a library waits for a thread that did not come along."""
    done = subprocess.run([sys.executable, '-c', (
        'import atexit, os, time\n'
        'from wsss_plugins.pipelines.forking import server\n'
        'first = os.getpid()\n'
        'atexit.register(lambda: os.getpid() == first or '
        f'time.sleep({seconds}))\n'
        f'server._PATIENCE = {20 if ends else .5}\n'
        'print(server._forks_end())')], capture_output=True, text=True)
    assert done.stdout == f'{ends}\n', done.stderr


def test_a_thread_of_onnxruntime_is_not_started(tmp_path, monkeypatch):
    (tmp_path / 'wants_it.py').write_text(
        'try:\n    import onnxruntime\n    found = True\n'
        'except ImportError:\n    found = False\n')
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, 'onnxruntime', raising=False)
    import_parts(['wants_it'], [])
    assert not sys.modules.pop('wants_it').found
    assert 'onnxruntime' not in sys.modules


def chosen(pipeline, gpus=1, **options):
    """What a server would import; None if there is to be none."""
    runner = PipelineRunner(pipeline, gpus)
    with runner._starter(runner.plan(**options)) as start:
        server = getattr(start, '__self__', None)
        return server and server._wanted


def test_what_is_shared(tmp_path, monkeypatch):
    """Only what several stages need; detectors only where there are some."""
    monkeypatch.delenv(VARIABLE, raising=False)
    eps, exits = (
        Pipeline(str(tiny_pipelines()[name]), work_dir=str(tmp_path / name))
        for name in ('eps', 'exits'))
    modules, scopes = chosen(eps)
    assert 'wsss_plugins.apis.run_training' in modules
    assert scopes == ['mmseg', 'wsss_plugins']
    assert chosen(exits)[1] == ['mmdet', 'mmseg', 'wsss_plugins']
    assert chosen(eps, last='train_cam') is None
    assert chosen(eps, gpus=2) is None
    eps.stage('train_cam').own_script = True
    assert chosen(eps, last='cam_cam') is None


def test_scopes_of_a_config():
    assert scopes_of({
        'config.default_scope': "'mmseg'", 'config.a.0.type': "'mmdet.Net'",
        'config.b.type': "'mine.Net'", 'config.c': "'mmpretrain.x'"
    }) == {'mmseg', 'mmdet'}


def test_what_cannot_be_imported_is_left_to_the_stage(tmp_path):
    """As with a package that is not whole; the stage says so itself."""
    (tmp_path / 'a.py').write_text('import sys; print(sys.argv)')
    with ForkServer(['no_such_module'], []) as server, server.start(
            [sys.executable, 'a.py'],
            tmp_path) as process:
        assert process.stdout.read() == b"['a.py']\n"
        assert process.wait() == 0
        assert server._process is None
