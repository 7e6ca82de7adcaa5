"""What is shown of a running stage, and how it ends."""
import os
import signal
import sys
import threading

import pytest

from wsss_plugins.pipelines.process import run_logged
from wsss_plugins.pipelines.progress import Everything, OneBar
from wsss_plugins.pipelines.time_left import TimeLeft

STAGE = r'''
import sys
print('building')
print('mmengine - INFO - Iter(train) [ 20/400]  lr: 1', flush=True)
sys.stderr.write('\rfeatures:  50%|###  | 5/10 [00:01<00:01,  3image/s]')
print('\nerror: pic.png: cut off; fetch it again')
'''


class Seen(OneBar):

    def begin(self, title):
        super().begin(title)
        self.seen = []

    def _look(self, line):
        super()._look(line)
        self.seen.append((self._part, self._bar.n, self._bar.total))


def test_a_bar_in_place_of_the_log(tmp_path, capsys):
    bar = Seen()
    bar.begin('train')
    log = tmp_path / 'log'
    assert run_logged([sys.executable, '-c', STAGE], log, tmp_path,
                      display=bar) == 0
    bar.end()
    assert ('train', 20, 400) in bar.seen and ('features', 5, 10) in bar.seen
    shown = capsys.readouterr()
    assert 'building' not in shown.out + shown.err
    assert 'error: pic.png: cut off' in shown.err
    assert 'building' in log.read_text()


def test_everything_is_shown(tmp_path, capsys):
    run_logged([sys.executable, '-c', STAGE], tmp_path / 'log', tmp_path,
               display=Everything())
    assert 'building' in capsys.readouterr().out


WAITING = r'''
import os, sys, time
print(os.getpid(), flush=True)
time.sleep(60)
'''


class Sends(Everything):
    """A scheduler that ends the runner once its stage is at work."""

    def __init__(self, number):
        self.number, self.pid = number, None

    def add(self, text):
        if self.pid is None and text.strip():
            self.pid = int(text)
            os.kill(os.getpid(), self.number)


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGHUP])
def test_a_runner_that_is_ended_takes_its_stage_along(number, tmp_path):
    sends = Sends(number)
    # The tests themselves may have been started by nohup.
    before = signal.signal(number, signal.SIG_DFL)
    try:
        with pytest.raises(KeyboardInterrupt):
            run_logged([sys.executable, '-c', WAITING], tmp_path / 'log',
                       tmp_path, display=sends)
        assert signal.getsignal(number) is signal.SIG_DFL
    finally:
        signal.signal(number, before)
    with pytest.raises(ProcessLookupError):
        os.kill(sends.pid, 0)


def test_a_closed_terminal_does_not_end_what_nohup_started(tmp_path):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        code = WAITING.replace('60', '.2')
        assert run_logged([sys.executable, '-c', code], tmp_path / 'log',
                          tmp_path, display=Sends(signal.SIGHUP)) == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_stage_is_run_from_any_thread(tmp_path):
    done = []
    thread = threading.Thread(target=lambda: done.append(
        run_logged([sys.executable, '-c', STAGE], tmp_path / 'log', tmp_path)))
    thread.start()
    thread.join()
    assert done == [0]


def test_a_part_that_begins_again_has_its_own_time():
    """As features of a second scale do: the first does not count as slow."""
    bar = OneBar()
    bar.begin('cam')
    bar.add('features:  90%|#| 9/10 [01:01<00:01]\n')
    bar._bar.start_t -= 60
    bar.add('features:  10%|#| 1/10 [00:01<00:01]\n')
    assert bar._bar.n == 1
    assert bar._bar.format_dict['elapsed'] < 30
    bar.end()


class Clock:
    now = 100.

    def __call__(self):
        return self.now


def test_time_left_of_all_stages():
    clock = Clock()
    time = TimeLeft(dict(a=10, b=20, c=40), clock)
    time.plan(['a', 'c'])
    assert time.left() == 50
    time.begin('a')
    clock.now += 6
    assert time.left() == 4 + 40
    assert time.left(part=9) == 9 + 40
    clock.now += 14
    assert time.left() == 40
    time.end()
    # It took twice as long as expected, and so will the rest.
    time.begin('c')
    assert time.left() == 80
    clock.now += 60
    assert time.left(part=3) == 20


def test_no_time_is_told_of_stages_that_nobody_expected():
    time = TimeLeft(dict(a=10))
    time.plan(['a', 'b'])
    time.begin('a')
    assert time.left() is None
    assert TimeLeft({}).left() == 0
