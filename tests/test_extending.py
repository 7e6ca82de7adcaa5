"""The page for those who extend the package, run as it stands."""
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / 'docs' / 'extending.md'
# A file's name in a line of its own before the block that holds it.
_BLOCK = re.compile(
    r'^(?:`([\w./-]+)`:\n\n)?```(\w+)\n(.*?)^```$', re.M | re.S)


def blocks():
    """File name or None, language and text of each block of the page."""
    return [match.groups() for match in _BLOCK.finditer(PAGE.read_text())]


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """A folder outside the package with the files of the page."""
    path = tmp_path_factory.mktemp('mine')
    for name, _, text in blocks():
        if name:
            file = path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    return path


def run(folder, command):
    """Run a command of the page, in the folder, with this interpreter."""
    environment = dict(
        os.environ, OMP_NUM_THREADS='1',
        PATH=f'{Path(sys.executable).parent}{os.pathsep}{os.environ["PATH"]}',
        PYTHONPATH=os.pathsep.join([str(ROOT), os.environ.get(
            'PYTHONPATH', '')]))
    return subprocess.run(
        ['bash', '-euc', command], cwd=folder, env=environment, text=True,
        capture_output=True, timeout=600)


def test_every_block_is_a_file_or_a_command():
    found = blocks()
    fences = PAGE.read_text().count('\n```') // 2
    assert len(found) == fences
    for name, language, _ in found:
        assert name or language == 'bash', (name, language)


def test_the_page_runs(folder):
    for name, language, text in blocks():
        if name is None and language == 'bash':
            done = run(folder, text)
            assert done.returncode == 0, (
                f'{text}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}')
