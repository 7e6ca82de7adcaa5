"""The catalog of plugins: complete, and the page in docs is current."""
import sys
import types

import pytest

from wsss_plugins.apis.catalog import Part, as_markdown, as_text, parts
from wsss_plugins.registry import MODELS
from wsss_plugins.testing.tools import run_tool


def test_parts_are_sorted_and_explained():
    found = parts()
    assert found == sorted(found, key=lambda part: (part.kind, part.name))
    assert len({(part.kind, part.name) for part in found}) == len(found)
    for part in found:
        assert part.summary.endswith('.'), part
        assert '.testing.' not in part.name
        if not part.kind.startswith('report '):
            assert part.name.startswith('wsss_plugins.')


def test_options_of_parents():
    by_name = {part.name: part for part in parts()}
    walk = by_name['wsss_plugins.IRSegmentor'].options
    assert walk[0] == 'bg_threshold' and 'refiners' in walk
    assert walk[-1] == '**EncoderDecoder' and len(set(walk)) == len(walk)
    assert by_name['gray'].options == ('title', 'path')


@pytest.mark.parametrize('kind, name, option', [
    ('head', 'wsss_plugins.EPSHead', 'loss_sal'),
    ('loss', 'wsss_plugins.EPSLoss', 'loss_weight'),
    # In the room of refiners, named by its class.
    ('loss', 'wsss_plugins.GCNLoss', None),
    ('hook', 'wsss_plugins.SubCategoryClusteringHook', None),
    ('refiner', 'wsss_plugins.GCNRefiner', None),
    ('data preprocessor', 'wsss_plugins.WSSSDataPreProcessor', 'mean'),
    ('test-time model', 'wsss_plugins.CAMTTAModel', 'out_size'),
    ('transform', 'wsss_plugins.MakePseudoMask', None),
    ('report column', 'cam', 'path'),
    ('stage builder',
     'wsss_plugins.pipelines.stages.common.train_cam_network', 'config')])
def test_kinds(kind, name, option):
    (part, ) = [part for part in parts(kind) if part.name == name]
    assert option is None or option in part.options


def test_a_new_folder_of_models_names_its_kind(monkeypatch):
    """A folder nobody thought of needs no line in the catalog."""
    package = types.ModuleType('wsss_plugins.models.poses')
    monkeypatch.setitem(sys.modules, package.__name__, package)

    class Dancer:
        """Dance to the label."""
        __module__ = 'wsss_plugins.models.poses.dancer'

    # Not register_module: the registry outlives the test.
    monkeypatch.setitem(MODELS.module_dict, 'Dancer', Dancer)
    (part, ) = parts('pose')
    assert part == Part('pose', 'wsss_plugins.Dancer', 'Dance to the label.',
                        ())
    package.KIND = 'stance'
    assert parts('stance') and not parts('pose')


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
    (['heads'], 2, 'stage builder, test-time model'),
])
def test_tool(repo_root, capfd, args, status, text):
    assert run_tool(repo_root / 'tools/list_plugins.py', *args) == status
    shown = capfd.readouterr()
    assert text in (shown.err if status else shown.out)
