"""DeepLab's test: one pass, the maximum over scales, then a dense CRF."""
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import DefaultScope
from PIL import Image

from wsss_plugins.ops.crf.dense_crf import DenseCRF
from wsss_plugins.pipelines.pipeline import Pipeline
from wsss_plugins.registry import MODELS
from wsss_plugins.structures import UserError

ROOT = Path(__file__).resolve().parents[1]
CRF = dict(pos_compat=3, pos_sxy=1, bi_compat=4, bi_sxy=67, bi_srgb=3)
MODEL = dict(
    type='wsss_plugins.MultiScaleMaxSegmentor',
    scales=(.75, .5),
    data_preprocessor=dict(type='SegDataPreProcessor', mean=[100] * 3,
                           std=[50] * 3, size=None),
    backbone=dict(type='wsss_plugins.AveragePoolBackbone'),
    decode_head=dict(type='wsss_plugins.DeepLabV2Head', in_channels=3,
                     num_classes=3, dilations=(1, )))


def model(**options):
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmseg'):
        built = MODELS.build(dict(type='wsss_plugins.CRFSegTTAModel',
                                  module=MODEL, **options))
    torch.nn.init.normal_(built.module.decode_head.branches[0].weight)
    return built.eval()


@pytest.fixture
def image(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 255, (6, 8, 3))
    path = tmp_path / 'image.png'
    Image.fromarray(pixels.astype(np.uint8)).resize((72, 56)).save(path)
    return path


def views(path, transforms):
    with DefaultScope.overwrite_default_scope('mmseg'):
        pipeline = Compose([
            dict(type='LoadImageFromFile'),
            dict(type='TestTimeAug', transforms=transforms)
        ])
        data = pipeline(dict(img_path=str(path)))
    return {key: [[x] for x in value] for key, value in data.items()}


def one_view(config):
    return Config.fromfile(ROOT / config).tta_pipeline[1]['transforms']


def test_is_one_pass_a_maximum_and_a_crf(image):
    built = model()
    transforms = one_view('configs/deeplab/deeplabv2_r101_voc12-321.py')
    # The image has no ground truth.
    data = views(image, [transforms[1]])
    with torch.no_grad():
        (found, ) = built.test_step(data)
    pixels = np.asarray(Image.open(image).convert('RGB'))
    x = torch.tensor(pixels[..., ::-1].copy()).permute(2, 0, 1)[None].float()
    x, conv = (x - 100) / 50, built.module.decode_head.branches[0]
    maps = []
    for scale in (1., .75, .5):
        small = x if scale == 1 else F.interpolate(
            x, scale_factor=scale, mode='bilinear')
        cells = F.avg_pool2d(small, 8, ceil_mode=True)
        maps.append(F.interpolate(
            F.conv2d(cells, conv.weight, conv.bias, padding=1), (7, 9),
            mode='bilinear'))
    logits = F.interpolate(
        torch.stack(maps).amax(dim=0), (56, 72), mode='bilinear')
    probs = logits.softmax(dim=1)[0].detach().numpy()
    expected = DenseCRF(**CRF)(pixels, probs).argmax(axis=0)
    assert (found.pred_sem_seg.data[0].numpy() == expected).all()
    # The CRF does something here.
    assert (expected != probs.argmax(axis=0)).any()


def test_maxima_are_not_averaged_unless_asked_for(image):
    flips = [[dict(type='RandomFlip', prob=p) for p in (0., 1.)],
             [dict(type='PackSegInputs')]]
    with pytest.raises(UserError, match='2 views of an image for a '
                       r'MultiScaleMaxSegmentor.* 1, 0.75, 0.5 itself'):
        model().test_step(views(image, flips))
    with torch.no_grad():
        (found, ) = model(average_maxima=True).test_step(
            views(image, flips))
    assert found.pred_sem_seg.data.shape == (1, 56, 72)


@pytest.mark.parametrize(
    'path', sorted((ROOT / 'configs' / 'deeplab').glob('*.py')),
    ids=lambda p: p.stem)
def test_segmentors_that_maximize_have_one_view(path):
    cfg = Config.fromfile(path)
    if cfg.model.type != 'wsss_plugins.MultiScaleMaxSegmentor':
        pytest.skip('another segmentor')
    assert cfg.tta_model.type == 'wsss_plugins.CRFSegTTAModel'
    counts = [len(x) for x in cfg.tta_pipeline[1]['transforms']]
    assert counts == [1] * len(counts)
    assert 'Resize' not in str(cfg.tta_pipeline)
    assert 'Flip' not in str(cfg.tta_pipeline)


@pytest.mark.parametrize(
    'path', sorted((ROOT / 'configs').rglob('pipeline_voc12*.py')),
    ids=lambda p: f'{p.parent.name}-{p.stem}')
def test_pipelines_use_it(path):
    """Every segmentor that a VOC pipeline tests is tested with the CRF."""
    names = [stage.name for stage in Pipeline(path).stages]
    plain = {name.removeprefix('seg_') for name in names
             if name.startswith('seg_') and not name.startswith('seg_tta_')}
    crf = {name.removeprefix('seg_tta_') for name in names
           if name.startswith('seg_tta_')}
    assert plain == crf


def test_scores_of_all_branches_start_from_imagenet(tmp_path):
    """A file of fc6 and fc7 fills each of the four LargeFOV branches."""
    block = {'block.0.weight': torch.randn(8, 4, 3, 3),
             'block.0.bias': torch.randn(8),
             'block.3.weight': torch.randn(8, 8, 1, 1),
             'block.3.bias': torch.randn(8)}
    torch.save(dict(state_dict=block), tmp_path / 'fov.pth')
    cfg = Config.fromfile(
        ROOT / 'configs/deeplab/deeplabv2_vgg16-in1k_voc.py')
    options = cfg.model.decode_head.to_dict()
    options['init_cfg'][1]['checkpoint'] = str(tmp_path / 'fov.pth')
    head = MODELS.build(dict(options, in_channels=4, channels=8))
    head.init_weights()
    assert len(head.branches) == 4
    for branch in head.branches:
        assert torch.equal(branch[0].weight, block['block.0.weight'])
        assert torch.equal(branch[3].bias, block['block.3.bias'])
        assert branch[6].weight.std().item() == pytest.approx(.01, rel=.3)
    # Its own weights are as they were.
    again = MODELS.build(dict(options, in_channels=4, channels=8))
    again.load_state_dict(head.state_dict())
    assert torch.equal(again.branches[2][0].weight, branch[0].weight)


@pytest.mark.parametrize('name', ['deeplabv1_vgg16-in1k_voc',
                                  'largefov_vgg16_voc12-321',
                                  'deeplabv2_vgg16-in1k_coco'])
def test_vgg16_configs_name_the_file(name):
    cfg = Config.fromfile(ROOT / f'configs/deeplab/{name}.py')
    assert [x.get('checkpoint') for x in cfg.model.decode_head.init_cfg] == [
        None, 'data/vgg16_large_fov.pth']
