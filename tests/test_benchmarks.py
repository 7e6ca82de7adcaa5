"""Benchmarks: each can be named, and both its ways give the same."""
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / 'benchmarks'


@pytest.fixture
def modules(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module


def run(*args):
    return subprocess.run([sys.executable, FOLDER / 'run.py', *args],
                          capture_output=True, text=True)


def test_every_benchmark_has_a_name(modules):
    names = run('--list').stdout.split()
    measured = {path.stem for path in FOLDER.glob('*.py')
                if '\ndef cases(' in path.read_text()}
    assert len(names) == len(set(names))
    assert set(names) == measured
    for name in names:
        assert callable(modules(name).cases)


def test_unknown_name():
    done = run('no_such')
    assert done.returncode == 2
    assert 'no_such' in done.stderr and 'walk_psa' in done.stderr
    assert 'Traceback' not in done.stderr


@pytest.mark.parametrize('name, key, least, most', [
    ('object_crops', 'max_error', 0, 1),
    ('coco_json', 'annotations_equal', 1, 1),
    ('mean_field', 'same_labels', 1, 1),
])
def test_ways_agree(modules, tmp_path, name, key, least, most):
    case = next(iter(modules(name).cases(tmp_path, quick=True)))
    found = case.agree(case.reference(), case.ours())
    assert least <= found[key] <= most
