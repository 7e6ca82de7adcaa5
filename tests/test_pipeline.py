"""Pipelines: plan, placeholders, fingerprints, resume, locks, exit status.

The stages are tiny scripts that stand for the real tools.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from wsss_plugins.pipelines.lock import work_dir_lock
from wsss_plugins.pipelines.pipeline import Pipeline
from wsss_plugins.pipelines.runner import (
    PipelineRunner,
    StageInterrupted,
    duration,
)
from wsss_plugins.pipelines.stages import common, sub_categories
from wsss_plugins.pipelines.state import PipelineState
from wsss_plugins.structures import UserError

ROOT = Path(__file__).resolve().parents[1]
PIPELINES = sorted([*ROOT.glob('configs/*/pipeline*.py'),
                    *ROOT.glob('projects/*/configs/pipeline*.py')])
TRAIN = '''
import os, signal, sys
from pathlib import Path
folder = Path(sys.argv[sys.argv.index('--work-dir') + 1])
pointer = folder / 'last_checkpoint'
done = 0
if '--resume' in sys.argv:
    done = int(Path(pointer.read_text()).stem.split('_')[1])
print('starting at', done)
for step in range(done + 1, 7):
    with open(folder / 'steps.txt', 'a') as file:
        file.write(f'{step}\\n')
    path = folder / f'iter_{step}.pth'
    path.write_text('weights')
    pointer.write_text(str(path))
    if step == 3 and Path('kill_me').is_file():
        os.kill(os.getpid(), signal.SIGKILL)
print('trained')
'''
TEST = '''
import json, sys
from pathlib import Path
if Path('fail').is_file():
    print('the reason'); sys.exit(7)
folder = Path(sys.argv[sys.argv.index('--work-dir') + 1])
assert sys.argv[2] == 'none' or Path(sys.argv[2]).is_file()
(folder / 'argv.json').write_text(json.dumps(sys.argv[1:]))
(folder / 'metrics.json').write_text('{"mIoU": 41.5, "odd": NaN}')
'''
TOOL = '''
import sys
with open('calls.txt', 'a') as file:
    file.write(' '.join(sys.argv[1:]) + '\\n')
'''
PIPELINE = '''
title = 'Fake & quick'
data_root = 'data'
work_dir = 'work'
lr = .5
note = '{data_root}/note.txt'
_out = 'files'
_train, _test = 'tools/train.py', 'tools/test.py'
stages = [
    dict(name='data', kind='tool', script='tools/make.py',
         args=['{data_root}', '{note}'], external=True),
    dict(name='fit', kind='train', config='configs/net.py', script=_train,
         cfg_options={'optim': dict(lr='{lr}'), 'root': '{data_root}'}),
    dict(name='cam', kind='test', config='configs/net.py', tta=True,
         script=_test, checkpoint='{fit}',
         cfg_options={'out': '{stage_dir}/' + _out}),
    dict(name='eval', kind='test', config='configs/eval.py', script=_test,
         cfg_options={'cams': '{work_dir}/cam/files', 'pairs': [('a', 'b')]}),
]
'''


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with a pipeline and fake tools; the current one."""
    for name, text in {
            'tools/train.py': TRAIN, 'tools/test.py': TEST,
            'tools/make.py': TOOL, 'pipeline.py': PIPELINE,
            'configs/net.py': 'model = dict(width=4, depth=2)\n',
            'tools/dist_train.sh': '', 'tools/dist_test.sh': '',
            'configs/eval.py': 'bins = [1, 2, 3]\n'}.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(**kwargs):
    options = kwargs.pop('options', None)
    pipeline = Pipeline('pipeline.py', options, kwargs.pop('work_dir', None))
    PipelineRunner(pipeline, kwargs.pop('gpus', 1)).run(**kwargs)
    return pipeline


def rewrite(project, old, new, name='pipeline.py'):
    path = project / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def actions(pipeline, **kwargs):
    steps = PipelineRunner(pipeline).plan(**kwargs)
    return {step.stage.name: step.action for step in steps}


