"""DeepLab's heads and its multi-scale maximum, against hand-made values."""
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.config import ConfigDict
from mmengine.registry import DefaultScope
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from PIL import Image

from wsss_plugins.models import DeepLabV2Head, LargeFOVHead
from wsss_plugins.registry import MODELS


def sample(label):
    size = tuple(label.shape)
    out = SegDataSample(metainfo=dict(img_shape=size, ori_shape=size,
                                      pad_shape=size))
    out.gt_sem_seg = PixelData(data=label[None])
    return out


def cross_entropy(logits, label):
    """Mean over labeled pixels, float64, straight from the definition."""
    logits = logits.detach().double().numpy()
    terms = []
    for n, y, x in np.argwhere(label.numpy() != 255):
        scores = logits[n, :, y, x]
        terms.append(np.log(np.exp(scores).sum()) - scores[label[n, y, x]])
    return np.mean(terms)


class TestLargeFOVHead:

    def test_layers_are_those_of_the_paper(self):
        with torch.device('meta'):
            head = LargeFOVHead(in_channels=512, num_classes=21)
        fc6, fc7 = (m for m in head.block if isinstance(m, torch.nn.Conv2d))
        assert fc6.weight.shape == (1024, 512, 3, 3)
        assert fc6.dilation == fc6.padding == (12, 12)
        assert fc7.weight.shape == (1024, 1024, 1, 1)
        assert head.conv_seg.weight.shape == (21, 1024, 1, 1)
        # SEC's network, which is this head on VGG16, has 20,505,429.
        count = sum(p.numel() for p in head.parameters())
        assert count + 14_714_688 == 20_505_429
        drops = [m.p for m in head.block
                 if isinstance(m, torch.nn.Dropout2d)]
        assert drops == [.5, .5] and not head.dropout_ratio

    def test_value_by_hand(self):
        """Weights that pick single pixels: the result can be counted out."""
        head = LargeFOVHead(1, 2, channels=2, dilation=2).eval()
        fc6, fc7 = head.block[0], head.block[3]
        with torch.no_grad():
            for p in head.parameters():
                p.zero_()
            fc6.weight[0, 0, 0, 0] = 1  # pixel two up, two left
            fc6.weight[1, 0, 1, 1] = -1
            fc6.bias[1] = 3
            fc7.weight[0, 0], fc7.weight[0, 1] = 10, 1
            fc7.weight[1, 0] = -1  # below zero, cut off by the ReLU
            head.conv_seg.weight[0, 0] = 1
            head.conv_seg.weight[1, 1] = 7
            head.conv_seg.bias[1] = -.5
            x = torch.tensor([[[[1., 2, 3], [4, 5, 6], [7, 8, 9]]]])
            out = head((x, ))
        assert out[0, 0].tolist() == [[2, 1, 0], [0, 0, 0], [0, 0, 10]]
        assert (out[0, 1] == -.5).all()

    def test_gradient(self):
        head = LargeFOVHead(2, 2, channels=3, dilation=2).double().eval()
        x = torch.randn(1, 2, 4, 3, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(lambda x: head((x, )), (x, ))

    def test_dropout_drops_in_training_only(self):
        torch.manual_seed(0)
        head = LargeFOVHead(2, 2, channels=64, dilation=1).train()
        x = (torch.randn(1, 2, 4, 4), )
        assert not torch.equal(head(x), head(x))
        head.eval()
        assert torch.equal(head(x), head(x))


class TestDeepLabV2Head:

    def test_value_by_hand(self):
        head = DeepLabV2Head(1, 1 + 1, dilations=(1, 2)).eval()
        with torch.no_grad():
            for p in head.parameters():
                p.zero_()
            head.branches[0].weight[0, 0, 0, 0] = 1  # one up, one left
            head.branches[1].weight[0, 0, 2, 2] = 10  # two down, two right
            head.branches[0].bias[1], head.branches[1].bias[1] = 1, 2
            x = torch.tensor([[[[1., 2, 3], [4, 5, 6], [7, 8, 9]]]])
            out = head((x, ))
        assert out[0, 0].tolist() == [[90, 0, 0], [0, 1, 2], [0, 4, 5]]
        assert (out[0, 1] == 3).all()

    def test_deep_branches_are_large_fov_heads(self):
        """The VGG16 variant is the sum of DeepLab V1's heads."""
        torch.manual_seed(0)
        head = DeepLabV2Head(3, 2, dilations=(1, 3), channels=4).eval()
        x = (torch.randn(1, 3, 9, 8), )
        expected = 0
        for dilation, branch in zip((1, 3), head.branches):
            single = LargeFOVHead(3, 2, channels=4, dilation=dilation).eval()
            single.block.load_state_dict(branch[:-1].state_dict())
            single.conv_seg.load_state_dict(branch[-1].state_dict())
            expected = expected + single(x)
        torch.testing.assert_close(head(x), expected)

    def test_defaults_are_aspp_l(self):
        with torch.device('meta'):
            head = DeepLabV2Head(in_channels=2048, num_classes=21)
        assert [b.dilation for b in head.branches] == [
            (d, d) for d in (6, 12, 18, 24)]
        assert sum(p.numel() for p in head.parameters()) == 4 * (
            2048 * 21 * 9 + 21)

    @pytest.mark.parametrize('cls', [LargeFOVHead, DeepLabV2Head])
    def test_initialization(self, cls):
        torch.manual_seed(0)
        head = cls(in_channels=64, num_classes=21, channels=32)
        head.init_weights()
        weights = torch.cat([p.flatten() for n, p in head.named_parameters()
                             if n.endswith('weight')])
        assert weights.std().item() == pytest.approx(.01, rel=.05)
        assert abs(weights.mean().item()) < 5e-4
        for name, p in head.named_parameters():
            assert not name.endswith('bias') or not p.any(), name

    def test_gradient(self):
        head = DeepLabV2Head(2, 2, dilations=(1, 2)).double()
        x = torch.randn(1, 2, 4, 3, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(lambda x: head((x, )), (x, ))

    def test_loss_skips_unlabeled_pixels(self):
        head = DeepLabV2Head(2, 3, dilations=(1, ))
        torch.manual_seed(0)
        logits = torch.randn(2, 3, 4, 4)
        label = torch.randint(0, 3, (2, 4, 4))
        label[0, :3] = 255
        loss = head.loss_by_feat(logits, [sample(x) for x in label])
        assert loss['loss_ce'].item() == pytest.approx(
            cross_entropy(logits, label), rel=1e-5)


class TestMultiScaleMax:

    def build(self, **options):
        cfg = dict(
            type='wsss_plugins.MultiScaleMaxSegmentor',
            backbone=dict(type='wsss_plugins.AveragePoolBackbone'),
            decode_head=dict(type='wsss_plugins.DeepLabV2Head', in_channels=3,
                             num_classes=3, dilations=(1, )),
            test_cfg=ConfigDict(mode='whole'))
        torch.manual_seed(0)
        with DefaultScope.overwrite_default_scope('mmseg'):
            return MODELS.build(dict(cfg, **options)).eval()

    @pytest.fixture
    def batch(self):
        generator = torch.Generator().manual_seed(1)
        image = torch.randn(2, 3, 40, 56, generator=generator)
        label = torch.randint(0, 3, (2, 40, 56), generator=generator)
        label[:, :, :20] = 255
        return image, label

    def logits(self, model, image, scale):
        conv = model.decode_head.branches[0]
        image = F.interpolate(image, scale_factor=scale, mode='bilinear')
        cells = F.avg_pool2d(image, 8, ceil_mode=True)
        return F.conv2d(cells, conv.weight, conv.bias, padding=1)

    def pillow(self, label, size):
        """Labels as the common code resizes them."""
        return torch.stack([torch.tensor(np.asarray(
            Image.fromarray(x.numpy().astype(np.uint8)).resize(
                size[::-1], Image.NEAREST))).long() for x in label])

    def test_loss_and_gradient(self, batch):
        image, label = batch
        weights = 1., 2., .5, 3.
        model = self.build(scales=(.8, .4), loss_weights=weights,
                           label_resize='nearest-exact')
        losses = model.loss(image, [sample(x) for x in label])
        logits = [self.logits(model, image, scale) for scale in (1, .8, .4)]
        assert [tuple(x.shape[2:]) for x in logits] == [(5, 7), (4, 6),
                                                        (2, 3)]
        same = [F.interpolate(x, (5, 7), mode='bilinear') for x in logits]
        logits.append(torch.maximum(torch.maximum(same[0], same[1]), same[2]))
        total = 0
        for name, weight, x in zip(('1', '0.8', '0.4', 'max'), weights,
                                   logits):
            small = self.pillow(label, tuple(x.shape[2:]))
            assert losses[f'decode_{name}.loss_ce'].item() == pytest.approx(
                weight * cross_entropy(x, small), rel=1e-5)
            total = total + weight * F.cross_entropy(x, small,
                                                     ignore_index=255)
        assert sum('loss' in key for key in losses) == 4
        ours = sum(v for k, v in losses.items() if 'loss' in k)
        weight = model.decode_head.branches[0].weight
        torch.testing.assert_close(*torch.autograd.grad(ours, weight),
                                   *torch.autograd.grad(total, weight))

    def test_accuracy_has_no_weight(self, batch):
        image, label = batch
        samples = [sample(x) for x in label]
        a = self.build(scales=(.5, )).loss(image, samples)
        b = self.build(scales=(.5, ), loss_weights=(2, 2, 2)).loss(
            image, samples)
        for key in a:
            torch.testing.assert_close(b[key], a[key] * (
                2 if 'loss' in key else 1))

    def test_default_labels_are_first_pixels(self, batch):
        image, label = batch
        model = self.build(scales=(.5, ))
        losses = model.loss(image, [sample(x) for x in label])
        full = self.logits(model, image, 1)
        assert losses['decode_1.loss_ce'].item() == pytest.approx(
            cross_entropy(full, label[:, ::8, ::8]), rel=1e-5)

    def test_prediction_is_the_maximum(self, batch):
        image, label = batch
        model = self.build(scales=(.5, ))
        with torch.no_grad():
            out = model.predict(image, [sample(x) for x in label])
            a, b = (self.logits(model, image, scale) for scale in (1, .5))
        best = torch.maximum(a, F.interpolate(b, a.shape[2:],
                                              mode='bilinear'))
        best = F.interpolate(best, image.shape[2:], mode='bilinear')
        for i in range(2):
            torch.testing.assert_close(out[i].seg_logits.data, best[i])
            assert torch.equal(out[i].pred_sem_seg.data[0], best[i].argmax(0))

    @pytest.mark.parametrize('options, message', [
        (dict(scales=()), 'not positive'),
        (dict(scales=(.5, -1)), 'not positive'),
        (dict(scales=(1., .5)), 'give each once, and not 1'),
        (dict(scales=(.5, .5)), 'give each once'),
        (dict(loss_weights=(1, 1)), 'one for each of 1, 0.75, 0.5, max'),
        (dict(loss_weights=()), 'one for each of'),
        (dict(label_resize='bilinear'), 'label_resize'),
        (dict(auxiliary_head=dict(type='FCNHead')), 'auxiliary_head'),
    ])
    def test_refuses(self, options, message):
        with pytest.raises(ValueError, match=message):
            self.build(**options)
