"""However a tool ends, it ends with one line."""
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from wsss_plugins.apis.cli import run_main
from wsss_plugins.structures import UserError

HEAD = 'from wsss_plugins.apis.cli import run_main\n'
ENDS = {
    'return': ('return 3', 3, None),
    'user': ('from wsss_plugins.structures import UserError\n'
             '    raise UserError("a.txt: bad; fix it")', 2,
             'error: a.txt: bad; fix it'),
    'bug': ('{}["k"]', 1, "error: t.py failed: it has no entry 'k'"),
    'type': ('len(3)', 1, 'error: t.py failed: it has a fault'),
    'memory': ('raise MemoryError', 1, 'error: there is not enough memory'),
    'depth': ('return main()', 1, 'error: t.py failed: it is nested too'),
    'file': ('open("gone.txt")', 2, 'error: gone.txt: No such file'),
    'disk': ('raise OSError(28, "No space left on device", "o.bin")', 2,
             'error: o.bin: No space left on device; fix'),
    'unicode': ('"\\udcff".encode()', 1, 'error: t.py failed: it holds a'),
    'interrupt': ('raise KeyboardInterrupt', 130, 'stopped: interrupted'),
    'exit': ('raise SystemExit(7)', 7, None),
}


@pytest.mark.parametrize('name', ENDS)
def test_ends(tmp_path, name):
    body, status, line = ENDS[name]
    (tmp_path / 't.py').write_text(f'{HEAD}def main():\n    {body}\n'
                                   'run_main(main)\n')
    done = subprocess.run([sys.executable, 't.py'], cwd=tmp_path,
                          capture_output=True, text=True)
    assert done.returncode == status
    assert 'Traceback' not in done.stdout + done.stderr
    if line is None:
        assert done.stderr == ''
        return
    last = done.stderr.splitlines()[-1]
    assert last.startswith(line)
    log = re.search(r'\(full log: (.*)\)$', last)
    assert bool(log) == (name not in ('user', 'interrupt'))
    if log:
        text = Path(log[1]).read_text()
        Path(log[1]).unlink()
        assert 'Traceback' in text and 'in main' in text


def test_a_closed_pipe_is_no_mistake(tmp_path):
    (tmp_path / 't.py').write_text(f'{HEAD}def main():\n'
                                   '    for i in range(10**6): print(i)\n'
                                   'run_main(main)\n')
    done = subprocess.run(
        f'{sys.executable} t.py | head -1', shell=True, cwd=tmp_path,
        capture_output=True, text=True)
    assert done.stdout == '0\n' and done.stderr == ''


def test_messages_of_data_workers():
    from wsss_plugins.apis.cli import _message
    error = UserError(
        'Caught UserError in DataLoader worker process 0.\n'
        'Original Traceback (most recent call last):\n  File "x"\n'
        'wsss_plugins.structures.errors.UserError: a.jpg: cut off\n  more\n')
    assert _message(error) == 'a.jpg: cut off\n  more'


def test_threads_wait_without_spinning(monkeypatch):
    monkeypatch.delenv('OMP_WAIT_POLICY', raising=False)
    with pytest.raises(SystemExit):
        run_main(lambda: 0)
    assert os.environ['OMP_WAIT_POLICY'] == 'PASSIVE'
    monkeypatch.setenv('OMP_WAIT_POLICY', 'ACTIVE')
    with pytest.raises(SystemExit):
        run_main(lambda: 0)
    assert os.environ['OMP_WAIT_POLICY'] == 'ACTIVE'