def test_placeholders_and_commands(project):
    pipeline = Pipeline('pipeline.py')
    data, fit, cam, evaluate = pipeline.stages
    root, work = str(project / 'data'), project / 'work'
    assert pipeline.command(data)[1:] == [
        'tools/make.py', root, f'{root}/note.txt']
    assert pipeline.command(fit, resume=True)[1:] == [
        'tools/train.py', 'configs/net.py', '--work-dir', str(work / 'fit'),
        '--resume', '--cfg-options', 'optim.lr=0.5', f'root={root}']
    with pytest.raises(UserError, match='run stage fit first'):
        pipeline.command(cam)
    (work / 'fit').mkdir(parents=True)
    (work / 'fit/last_checkpoint').write_text('/elsewhere/fit/iter_9.pth')
    with pytest.raises(UserError, match='iter_9.pth: named by .* not there'):
        pipeline.command(cam)
    checkpoint = work / 'fit/iter_9.pth'
    checkpoint.write_text('')
    assert pipeline.command(cam)[1:] == [
        'tools/test.py', 'configs/net.py', str(checkpoint), '--work-dir',
        str(work / 'cam'), '--tta', '--cfg-options', f'out={work}/cam/files']
    assert pipeline.command(evaluate, gpus=2) == [
        'bash', 'tools/dist_test.sh', 'configs/eval.py', 'none', '2',
        '--work-dir', str(work / 'eval'), '--cfg-options',
        f'cams={work}/cam/files', 'pairs=[[a,b]]']
    assert pipeline.command(fit, gpus=4)[:4] == [
        'bash', 'tools/dist_train.sh', 'configs/net.py', '4']
    assert [s.needs for s in pipeline.stages] == [[], [], ['fit'], ['cam']]


@pytest.mark.parametrize('old, new, message', [
    ("'{note}'", "'{nope}'", r'unknown placeholder \{nope\}; .*data_root'),
    ("kind='tool'", "kind='took'", "'took'; choose one of tool, train, test"),
    ("name='cam'", "name='fit'", "'fit' names two things"),
    ("name='cam'", "name='note'", "'note' names two things"),
    ('tta=True', 'ttta=True', 'unknown key ttta; known are name, kind'),
    ('external=True', 'external=1', 'external = 1'),
    ("checkpoint='{fit}'", "checkpoint='{data}'", 'no earlier train stage'),
    ("'{stage_dir}/'", "'{eval}/'", r'\{eval\}, which comes later'),
    ('configs/eval.py', 'configs/gone.py', 'gone.py not found; looked for /'),
    ("config='configs/eval.py'", "tta=False", 'config = None is missing'),
    ("_out = 'files'", "_out = 'a,b'", 'cannot be given on a command line'),
    ("title =", "titel =", 'a pipeline needs title'),
    ("lr = .5", "lr = [1]", "unknown entry 'lr'"),
    ("lr = .5", "lr = 1 / 0", 'pipeline.py, line 5: ZeroDivisionError'),
    ("lr = .5", "lr = (", 'line 5: SyntaxError'),
    ("lr = .5", "name = 'x'; lr = 1", "'name' has a meaning of its own"),
    ("'{data_root}/note.txt'", "'{note}/x'", 'names itself'),
    ("lr = .5", "lr = 1; report = dict(metrics=[dict(title='a', stage='no', "
     "metric='m')])", "no stage 'no'; there are data, fit"),
    ("lr = .5", "lr = 1; report = dict(samples=dict(names=['a'], columns=["
     "dict(title='t', kind='mask', path='x')]))", 'drawn over the image'),
    ("lr = .5", "lr = 1; report = dict(samples=dict(names=['a'], columns=["
     "dict(title='t', kind='photo', path='x')]))",
     "'photo' is no report column; choose one of cam, "),
    ("lr = .5", "lr = 1; report = dict(samples=dict(names=['a'], columns=["
     "dict(title='t', kind='image', path='{x}')]))", 'unknown placeholder'),
])
def test_mistakes_are_found_before_anything_runs(project, old, new, message):
    rewrite(project, old, new)
    with pytest.raises(UserError, match=message) as caught:
        run()
    assert '\n' not in str(caught.value)
    assert not (project / 'work').exists()
    assert not (project / 'calls.txt').exists()


