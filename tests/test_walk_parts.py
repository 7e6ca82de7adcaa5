"""Backbones, class maps and hooks that PSA and IRNet bring along."""
import pytest
import torch
from mmengine.registry import DefaultScope
from mmseg.structures import SegDataSample
from torch.utils.data import Dataset

from wsss_plugins.engine import DisplacementMeanHook
from wsss_plugins.models.tta.strided import merge_on_grid
from wsss_plugins.registry import MODELS
from wsss_plugins.structures import UserError


def build(**config):
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmseg'):
        return MODELS.build(config)


def test_stem_comes_before_the_stages():
    options = dict(depth=18, base_channels=8, stem_channels=8,
                   strides=(1, 2, 2, 1), dilations=(1, 1, 1, 1))
    net = build(type='wsss_plugins.ResNetWithStem', **options).eval()
    stock = build(type='ResNet', **options)
    stock.train(False)
    stock.load_state_dict(net.state_dict())
    image = torch.rand(1, 3, 50, 70)
    maps = net(image)
    assert [tuple(m.shape[1:]) for m in maps] == [
        (8, 13, 18), (8, 13, 18), (16, 7, 9), (32, 4, 5), (64, 4, 5)]
    for own, theirs in zip(maps[1:], stock(image)):
        assert torch.equal(own, theirs)
    assert net.train() is net


def test_levels_of_mobilenet():
    net = build(type='wsss_plugins.MobileNetV2Levels', levels=(2, 3, 5),
                top_channels=64, norm_cfg=dict(type='BN')).eval()
    top = build(type='wsss_plugins.MobileNetV2Top', top_channels=64,
                norm_cfg=dict(type='BN')).eval()
    top.load_state_dict(net.state_dict())
    image = torch.rand(1, 3, 64, 96)
    maps = net(image)
    assert [tuple(m.shape[1:]) for m in maps] == [
        (24, 16, 24), (32, 8, 12), (96, 4, 6), (64, 4, 6)]
    torch.testing.assert_close(maps[-1], top(image)[-1])
    with pytest.raises(ValueError, match='in order'):
        build(type='wsss_plugins.MobileNetV2Levels', levels=(5, 2))


def test_square_roots_of_class_maps():
    options = dict(in_channels=4, num_classes=3)
    plain = build(type='wsss_plugins.CAMHead', **options)
    root = build(type='wsss_plugins.SqrtCAMHead', **options)
    maps = torch.randn(1, 2, 5, 5)
    torch.testing.assert_close(root.class_maps(maps)**2,
                               plain.class_maps(maps))
    torch.testing.assert_close(root.scores(maps), plain.scores(maps))


def test_views_on_a_grid():
    views = [torch.rand(2, 5, 7), torch.rand(2, 10, 13)]
    found = merge_on_grid(views, [False, True], (37, 50), 4)
    assert found.shape == (2, 10, 13)

    def resized(view):
        return torch.nn.functional.interpolate(
            view[None], (10, 13), mode='bilinear')[0]

    total = resized(views[0]) + resized(views[1].flip(-1))
    torch.testing.assert_close(
        found, total / total.amax(dim=(1, 2), keepdim=True), rtol=1e-4,
        atol=1e-4)
    whole = merge_on_grid(views, [False, True], (37, 50), 1, 16)
    assert whole.shape == (2, 37, 50)
    assert (whole.amax(dim=(1, 2)) - 1).abs().max() < 1e-3
    assert merge_on_grid([torch.zeros(0, 5, 7)], [False], (37, 50),
                         4).shape == (0, 10, 13)


def test_strided_tta_model():
    module = dict(
        type='wsss_plugins.CAMSegmentor',
        data_preprocessor=dict(
            type='wsss_plugins.WSSSDataPreProcessor', mean=[0.] * 3,
            std=[1.] * 3),
        backbone=dict(
            type='ResNet', depth=18, base_channels=8, stem_channels=8),
        decode_head=dict(
            type='wsss_plugins.CAMHead', in_channels=64, num_classes=4))
    model = build(type='wsss_plugins.StridedCAMTTAModel', stride=4,
                  module=module).eval()
    size, views, samples = (40, 56), [], []
    for flip in (False, True):
        sample = SegDataSample(metainfo=dict(
            ori_shape=size, img_shape=size, flip=flip, img_path='a.jpg'))
        sample.set_data(dict(gt_label=torch.tensor([0, 2]),
                             gt_score=torch.tensor([1., 0., 1.])))
        samples.append([sample])
        views.append([torch.rand(3, *size)])
    with torch.no_grad():
        found, = model.test_step(dict(inputs=views, data_samples=samples))
    assert found.pred_cam.data.shape == (2, 10, 14)
    assert found.pred_cam_label.tolist() == [1, 3]
    with pytest.raises(ValueError, match='stride=0'):
        build(type='wsss_plugins.StridedCAMTTAModel', stride=0, module=module)


