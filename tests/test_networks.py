import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config, ConfigDict
from mmengine.registry import DefaultScope
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from wsss_plugins.models import (
    CAMHead,
    DeepLabV2Head,
    DeepLabVGG16,
    EPSHead,
    LargeFOVHead,
    MobileNetV2Top,
    ResNet38,
)
from wsss_plugins.registry import MODELS
from wsss_plugins.structures import UserError
from wsss_plugins.testing.configs import config_path


def sample(tags=(1, 0), size=(16, 16), saliency=.5, **meta):
    out = SegDataSample(metainfo=dict(
        img_shape=size, ori_shape=size, pad_shape=size, **meta))
    out.set_data(dict(
        gt_score=torch.tensor(tags, dtype=torch.float32),
        gt_saliency=PixelData(data=torch.full((1, *size), saliency)),
        gt_sem_seg=PixelData(data=torch.ones(1, *size, dtype=torch.int64))))
    return out


class TestResNet38:

    @pytest.fixture(scope='class')
    def net(self):
        torch.manual_seed(0)
        return ResNet38(out_indices=(0, 1, 2))

    def test_shapes_for_odd_sizes(self, net):
        with torch.no_grad():
            out = net.eval()(torch.randn(1, 3, 17, 26))
        assert [tuple(x.shape) for x in out] == [
            (1, 512, 3, 4), (1, 1024, 3, 4), (1, 4096, 3, 4)]

    def test_frozen_parts(self, net):
        net.train()
        assert not net.b2_2.conv_branch2a.weight.requires_grad
        assert net.b3.conv_branch2a.weight.requires_grad
        assert not net.bn7.training and not net.bn7.weight.requires_grad
        assert net.b7.dropout_2b1.training
        free = ResNet38(frozen_stages=0, norm_eval=False).train()
        assert all(p.requires_grad for p in free.parameters())

    def test_checkpointing_changes_no_gradient(self):
        torch.manual_seed(0)
        net = ResNet38(dropout=(0., 0.)).train()
        grads = []
        for with_cp in (False, True):
            net.with_cp = with_cp
            net.zero_grad()
            net(torch.ones(1, 3, 16, 16))[0].mean().backward()
            grads.append(net.b4.conv_branch2a.weight.grad.clone())
        assert grads[0].abs().max() > 0
        torch.testing.assert_close(*grads)

    def test_refuses(self):
        with pytest.raises(ValueError, match='out_indices'):
            ResNet38(out_indices=(3, ))
        with pytest.raises(ValueError, match='frozen_stages'):
            ResNet38(frozen_stages=5)


class TestVGG:

    @pytest.mark.parametrize('last_pool', ['max', 'max+avg', 'none'])
    @pytest.mark.parametrize('size, cells', [(321, 41), (64, 8)])
    def test_stride_eight(self, last_pool, size, cells):
        with torch.device('meta'):
            net = DeepLabVGG16(last_pool=last_pool)
            out = net(torch.empty(1, 3, size, size))
        assert [tuple(x.shape) for x in out] == [(1, 512, cells, cells)]

    def test_names_are_torchvisions(self):
        with torch.device('meta'):
            state = DeepLabVGG16().state_dict()
        assert state['features.28.weight'].shape == (512, 512, 3, 3)
        assert len(state) == 26
        assert all(name.startswith('features.') for name in state)

    def test_dilation_and_freezing(self):
        net = DeepLabVGG16(frozen_stages=2)
        assert net.features[24].dilation == (2, 2)
        assert not net.features[5].weight.requires_grad
        assert net.features[10].weight.requires_grad
        with pytest.raises(ValueError, match='last_pool'):
            DeepLabVGG16(last_pool='min')


class TestMobileNet:

    def test_dilated_net_sees_what_it_was_trained_on(self):
        # At stride 16 every second cell of the dilated features is a cell of
        # the undilated net, where borders play no part.
        torch.manual_seed(0)
        coarse = MobileNetV2Top(output_stride=32).eval()
        fine = MobileNetV2Top(output_stride=16).eval()
        fine.load_state_dict(coarse.state_dict())
        image = torch.randn(1, 3, 256, 256)
        with torch.no_grad():
            a, b = coarse(image)[0], fine(image)[0]
        assert a.shape[2:] == (8, 8) and b.shape[2:] == (16, 16)
        torch.testing.assert_close(a, b[..., ::2, ::2], rtol=1e-4, atol=1e-5)

    def test_refuses(self):
        with pytest.raises(ValueError, match='output_stride'):
            MobileNetV2Top(output_stride=4)