def test_options(project):
    pipeline = Pipeline('pipeline.py', dict(data_root='other', lr=2), 'w2')
    assert pipeline.values['data_root'] == str(project / 'other')
    assert pipeline.work_dir == project / 'w2'
    assert pipeline.stage('fit').cfg_options['optim.lr'] == 2
    assert pipeline.option_words() == ['--cfg-options', 'data_root=other',
                                       'lr=2']
    with pytest.raises(UserError, match="no entry 'dataroot'"):
        Pipeline('pipeline.py', dict(dataroot='x'))
    with pytest.raises(UserError, match='must be a text'):
        Pipeline('pipeline.py', dict(data_root=['a', 'b']))
    with pytest.raises(UserError, match='pipeline file not found'):
        Pipeline('gone.py')


def test_runs_then_skips(project, capfd):
    pipeline = run()
    out = capfd.readouterr().out
    assert '[2/4] fit' in out and 'starting at 0' in out
    assert '$ python tools/train.py configs/net.py --work-dir' in out
    assert 'trained' in (project / 'work/fit/stage.log').read_text()
    argv = json.loads((project / 'work/cam/argv.json').read_text())
    assert argv[1] == str(project / 'work/fit/iter_6.pth')
    first = (project / 'work/fit/done.json').read_text()
    assert json.loads(first)['seconds'] >= 0
    assert actions(pipeline) == dict(data='run', fit='skip', cam='skip',
                                     eval='skip')
    run()
    assert '[2/4] fit: done already' in capfd.readouterr().out
    assert (project / 'work/fit/done.json').read_text() == first
    # An external tool is asked each time.
    assert len((project / 'calls.txt').read_text().splitlines()) == 2


def test_fingerprint_ignores_the_place_of_the_work_dir(project):
    prints = []
    for folder in ('a', 'b/c'):
        pipeline = Pipeline('pipeline.py', work_dir=folder)
        state = PipelineState(pipeline)
        prints.append([state.fingerprint(s) for s in pipeline.stages])
    assert prints[0] == prints[1]
    assert len(set(prints[0])) == 4
    run(work_dir='a')
    shutil.move('a', 'moved')
    moved = Pipeline('pipeline.py', work_dir='moved')
    assert set(actions(moved).values()) == {'run', 'skip'}


@pytest.mark.parametrize('name, old, new, stage, difference', [
    ('configs/net.py', 'width=4', 'width=8', 'fit',
     'config.model.width was 4, is now 8'),
    ('pipeline.py', 'lr = .5', 'lr = .25', 'fit',
     'cfg_options.optim.lr was 0.5, is now 0.25'),
    ('pipeline.py', 'tta=True', 'tta=False', 'cam', 'tta was True'),
    ('configs/eval.py', '2, 3', '2, 5', 'eval', 'config.bins.2 was 3'),
    ('pipeline.py', "data_root = 'data'", "data_root = 'd2'", 'fit',
     'cfg_options.root was'),
])
def test_another_config_is_an_error(project, name, old, new, stage,
                                    difference):
    run()
    before = (project / 'work/cam/argv.json').read_text()
    rewrite(project, old, new, name)
    with pytest.raises(UserError) as caught:
        run()
    message = str(caught.value)
    assert f'stage {stage} in {project}/work/{stage} was made by' in message
    assert difference in message and f'--force {stage}' in message
    assert (project / 'work/cam/argv.json').read_text() == before
    run(force=[stage])
    run(work_dir='another')


def test_script_of_a_tool_is_part_of_it(project):
    rewrite(project, ', external=True', '')
    run()
    run()
    assert len((project / 'calls.txt').read_text().splitlines()) == 1
    rewrite(project, "'a'", "'a+'", 'tools/make.py')
    with pytest.raises(UserError, match='script was'):
        run()


