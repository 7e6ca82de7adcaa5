"""The compiled part: found, chosen, and run under sanitizers."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from wsss_plugins.ops import native

ROOT = Path(__file__).resolve().parents[1]
OPS = ROOT / 'wsss_plugins' / 'ops'
SANITIZE = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all']


def name_of(**environment):
    code = ('from wsss_plugins.ops.native import build_name\n'
            'print(build_name())')
    return subprocess.run(
        [sys.executable, '-c', code], text=True, capture_output=True,
        env=dict(os.environ, **environment))


def test_build_is_chosen_by_hand():
    assert name_of(WSSS_PLUGINS_NATIVE='none').stdout == 'None\n'
    if native.build_name():
        assert name_of(WSSS_PLUGINS_NATIVE='base').stdout == 'base\n'
    wrong = name_of(WSSS_PLUGINS_NATIVE='sse')
    assert 'WSSS_PLUGINS_NATIVE=sse, but this machine has' in wrong.stderr


def test_a_broken_build_counts_as_none(tmp_path, monkeypatch):
    (tmp_path / '_native_base.so').write_bytes(b'half a file')
    monkeypatch.setattr(native, '__file__', str(tmp_path / 'native.py'))
    assert native._path('base') and native._load('base') is None
    assert native._path('avx2') is None


@pytest.mark.skipif(shutil.which('g++') is None, reason='needs g++')
@pytest.mark.parametrize('room, part, flags, says', [
    ('crf', 'dense_crf', [], 'solved'),
    ('graph', 'graph_product', [], 'sums'),
    # The widest vectors that this processor has.
    ('graph', 'graph_product', ['-march=native'], 'sums'),
    ('walk', 'random_walk', [], 'walked'),
    ('walk', 'random_walk', ['-march=native'], 'walked')])
def test_fuzz_under_sanitizers(tmp_path, room, part, flags, says):
    program = tmp_path / 'fuzz'
    build = subprocess.run(
        ['g++', '-std=c++17', '-O1', '-g', *SANITIZE, '-ffp-contract=off',
         '-Wall', '-Wextra', '-Werror', '-Wno-psabi', *flags,
         ROOT / 'tests' / 'native' / f'fuzz_{part}.cpp',
         f'-I{OPS / "csrc"}',
         OPS / room / 'csrc' / f'{part}.cpp', '-o', program],
        text=True, capture_output=True)
    if 'cannot find' in build.stderr:
        pytest.skip('this g++ has no sanitizers')
    assert build.returncode == 0, build.stderr
    done = subprocess.run(
        [program, '300', '0'], text=True, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert says in done.stdout