class TestWeakHeads:

    @pytest.mark.parametrize('backbone', [
        dict(type='ResNet', depth=18, out_indices=(0, 1, 2, 3)),
        dict(type='MixVisionTransformer', embed_dims=8, num_heads=[1, 1, 1, 1],
             num_layers=[1, 1, 1, 1], out_indices=(0, 1, 2, 3)),
        dict(type='wsss_plugins.MobileNetV2Top'),
    ])
    @pytest.mark.parametrize('head', ['CAMHead', 'EPSHead'])
    @pytest.mark.parametrize('segmentor',
                             ['EncoderDecoder', 'wsss_plugins.CAMSegmentor'])
    def test_any_backbone(self, backbone, head, segmentor):
        channels = dict(ResNet=512, MixVisionTransformer=8).get(
            backbone['type'], 1280)
        with DefaultScope.overwrite_default_scope('mmseg'):
            model = MODELS.build(dict(
                type=segmentor, backbone=dict(backbone),
                train_cfg=dict(), test_cfg=ConfigDict(mode='whole'),
                decode_head=dict(type=f'wsss_plugins.{head}',
                                 in_channels=channels, num_classes=3)))
        image = torch.randn(2, 3, 64, 64)
        samples = [sample(size=(64, 64)), sample((1, 1), size=(64, 64))]
        losses = model.train().loss(image, samples)
        total = sum(v for k, v in losses.items() if 'loss' in k)
        total.backward()
        assert torch.isfinite(total)
        assert model.decode_head.conv_seg.weight.grad.abs().max() > 0
        with torch.no_grad():
            out = model.eval().predict(image, samples)
        if segmentor == 'EncoderDecoder':
            assert out[0].pred_sem_seg.shape == (64, 64)
            assert out[0].seg_logits.shape == (64, 64)
        else:
            assert out[1].pred_cam_label.tolist() == [1, 2]
            assert out[0].pred_cam.data.min() >= 0
            assert out[0].pred_cam.data.max() <= 1

    def test_cam_by_hand(self):
        head = CAMHead(in_channels=2, num_classes=3, dropout_ratio=0.)
        with torch.no_grad():
            head.conv_seg.weight.copy_(
                torch.tensor([[1., 0.], [0., -1.]]).reshape(2, 2, 1, 1))
        features = torch.tensor([[[[1., 3.]], [[2., 0.]]]])
        raw = head((features, ))
        assert head.scores(raw).tolist() == [[2., -1.]]
        assert head.class_maps(raw).tolist() == [[[[1., 3.]], [[0., 0.]]]]
        loss = head.loss_by_feat(raw, [sample((1, 0))])['loss_cls']
        expected = (np.log1p(np.exp(-2)) + np.log1p(np.exp(-1))) / 2
        assert loss.item() == pytest.approx(expected, rel=1e-6)

    def test_background_may_be_anywhere(self):
        head = EPSHead(in_channels=2, num_classes=4, background=2)
        assert head.foreground == [0, 1, 3]
        raw = torch.randn(1, 4, 2, 2)
        probs = raw.softmax(dim=1)
        scores = head.dataset_scores(raw)
        torch.testing.assert_close(scores[:, 2], probs[:, 3])
        torch.testing.assert_close(scores[:, 3], probs[:, 2])

    def test_missing_input_is_named(self):
        head = EPSHead(in_channels=2, num_classes=3)
        raw = head((torch.randn(1, 2, 4, 4), ))
        with pytest.raises(UserError, match='labels for 3 classes'):
            head.loss_by_feat(raw, [sample((1, 0, 0))])
        bare = SegDataSample(metainfo=dict(img_path='a.jpg'))
        bare.set_data(dict(gt_score=torch.ones(2)))
        with pytest.raises(UserError, match=r'a\.jpg.*saliency'):
            head.loss_by_feat(raw, [bare])

    def test_untagged_images_get_the_classes_found(self):
        with DefaultScope.overwrite_default_scope('mmseg'):
            model = MODELS.build(dict(
                type='wsss_plugins.CAMSegmentor',
                backbone=dict(type='wsss_plugins.AveragePoolBackbone'),
                decode_head=dict(type='wsss_plugins.CAMHead', in_channels=3,
                                 num_classes=4))).eval()
        weight = torch.tensor([[9., 0, 0], [0, 9., 0], [0, 0, -9.]])
        with torch.no_grad():
            model.decode_head.conv_seg.weight.copy_(
                weight.reshape(3, 3, 1, 1))
            out = model.predict(torch.ones(1, 3, 16, 16))[0]
            none = model.predict(-torch.ones(1, 3, 16, 16))[0]
        assert out.pred_cam_label.tolist() == [1, 2]
        assert none.pred_cam_label.tolist() == [3]

    def test_padded_cells_are_cut_off(self):
        with DefaultScope.overwrite_default_scope('mmseg'):
            model = MODELS.build(dict(
                type='wsss_plugins.CAMSegmentor',
                data_preprocessor=dict(
                    type='wsss_plugins.WSSSDataPreProcessor', mean=[0.] * 3,
                    std=[1.] * 3),
                backbone=dict(type='wsss_plugins.AveragePoolBackbone'),
                decode_head=dict(type='wsss_plugins.CAMHead', in_channels=3,
                                 num_classes=3))).eval()
        samples = [sample(size=(16, 24)), sample(size=(32, 9))]
        data = dict(
            inputs=[torch.ones(3, 16, 24), torch.ones(3, 32, 9)],
            data_samples=samples)
        with torch.no_grad():
            out = model.test_step(data)
        assert [tuple(o.pred_cam.data.shape) for o in out] == [(1, 2, 3),
                                                               (1, 4, 2)]


