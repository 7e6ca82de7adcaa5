"""A stage that a server forks is what a new interpreter would be."""
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from wsss_plugins.pipelines.forking.client import ForkServer
from wsss_plugins.pipelines.lock import work_dir_lock
from wsss_plugins.pipelines.process import run_logged
from wsss_plugins.pipelines.progress import Everything
from wsss_plugins.pipelines.starting import start_interpreter
from wsss_plugins.structures import UserError

PROBE = r'''
import __main__, gc, os, signal, sys, threading
print(*map(repr, [
    sys.argv, sys.orig_argv, os.getcwd(), sys.path, __name__, __file__,
    __package__, str(__spec__), sorted(vars(__main__)), __main__.__name__,
    os.environ['PATH'], os.environ['OMP_WAIT_POLICY'], sorted(os.environ),
    os.getsid(0) == os.getpgrp() == os.getpid(), threading.active_count(),
    sorted(os.sched_getaffinity(0)), os.nice(0), gc.isenabled(),
    [str(signal.getsignal(n)) for n in signal.valid_signals()],
    sorted(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, ()))),
    sys.stdin.read(), sys.stdout.isatty(), sys.stdout.encoding,
    sys.stdout.write_through, sys.stdout.line_buffering, sys.flags[:],
    len(os.listdir('/proc/self/fd'))]), sep='\n')
print('warned', file=sys.stderr)
'''
ENDINGS = dict(
    good="print('done')",
    status='import sys; sys.exit(3)',
    text="raise SystemExit('no such file')",
    error='def f():\n    raise ValueError(1)\ntry:\n    f()\n'
          'except ValueError:\n    {}[0]',
    syntax='x = = 1',
    hook='import sys\n'
         'def hook(kind, error, trace):\n    print(kind, trace.tb_lineno)\n'
         'sys.excepthook = hook\n1 / 0',
    thread='import threading, time\n'
           'def late():\n    time.sleep(.2); print("late")\n'
           'threading.Thread(target=late).start()',
    atexit='import atexit; atexit.register(print, "at exit")',
    interrupt='raise KeyboardInterrupt',
    term='import os, signal; os.kill(os.getpid(), signal.SIGTERM)',
    kill='import os, signal; os.kill(os.getpid(), signal.SIGKILL)',
    abrupt='import os; os._exit(9)',
    unflushed="file = open('half.txt', 'w'); file.write('all')\n"
              'def keep(): return file')
WAITING = '''
import os, subprocess, sys, time
other = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])
print(f'{os.getpid()} {other.pid}')  # in one piece
time.sleep(60)
'''
RUNNER = '''
import os, sys
from pathlib import Path
from wsss_plugins.pipelines.forking.client import ForkServer
from wsss_plugins.pipelines.lock import work_dir_lock
from wsss_plugins.pipelines.process import run_logged
with work_dir_lock(Path('work')) as lock, ForkServer([], []) as server:
    print(os.getpid(), flush=True)
    command = [sys.executable, 'stage.py']
    run_logged(command, Path('log'), Path.cwd(), [lock], start=server.start)
'''


@pytest.fixture(autouse=True)
def no_gpu(monkeypatch):
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '')


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp('stages')


@pytest.fixture(scope='module')
def server(folder):
    with ForkServer([], []) as made:
        yield made


@pytest.fixture
def run(server, folder):
    """Run a text as a script, forked or not; its status and output."""

    def run_text(text, forked=True, words=(), name='stage.py', display=None):
        path, log = folder / name, folder / 'log'
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        log.write_bytes(b'')
        start = server.start if forked else start_interpreter
        with no_name_of_a_test():
            status = run_logged([sys.executable, name, *words], log, folder,
                                display=display, start=start)
        return status, log.read_text()

    return run_text


@contextmanager
def no_name_of_a_test():
    """The environment of one test is that of the next; servers live on."""
    name = os.environ.pop('PYTEST_CURRENT_TEST')
    try:
        yield
    finally:
        os.environ['PYTEST_CURRENT_TEST'] = name