def test_force_takes_readers_along(project):
    pipeline = run()
    stray = project / 'work/cam/files'
    stray.mkdir()
    (stray / 'old.npz').write_text('')
    assert actions(pipeline, force=['fit']) == dict(
        data='run', fit='fresh', cam='fresh', eval='fresh')
    run(force=['cam'])
    assert not stray.exists()
    assert (project / 'work/fit/steps.txt').read_text().split() == [
        *'123456']
    # Forced alone: what read the earlier run is out of date.
    run(force=['fit'], last='fit')
    with pytest.raises(UserError, match='stage cam .* earlier run of stage '
                       'fit; run with --force cam'):
        run()
    run(force=['cam'])
    with pytest.raises(UserError, match='no stage .*nope'):
        run(force=['nope'])
    with pytest.raises(UserError, match='not among the stages to run'):
        run(force=['fit'], first='cam')


def with_inputs(project):
    rewrite(project, "dict(lr='{lr}'), 'root': '{data_root}'}),",
            "dict(lr='{lr}'), 'root': '{data_root}'},\n"
            "         inputs=['{data_root}/labels.json']),")
    rewrite(project, "'pairs': [('a', 'b')]})",
            "'pairs': [('a', 'b')]}, inputs=['fixed'])")
    for path in ('data', 'fixed/deep'):
        (project / path).mkdir(parents=True)
    (project / 'data/labels.json').write_text('a')
    (project / 'fixed/deep/one.png').write_text('1')


def reasons(pipeline, **kwargs):
    return {step.stage.name: step.why or step.action
            for step in PipelineRunner(pipeline).plan(redo=True, **kwargs)}


def test_what_changed_is_made_anew(project):
    with_inputs(project)
    same = dict(data='run', fit='skip', cam='skip', eval='skip')
    assert reasons(run()) == same
    (project / 'fixed/deep/.half').write_text('')
    os.utime(project / 'data/labels.json', (0, 0))
    assert reasons(Pipeline('pipeline.py')) == same
    (project / 'fixed/deep/one.png').write_text('2')
    assert reasons(Pipeline('pipeline.py')) == dict(
        same, eval='fixed changed')
    (project / 'data/labels.json').write_text('b')
    with pytest.raises(UserError, match='stage fit .* --force fit'):
        run()
    changed = dict(
        same, fit='data/labels.json changed',
        cam='stage fit changes', eval='fixed changed')
    assert reasons(Pipeline('pipeline.py')) == changed
    assert reasons(run(redo=True)) == same


def test_redo_takes_readers_along(project):
    run()
    (project / 'work/fit/done.json').unlink()
    (project / 'work/fit/begun.json').unlink()
    rewrite(project, 'lr = .5', 'lr = .25')
    steps = reasons(Pipeline('pipeline.py'))
    assert steps['fit'] == 'run' and 'fit' in steps['cam']


def test_force_that_is_cut_off_goes_on(project):
    run()
    (project / 'kill_me').touch()
    with pytest.raises(UserError, match='SIGKILL'):
        run(force=['fit'])
    (project / 'kill_me').unlink()
    assert actions(Pipeline('pipeline.py')) == dict(
        data='run', fit='resume', cam='run', eval='run')
    run()


def test_force_never_empties_a_foreign_folder(project):
    (project / 'work/fit').mkdir(parents=True)
    (project / 'work/fit/thesis.tex').write_text('')
    with pytest.raises(UserError, match='not made by this runner'):
        run(force=['fit'])
    assert (project / 'work/fit/thesis.tex').exists()


def test_parts(project):
    with pytest.raises(UserError, match='reads stage cam, which is not done'):
        run(first='eval')
    run(last='fit')
    assert not (project / 'work/cam').exists()
    run(first='cam')
    assert (project / 'work/eval/done.json').exists()
    with pytest.raises(UserError, match='--from eval comes after --to fit'):
        run(first='eval', last='fit')
    with pytest.raises(UserError, match='no stage .*x.*there are data, fit'):
        run(first='x')
    (project / 'work/fit/done.json').unlink()
    with pytest.raises(UserError, match='earlier run of stage fit; run with '
                       '--force cam'):
        run()