class TestDeepLabHeads:

    def test_large_fov_by_hand(self):
        head = LargeFOVHead(3, 2, channels=4, dilation=2).eval()
        x = torch.randn(1, 3, 9, 9)
        fc6, fc7 = head.block[0], head.block[3]
        y = F.conv2d(x, fc6.weight, fc6.bias, padding=2, dilation=2).relu()
        y = F.conv2d(y, fc7.weight, fc7.bias).relu()
        y = F.conv2d(y, head.conv_seg.weight, head.conv_seg.bias)
        torch.testing.assert_close(head((x, )), y)

    def test_v2_sums_its_branches(self):
        head = DeepLabV2Head(3, 2, dilations=(1, 3)).eval()
        x = torch.randn(1, 3, 9, 9)
        y = sum(F.conv2d(x, b.weight, b.bias, padding=d, dilation=d)
                for b, d in zip(head.branches, (1, 3)))
        torch.testing.assert_close(head((x, )), y)
        deep = DeepLabV2Head(3, 2, dilations=(1, 3), channels=4).eval()
        y = sum(branch(x) for branch in deep.branches)
        torch.testing.assert_close(deep((x, )), y)

    def test_multi_scale_maximum(self):
        cfg = dict(
            type='wsss_plugins.MultiScaleMaxSegmentor', scales=(.5, ),
            backbone=dict(type='wsss_plugins.AveragePoolBackbone'),
            decode_head=dict(type='wsss_plugins.DeepLabV2Head', in_channels=3,
                             num_classes=3, dilations=(1, )))
        with DefaultScope.overwrite_default_scope('mmseg'):
            model = MODELS.build(cfg).eval()
        image = torch.randn(1, 3, 32, 32)
        label = torch.randint(0, 3, (1, 32, 32))
        label[0, :3] = 255
        one = sample(size=(32, 32))
        one.gt_sem_seg = PixelData(data=label)
        losses = model.loss(image, [one])

        def logits(x):
            conv = model.decode_head.branches[0]
            return F.conv2d(F.avg_pool2d(x, 8), conv.weight, conv.bias,
                            padding=1)

        full = logits(image)
        half = logits(F.interpolate(image, scale_factor=.5, mode='bilinear'))
        best = torch.maximum(full, F.interpolate(half, (4, 4),
                                                 mode='bilinear'))
        for name, x in (('1', full), ('0.5', half), ('max', best)):
            small = label[:, ::32 // x.shape[2], ::32 // x.shape[3]]
            expected = F.cross_entropy(x, small, ignore_index=255)
            assert losses[f'decode_{name}.loss_ce'].item() == pytest.approx(
                expected.item(), rel=1e-5)
        with torch.no_grad():
            out = model.encode_decode(image, [dict(img_shape=(32, 32))])
        torch.testing.assert_close(
            out, F.interpolate(best, (32, 32), mode='bilinear'))
        sum(v for k, v in losses.items() if 'loss' in k).backward()
        assert model.decode_head.branches[0].weight.grad.abs().max() > 0


@pytest.mark.parametrize('name, count, size', [
    ('eps/eps_resnet38_1xb8-20k_voc12-448.py', 105_156_928, 64),
    ('eps/deeplabv2_voc.py', 42_500_160 + 4 * (2048 * 21 * 9 + 21), 65),
])
def test_full_network(name, count, size):
    cfg = Config.fromfile(config_path(name))
    cfg.model.backbone.init_cfg = None
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(cfg.model).train()
    assert sum(p.numel() for p in model.parameters()) == count
    tags = (1, ) + (0, ) * 19
    samples = [sample(tags, size=(size, size)) for _ in range(2)]
    losses = model.loss(torch.randn(2, 3, size, size), samples)
    total = sum(v for k, v in losses.items() if 'loss' in k)
    total.backward()
    assert torch.isfinite(total)
    head = model.decode_head
    weight = (head.branches[0] if hasattr(head, 'branches') else
              head.conv_seg).weight
    assert weight.grad.abs().max() > 0
