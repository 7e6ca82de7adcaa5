"""The documentation site builds without warnings; both READMEs agree."""
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / 'docs'
NEEDED = ('sphinx', 'myst_parser', 'furo')


@pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in NEEDED),
    reason='pip install -r requirements/docs.txt')
def test_the_site_builds_without_warnings(tmp_path):
    # All pages are read and all links followed; writing HTML adds nothing.
    done = subprocess.run(
        [sys.executable, '-m', 'sphinx', '-W', '--keep-going', '-b', 'dummy',
         str(DOCS), str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    for page in ('index', 'faq', '_methods/eps', '_api/ops', '_api/engine',
                 '_api/pipelines', '_api/reports', '_api/exports'):
        assert page in done.stdout
    assert 'crf.dense_crf' in (DOCS / '_api/ops.rst').read_text()


def test_pages_are_found_by_their_folders():
    spec = importlib.util.spec_from_file_location(
        'site_pages', DOCS / 'site_pages.py')
    pages = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(pages)
    found = pages._page(ROOT / 'configs/eps')
    assert found == DOCS / '_methods/eps.md'
    assert pages._page(DOCS / 'data.md') == DOCS / 'data.md'
    assert pages._page(ROOT / 'setup.py') is None


def fenced(path):
    """Blocks of commands and code, whatever is said around them."""
    return re.findall(r'^```.*?^```$', path.read_text(encoding='utf-8'),
                      re.MULTILINE | re.DOTALL)


def test_chinese_readme_has_the_same_commands():
    english, chinese = ROOT / 'README.md', ROOT / 'README.zh-CN.md'
    blocks = fenced(chinese)
    wanted = fenced(english)
    # The structure of folders is left to the English one.
    assert blocks == [b for b in wanted if '  commands/' not in b]
    assert len(blocks) > 8
    assert f']({chinese.name})' in english.read_text(encoding='utf-8')
    assert f']({english.name})' in chinese.read_text(encoding='utf-8')
