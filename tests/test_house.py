"""The layers of the house, and what every file must keep to."""
import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / 'wsss_plugins'
# A room may import from itself and from rooms of a lower level.
LEVELS = dict(ops=0, structures=1, refiners=2, exports=2, datasets=3,
              models=3, evaluation=4, engine=4, own_images=4, pipelines=5,
              reports=6, workspace=7, review=8, apis=9, commands=10,
              testing=11)
OPENMMLAB = ('mmengine', 'mmcv', 'mmseg', 'mmdet', 'mmpretrain')


def imports(path):
    """Absolute names that a file imports."""
    package = list(path.relative_to(ROOT).with_suffix('').parts[:-1])
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[:len(package) + 1 - node.level]
            base = base if node.level else []
            module = '.'.join([*base, *filter(None, [node.module])])
            yield module
            yield from (f'{module}.{alias.name}' for alias in node.names)


def rooms():
    return [(room, path) for room in LEVELS
            for path in sorted((PACKAGE / room).rglob('*.py'))]


@pytest.mark.parametrize('room, path', rooms(),
                         ids=lambda x: getattr(x, 'stem', x))
def test_imports_point_one_way(room, path):
    for name in imports(path):
        parts = name.split('.')
        if parts[0] == 'wsss_plugins' and len(parts) > 1:
            other = parts[1]
            if other in LEVELS and other != room:
                assert LEVELS[other] < LEVELS[room], f'{path}: {name}'
        if room in ('ops', 'structures'):
            assert parts[0] not in OPENMMLAB, f'{path}: {name}'


@pytest.mark.parametrize('room', ['ops', 'structures', 'datasets.converters',
                                  'datasets.tinyvoc'])
def test_light_rooms_need_no_openmmlab(room):
    block = ('import sys\n'
             f'for name in {OPENMMLAB}: sys.modules[name] = None\n')
    modules = sorted((PACKAGE / room.replace('.', '/')).glob('*.py'))
    names = [f'wsss_plugins.{room}.{path.stem}' for path in modules
             if path.stem != '__init__']
    code = block + ''.join(f'import {name}\n' for name in names)
    done = subprocess.run([sys.executable, '-c', code], cwd=ROOT)
    assert done.returncode == 0


def test_sizes():
    lengths = []
    for path in PACKAGE.rglob('*.py'):
        text = path.read_text()
        assert text.count('\n') < 400, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                body = [b for b in node.body if not (
                    isinstance(b, ast.Expr)
                    and isinstance(b.value, ast.Constant))]
                size = body[-1].end_lineno - body[0].lineno + 1 if body else 0
                assert size <= 60, f'{path}: {node.name}'
                lengths.append(size)
    assert sorted(lengths)[len(lengths) // 2] <= 8


def test_nothing_hard_coded():
    for path in PACKAGE.rglob('*.py'):
        text = path.read_text()
        assert '.cuda()' not in text, path
        assert 'allow_pickle=True' not in text, path
        assert 'weights_only=False' not in text, path
        assert 'VOCdevkit' not in text, path


@pytest.mark.parametrize('scope', ['mmseg', 'mmdet'])
def test_types_resolve_in_stock_scopes(scope):
    code = (
        'import wsss_plugins\n'
        'from mmengine.registry import DefaultScope, MODELS, METRICS\n'
        f'with DefaultScope.overwrite_default_scope("{scope}"):\n'
        '    head = MODELS.build(dict(type="wsss_plugins.EPSHead",'
        ' in_channels=4, num_classes=3))\n'
        '    METRICS.build(dict(type="wsss_plugins.CAMSweepMetric"))\n'
        'print(type(head).__name__)\n')
    out = subprocess.run([sys.executable, '-c', code], check=True, cwd=ROOT,
                         capture_output=True, text=True)
    assert out.stdout.strip().endswith('EPSHead')
