"""The catalog of plugins: complete, and the page in docs is current."""
import pytest

from wsss_plugins.apis.catalog import Part, as_markdown, as_text, parts
from wsss_plugins.testing.tools import run_tool


def test_parts_are_sorted_and_explained():
    found = parts()
    assert found == sorted(found, key=lambda part: (part.kind, part.name))
    assert len({(p.kind, p.name) for p in found}) == len(found)
    by_name = {part.name: part for part in found}
    head = by_name['wsss_plugins.EPSHead']
    assert head.kind == 'head' and 'loss_sal' in head.options
    assert by_name['wsss_plugins.SubCategoryClusteringHook'].kind == 'hook'
    assert by_name['wsss_plugins.GCNRefiner'].kind == 'refiner'
    walk = by_name['wsss_plugins.IRSegmentor'].options
    assert walk[0] == 'bg_threshold' and 'refiners' in walk
    assert walk[-1] == '**EncoderDecoder' and len(set(walk)) == len(walk)
    for part in found:
        assert part.summary.endswith('.'), part
        if not part.kind.startswith('report '):
            assert part.name.startswith('wsss_plugins.')
    cam, = (part for part in parts('report column') if part.name == 'cam')
    assert cam.options == ('title', 'path')


def test_of_one_kind():
    assert {part.kind for part in parts('loss')} == {'loss'}
    assert parts('no such kind') == []


def test_texts():
    found = [Part('head', 'wsss_plugins.A', 'Does a.', ('x', 'y')),
             Part('loss', 'wsss_plugins.Bcd', 'Does b.', ())]
    assert as_text(found) == ('wsss_plugins.A    head: Does a.\n'
                              'wsss_plugins.Bcd  loss: Does b.')
    assert as_markdown(found) == (
        '## Head\n\n| type | what it does | options |\n|---|---|---|\n'
        '| `wsss_plugins.A` | Does a. | x, y |\n\n'
        '## Loss\n\n| type | what it does | options |\n|---|---|---|\n'
        '| `wsss_plugins.Bcd` | Does b. |  |\n')
    assert as_text([]) == ''


def test_page_is_current(repo_root, tmp_path):
    made = tmp_path / 'plugins.md'
    assert run_tool(repo_root / 'tools/list_plugins.py', '--markdown',
                    made) == 0
    assert made.read_text() == (repo_root / 'docs/plugins.md').read_text(), (
        'run: python tools/list_plugins.py --markdown docs/plugins.md')


@pytest.mark.parametrize('args, status, text', [
    (['hook'], 0, 'wsss_plugins.TeacherHook'),
    (['heads'], 2, 'segmentor, test-time model'),
])
def test_tool(repo_root, capfd, args, status, text):
    assert run_tool(repo_root / 'tools/list_plugins.py', *args) == status
    shown = capfd.readouterr()
    assert text in (shown.err if status else shown.out)
