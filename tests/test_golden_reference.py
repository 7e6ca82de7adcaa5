"""All golden files that are here: the small set, and the full one if any."""
import fnmatch
from pathlib import Path

import pytest

from wsss_plugins.testing.golden import check_folder, checkers, methods

DATA = Path(__file__).parent / 'data' / 'golden'
FOLDERS = sorted(path.name for path in DATA.iterdir() if path.is_dir())
MOST_BYTES = 1_000_000


def check(method, folder, capsys):
    assert check_folder(method, folder)
    lines = capsys.readouterr().out.splitlines()
    assert not any(line.endswith('FAIL') for line in lines)
    return sum(line.endswith(', ok') for line in lines)


@pytest.mark.parametrize('method', FOLDERS)
def test_small_set(golden_data, capsys, method):
    folder = golden_data / method
    assert check(method, folder, capsys) > len(list(folder.iterdir()))


@pytest.mark.parametrize('method', methods())
def test_small_set_exercises_every_check(golden_data, method):
    folder = golden_data / method
    names = [path.name for path in folder.iterdir()]
    for checker in checkers(method):
        assert any(fnmatch.filter(names, pattern)
                   for pattern in checker.patterns), (
            f'{checker.__module__}.{checker.__name__}: no file for it in '
            f'{folder}')
    assert sum(path.stat().st_size for path in folder.iterdir()) < MOST_BYTES


@pytest.mark.parametrize('method', methods())
def test_full_set(shared, capsys, method):
    folder = shared / 'golden' / method
    if not folder.is_dir():
        pytest.skip(f'no full set of {method}')
    small = len(list((DATA / method).iterdir()))
    assert check(method, folder, capsys) > small
