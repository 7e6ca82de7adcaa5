"""Files about the project name things that are there."""
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]


def rows(section):
    """Cells of the table below a heading of the changelog."""
    text = (ROOT / 'CHANGELOG.md').read_text()
    table = text.partition(f'### {section}\n')[2].partition('\n#')[0]
    lines = [line for line in table.splitlines() if line.startswith('| `')]
    assert lines, section
    return [[cell.strip() for cell in line.strip('|').split(' | ')]
            for line in lines]


def names(cell):
    return re.findall('`([^`]+)`', cell)


def test_moved_modules_are_where_the_changelog_says():
    for before, now in rows('Moved modules'):
        for name in names(now):
            path = ROOT / name.replace('.', '/')
            assert path.is_dir() or path.with_suffix('.py').is_file(), name
        old = ROOT / names(before)[0].replace('.', '/')
        assert not old.with_suffix('.py').exists(), before


def test_renamed_names_are_there():
    defined = {
        name for path in (ROOT / 'wsss_plugins').rglob('*.py')
        for name in re.findall(r'^(?:def|class) (\w+)', path.read_text(),
                               re.M)}
    for before, now in rows('Renamed names'):
        assert len(names(before)) == len(names(now)), before
        assert set(names(now)) <= defined, now
        assert not set(names(before)) & defined, before


@pytest.mark.parametrize('name', ['README.md', 'CONTRIBUTING.md',
                                  'CHANGELOG.md', 'docs/extending.md'])
def test_links_lead_somewhere(name):
    path = ROOT / name
    for link in re.findall(r'\]\((?!https?:|#)([^)#]+)', path.read_text()):
        assert (path.parent / link).exists(), f'{name}: {link}'


def test_citation():
    content = yaml.safe_load((ROOT / 'CITATION.cff').read_text())
    assert content['cff-version'] == '1.2.0'
    for key in ('message', 'title', 'authors', 'version', 'license'):
        assert content[key]
    version = (ROOT / 'wsss_plugins' / 'version.py').read_text()
    assert f"'{content['version']}'" in version
    for paper in content['references']:
        assert {'title', 'authors', 'year', 'url'} <= set(paper)


def test_hooks_before_commits():
    content = yaml.safe_load((ROOT / '.pre-commit-config.yaml').read_text())
    hooks = [hook['id'] for repo in content['repos']
             for hook in repo['hooks']]
    assert {'ruff-check', 'end-of-file-fixer', 'check-yaml'} <= set(hooks)
