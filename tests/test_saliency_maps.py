"""Saliency maps by ONNX files that are made here."""
import importlib.util

import numpy as np
import pytest
from PIL import Image

from wsss_plugins.__main__ import main
from wsss_plugins.apis.saliency import find_detector
from wsss_plugins.apis.saliency.onnx_detector import Preparation
from wsss_plugins.structures import UserError

onnx = pytest.importorskip('onnx')
pytest.importorskip('onnxruntime')


def network(path, side=320, channels=3, kind='ReduceMean'):
    """Mean of the normalized colors: something that can be computed."""
    helper, number = onnx.helper, onnx.TensorProto.FLOAT
    taken = helper.make_tensor_value_info(
        'photo', number, [1, channels, side, side])
    given = helper.make_tensor_value_info('map', number, None)
    more = dict(axes=[1], keepdims=1) if kind == 'ReduceMean' else {}
    node = helper.make_node(kind, ['photo'], ['map'], **more)
    model = helper.make_model(
        helper.make_graph([node], 'net', [taken], [given]),
        opset_imports=[helper.make_opsetid('', 13)])
    model.ir_version = 8
    onnx.save(model, str(path))
    return str(path)


def photo(path, size=(60, 80)):
    pixels = np.zeros((*size, 3), np.uint8)
    pixels[20:40, 30:60] = (250, 120, 30)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return pixels


@pytest.mark.parametrize('side, mean, std', [
    (1024, (.5, ) * 3, (1., ) * 3),
    (320, (.485, .456, .406), (.229, .224, .225))])
def test_known_networks_are_prepared_for(tmp_path, side, mean, std):
    found = find_detector(network(tmp_path / 'n.onnx', side))
    assert found.size == (side, side)
    assert (found.mean, found.std) == (mean, std)


def test_map_is_what_the_network_says(tmp_path):
    model = network(tmp_path / 'n.onnx', 64)
    found = find_detector(model, Preparation(None, (.5, .4, .3), (.2, )))
    image = np.random.default_rng(0).integers(
        0, 256, (64, 64, 3), dtype=np.uint8)
    wanted = ((image / 255 - (.5, .4, .3)) / .2).mean(axis=2)
    wanted = 255 * (wanted - wanted.min()) / np.ptp(wanted)
    assert np.abs(found(image).astype(float) - wanted).max() <= 1


def test_a_flat_map_is_no_noise(tmp_path):
    model = network(tmp_path / 'n.onnx', 32)
    found = find_detector(model, Preparation(None, (0., ), (1., )))
    assert set(found(np.full((32, 32, 3), 51, np.uint8)).ravel()) == {51}


def test_command_goes_on_where_it_was(tmp_path):
    model = network(tmp_path / 'n.onnx')
    photos, out = tmp_path / 'photos', tmp_path / 'maps'
    for name in ('a.png', 'farm/b.jpg', 'farm/c.jpg'):
        photo(photos / name)
    words = ['make-saliency', model, str(photos), str(out)]
    assert main(words) == 0
    paths = sorted(out.rglob('*.png'))
    assert [p.relative_to(out).as_posix() for p in paths] == [
        'a.png', 'farm/b.png', 'farm/c.png']
    with Image.open(out / 'a.png') as image:
        pixels = np.asarray(image)
    assert pixels.shape == (60, 80)
    assert pixels[30, 45] > 240 and pixels[5, 5] < 10
    times = {p: p.stat().st_mtime_ns for p in paths}
    (out / 'farm/b.png').unlink()
    photo(photos / 'farm/c.jpg', (50, 70))
    assert main(words) == 0
    changed = {p.name for p in paths if p.stat().st_mtime_ns != times[p]}
    assert changed == {'b.png', 'c.png'}


@pytest.mark.parametrize('given, message', [
    (dict(side=64), '64 x 64 pixels.*--mean and --std'),
    (dict(channels=1), r'not one image of float \(N, 3, H, W\)'),
    (dict(side='h'), 'any size; say by --size')])
def test_networks_that_are_not_understood(tmp_path, given, message):
    with pytest.raises(UserError, match=message):
        find_detector(network(tmp_path / 'n.onnx', **given))


def test_a_network_that_gives_no_map(tmp_path):
    found = find_detector(network(tmp_path / 'n.onnx', kind='Relu'))
    with pytest.raises(UserError, match='no map of one channel'):
        found(np.zeros((20, 20, 3), np.uint8))


def test_what_is_no_detector(tmp_path):
    (tmp_path / 'torn.onnx').write_bytes(b'\x08\x07nonsense')
    with pytest.raises(UserError, match='no ONNX file that can be run'):
        find_detector(str(tmp_path / 'torn.onnx'))
    with pytest.raises(UserError, match='not found'):
        find_detector(str(tmp_path / 'nowhere.onnx'))
    with pytest.raises(UserError, match='neither a folder of maps'):
        find_detector(str(tmp_path / 'model.pt'))


@pytest.mark.skipif(importlib.util.find_spec('rembg') is not None,
                    reason='rembg is installed')
def test_a_package_that_is_not_there():
    with pytest.raises(UserError, match='not installed; pip install'):
        find_detector('rembg')
