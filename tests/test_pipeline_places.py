"""Pipelines of a user's own folder, moved ones, and an installed wheel."""
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from wsss_plugins.pipelines import places
from wsss_plugins.pipelines.pipeline import Pipeline
from wsss_plugins.pipelines.runner import PipelineRunner
from wsss_plugins.structures import ClassMaps, UserError, read_mask
from wsss_plugins.testing.voc_tree import make_voc_tree

ROOT = Path(__file__).resolve().parents[1]

PIPELINE = '''
from my_stages import square_cams
from wsss_plugins.pipelines.stages import common

title = 'My own'
data_root = 'voc'
work_dir = 'work'
stages = [
    square_cams('mine'),
    common.write_masks('mine', 'masks.py'),
    common.evaluate_masks('mine', 'evaluation.py'),
]
'''
STAGES = '''
def square_cams(name):
    return dict(name=f'cam_{name}', kind='tool', script='square_cams.py',
                args=['{data_root}', '{stage_dir}/files'])
'''
# The object of make_voc_tree, one pixel of the map for four of the image.
CAMS = '''
import sys
from pathlib import Path
import numpy as np
from wsss_plugins.structures import ClassMaps, ImageLabels, read_mask
root, out = map(Path, sys.argv[1:])
out.mkdir(parents=True, exist_ok=True)
for name in (root / 'train.txt').read_text().split():
    mask = read_mask(root / 'SegmentationClass' / f'{name}.png')
    ClassMaps([mask.max()], (mask[None] > 0).astype(np.float32),
              mask.shape).save(out / f'{name}.npz')
'''
CONFIG = '''
_base_ = 'wsss_plugins::_base_/stages/{stage}.py'
test_dataloader = dict(
    num_workers=0,
    dataset=dict(
        type='wsss_plugins.ImageLevelDataset', ann_file='train.txt',
        label_file='image_labels.json', data_root='',
        data_prefix=dict(img_path='JPEGImages', {folder}='',
                         seg_map_path='SegmentationClass')))
'''


def write_project(folder):
    """A pipeline with stages, scripts and configs of its own beside it."""
    folder.mkdir()
    (folder / 'my_stages.py').write_text(STAGES)
    (folder / 'square_cams.py').write_text(CAMS)
    (folder / 'masks.py').write_text(CONFIG.format(
        stage='make_masks', folder='cam_path'))
    (folder / 'evaluation.py').write_text(CONFIG.format(
        stage='eval_masks', folder='mask_path'))
    (folder / 'pipeline.py').write_text(PIPELINE)
    return folder / 'pipeline.py'


def run(*words, cwd, package=ROOT, check=True):
    """Run with a package; ``python`` is this one."""
    path = os.pathsep.join([str(Path(sys.executable).parent),
                            os.environ['PATH']])
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, capture_output=True,
        text=True, env=dict(os.environ, OMP_NUM_THREADS='1', PATH=path,
                            PYTHONPATH=str(package)))
    if check and done.returncode:
        raise AssertionError(f'{done.stdout[-2000:]}\n{done.stderr[-3000:]}')
    return done


