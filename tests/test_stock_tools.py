"""What works with any model of mmseg works with ours."""
import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.structures import BaseDataElement, PixelData
from mmseg.apis import MMSegInferencer, inference_model, init_model
from mmseg.structures import SegDataSample

from wsss_plugins.datasets.transforms import LoadClassMaps, RandomPlaceCrop
from wsss_plugins.evaluation import CAMWriter, PseudoMaskWriter
from wsss_plugins.registry import MODELS, VISUALIZERS
from wsss_plugins.structures import ClassMaps, UserError
from wsss_plugins.testing.configs import config_path

pytestmark = pytest.mark.family

EPS = 'eps/eps_r18-small_1xb16-400_tinyvoc-128.py'
PSA = 'psa/aff_r18-small_1xb16-300_tinyvoc-128.py'


@pytest.fixture
def image(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (40, 56, 3), np.uint8)
    path = tmp_path / 'a.png'
    cv2.imwrite(str(path), pixels)
    return str(path)


def config_of(name):
    cfg = Config.fromfile(config_path(name))
    cfg.model.backbone.init_cfg = None
    return cfg


@pytest.fixture
def weights(tmp_path):
    """A checkpoint as a training saves it, of an untrained CAM network."""
    torch.manual_seed(0)
    model = init_model(config_of(EPS), device='cpu')
    names = ('background', *'abcdefg')
    path = tmp_path / 'w.pth'
    torch.save(dict(state_dict=model.state_dict(), meta=dict(dataset_meta=dict(
        classes=names, palette=[[i, 0, 0] for i in range(8)]))), path)
    return str(path)


def test_masks_of_a_cam_network(image, weights):
    model = init_model(config_of(EPS), weights, device='cpu')
    found = inference_model(model, image)
    mask = found.pred_sem_seg.data
    assert mask.shape == (1, 40, 56)
    best = torch.nn.functional.interpolate(
        found.pred_cam.data[None], (40, 56), mode='bilinear')[0].max(dim=0)
    above = best.values > model.decode_head.bg_threshold
    names = found.pred_cam_label[best.indices]
    assert torch.equal(mask[0], torch.where(above, names, 0))


def test_inferencer_of_a_cam_network(image, weights, tmp_path):
    inferencer = MMSegInferencer(
        config_of(EPS), weights=weights, device='cpu',
        classes=list('abcdefgh'), palette=[[i, 0, 0] for i in range(8)])
    found = inferencer(image, out_dir=str(tmp_path / 'out'))
    assert found['predictions'].shape == (40, 56)
    drawn = {p.name for p in (tmp_path / 'out/vis').iterdir()}
    assert len(drawn) == 2 and any(n.endswith('_cam.png') for n in drawn)


def test_inference_of_a_walk_segmentor(image, tmp_path):
    maps = np.random.default_rng(0).random((2, 10, 14)).astype(np.float32)
    ClassMaps(np.array([2, 5]), maps, (40, 56)).save(tmp_path / 'cams/a.npz')
    cfg = config_of(PSA)
    step, = (s for s in cfg.test_pipeline
             if s.type == 'wsss_plugins.LoadClassMaps')
    model = init_model(cfg, device='cpu')
    with pytest.raises(UserError, match='no cam_path.*cam_dir'):
        inference_model(model, image)
    step.cam_dir = str(tmp_path / 'cams')
    found = inference_model(model, image)
    assert found.pred_sem_seg.data.shape == (1, 40, 56)
    assert set(found.pred_sem_seg.data.unique().tolist()) <= {0, 2, 5}


def test_cam_files_without_a_data_set(tmp_path):
    with pytest.raises(UserError, match='name the files'):
        LoadClassMaps(str(tmp_path))(dict(ori_shape=(4, 4)))
    ClassMaps(np.array([1]), np.ones((1, 2, 2), np.float32), (4, 4)).save(
        tmp_path / 'b.npz')
    results = dict(img_path='x/b.jpg', ori_shape=(4, 4))
    found = LoadClassMaps(str(tmp_path))(results)['class_maps']
    assert found.labels.tolist() == [1]


@pytest.fixture
def visualizer(tmp_path):
    with DefaultScope.overwrite_default_scope('mmseg'):
        return VISUALIZERS.build(
            dict(type='wsss_plugins.CAMLocalVisualizer', name=str(tmp_path),
                 max_cams=1, cam_alpha=1.,
                 vis_backends=[dict(type='LocalVisBackend')],
                 save_dir=str(tmp_path)))


