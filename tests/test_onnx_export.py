"""A segmentor as ONNX: the same masks, at a fixed size and at any."""
import json

import cv2
import numpy as np
import onnxruntime
import pytest

from wsss_plugins.apis.onnx_export import export_onnx
from wsss_plugins.apis.read_config import read_config
from wsss_plugins.apis.segmentor import Segmentor
from wsss_plugins.structures import UserError, read_image
from wsss_plugins.testing.segmentor_tree import CLASSES, make_segmentor


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    return make_segmentor(tmp_path_factory.mktemp('trained'))


@pytest.fixture(scope='module')
def segmentor(trained):
    return Segmentor(*trained, device='cpu')


@pytest.fixture(scope='module')
def images(trained):
    folder = trained[0].parent / 'voc/JPEGImages'
    return [read_image(path) for path in sorted(folder.glob('*.jpg'))]


def run(path, image):
    session = onnxruntime.InferenceSession(
        str(path), providers=['CPUExecutionProvider'])
    probs, = session.run(None, dict(
        image=image.transpose(2, 0, 1)[None].astype(np.float32)))
    return probs[0]


def test_any_size(segmentor, images, tmp_path):
    check = export_onnx(segmentor, tmp_path / 'a.onnx', images=images[:3])
    assert check.images == 3 and check.difference < 1e-3
    shown = set()
    for image in images:  # one more than it was checked on, all of a size
        probs, found = run(tmp_path / 'a.onnx', image), segmentor(image)
        assert (probs.argmax(0) == found.mask).mean() > .999
        assert np.abs(probs.max(0) - found.scores).max() < 1e-3
        shown |= set(np.unique(found.mask).tolist())
    assert len(shown) > 1
    facts = json.loads((tmp_path / 'a.json').read_text())
    assert tuple(facts['classes']) == CLASSES


def test_fixed_size(segmentor, images, tmp_path):
    size = images[1].shape[:2]
    export_onnx(segmentor, tmp_path / 'a.onnx', size, images[:3])
    probs = run(tmp_path / 'a.onnx', images[1])
    assert (probs.argmax(0) == segmentor(images[1]).mask).mean() > .999
    with pytest.raises(Exception, match='invalid dimensions'):
        run(tmp_path / 'a.onnx', images[2])


def test_a_segmentor_that_is_tested_at_one_size(trained, images, tmp_path):
    config, weights = trained
    cfg = read_config(config, ('model', ))
    load, *_, pack = cfg.test_dataloader.dataset.pipeline
    resize = dict(type='Resize', scale=(96, 96), keep_ratio=True)
    cfg.test_dataloader.dataset.pipeline = [load, resize, pack]
    resized = Segmentor(cfg, weights, device='cpu')
    check = export_onnx(resized, tmp_path / 'a.onnx')
    assert check.equal > .999
    assert json.loads((tmp_path / 'a.json').read_text())['side'] == 96
    # The network sees the image at that size, whoever scales it.
    wide = resized.probabilities(images[0])
    assert wide.shape[1:] == images[0].shape[:2]
    height, width = images[0].shape[:2]
    factor = 96 / max(height, width)
    small = cv2.resize(images[0], (round(width * factor),
                                   round(height * factor)))
    probs = run(tmp_path / 'a.onnx', small)
    back = cv2.resize(wide.transpose(1, 2, 0), small.shape[1::-1])
    assert (back.argmax(2) == probs.argmax(0)).mean() > .9
    cfg.test_dataloader.dataset.pipeline = [
        load, dict(resize, keep_ratio=False), pack]
    with pytest.raises(UserError, match='has Resize, which ONNX has not'):
        export_onnx(Segmentor(cfg, weights, device='cpu'),
                    tmp_path / 'b.onnx')


def test_what_cannot_be_written(segmentor, trained, tmp_path):
    with pytest.raises(UserError, match='name a .onnx file'):
        export_onnx(segmentor, tmp_path / 'a.zip')
    sliding = Segmentor(*trained, device='cpu')
    sliding.model.test_cfg = dict(mode='slide', crop_size=(9, 9))
    with pytest.raises(UserError, match='in windows'):
        export_onnx(sliding, tmp_path / 'a.onnx')
    assert not list(tmp_path.iterdir())


def test_a_file_that_disagrees_is_not_written(segmentor, tmp_path,
                                              monkeypatch):
    from wsss_plugins.apis import onnx_export
    monkeypatch.setattr(onnx_export, '_TOLERANCE', -1.)
    with pytest.raises(UserError, match='disagree'):
        export_onnx(segmentor, tmp_path / 'a.onnx')
    assert not list(tmp_path.iterdir())