def test_dry_run_runs_and_writes_nothing(project, capfd):
    run(dry_run=True)
    lines = capfd.readouterr().out.splitlines()
    assert lines[0] == f'  $ cd {project}'
    assert len(lines) == 9 and lines[5].startswith('[3/4] cam')
    # What is not trained yet is found by the shell.
    assert '"$(cat work/fit/last_checkpoint)" --work-dir' in lines[6]
    assert not (project / 'work').exists()
    assert not (project / 'calls.txt').exists()


def test_killed_training_goes_on(project, capfd):
    (project / 'kill_me').touch()
    with pytest.raises(UserError) as caught:
        run()
    message = str(caught.value)
    assert 'stage fit was killed by SIGKILL' in message
    assert f'log: {project}/work/fit/stage.log' in message
    assert 'to go on: python' in message
    assert not (project / 'work/fit/done.json').exists()
    (project / 'kill_me').unlink()
    rewrite(project, 'width=4', 'width=5', 'configs/net.py')
    with pytest.raises(UserError, match='config.model.width was 4'):
        run()  # never half of one and half of another
    rewrite(project, 'width=5', 'width=4', 'configs/net.py')
    run()
    assert 'starting at 3' in capfd.readouterr().out
    assert (project / 'work/fit/steps.txt').read_text().split() == [
        *'123456']


def test_failing_stage(project):
    (project / 'fail').touch()
    with pytest.raises(UserError, match='stage cam failed with status 7'):
        run()
    assert 'the reason' in (project / 'work/cam/stage.log').read_text()
    (project / 'fail').unlink()
    run()


def test_ctrl_c_ends_the_stage(project, monkeypatch):
    (project / 'tools/make.py').write_text(
        'import os, pathlib, time\n'
        "pathlib.Path('pid').write_text(str(os.getpid()))\n"
        "print('up', flush=True)\ntime.sleep(60)\n")

    class Terminal:
        @staticmethod
        def write(text):
            if 'up' in text:
                raise KeyboardInterrupt

        @staticmethod
        def flush():
            pass

    monkeypatch.setattr(sys, 'stdout', Terminal)
    with pytest.raises(StageInterrupted, match='stage data interrupted; log'):
        run()
    with pytest.raises(ProcessLookupError):
        os.kill(int((project / 'pid').read_text()), 0)


def test_lock(project):
    work = project / 'work'
    with work_dir_lock(work), pytest.raises(
            UserError, match=f'process {os.getpid()}, .* another folder'):
        run()
    # A file that a dead process left behind is no lock.
    (work / '.lock').write_text('99999999')
    run()


def test_lock_outlives_a_killed_runner_with_its_stage(project):
    (project / 'tools/make.py').write_text(
        "import pathlib, time\npathlib.Path('up').touch()\n"
        "while not pathlib.Path('go').exists(): time.sleep(.02)\n")
    code = textwrap.dedent('''
        from wsss_plugins.pipelines.pipeline import Pipeline
        from wsss_plugins.pipelines.runner import PipelineRunner
        PipelineRunner(Pipeline('pipeline.py')).run()
    ''')
    runner = subprocess.Popen([sys.executable, '-c', code])
    wait_for(lambda: (project / 'up').exists())
    runner.send_signal(signal.SIGKILL)
    runner.wait()
    with pytest.raises(UserError, match='or a stage that it started'):
        run()
    (project / 'go').touch()
    wait_for(lambda: free(project / 'work'))


def free(work):
    try:
        with work_dir_lock(work):
            return True
    except UserError:
        return False


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(.02)


