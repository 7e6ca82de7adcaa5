import subprocess
import sys
from pathlib import Path

import pytest
import torch

from wsss_plugins import check_env
from wsss_plugins.apis.cli import run_main
from wsss_plugins.structures import UserError

ROOT = Path(__file__).resolve().parents[1]
TOOLS = sorted(p for p in (ROOT / 'tools').rglob('*.py'))


def test_check_env_passes_here():
    done = subprocess.run([sys.executable, '-m', 'wsss_plugins.check_env'],
                          capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout
    assert 'OpenMMLab family' in done.stdout and 'MISSING' not in done.stdout


def test_check_env_names_the_fix(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, 'pydensecrf', None)
    assert check_env.main() == 1
    out = capsys.readouterr().out
    assert 'MISSING  pydensecrf' in out and "install 'pydensecrf2" in out


def test_crf_without_its_library(monkeypatch):
    import numpy as np

    from wsss_plugins.ops.crf.dense_crf import DenseCRF
    monkeypatch.setitem(sys.modules, 'pydensecrf', None)
    with pytest.raises(ImportError, match='pip install pydensecrf2'):
        DenseCRF(backend='pydensecrf')(
            np.zeros((4, 4, 3), np.uint8), np.ones((2, 4, 4)))


ENTRIES = [str(path.relative_to(ROOT)) for path in TOOLS] + [
    'wsss_plugins', 'wsss_plugins label-images', 'wsss_plugins.pipelines']
# Runs a script or a module, and prints which of the slow libraries it needed.
HEAVY = """
import runpy, sys
sys.argv = sys.argv[1:] + ['--help']
run = runpy.run_path if sys.argv[0].endswith('.py') else runpy.run_module
try:
    run(sys.argv[0], run_name='__main__')
except SystemExit as end:
    assert not end.code, end.code
names = ('torch', 'mmcv', 'mmseg', 'mmdet', 'cv2', 'scipy', 'matplotlib')
print('needed:', [name for name in names if name in sys.modules])
"""


@pytest.mark.parametrize('entry', ENTRIES)
def test_every_tool_has_help_at_once(entry):
    done = subprocess.run([sys.executable, '-c', HEAVY, *entry.split()],
                          capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert 'usage:' in done.stdout and len(done.stdout) > 200
    assert done.stdout.endswith('needed: []\n')
    assert not done.stderr


def test_imports_say_nothing():
    """What OpenMMLab prints of parts that nobody asked for is kept back."""
    code = ('import wsss_plugins.models.all_types, mmseg.apis, mmdet.apis\n'
            'from mmengine.logging import print_log\n'
            'print_log("Could not import something else")\n'
            'print_log("a message")\n')
    done = subprocess.run([sys.executable, '-c', code], cwd=ROOT,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == 'Could not import something else\na message\n'
    assert not done.stderr


@pytest.mark.parametrize('path', sorted((ROOT / 'tools').glob('*.sh')),
                         ids=lambda p: p.stem)
def test_shell_scripts_parse(path):
    subprocess.run(['bash', '-n', path], check=True)
    assert path.stat().st_mode & 0o100


def test_mim_finds_the_configs():
    mim = ROOT / 'wsss_plugins' / '.mim'
    if not mim.is_dir():
        pytest.skip('the package is not installed from this checkout')
    assert (mim / 'configs/eps/deeplabv2_voc.py').is_file()
    assert (mim / 'tools/train.py').is_file()


@pytest.mark.parametrize('outcome, status', [
    (lambda: 0, 0), (lambda: None, 0), (lambda: 1, 1)])
def test_run_main_status(outcome, status):
    with pytest.raises(SystemExit) as stop:
        run_main(outcome)
    assert (stop.value.code or 0) == status


def test_run_main_prints_one_line(capsys):
    def mistake():
        raise UserError('x.json: wrong; fix it')

    with pytest.raises(SystemExit) as stop:
        run_main(mistake)
    assert stop.value.code == 2
    assert capsys.readouterr().err == 'error: x.json: wrong; fix it\n'


class WrongPictures(torch.utils.data.Dataset):
    """One that finds a mistake when it is read."""

    def __len__(self):
        return 1

    def __getitem__(self, index):
        raise UserError(f'{index}.png: index 3: out of range; fix it')


@pytest.mark.parametrize('workers', [0, 1])
def test_run_main_prints_one_line_of_a_data_worker(capsys, workers):
    pictures = torch.utils.data.DataLoader(
        WrongPictures(), num_workers=workers)
    with pytest.raises(SystemExit) as stop:
        run_main(lambda: list(pictures))
    assert stop.value.code == 2
    assert capsys.readouterr().err == (
        'error: 0.png: index 3: out of range; fix it\n')


def test_run_main_tells_bugs_in_a_line(capsys):
    def bug():
        raise ZeroDivisionError

    with pytest.raises(SystemExit) as end:
        run_main(bug)
    assert end.value.code == 1
    line, = capsys.readouterr().err.splitlines()
    assert 'failed' in line and 'full log' in line