def serving(server):
    return server._process.pid


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(.02)


def gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    state = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0]
    return state == 'Z'  # nobody reaps what init takes over here


def test_what_a_stage_sees(run, server):
    words = ['--work-dir', 'a b', "it's"]
    forked, new = (run(PROBE, way, words, 'tools/probe.py')
                   for way in (True, False))
    assert serving(server) and forked == new
    assert forked[0] == 0 and 'warned' in forked[1]


@pytest.mark.parametrize('name', ENDINGS)
def test_how_a_stage_ends(run, folder, name):
    found = []
    for way in (True, False):
        (folder / 'half.txt').unlink(missing_ok=True)
        found.append((*run(ENDINGS[name], way), (folder / 'half.txt').exists()
                      and (folder / 'half.txt').read_text()))
    assert found[0] == found[1]


def test_nothing_is_left_of_another_stage(run):
    """Modules, the environment, the folder; the draws are not the same."""
    text = textwrap.dedent('''
        import os, random, sys, json
        import numpy as np
        import torch
        print(hasattr(json, 'mine'), 'MINE' in os.environ, os.getcwd(),
              'own' in sys.modules)
        json.mine, os.environ['MINE'] = 1, '1'
        sys.modules['own'] = json
        os.chdir('/')
        print(random.random(), np.random.rand(), torch.rand(1).item())
    ''')
    one, other = run(text)[1], run(text)[1]
    assert one.splitlines()[0] == other.splitlines()[0]
    assert one.startswith('False False') and one.split()[3] == 'False'
    for mine, yours in zip(one.split()[4:], other.split()[4:]):
        assert mine != yours


def test_threads_that_compute(run, monkeypatch):
    """Those that the server has begun would not come along."""
    monkeypatch.setenv('OMP_NUM_THREADS', '2')
    text = textwrap.dedent('''
        import signal
        import numpy as np
        import torch
        signal.alarm(60)
        a = np.ones((400, 400), np.float32)
        b = torch.from_numpy(a)
        print(torch.get_num_threads(), (a @ a).sum(), (b @ b).sum().item(),
              torch.conv2d(b[None, None], b[None, None, :3, :3]).sum().item())
    ''')
    forked, again, new = (run(text, way) for way in (True, True, False))
    assert forked == again == new and forked[1].startswith('2 ')


def test_modules_beside_the_script_and_in_the_working_folder(run, folder):
    """Also one of a name that the server has imported, another module."""
    (folder / 'own').mkdir(exist_ok=True)
    (folder / 'here.py').write_text('where = "working folder"')
    (folder / 'own/beside.py').write_text('where = "beside"')
    text = ('import sys; sys.path.append("."); import beside, here, numpy\n'
            'print(beside.where, here.where, numpy.__file__)')
    forked, new = (run(text, way, (), 'own/stage.py') for way in (True, False))
    assert forked == new and forked[1].startswith('beside working folder')
    (folder / 'own/numpy.py').write_text('')
    forked, new = (run(text, way, (), 'own/stage.py') for way in (True, False))
    assert forked == new and forked[1].strip().endswith('own/numpy.py')


def test_environment_of_each_stage(run, server, monkeypatch):
    text = "import os; print(os.environ.get('WSSS_TEST'))"
    assert run(text)[1] == 'None\n'
    before = serving(server)
    monkeypatch.setenv('WSSS_TEST', 'a')
    assert run(text)[1] == 'a\n'
    assert serving(server) != before and gone(before)
    monkeypatch.delenv('WSSS_TEST')
    assert run(text)[1] == 'None\n'


class Sends(Everything):
    """Ends the runner, or something else, once the stage is at work."""

    def __init__(self, act):
        self.act, self.pids = act, []

    def add(self, text):
        if not self.pids and text.strip():
            self.pids = [int(word) for word in text.split()]
            self.act()