class Pictures(Dataset):

    def __init__(self, sizes):
        generator = torch.Generator().manual_seed(0)
        self.images = [
            torch.randint(0, 256, (3, *size), generator=generator,
                          dtype=torch.uint8) for size in sizes
        ]

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return index, dict(inputs=self.images[index])


def ir_segmentor():
    return build(
        type='wsss_plugins.IRSegmentor', min_size=64,
        data_preprocessor=dict(
            type='wsss_plugins.WSSSDataPreProcessor', mean=[120.] * 3,
            std=[60.] * 3, bgr_to_rgb=True),
        backbone=dict(
            type='ResNet', depth=18, base_channels=8, stem_channels=8,
            strides=(1, 2, 1, 1), dilations=(1, 1, 1, 1),
            out_indices=(0, 1)),
        decode_head=dict(
            type='wsss_plugins.IRHead', in_channels=[8, 16], strides=[4, 8],
            edge_channels=8, dp_channels=[8, 8], dp_joint_channels=8,
            num_classes=3))


@pytest.mark.parametrize('crop', [(64, 64), None])
def test_mean_displacement_of_all_pictures(crop):
    model = ir_segmentor().train()
    model.decode_head.displacement.mean.fill_(5.)
    pictures = Pictures([(40, 50), (80, 70), (64, 64)])
    hook = DisplacementMeanHook(crop_size=crop, num_workers=0)
    found = hook.mean_field(model, pictures)
    assert model.training
    assert (model.decode_head.displacement.mean == 5).all()
    model.eval()
    means = []
    for image in pictures.images:
        one = (image.flip(0).float() - 120) / 60
        canvas = torch.zeros(1, 3, *(crop or (
            -(-max(s, 64) // 16) * 16 for s in one.shape[1:])))
        part = one[:, :canvas.shape[2], :canvas.shape[3]]
        canvas[0, :, :part.shape[1], :part.shape[2]] = part
        with torch.no_grad():
            field = model.decode_head(model.extract_feat(canvas)).displacement
        means.append(field.mean(dim=(0, 2, 3)) + 5)
    torch.testing.assert_close(found, torch.stack(means).mean(dim=0),
                               rtol=1e-4, atol=1e-5)
    with pytest.raises(UserError, match='training set is empty'):
        hook.mean_field(model, Pictures([]))


@pytest.mark.parametrize('options, text', [
    (dict(norm='all'), 'norm='), (dict(instances=dict(steps=3)), 'iterations'),
])
def test_mistakes_of_the_segmentor(options, text):
    with pytest.raises(UserError, match=text):
        build(type='wsss_plugins.IRSegmentor',
              backbone=dict(type='ResNet', depth=18, out_indices=(0, 1)),
              decode_head=dict(
                  type='wsss_plugins.IRHead', in_channels=[64, 128],
                  strides=[4, 8], dp_channels=[8, 8], num_classes=3),
              **options)


def test_weak_classes_and_gating():
    model = ir_segmentor()
    maps = torch.stack([torch.full((4, 4), 1.), torch.full((4, 4), .2)])
    assert model.scaled(maps).amax(dim=(1, 2)).tolist() == pytest.approx(
        [1., .2])
    model.norm = 'class'
    assert model.scaled(maps).amax(dim=(1, 2)).tolist() == [1., 1.]
    assert not model.scaled(0 * maps).any()
    edge = torch.full((1, 4, 4), .5)
    model.walk['steps'] = 0
    torch.testing.assert_close(model.propagated(maps, edge), maps / 2)
    model.edge_gating = False
    torch.testing.assert_close(model.propagated(maps, edge), maps)


def test_instances_of_two_objects():
    """Maps of one class, split where the field points to two places."""
    model = ir_segmentor()
    model.instances = dict(iterations=100, threshold=2.5, min_area=.01)
    size = (64, 96)
    rows, columns = torch.meshgrid(
        torch.arange(16.), torch.arange(24.), indexing='ij')
    field = torch.stack([
        8 - rows, torch.where(columns < 12, 5., 18.) - columns]) / 2
    maps = torch.zeros(1, 16, 24)
    maps[0, 5:11, 2:9] = 1
    maps[0, 5:11, 15:22] = .9
    sample = SegDataSample()
    edge = torch.zeros(1, 16, 24)
    edge[0, :, 11:13] = 1
    edge[0, 4] = edge[0, 11] = 1
    model._set_instances(sample, maps, torch.tensor([2]), edge, field, size)
    found = sample.pred_instances
    assert found.labels.tolist() == [2, 2]
    assert found.masks.shape == (2, *size)
    assert sorted(m.nonzero()[:, 1].float().mean() < 48
                  for m in found.masks) == [False, True]
    assert (found.scores > 0).all()