def run_pipeline(pipeline, *words, **options):
    return run('python', '-m', 'wsss_plugins.pipelines', pipeline, *words,
               **options)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working folder with images, and nothing of the pipeline."""
    folder = tmp_path / 'elsewhere'
    folder.mkdir()
    make_voc_tree(folder)
    monkeypatch.chdir(folder)
    return folder


def assert_masks(folder, voc):
    paths = sorted(folder.glob('*.png'))
    assert len(paths) == 4
    for path in paths:
        truth = read_mask(voc / 'SegmentationClass' / path.name)
        assert (read_mask(path) == truth).all()


def test_pipeline_in_a_folder_of_its_own(here, tmp_path):
    """It runs from another folder; all may be moved, and nothing is redone."""
    path = write_project(tmp_path / 'mine')
    done = run_pipeline(path, cwd=here)
    assert 'error' not in done.stderr
    summary = json.loads(done.stdout.splitlines()[-1])
    assert summary['stages']['eval_masks_mine']['mask/miou'] == 100
    assert_masks(here / 'work/masks_mine/files', here / 'voc')
    shutil.move(tmp_path / 'mine', tmp_path / 'yours')
    shutil.move(here / 'work', tmp_path / 'results')
    moved = Pipeline(str(tmp_path / 'yours/pipeline.py'), None,
                     str(tmp_path / 'results'))
    assert {step.action for step in PipelineRunner(moved).plan()} == {'skip'}


def test_printed_commands_run_as_they_stand(tmp_path):
    """Pasted into a shell, in the folder that the first line goes to."""
    make_voc_tree(tmp_path)
    path = write_project(tmp_path / 'mine')
    lines = run_pipeline(path, '--to', 'masks_mine', '--dry-run',
                         cwd=tmp_path).stdout.splitlines()
    commands = [line.removeprefix('  $ ') for line in lines
                if line.startswith('  $ ')]
    assert commands[0] == f'cd {tmp_path}'
    assert commands[1] == ('python mine/square_cams.py voc '
                           'work/cam_mine/files')
    assert commands[2].startswith(
        f'python {ROOT}/tools/test.py mine/masks.py none --work-dir '
        'work/masks_mine --cfg-options ')
    assert '=$PWD/work/cam_mine/files' in commands[2]
    run('bash', '-ec', '\n'.join(commands), cwd='/')
    assert_masks(tmp_path / 'work/masks_mine/files', tmp_path / 'voc')


def programs(text):
    """Pairs of tool and config in commands, in order."""
    return re.findall(r'^(?:  \$ )?python (tools/\w+\.py) +(configs/\S+)',
                      text, re.M)


def test_readme_shows_what_a_pipeline_prints():
    readme = (ROOT / 'README.md').read_text()
    block = readme.partition('## Use it')[2].split('```')[1]
    printed = programs(run_pipeline('configs/eps/pipeline_voc12.py',
                                    '--dry-run', cwd=ROOT).stdout)
    shown = programs(block)
    assert len(shown) == 5
    assert shown == printed[:5]


def test_order_of_places(here, tmp_path, monkeypatch):
    home, checkout = tmp_path / 'home', tmp_path / 'checkout'
    package = checkout / 'wsss_plugins'
    monkeypatch.setattr(places, 'PACKAGE', package)
    folders = [home, here, checkout, package / '.mim']
    for folder in folders:
        for name in ('configs/net.py', 'tools/run_pipeline.py',
                     'tools/train.py'):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text('')
    # The tools of other projects are never taken for ours.
    assert places.find_tool('tools/train.py') == checkout / 'tools/train.py'
    for folder in folders:
        found = places.find_program('f', 'configs/net.py', home)
        assert found == folder / 'configs/net.py'
        absolute = places.find_program('f', str(found), home)
        assert absolute == found
        found.unlink()
    with pytest.raises(UserError) as caught:
        places.find_program('f: stage s', 'configs/net.py', home)
    message = str(caught.value)
    assert message.startswith('f: stage s: configs/net.py not found')
    assert all(f'{folder}/configs/net.py' in message for folder in folders)
    assert '\n' not in message


def test_own_launcher_is_named(here, tmp_path):
    path = write_project(tmp_path / 'mine')
    (path.parent / 'fit.py').write_text('')
    path.write_text(path.read_text() + '''
stages.append(dict(name='fit', kind='train', config='masks.py',
                   script='fit.py'))
''')
    pipeline = Pipeline(str(path))
    command = pipeline.command(pipeline.stage('fit'))
    assert command[1:3] == [f'{path.parent}/fit.py',
                            f'{path.parent}/masks.py']
    with pytest.raises(UserError, match='mine/dist_fit.sh: not found'):
        pipeline.command(pipeline.stage('fit'), gpus=2)


FINGERPRINTS = '''
from wsss_plugins.pipelines.pipeline import Pipeline
from wsss_plugins.pipelines.state import PipelineState
pipeline = Pipeline('configs/eps/pipeline_tinyvoc.py')
state = PipelineState(pipeline)
print(*map(state.fingerprint, pipeline.stages))
'''


@pytest.fixture(scope='module')
def checkout(tmp_path_factory):
    """A copy of the sources without anything built."""
    folder = tmp_path_factory.mktemp('copy') / 'checkout'
    leave = shutil.ignore_patterns('__pycache__', '*.so', '.mim', 'build')
    folder.mkdir()
    for name in ('wsss_plugins', 'configs', 'tools', 'requirements'):
        shutil.copytree(ROOT / name, folder / name, ignore=leave)
    for name in ('setup.py', 'pyproject.toml', 'MANIFEST.in', 'README.md',
                 'LICENSE', 'model-index.yml'):
        shutil.copy(ROOT / name, folder)
    return folder


def test_fingerprints_ignore_the_place_of_the_checkout(checkout):
    one, two = (run('python', '-c', FINGERPRINTS, cwd=folder, package=folder)
                for folder in (ROOT, checkout))
    assert one.stdout == two.stdout
    assert len(set(one.stdout.split())) == len(one.stdout.split()) > 8


@pytest.fixture(scope='module')
def installed(checkout, tmp_path_factory):
    """Folder of the installed wheel; without a compiler nothing is built."""
    folder = tmp_path_factory.mktemp('installed')
    subprocess.run(
        [sys.executable, 'setup.py', '-q', 'bdist_wheel', '-d', folder],
        cwd=checkout, check=True, capture_output=True,
        env=dict(os.environ, CC='false', CXX='false'))
    # The checkout itself goes on with links.
    assert (checkout / 'wsss_plugins/.mim/configs').is_symlink()
    subprocess.run(
        [sys.executable, '-m', 'pip', 'install', '--no-deps', '--no-index',
         '--quiet', '--target', folder / 'site', *folder.glob('*.whl')],
        check=True, capture_output=True)
    return folder / 'site'


def test_installed_wheel(installed, here, tmp_path):
    """A pipeline of the package and a stage of one's own, with no checkout."""
    done = run_pipeline('configs/eps/pipeline_tinyvoc.py', '--dry-run',
                        cwd=here, package=installed)
    mim = installed / 'wsss_plugins/.mim'
    assert f'$ python {mim}/tools/train.py {mim}/configs/' in done.stdout
    assert str(ROOT) not in done.stdout
    path = write_project(tmp_path / 'mine')
    cams = here / 'work/cam_mine/files'
    done = run_pipeline(path, '--to', 'masks_mine', cwd=here,
                        package=installed)
    assert f'$ python {mim}/tools/test.py {path.parent}' in done.stdout
    assert ClassMaps.load(cams / 'pic_0.npz').labels.tolist() == [1]
    assert_masks(here / 'work/masks_mine/files', here / 'voc')
    shutil.rmtree(mim)
    done = run_pipeline(path, cwd=here, package=installed, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith('error: tools/run_pipeline.py: tool of the')