def test_visualizer_draws_the_strongest_cams(visualizer, tmp_path):
    visualizer.dataset_meta = dict(classes=('bg', 'a', 'b'),
                                   palette=[[0, 0, 0]] * 3)
    maps = torch.zeros(2, 4, 4)
    maps[0, 0, 0], maps[1, 2:] = 1, 1
    sample = SegDataSample(pred_cam=PixelData(data=maps))
    sample.set_data(dict(pred_cam_label=torch.tensor([1, 2])))
    image = np.full((64, 64, 3), 100, np.uint8)
    drawn = visualizer.draw_cams(image, sample)
    assert drawn.shape == (64, 64, 3)
    # The jet color map: the second map is red below, blue above.
    assert drawn[60, 60, 0] > drawn[60, 60, 2]
    assert drawn[20, 60, 2] > drawn[20, 60, 0]
    visualizer.add_datasample('x', image, sample, step=3)
    found = {p.name for p in tmp_path.rglob('*.png')}
    assert found == {'x_3.png', 'x_cam_3.png'}
    # No class found, and a model without CAMs.
    sample.set_data(dict(pred_cam_label=torch.zeros(0)))
    visualizer.add_datasample('y', image, sample)
    visualizer.add_datasample('z', image, SegDataSample())
    assert not list(tmp_path.rglob('[yz]_cam*'))


def test_visualizer_draws_the_object_of_a_crop(visualizer, tmp_path):
    """As mmdet's hook calls it, with a crop that leaves the image."""
    prob = torch.zeros(8, 8)
    prob[:, 4:] = 1  # the right half: columns 20 to 39
    sample = BaseDataElement(
        pred_prob=prob,
        metainfo=dict(ext_box=(0, -10, 40, 30), box=(4, 0, 36, 24)))
    image = np.full((32, 48, 3), 100, np.uint8)
    visualizer.add_datasample('x', image, data_sample=sample, show=False,
                              pred_score_thr=.3, step=2)
    path, = tmp_path.rglob('*.png')
    assert path.name == 'x_2.png'
    drawn = cv2.imread(str(path))[..., ::-1].astype(int)
    assert drawn.shape == image.shape
    red, blue = drawn[12, 30], drawn[12, 10]
    assert red[0] > red[2] and blue[2] > blue[0]
    assert (drawn[23, 4:36] == 255).all() and (drawn[12, 35] == 255).all()
    assert drawn[31, 30, 2] > drawn[31, 30, 0]  # below the crop


def test_fill_of_crops_is_rounded_or_exact():
    image = np.full((4, 4, 3), 7, np.uint8)
    fill = (103.53, 116.28, 123.675)
    rounded = RandomPlaceCrop((8, 8), fill)(dict(img=image))['img']
    assert rounded.dtype == np.uint8
    exact = RandomPlaceCrop((8, 8), fill, exact_fill=True)(
        dict(img=image))['img']
    assert exact.dtype == np.float32
    pads = [{tuple(c) for c in a.reshape(-1, 3).tolist()} - {(7, 7, 7)}
            for a in (rounded, exact)]
    assert pads[0] == {(104, 116, 124)}
    assert np.allclose(list(pads[1]), fill)


@pytest.mark.parametrize('writer, key', [
    (CAMWriter, 'pred_cam'), (PseudoMaskWriter, 'pred_sem_seg')])
def test_writers_say_what_the_model_lacks(tmp_path, writer, key):
    sample = dict(img_path='a.jpg', ori_shape=(4, 4), pred_score=1)
    with pytest.raises(UserError, match=f'writes {key}.*predicts pred_score'):
        writer(str(tmp_path)).process({}, [sample])


@pytest.mark.parametrize('options, words', [
    (dict(head='FCNHead'), 'give the config'),
    (dict(head=dict(type='wsss_plugins.CAMHead', in_channels=4,
                    num_classes=3), num_classes=3), 'takes no num_classes'),
    (dict(head=dict(type='mmseg.FCNHead', in_channels=4, channels=4,
                    num_classes=2, out_channels=1)), '1 output channels'),
    (dict(head=dict(type='mmseg.ResNet', depth=18)), 'None output channels')])
def test_mistakes_in_a_stock_head(options, words):
    with DefaultScope.overwrite_default_scope('mmseg'), pytest.raises(
            UserError, match=words):
        MODELS.build(dict(type='wsss_plugins.SECStockHead', **options))
