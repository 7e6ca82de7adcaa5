"""What ``check_env`` offers never mixes the two OpenMMLab families."""
import importlib
import re
from pathlib import Path

import pytest

from wsss_plugins import check_env, families

pytestmark = pytest.mark.family

ROOT = Path(__file__).resolve().parents[1]
ONEDL = {'onedl-mmengine': '0.10.12', 'onedl-mmcv': '2.3.6',
         'onedl-mmsegmentation': '1.4.2', 'onedl-mmdetection': '3.5.1'}
ORIGINAL = {'mmengine': '0.10.7', 'mmcv': '2.1.0', 'mmsegmentation': '1.2.2',
            'mmdet': '3.3.0'}
OPENMMLAB = ('mmengine', 'mmcv', 'mmseg', 'mmdet')


def offered(monkeypatch, there, broken=OPENMMLAB, error=None):
    """Findings by name where some distributions are there, some broken."""
    real = importlib.import_module

    def load(name, *package):
        if name.split('.')[0] in broken:
            raise error or ModuleNotFoundError(f"No module named '{name}'")
        return real(name, *package)

    for module in (families, check_env):
        monkeypatch.setattr(module, 'version_of', there.get)
    monkeypatch.setattr(check_env.importlib, 'import_module', load)
    return {found.name: found for found in check_env.findings()}


def installs(findings):
    """Names of distributions that the fixes install."""
    lines = [found.fix for found in findings.values() if found.fix]
    commands = [part for line in lines for part in line.split('&&')
                if ' install ' in part]
    return {families.name_of(word) for command in commands
            for word in re.findall(r"[\w-]+(?:[<>=][^\s']*)?",
                                   command.partition(' install ')[2])}


@pytest.mark.parametrize('family', ['onedl', 'openmmlab'])
def test_requirements_are_those_of_the_family(family):
    lines = (ROOT / 'requirements' / f'{family}.txt').read_text().split()
    packages = families.FAMILIES[family]
    assert {packages[name] for name in OPENMMLAB} == {
        line for line in lines
        if families.name_of(line) not in ('numpy', 'setuptools', 'torch')}


def test_torch_is_that_of_the_requirements():
    def torch_of(name):
        return re.findall(
            '^torch.*$', (ROOT / 'requirements' / name).read_text(), re.M)

    assert torch_of('runtime.txt') == [families.FAMILIES['onedl']['torch']]
    assert torch_of('openmmlab.txt') == [
        families.FAMILIES['openmmlab']['torch']]


@pytest.mark.parametrize('there, family, other', [
    (ONEDL, 'onedl', ORIGINAL), (ORIGINAL, 'openmmlab', ONEDL)])
def test_fixes_stay_in_the_family(monkeypatch, there, family, other):
    # Even if none of its packages can be imported.
    found = offered(monkeypatch, there)
    assert found['OpenMMLab family'] == ('OpenMMLab family', family, None)
    assert set(there) <= installs(found)
    assert not installs(found) & set(other)


@pytest.mark.parametrize('name', ORIGINAL)
def test_one_package_makes_the_family(monkeypatch, name):
    found = offered(monkeypatch, {name: ORIGINAL[name]})
    assert set(ORIGINAL) <= installs(found)
    assert not installs(found) & set(ONEDL)


def test_both_families_are_only_taken_away(monkeypatch):
    found = offered(monkeypatch, {**ONEDL, **ORIGINAL})
    assert not installs(found) & {*ONEDL, *ORIGINAL}
    fix = found['OpenMMLab family'].fix
    assert all(name in fix.split('uninstall -y ')[1]
               for name in (*ONEDL, *ORIGINAL))


def test_none_gets_the_maintained_one(monkeypatch):
    found = offered(monkeypatch, {})
    assert set(ONEDL) <= installs(found)
    assert not installs(found) & set(ORIGINAL)


def test_mmcv_lite_is_told_and_leaves_before_mmcv_comes(monkeypatch):
    there = {**ORIGINAL, 'mmcv-lite': '2.1.0'}
    del there['mmcv']
    found = offered(monkeypatch, there)
    assert 'mmcv-lite has none' in found['mmcv ops'].state
    first, *_, last = found['mmcv ops'].fix.split(' && ')
    assert first.endswith('uninstall -y mmcv-lite')
    assert "install 'mmcv>=2.1,<2.2'" in last


def test_mmcv_too_new_for_mmseg_is_the_one_to_change(monkeypatch):
    found = offered(
        monkeypatch, {**ORIGINAL, 'mmcv': '2.2.0'}, ('mmseg', ),
        AssertionError('MMCV==2.2.0 is used but incompatible. Please '
                       'install mmcv>=2.0.0rc4.'))
    assert "install 'mmcv>=2.1,<2.2'" in found['mmseg'].fix


def test_numpy_that_torch_cannot_use(monkeypatch):
    torch = pytest.importorskip('torch')

    def refuse(*_):
        raise RuntimeError('Numpy is not available')

    monkeypatch.setattr(torch.Tensor, 'numpy', refuse)
    found = check_env.findings()[2]
    assert found.name == 'numpy' and found.fix.endswith("install 'numpy<2'")
