"""A new file in a room of the package is all that a new part takes."""
import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / 'wsss_plugins'
# Rooms whose parts configs name, and the registry of each.
ROOMS = {
    'models/backbones': 'MODELS',
    'models/data_preprocessors': 'MODELS',
    'models/generators': 'MODELS',
    'models/heads': 'MODELS',
    'models/losses': 'MODELS',
    'models/segmentors': 'MODELS',
    'models/tta': 'MODELS',
    'models/utils': 'MODELS',
    'datasets': 'DATASETS',
    'datasets/transforms': 'TRANSFORMS',
    'engine/hooks': 'HOOKS',
    'engine/schedulers': 'PARAM_SCHEDULERS',
    'evaluation': 'METRICS',
    'refiners': 'REFINERS',
}
PART = '''"""A new part."""
from wsss_plugins.registry import {registry}


@{registry}.register_module()
class {name}:
    """Is new."""

    def __init__(self, option=1):
        self.option = option


class {name}Helper:
    """Is exported, too."""


def {name}_function():
    """Is not: functions are imported from the module that defines them."""
'''
CHECK = '''
import importlib, json, sys
from wsss_plugins import registry
from wsss_plugins.apis.catalog import parts
listed = {part.name for part in parts() if part.options == ('option', )}
for room, kind in json.loads(sys.argv[1]).items():
    name = 'New' + ''.join(w.title() for w in room.split('/'))
    part = getattr(registry, kind).build(
        dict(type=f'wsss_plugins.{name}', option=2))
    assert part.option == 2
    assert f'wsss_plugins.{name}' in listed, name
    package = importlib.import_module(
        'wsss_plugins.' + room.replace('/', '.'))
    assert {name, name + 'Helper'} <= set(package.__all__)
    assert not hasattr(package, name + '_function')
'''


def name_of(room):
    return 'New' + ''.join(word.title() for word in room.split('/'))


@pytest.fixture
def copied(tmp_path):
    """A copy of the package, without what it does not need to be imported."""
    shutil.copytree(PACKAGE, tmp_path / 'wsss_plugins',
                    ignore=shutil.ignore_patterns('__pycache__', '.mim'))
    return tmp_path


def test_a_file_is_enough(copied):
    before = {p: p.read_bytes() for p in copied.rglob('*.py')}
    for room, registry in ROOMS.items():
        (copied / 'wsss_plugins' / room / 'brand_new.py').write_text(
            PART.format(name=name_of(room), registry=registry))
    done = subprocess.run(
        [sys.executable, '-c', CHECK, json.dumps(ROOMS)], cwd=copied,
        env=dict(PYTHONPATH=str(copied), OMP_NUM_THREADS='1', PATH=''),
        capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert all(p.read_bytes() == text for p, text in before.items())


def test_all_rooms_list_their_folder():
    """The rooms above are those that export types, but for what has none."""
    found = set()
    for path in PACKAGE.rglob('__init__.py'):
        calls = [node for node in ast.walk(ast.parse(path.read_text()))
                 if isinstance(node, ast.Call)
                 and getattr(node.func, 'id', '') in (
                     'export_types', 'lazy_types')]
        if calls:
            found.add(path.parent.relative_to(PACKAGE).as_posix())
    assert set(ROOMS) <= found


def test_two_parts_of_one_name_are_refused(copied):
    for name in ('one', 'two'):
        (copied / f'wsss_plugins/refiners/{name}.py').write_text(
            f'"""Part {name}."""\n\n\nclass Twin:\n    """Twin."""\n')
    done = subprocess.run(
        [sys.executable, '-c', 'import wsss_plugins.refiners'], cwd=copied,
        env=dict(PYTHONPATH=str(copied), PATH=''), capture_output=True,
        text=True)
    assert done.returncode and 'two modules define Twin' in done.stderr
