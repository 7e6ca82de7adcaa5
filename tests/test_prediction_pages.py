"""The pages on predicting and exporting, run as they stand."""
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from wsss_plugins.apis.segmentor_files import save_segmentor
from wsss_plugins.structures import read_mask
from wsss_plugins.testing.doc_pages import code_blocks, run_block
from wsss_plugins.testing.segmentor_tree import (
    CLASSES,
    PALETTE,
    make_segmentor,
)
from wsss_plugins.testing.workspace_tree import make_workspace

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """A workspace with masks and a segmentor, and new photos."""
    root = tmp_path_factory.mktemp('mine')
    trained = make_segmentor(tmp_path_factory.mktemp('trained'))
    voc = trained[0].parent / 'voc'
    samples = [(path.stem, np.asarray(Image.open(path)), read_mask(
        voc / f'SegmentationClass/{path.stem}.png'))
        for path in sorted((voc / 'JPEGImages').glob('*.jpg'))]
    space = make_workspace(root / 'out', samples, CLASSES)
    facts = space.load()
    facts.pop('version')
    space.save(dict(facts, images=str(voc / 'JPEGImages')))
    save_segmentor(*trained, space.segmentor, CLASSES, PALETTE)
    (root / 'new_photos').mkdir()
    shutil.copy(voc / 'JPEGImages/pic_0.jpg', root / 'new_photos/one.jpg')
    shutil.copy(voc / 'JPEGImages/pic_1.jpg', root / 'new_photos/two.jpg')
    return root


@pytest.mark.parametrize('name', ['predicting', 'exporting'])
def test_a_page_runs(name, folder):
    found = code_blocks(ROOT / f'docs/own_images/{name}.md')
    assert len(found) >= 4
    for language, text in found:
        done = run_block(language, text, folder, ROOT)
        assert done.returncode == 0, (
            f'{text}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}')
    made = dict(
        predicting=['masks/masks/one.png', 'masks/index.html', 'one.png',
                    'one_labelme/one.json', 'masks_tta/masks/two.png'],
        exporting=['masks.zip', 'masks_coco/annotations', 'model.onnx',
                   'fixed.onnx'])[name]
    for path in made:
        assert (folder / path).exists(), path
