"""A trained segmentor: its folder, and the masks that it draws."""
import json
import shutil

import numpy as np
import pytest
import torch
from mmengine.config import Config
from PIL import Image

from wsss_plugins.apis.segmentor import Segmentor
from wsss_plugins.apis.segmentor_files import read_segmentor, save_segmentor
from wsss_plugins.structures import UserError, read_mask
from wsss_plugins.testing.segmentor_tree import (
    CLASSES,
    PALETTE,
    make_segmentor,
    small_config,
)
from wsss_plugins.testing.tools import read_checkpoint


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """Config and checkpoint, as a training leaves them."""
    return make_segmentor(tmp_path_factory.mktemp('trained'))


@pytest.fixture(scope='module')
def folder(trained, tmp_path_factory):
    config, checkpoint = trained
    made = tmp_path_factory.mktemp('made') / 'segmentor'
    save_segmentor(config, checkpoint, made, CLASSES, PALETTE)
    moved = tmp_path_factory.mktemp('moved') / 'other'
    shutil.move(made, moved)
    return moved


@pytest.fixture(scope='module')
def segmentor(folder):
    return Segmentor(folder)


def picture(height=50, width=70, seed=0):
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 255, (height, width, 3), dtype=np.uint8)
    image[10:30, 20:40] //= 3
    return image


def test_the_folder_is_small_and_needs_no_other_file(folder, trained):
    saved = torch.load(folder / 'weights.pth', weights_only=True)
    assert set(saved) == {'meta', 'state_dict'}
    before = read_checkpoint(trained[1])['state_dict']
    assert set(before) == set(saved['state_dict'])
    for name, value in before.items():
        assert torch.equal(saved['state_dict'][name], value)
    text = (folder / 'config.py').read_text()
    assert str(trained[0].parent) not in text and 'init_cfg=None' in text
    assert 'optim_wrapper' not in text and 'data_root' not in text


def test_mmseg_itself_opens_the_folder(folder, segmentor):
    from mmseg.apis import inference_model, init_model
    image = picture()
    model = init_model(str(folder / 'config.py'), str(folder / 'weights.pth'),
                       device='cpu')
    assert tuple(model.dataset_meta['classes']) == CLASSES
    found = inference_model(model, image[..., ::-1].copy())
    mask = found.pred_sem_seg.data[0].numpy()
    assert (mask == segmentor(image).mask).all() and len(np.unique(mask)) > 1


def test_config_and_checkpoint_give_the_same(trained, segmentor):
    other = Segmentor(*trained)
    image = picture()
    assert (other(image).mask == segmentor(image).mask).all()
    assert other.classes == CLASSES  # from the checkpoint


@pytest.mark.parametrize('line, text', [
    ('import os', 'line .* runs no code'),
    ('x = open("a")', 'line .* runs no code'),
    ('x = dict(**{"a": 1})', 'line .* runs no code'),
    ('x = (', 'never closed'),
])
def test_a_config_that_was_handed_on_runs_no_code(folder, tmp_path, line,
                                                  text):
    copy = shutil.copytree(folder, tmp_path / 'copy')
    with (copy / 'config.py').open('a') as file:
        file.write(f'{line}\n')
    with pytest.raises(UserError, match=text):
        Segmentor(copy)


def test_wrong_numbers_of_classes(trained, folder, tmp_path):
    with pytest.raises(UserError, match='num_classes=3, but there are 2'):
        save_segmentor(*trained, tmp_path, CLASSES[:2], PALETTE[:2])
    copy = shutil.copytree(folder, tmp_path / 'copy')
    facts = json.loads((copy / 'classes.json').read_text())
    facts['classes'].append('cow')
    facts['palette'].append([1, 2, 3])
    (copy / 'classes.json').write_text(json.dumps(facts))
    with pytest.raises(UserError, match='num_classes=3, but there are 4'):
        Segmentor(copy)
    cfg = Config.fromfile(trained[0])
    cfg.model.decode_head.num_classes = 7
    with pytest.raises(UserError, match='another architecture'):
        Segmentor(cfg, trained[1])


