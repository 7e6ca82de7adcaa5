"""Masks of folders of images, as the command writes them."""
import json
import os
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from wsss_plugins.apis.image_tree import ImageTree
from wsss_plugins.apis.segmentor import Segmentor
from wsss_plugins.apis.segmentor_files import save_segmentor
from wsss_plugins.structures import UserError, read_mask
from wsss_plugins.testing.segmentor_tree import (
    CLASSES,
    PALETTE,
    make_segmentor,
)
from wsss_plugins.testing.tools import run_tool

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    trained = make_segmentor(tmp_path_factory.mktemp('trained'))
    return save_segmentor(*trained, tmp_path_factory.mktemp('out'), CLASSES,
                          PALETTE)


@pytest.fixture
def photos(tmp_path):
    """Nested, turned, gray, clear, unreadable, and names that collide."""
    rng = np.random.default_rng(0)
    root = tmp_path / 'photos'
    (root / 'deep er/a').mkdir(parents=True)
    (root / '.hidden').mkdir()
    image = Image.fromarray(rng.integers(0, 255, (40, 60, 3), np.uint8))
    image.save(root / 'one.jpg')
    image.save(root / 'one.PNG')
    image.save(root / '.hidden/no.jpg')
    image.convert('L').save(root / 'deep er/gray.name.tif')
    image.convert('RGBA').save(root / 'deep er/a/clear.webp')
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(root / 'deep er/turned.jpg', exif=exif)
    (root / 'broken.jpg').write_bytes((root / 'one.jpg').read_bytes()[:300])
    (root / 'text.jpg').write_text('no image')
    (root / 'notes.txt').write_text('no image')
    return root


def predict(folder, photos, out, *words):
    return run_tool(ROOT / 'tools/predict.py', folder, photos, out,
                    '--device', 'cpu', *words)


def masks(out):
    return {p.relative_to(out / 'masks').as_posix()
            for p in (out / 'masks').rglob('*.png')}


NAMES = {'one.jpg.png', 'one.PNG.png', 'deep er/gray.name.png',
         'deep er/a/clear.png', 'deep er/turned.png'}


def test_a_folder(folder, photos, tmp_path, capsys):
    out = tmp_path / 'new'
    assert predict(folder, photos, out, '--overlays') == 0
    assert masks(out) == NAMES
    text = capsys.readouterr().out
    assert text.count('left out: ') == 2 and '5 masks: ' in text
    assert 'broken.jpg' in text and 'text.jpg' in text
    problems = json.loads((out / 'problems.json').read_text())
    assert {Path(p['where']).name for p in problems} == {
        'broken.jpg', 'text.jpg'}
    turned = read_mask(out / 'masks/deep er/turned.png', 3)
    assert turned.shape == (60, 40)
    with Image.open(out / 'masks/one.jpg.png') as mask:
        assert mask.mode == 'P' and mask.getpalette()[:9] == sum(PALETTE, [])
    single = Segmentor(folder)(photos / 'deep er/turned.jpg')
    assert (turned == single.mask).mean() > .99
    page = (out / 'index.html').read_text()
    assert page.count('<figure>') == 5
    assert 'src="overlays/deep%20er/turned.jpg"' in page
    for name in NAMES:
        assert (out / 'overlays' / name).with_suffix('.jpg').is_file()


def test_it_goes_on(folder, photos, tmp_path, capsys):
    out = tmp_path / 'new'
    assert predict(folder, photos, out) == 0
    before = {name: (out / 'masks' / name).stat().st_mtime_ns
              for name in NAMES}
    (out / 'masks/deep er/turned.png').unlink()
    Image.new('RGB', (30, 30)).save(photos / 'broken.jpg')  # repaired
    later = time.time() + 5
    os.utime(photos / 'one.jpg', (later, later))  # changed
    capsys.readouterr()
    assert predict(folder, photos, out) == 0
    assert '3 masks, 3 were there already' in capsys.readouterr().out
    after = {name: (out / 'masks' / name).stat().st_mtime_ns
             for name in NAMES}
    assert {n for n in NAMES if before[n] == after[n]} == NAMES - {
        'one.jpg.png', 'deep er/turned.png'}


def test_masks_of_another_segmentor_are_not_mixed(folder, photos, tmp_path,
                                                  capsys):
    assert predict(folder, photos, tmp_path / 'new') == 0
    assert predict(folder, photos, tmp_path / 'new', '--tta') == 2
    assert 'made with tta=False, not True' in capsys.readouterr().err


def test_outputs_below_the_images_are_no_images(folder, photos):
    out = photos / 'out'
    assert predict(folder, photos, out, '--overlays') == 0
    assert predict(folder, photos, out, '--overlays') == 0
    assert masks(out) == NAMES


def test_one_image_and_no_image(folder, photos, tmp_path, capsys):
    assert predict(folder, photos / 'one.jpg', tmp_path / 'a') == 0
    assert masks(tmp_path / 'a') == {'one.png'}
    (tmp_path / 'empty').mkdir()
    assert predict(folder, tmp_path / 'empty', tmp_path / 'b') == 2
    assert 'no images in it' in capsys.readouterr().err
    assert predict(folder, tmp_path / 'none', tmp_path / 'b') == 2
    assert 'not found' in capsys.readouterr().err
    shutil.copy(photos / 'text.jpg', tmp_path / 'empty')
    assert predict(folder, tmp_path / 'empty', tmp_path / 'c') == 2
    error = capsys.readouterr().err
    assert 'none of its 1 images can be read' in error
    assert len(error.strip().splitlines()[-1]) < 400


def test_a_tree_is_in_order_and_complete(photos):
    names = [name for _, name in ImageTree(photos)]
    assert len(names) == ImageTree(photos).count() == 7
    with pytest.raises(UserError, match='not found'):
        ImageTree(photos / 'none')
