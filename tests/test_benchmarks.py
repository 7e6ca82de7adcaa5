"""Benchmarks: found by listing, and both their ways give the same."""
import ast
import importlib.util
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / 'benchmarks'
OUTSIDE = '''"""Squares by two ways."""
from common.harness import Case

def cases(folder, quick):
    yield Case('ten', lambda: [i * i for i in range(10)],
               lambda: [i**2 for i in range(10)],
               lambda a, b: dict(equal=float(a == b)))
'''


@pytest.fixture
def module(monkeypatch):
    """Import a benchmark by its name."""
    monkeypatch.syspath_prepend(str(FOLDER))

    def load(name):
        spec = importlib.util.spec_from_file_location(
            f'benchmark_{name}', FOLDER / f'{name}.py')
        found = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(found)
        return found

    return load


def run(*args):
    return subprocess.run([sys.executable, FOLDER / 'run.py', *args],
                          capture_output=True, text=True)


def test_all_are_listed():
    names = run('--list').stdout.split()
    others = {'run'}
    assert names == sorted(
        path.stem for path in FOLDER.glob('*.py') if path.stem not in others)
    # What is run under fixed names elsewhere.
    assert {'crf', 'walk_psa', 'wsgcn', 'storage', 'train_step'} <= set(names)
    for name in names:
        tree = ast.parse((FOLDER / f'{name}.py').read_text())
        first = ast.get_docstring(tree).partition('\n')[0]
        assert first.endswith('.'), f'{name}: {first}'


def test_one_elsewhere(tmp_path):
    file, numbers = tmp_path / 'squares.py', tmp_path / 'numbers.json'
    file.write_text(OUTSIDE)
    done = run(str(file), '--quick', '--json', str(numbers))
    assert done.returncode == 0, done.stderr
    found = json.loads(numbers.read_text())
    assert found['name'] == 'squares' and len(found['rows']) == 1
    row = found['rows'][0]
    assert row['case'] == 'ten' and row['agreement'] == dict(equal=1.)
    assert row['ratio'] > 0 and row['memory_mb'] == {}


@pytest.mark.parametrize('name, text', [
    ('no_such', 'walk_psa'), ('no_such.py', 'no such file')])
def test_unknown_name(name, text):
    done = run(name)
    assert done.returncode == 2
    assert 'no_such' in done.stderr and text in done.stderr
    assert 'Traceback' not in done.stderr


@pytest.mark.parametrize('name, key, least, most', [
    ('object_crops', 'max_error', 0, 1),
    ('coco_json', 'annotations_equal', 1, 1),
    ('mean_field', 'same_labels', 1, 1),
    ('stages', 'equal', .999, 1),
    ('train_step', 'features_error', 0, 1e-6),
])
def test_ways_agree(module, tmp_path, name, key, least, most):
    case = next(iter(module(name).cases(tmp_path, quick=True)))
    found = case.agree(case.reference(), case.ours())
    assert least <= found[key] <= most


def test_only_some(tmp_path):
    file, numbers = tmp_path / 'squares.py', tmp_path / 'numbers.json'
    file.write_text(OUTSIDE)
    done = run(str(file), '--quick', '--only', 'nine', '--json', str(numbers))
    assert done.returncode == 0, done.stderr
    assert json.loads(numbers.read_text())['rows'] == []


def test_parts_of_a_stage(module, tmp_path):
    """Every second of a stage belongs to one part."""
    case = next(iter(module('stages').cases(tmp_path, quick=True)))
    start = time.perf_counter()
    case.ours()
    spent = time.perf_counter() - start
    row = case.more()
    assert {'checks', 'decode', 'numerics', 'writing',
            'idle'} <= set(row['parts'])
    assert .5 * spent < sum(row['parts'].values()) <= spent
    assert 'PseudoMaskWriter' in row['stage']
    assert row['pixels'] == 375 * 500
