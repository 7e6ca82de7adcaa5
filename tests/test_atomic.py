"""Files appear whole; what killed processes left is swept, and no more."""
import os
import signal
import subprocess
import sys

import pytest

from wsss_plugins.structures import (
    UserError,
    atomic,
    atomic_path,
    sweep_partial,
    write_json,
)

WRITER = '''
import sys, time
from wsss_plugins.structures import atomic_path
with atomic_path(sys.argv[1]) as path:
    path.write_text('half')
    print('there', flush=True)
    time.sleep(60)
'''


@pytest.fixture
def writer(tmp_path):
    """Another process that is writing a file."""
    process = subprocess.Popen(
        [sys.executable, '-c', WRITER, tmp_path / 'other.txt'],
        stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == 'there\n'
    yield process
    process.kill()
    process.wait()


def names(folder):
    return sorted(p.name for p in folder.rglob('*') if p.is_file())


def test_a_killed_writer_is_swept_and_a_living_is_not(tmp_path, writer):
    assert len(names(tmp_path)) == 1 and not list(tmp_path.glob('*.txt'))
    assert sweep_partial(tmp_path) == 0
    write_json(tmp_path / 'mine.json', {})
    assert len(names(tmp_path)) == 2
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    assert sweep_partial(tmp_path) == 1
    assert [p.name for p in tmp_path.iterdir()] == ['mine.json']


def test_the_first_write_sweeps(tmp_path, writer):
    writer.kill()
    writer.wait()
    write_json(tmp_path / 'mine.json', {})
    assert [p.name for p in tmp_path.iterdir()] == ['mine.json']


def test_nothing_is_left_of_a_failure(tmp_path):
    path = tmp_path / 'a.txt'
    path.write_text('old')
    with pytest.raises(ZeroDivisionError), atomic_path(path) as temporary:
        assert temporary.suffix == '.txt'
        temporary.write_text('new')
        raise ZeroDivisionError
    assert path.read_text() == 'old'
    assert [p.name for p in tmp_path.iterdir()] == ['a.txt']


def test_a_long_name(tmp_path):
    path = tmp_path / f'{"n" * 250}.txt'
    with atomic_path(path) as temporary:
        temporary.write_text('x')
    assert path.read_text() == 'x'


def full_disk(*_, **__):
    raise OSError(28, 'No space left on device')


def test_what_the_disk_refuses_names_the_file(tmp_path, monkeypatch):
    (tmp_path / 'file').touch()
    (tmp_path / 'folder').mkdir()
    for path in ('file/a.json', 'file/b/a.json'):
        with pytest.raises(UserError, match='file: is a file, but a.json'):
            write_json(tmp_path / path, {})
    for path in ('folder', 'x' * 300):
        with pytest.raises(UserError, match=f'{path}: cannot be written'):
            write_json(tmp_path / path, {})
    monkeypatch.setattr(atomic.os, 'replace', full_disk)
    with pytest.raises(UserError, match=r'a\.json: .*No space left'):
        write_json(tmp_path / 'a.json', {})
    assert not (tmp_path / '.partial').exists()


def test_ranks_write_side_by_side(tmp_path):
    """Each removes the empty folder that another is about to use."""
    code = ('import sys\nfrom wsss_plugins.structures import write_json\n'
            'for i in range(300):\n'
            '    write_json(f"{sys.argv[1]}/{sys.argv[2]}_{i}.json", i)\n')
    ranks = [subprocess.Popen([sys.executable, '-c', code, tmp_path, str(r)])
             for r in range(3)]
    assert [rank.wait() for rank in ranks] == [0, 0, 0]
    assert len(os.listdir(tmp_path)) == 900
