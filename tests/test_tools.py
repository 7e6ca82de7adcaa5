"""Every tool ends in a line, whatever a user or a fault brings."""
import argparse
from pathlib import Path

import pytest

from wsss_plugins.testing.tools import run_tool

ROOT = Path(__file__).resolve().parents[1]
TOOLS = sorted(str(path.relative_to(ROOT))
               for path in (ROOT / 'tools').rglob('*.py'))
# Do all their work without an argument.
NEED_NOTHING = ('tools/list_models.py', 'tools/list_plugins.py',
                'tools/dev/chaos.py')


def ended(capsys, tool, *words):
    """Exit status, and the last line of the standard error."""
    status = run_tool(ROOT / tool, *words)
    said = capsys.readouterr()
    assert 'Traceback' not in said.out + said.err
    return status, (said.err.strip().splitlines() or [''])[-1], said.out


@pytest.mark.parametrize('tool', TOOLS)
def test_help(capsys, tool):
    status, _, text = ended(capsys, tool, '--help')
    assert status == 0 and 'usage: ' in text
    # What the tool is for stands before its options.
    assert len(text.partition('options:')[0].splitlines()) > 2


@pytest.mark.parametrize('tool', TOOLS)
def test_wrong_arguments(capsys, tool):
    for words in ([], ['--no-such-option'], ['a'] * 9):
        if not words and tool in NEED_NOTHING:
            continue
        status, last, _ = ended(capsys, tool, *words)
        assert status == 2 and 'error: ' in last


@pytest.mark.parametrize('tool', TOOLS)
def test_a_fault_of_its_own(capsys, monkeypatch, tmp_path, tool):
    """An unexpected exception leaves a line and a log with the traceback."""
    def fault(self, *_):
        raise ZeroDivisionError('by the test')

    monkeypatch.setattr(argparse.ArgumentParser, 'parse_args', fault)
    monkeypatch.setattr('tempfile.tempdir', str(tmp_path))
    status, last, _ = ended(capsys, tool)
    assert status == 1
    assert last.startswith(f'error: {Path(tool).name} failed: by the test')
    (log, ) = tmp_path.glob('*.log')
    assert str(log) in last
    assert 'ZeroDivisionError: by the test' in log.read_text()