def test_broken_folders(folder, tmp_path):
    with pytest.raises(UserError, match='no segmentor in it'):
        Segmentor(tmp_path)
    with pytest.raises(UserError, match='no such file or folder'):
        Segmentor(tmp_path / 'none')
    with pytest.raises(UserError, match='has its own weights'):
        Segmentor(folder, 'a.pth')
    for name in ('config.py', 'weights.pth', 'classes.json'):
        copy = shutil.copytree(folder, tmp_path / name.replace('.', '_'))
        (copy / name).write_bytes((copy / name).read_bytes()[:40])
        with pytest.raises(UserError, match=name):
            Segmentor(copy)
        (copy / name).unlink()
        with pytest.raises(UserError, match=f'{name}: .*not found'):
            Segmentor(copy)
    with pytest.raises(UserError, match='not a device'):
        Segmentor(folder, device='abacus')


def test_a_workspace_has_it_below(folder, tmp_path):
    shutil.copytree(folder, tmp_path / 'segmentor')
    assert read_segmentor(tmp_path).classes == CLASSES


def test_batches_and_sizes_do_not_matter(segmentor):
    images = [picture(seed=1), picture(40, 40, 2), picture(seed=3),
              picture(40, 40, 4), picture(33, 90, 5)]
    together = segmentor(images)
    for image, found in zip(images, together):
        alone = segmentor(image)
        assert (alone.mask != found.mask).mean() < .01
        assert np.abs(alone.scores - found.scores).max() < 1e-3


def test_large_images_are_computed_small(folder):
    small = Segmentor(folder, max_side=64)
    image = picture(300, 400)
    found = small(image)
    assert found.mask.shape == found.scores.shape == (300, 400)
    work = np.asarray(Image.fromarray(image).resize(
        (64, 48), Image.Resampling.LANCZOS))
    direct = Image.fromarray(small(work).mask)
    again = np.asarray(direct.resize((400, 300), Image.Resampling.NEAREST))
    assert (found.mask == again).all()


def test_tta_averages_an_image_and_its_mirror_image(folder, segmentor):
    image = picture(48, 64)
    mirrored = segmentor(image[:, ::-1].copy())
    both = Segmentor(folder, tta=True)
    cfg = both.cfg
    assert [s['type'] for s in cfg.tta_pipeline] == [
        'LoadImageFromFile', 'TestTimeAug']
    flips = Segmentor(folder, tta=True)
    flips.cfg.pop('tta_pipeline')
    with flips._scope():
        flips._views = [flips._compose(v) for v in flips._pipelines()]
    assert len(flips._views) == 2 and len(both._views) == 10
    scores = flips._scores([image])[0].numpy()
    one = segmentor._scores([image])[0].numpy()
    other = segmentor._scores([image[:, ::-1].copy()])[0].numpy()[..., ::-1]
    assert np.allclose(scores, (one + other) / 2, atol=1e-5)
    assert (mirrored.mask[:, ::-1] == other.argmax(0)).mean() > .99


def test_what_is_saved(segmentor, tmp_path):
    image = picture(80, 90)
    Image.fromarray(image).save(tmp_path / 'image.png')
    found = segmentor(tmp_path / 'image.png')
    assert (found.mask == segmentor(image).mask).all()
    found.save(tmp_path / 'mask.png')
    assert (read_mask(tmp_path / 'mask.png') == found.mask).all()
    with Image.open(tmp_path / 'mask.png') as saved:
        assert saved.getpalette()[:9] == sum(PALETTE, [])
    found.save(tmp_path / 'drawn.jpg')
    assert Image.open(tmp_path / 'drawn.jpg').size[0] == 90
    found.save(tmp_path / 'a.npz')
    with np.load(tmp_path / 'a.npz') as arrays:
        assert (arrays['mask'] == found.mask).all()
    with pytest.raises(UserError, match="format 'bmp' is unknown; choose"):
        found.save(tmp_path / 'a', 'bmp')
    assert abs(sum(found.areas.values()) - 1) < 1e-6
    assert all(0 < v <= 1 for v in found.confidence.values())
    assert '90x80' in repr(found)


@pytest.mark.parametrize('image', [
    None, np.zeros((5, 5), np.uint8), np.zeros((5, 5, 3)),
    np.zeros((0, 5, 3), np.uint8), np.zeros((5, 5, 4), np.uint8)])
def test_bad_images(segmentor, image):
    with pytest.raises(UserError, match='image is .*; give a path, or RGB'):
        segmentor([image])


def test_small_config_is_the_trained_one(trained):
    assert small_config().model.decode_head.num_classes == 3
    assert Config.fromfile(trained[0]).model.decode_head.num_classes == 3