@pytest.fixture
def heard(number):
    """The signal has its usual effect, whatever the tests were started by."""
    usual = (signal.default_int_handler if number == signal.SIGINT else
             signal.SIG_DFL)
    before = signal.signal(number, usual)
    yield
    signal.signal(number, before)


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGHUP,
                                    signal.SIGINT])
def test_a_runner_that_is_ended_takes_its_stage_along(run, number, heard):
    sends = Sends(lambda: os.kill(os.getpid(), number))
    with pytest.raises(KeyboardInterrupt):
        run(WAITING, display=sends)
    assert len(sends.pids) == 2
    wait_for(lambda: all(map(gone, sends.pids)))
    assert run("print('next')") == (0, 'next\n')


@pytest.mark.parametrize('number', [signal.SIGINT])
def test_who_interrupts_twice_need_not_wait(run, heard):
    def twice():
        threading.Timer(1, interrupt).start()
        interrupt()

    def interrupt():
        os.kill(os.getpid(), signal.SIGINT)

    sends = Sends(twice)
    text = 'import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)'
    with pytest.raises(KeyboardInterrupt):
        run(text + WAITING, display=sends)
    assert not gone(sends.pids[0])
    os.killpg(sends.pids[0], signal.SIGKILL)
    assert run("print('next')") == (0, 'next\n')


@pytest.mark.parametrize('number', [signal.SIGKILL, signal.SIGTERM])
def test_a_stage_that_is_killed(run, number):
    sends = Sends(lambda: os.killpg(sends.pids[0], number))
    assert run(WAITING, display=sends)[0] == -number
    assert run("print('next')") == (0, 'next\n')


def test_a_server_that_is_killed(run, server):
    """Nobody knows then how its stage ended; the next ones go on."""
    run('')
    victim = serving(server)
    sends = Sends(lambda: os.kill(victim, signal.SIGKILL))
    text = "import os\nprint(os.getpid(), flush=True)\n"
    assert run(text, display=sends)[0] == -signal.SIGKILL
    assert run("print('next')") == (0, 'next\n')
    assert run("print('next')") == (0, 'next\n')
    assert serving(server) != victim


def test_a_killed_runner_leaves_its_stage_and_no_server(tmp_path):
    (tmp_path / 'stage.py').write_text(
        "import os, pathlib, time\n"
        "pathlib.Path('up').write_text(f'{os.getpid()} {os.getppid()}')\n"
        "while not pathlib.Path('go').exists(): time.sleep(.02)\n")
    runner = subprocess.Popen([sys.executable, '-c', RUNNER], cwd=tmp_path,
                              stdout=subprocess.DEVNULL)
    wait_for(lambda: (tmp_path / 'up').exists()
             and ' ' in (tmp_path / 'up').read_text())
    stage, server = map(int, (tmp_path / 'up').read_text().split())
    assert server != runner.pid
    runner.kill()
    runner.wait()
    wait_for(lambda: gone(server), 10)
    with pytest.raises(UserError, match='or a stage that it started'), \
            work_dir_lock(tmp_path / 'work'):
        pass
    assert not gone(stage)
    (tmp_path / 'go').touch()
    wait_for(lambda: gone(stage))
    with work_dir_lock(tmp_path / 'work'):
        pass


@pytest.mark.parametrize('number', [signal.SIGKILL, signal.SIGTERM])
def test_a_runner_that_is_killed_while_the_server_starts(tmp_path, number):
    (tmp_path / 'stage.py').write_text('')
    runner = subprocess.Popen([sys.executable, '-c', RUNNER], cwd=tmp_path,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    runner.stdout.readline()
    children = Path(f'/proc/{runner.pid}/task/{runner.pid}/children')
    wait_for(lambda: children.read_text())
    server = int(children.read_text())
    runner.send_signal(number)
    runner.communicate()
    wait_for(lambda: gone(server), 20)
