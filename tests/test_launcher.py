"""Ranks of a run that ends early: one line, and its exit status."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

from wsss_plugins.apis.told import TOLD, first_to_tell

ROOT = Path(__file__).resolve().parents[1]
HEAD = '''
import os, signal
from wsss_plugins.apis.cli import run_main
from wsss_plugins.structures import UserError
rank = int(os.environ['RANK'])
'''
MISTAKE = '''
def main():
    raise UserError('photo.jpg: cut off; fetch it again')
run_main(main)
'''
KILLED = 'os.kill(os.getpid(), signal.SIGKILL)'


def test_what_all_processes_say_is_said_once(tmp_path, monkeypatch):
    assert first_to_tell('a') and first_to_tell('a')
    monkeypatch.setenv(TOLD, str(tmp_path))
    assert first_to_tell('a') and not first_to_tell('a')
    assert first_to_tell('b')
    monkeypatch.setenv(TOLD, str(tmp_path / 'gone'))
    assert first_to_tell('a') and first_to_tell('a')


@pytest.mark.parametrize('body, status, line', [
    (MISTAKE, 2, 'error: photo.jpg: cut off; fetch it again'),
    (KILLED, 137, 'was ended by SIGKILL; is there enough memory?'),
])
def test_ranks(tmp_path, body, status, line):
    script = tmp_path / 'script.py'
    script.write_text(HEAD + body)
    ended = subprocess.run(
        [sys.executable, '-m', 'wsss_plugins.apis.launcher',
         '--nproc_per_node=2', '--master_port=0', str(script)],
        cwd=ROOT, env=dict(os.environ, OMP_NUM_THREADS='1'), text=True,
        capture_output=True)
    assert ended.returncode == status
    assert ended.stderr.count('error: ') == 1
    assert line in ended.stderr and 'Traceback' not in ended.stderr


@pytest.mark.parametrize('name, words', [
    ('dist_train.sh', ['config.py']),
    ('dist_test.sh', ['config.py', 'checkpoint.pth']),
])
def test_scripts_say_what_is_missing(name, words):
    ended = subprocess.run(['bash', str(ROOT / 'tools' / name), *words],
                           text=True, capture_output=True)
    assert ended.returncode == 1
    assert f'usage: tools/{name} CONFIG' in ended.stderr
