"""The command of the golden checks: what it runs, finds and refuses."""
import subprocess
import sys

import numpy as np
import pytest

from wsss_plugins.structures import UserError
from wsss_plugins.testing import golden
from wsss_plugins.testing.checks import compare
from wsss_plugins.testing.golden import check_folder, checkers, methods

OUTSIDE = '''
import numpy as np
from wsss_plugins.testing.arrays import load_arrays
from wsss_plugins.testing.checks import checks, compare

@checks('square*.npz', companions=['names*.json'])
def check_square(path):
    data = load_arrays(path)
    yield compare('y', data['x']**2, data['y'])
'''


def write_square(folder, error=0.):
    folder.mkdir()
    x = np.arange(4.)
    np.savez(folder / 'square_1.npz', x=x, y=x**2 + error)
    (folder / 'names_1.json').write_text('[]')
    (folder / 'README.md').write_text('about')
    return folder


def run(*args, **options):
    return subprocess.run(
        [sys.executable, '-m', 'wsss_plugins.testing.golden', *map(str, args)],
        capture_output=True, text=True, **options)


def test_unknown_and_broken_files_fail(tmp_path, capsys):
    (tmp_path / 'strange.npz').write_bytes(b'')
    (tmp_path / 'loss_x.npz').write_bytes(b'not a file')
    assert not check_folder('eps', tmp_path)
    out = capsys.readouterr().out
    assert 'strange.npz: no check knows this file, FAIL' in out
    assert out.count('FAIL') == 2
    with pytest.raises(UserError, match='no such folder'):
        check_folder('eps', tmp_path / 'none')
    (tmp_path / 'empty').mkdir()
    with pytest.raises(UserError, match='no golden files'):
        check_folder('eps', tmp_path / 'empty')


def test_methods_are_found_by_listing(repo_root):
    folder = repo_root / 'wsss_plugins/testing/golden'
    named = {path.stem for path in folder.iterdir()
             if not path.name.startswith('_')}
    assert set(methods()) == named
    for method in methods():
        assert checkers(method), method


def test_a_method_is_one_new_file(tmp_path, monkeypatch, capsys):
    (tmp_path / 'newcomer.py').write_text(OUTSIDE)
    monkeypatch.setattr(golden, '__path__', [*golden.__path__, str(tmp_path)])
    assert 'newcomer' in methods()
    assert check_folder('newcomer', write_square(tmp_path / 'files'))
    assert capsys.readouterr().out == (
        'square_1.npz y: max abs 0, max rel 0, ok\n')


@pytest.fixture(params=['file', 'module', 'package'])
def outside(request, tmp_path, monkeypatch):
    """METHOD for checks that lie outside the package."""
    name = f'my_paper_{request.param}'
    monkeypatch.syspath_prepend(str(tmp_path))
    if request.param == 'package':
        package = tmp_path / name
        package.mkdir()
        (package / '__init__.py').write_text('')
        (package / '_shared.py').write_text('')
        (package / 'square.py').write_text(OUTSIDE)
    else:
        (tmp_path / f'{name}.py').write_text(OUTSIDE)
    return str(tmp_path / f'{name}.py') if request.param == 'file' else name


def test_a_paper_outside_the_package(outside, tmp_path, capsys):
    assert check_folder(outside, write_square(tmp_path / 'good'))
    assert capsys.readouterr().out == (
        'square_1.npz y: max abs 0, max rel 0, ok\n')
    assert not check_folder(outside, write_square(tmp_path / 'bad', .1))
    assert capsys.readouterr().out.endswith('FAIL\n')


@pytest.mark.parametrize('error, status, last', [
    (0., 0, 'all checks passed'), (.1, 1, 'some checks FAILED')])
def test_command(tmp_path, error, status, last):
    (tmp_path / 'my_paper.py').write_text(OUTSIDE)
    done = run('my_paper.py', write_square(tmp_path / 'files', error),
               cwd=tmp_path)
    assert (done.returncode, done.stderr) == (status, '')
    assert done.stdout.splitlines()[-1] == last


@pytest.mark.parametrize('method, text', [
    ('no_such', 'no_such: no such golden checks; give one of .*eps'),
    ('no_such.module', 'no such golden checks'),
    ('no_such.py', 'no_such.py: no such file'),
    ('json.tool', 'json.tool: no golden check in it')])
def test_unknown_methods(tmp_path, method, text):
    with pytest.raises(UserError, match=text):
        check_folder(method, tmp_path)


def test_mistakes_take_one_line(tmp_path):
    done = run('no_such', tmp_path)
    assert done.returncode == 2
    assert done.stderr.count('\n') == 1 and done.stderr.startswith('error: ')


def test_two_checks_of_one_file(tmp_path, capsys):
    (tmp_path / 'twice.py').write_text(
        OUTSIDE + OUTSIDE.replace('check_square', 'check_again'))
    files = write_square(tmp_path / 'files')
    assert not check_folder(str(tmp_path / 'twice.py'), files)
    assert 'more than one check knows this file' in capsys.readouterr().out


def test_compare():
    assert compare('x', [1., np.nan], [1., np.nan]).passed
    assert not compare('x', [1., np.nan], [1., 2.]).passed
    assert not compare('x', [1.], [1., 1.]).passed
    check = compare('x', [1.1], [1.])
    assert not check.passed and check.max_rel == pytest.approx(.1)
    assert str(check).startswith('x: max abs 0.1')