def test_list(project):
    run(last='fit')
    (project / 'work/cam').mkdir()
    lines = PipelineRunner(Pipeline('pipeline.py')).status_lines()
    assert lines[0].endswith('asked each time')
    assert 'fit  train done in ' in lines[1]
    assert lines[2].endswith('cam  test  new')
    rewrite(project, 'width=4', 'width=5', 'configs/net.py')
    lines = PipelineRunner(Pipeline('pipeline.py')).status_lines()
    assert 'changed: stage fit' in lines[1]


def test_damaged_record(project):
    run(last='fit')
    (project / 'work/fit/done.json').write_text('{')
    with pytest.raises(UserError, match='done.json: not a whole record'):
        run()


def test_config_that_cannot_be_read(project):
    (project / 'configs/net.py').write_text("_base_ = './none.py'\n")
    with pytest.raises(UserError, match='net.py: cannot be read as a config'):
        run()


def test_gpus(project):
    with pytest.raises(UserError, match='--gpus 0'):
        run(gpus=0)


def test_tool(project, repo_root):
    """The command itself: last line, exit status, one line of error."""
    command = [sys.executable, repo_root / 'tools/run_pipeline.py',
               'pipeline.py', '--work-dir', 'w']
    good = subprocess.run(command, capture_output=True, text=True)
    assert good.returncode == 0, good.stderr
    summary = json.loads(good.stdout.splitlines()[-1])
    assert summary['pipeline'] == 'Fake & quick'
    assert summary['stages']['eval'] == {'mIoU': 41.5, 'odd': None}
    assert summary['work_dir'] == str(project / 'w')
    page = (project / 'w/report.html').read_text()
    assert summary['report'] == str(project / 'w/report.html')
    assert 'Fake &amp; quick' in page and summary['seconds'] > 0
    (project / 'fail').touch()
    bad = subprocess.run([*command, '--force', 'eval'], capture_output=True,
                         text=True)
    assert bad.returncode == 2
    assert bad.stderr.startswith('error: stage eval failed with status 7')
    assert len(bad.stderr.splitlines()) == 1


@pytest.mark.parametrize('seconds, text', [
    (.04, '0.0 s'), (9.96, '10.0 s'), (59.4, '59 s'), (250, '4 min 10 s'),
    (7500, '2 h 05 min')])
def test_duration(seconds, text):
    assert duration(seconds) == text


def test_sub_category_stages():
    """A pipeline names what changes, the builders where it stands."""
    train = sub_categories.train_sub_categories(
        'sub', 'net.py', features='cam', num_sub=5, loss_weight=2., seed=1)
    assert train == dict(
        name='train_sub', kind='train', config='net.py', cfg_options={
            'data_root': '{data_root}', 'seed': 1,
            'model.decode_head.num_sub': 5,
            'model.decode_head.loss_sub.loss_weight': 2.,
            'custom_hooks.0.feature_checkpoint': '{train_cam}'})
    plain = sub_categories.train_sub_categories('sub', 'net.py')
    assert plain == common.train_cam_network('sub', 'net.py')
    merged = sub_categories.write_sub_category_cams(
        'sub', 'net.py', num_sub=5, merged=True)
    assert merged['name'] == 'cam_sub_sub'
    assert merged['checkpoint'] == '{train_sub}'
    model = merged['cfg_options']['model.type']
    assert model == 'wsss_plugins.SubCategoryCAMSegmentor'


def test_no_pipeline_writes_entries_of_hooks_or_models():
    for path in PIPELINES:
        text = path.read_text()
        for part in ('custom_hooks.', 'model.', '_dataloader.', 'cfg_options'):
            assert part not in text, path


@pytest.mark.parametrize('path', PIPELINES, ids=lambda p: '-'.join(
    [p.parent.name, p.stem]))
def test_dry_run_of_every_pipeline(path, tmp_path, monkeypatch, capsys):
    """From any folder; each stage has its command."""
    monkeypatch.chdir(tmp_path)
    pipeline = Pipeline(str(path))
    PipelineRunner(pipeline).run(dry_run=True)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + 2 * len(pipeline.stages)
    assert all(line.startswith('  $ python /') for line in lines[2::2])
    assert not list(tmp_path.iterdir())
