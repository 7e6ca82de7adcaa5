"""Saliency of gradients: layers, classes, paddings; and the cue networks."""
import numpy as np
import pytest
import torch
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from torch import nn

from wsss_plugins.models import DeepLabVGG16, FCClassifierHead, SECCAMHead
from wsss_plugins.ops.cam.cues import foreground_masks, gradient_saliency
from wsss_plugins.registry import MODELS
from wsss_plugins.structures import UserError


@MODELS.register_module()
class CueTestBackbone(nn.Module):
    """Two convolutions of stride 2 with ReLUs in place."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.ReLU(inplace=True),
            nn.Conv2d(4, 6, 3, stride=2, padding=1), nn.ReLU(inplace=True))
        self.twice = nn.ReLU()
        self.unused = nn.ReLU()
        self.pair = PairOfMaps()

    def forward(self, x):
        x = self.features(self.twice(self.twice(x)))
        return self.pair(x)


class PairOfMaps(nn.Module):

    def forward(self, x):
        return (x, )


def segmentor(layer='backbone.features.0', head=None, **options):
    torch.manual_seed(0)
    model = MODELS.build(
        dict(
            type='wsss_plugins.GradientSaliencySegmentor',
            backbone=dict(type='wsss_plugins.CueTestBackbone'),
            decode_head=head or dict(
                type='wsss_plugins.CAMHead', in_channels=6, num_classes=4),
            layer=layer,
            **options))
    for parameter in model.parameters():
        nn.init.normal_(parameter)
    return model.eval()


def sample(tags=(1, ), shape=(16, 16), **meta):
    score = torch.zeros(3)
    score[list(tags)] = 1
    data = SegDataSample(
        metainfo=dict(ori_shape=shape, img_shape=shape, **meta))
    data.set_data(dict(gt_score=score))
    return data


def gradient_by_hand(model, image, classes, where):
    """Gradient from an own forward without ReLUs in place, float64."""
    conv1, _, conv2, _ = model.backbone.features.double()
    x = conv1(image.double().relu())
    places = dict(conv1=x)
    places['relu1'] = places['conv1'].relu()
    places['conv2'] = conv2(places['relu1'])
    maps = model.decode_head.conv_seg.double()(places['conv2'].relu())
    score = maps.mean(dim=(2, 3))[:, classes].sum()
    return torch.autograd.grad(score, places[where])[0]


@pytest.mark.parametrize('layer, of, where', [
    ('backbone.features.0', 'output', 'conv1'),
    ('backbone.features.1', 'input', 'conv1'),
    ('backbone.features.1', 'output', 'relu1'),
    ('backbone.features.2', 'input', 'relu1'),
    ('backbone.features.2', 'output', 'conv2'),
    ('backbone.features.3', 'input', 'conv2'),
])
@pytest.mark.parametrize('classes', ['all', 'present'])
def test_gradient_at_every_place(layer, of, where, classes):
    model = segmentor(layer, of=of, classes=classes)
    images = torch.randn(2, 3, 16, 16)
    tags = [(0, ), (1, 2)]
    with torch.no_grad():  # as the test loop runs it
        found = model.predict(images, [sample(t) for t in tags])
        gradients, _ = model.gradients(images, [sample(t) for t in tags])
    assert all(p.grad is None for p in model.parameters())
    for image, tag, gradient, result in zip(images, tags, gradients, found):
        chosen = [0, 1, 2] if classes == 'all' else list(tag)
        wanted = gradient_by_hand(model, image[None], chosen, where)[0]
        assert wanted.abs().max() > 0
        assert torch.allclose(gradient, wanted.float(), rtol=1e-4, atol=1e-6)
        assert torch.allclose(
            result.pred_gradient.data[0],
            gradient_saliency(wanted), rtol=1e-4, atol=1e-6)


def test_before_and_after_the_relu_differ():
    """Caffe's blob after a ReLU in place has the gradient before it."""
    images = torch.randn(1, 3, 16, 16)
    before, _ = segmentor('backbone.features.1', of='input').gradients(
        images, [sample()])
    after, _ = segmentor('backbone.features.1', of='output').gradients(
        images, [sample()])
    assert (before == 0).sum() > (after == 0).sum()
    assert torch.equal(before[before != 0], after[before != 0])


def test_fields_and_no_trace_in_training():
    model = segmentor()
    images = torch.randn(2, 3, 16, 16)
    results = model.predict(images)
    assert results[0].pred_gradient.data.shape == (1, 8, 8)
    assert results[0].pred_gradient.data.dtype == torch.float32
    assert not results[0].pred_gradient.data.requires_grad
    assert results[0].pred_score.shape == (3, )
    assert not model.backbone.features[0]._forward_hooks
    model.train()
    losses = model.loss(images, [sample(), sample()])
    losses['decode.loss_cls'].backward()
    assert model.backbone.features[0].weight.grad.abs().sum() > 0


def test_present_without_tags_are_those_found():
    model = segmentor(classes='present')
    images = torch.randn(1, 3, 16, 16)
    probs = model.gradients(images, [sample()])[1][0]
    untagged = SegDataSample(
        metainfo=dict(ori_shape=(16, 16), img_shape=(16, 16)))
    chosen = model._chosen([untagged], probs[None])[0].nonzero()[:, 0]
    assert chosen.tolist() == model.present_classes(untagged, probs).tolist()
    assert len(chosen)


def test_padding_is_cut_off():
    result = segmentor().predict(
        torch.randn(1, 3, 16, 16), [sample(shape=(9, 16))])[0]
    assert result.pred_gradient.data.shape == (1, 5, 8)


def test_autocast_changes_nothing():
    images = torch.randn(1, 3, 16, 16)
    wanted = segmentor().predict(images)[0].pred_gradient.data
    with torch.autocast('cpu', torch.bfloat16):
        found = segmentor().predict(images)[0].pred_gradient.data
    assert torch.equal(found, wanted)


@pytest.mark.parametrize('layer, text', [
    ('backbone.twice', 'runs 2 times'),
    ('backbone.unused', 'runs 0 times'),
    ('backbone.pair', 'not one map'),
])
def test_layers_that_do_not_do(layer, text):
    model = segmentor(layer)
    with pytest.raises(UserError, match=f'{layer}.*{text}'):
        model.predict(torch.randn(1, 3, 16, 16))
    assert not model.get_submodule(layer)._forward_hooks


@pytest.mark.parametrize('options, text', [
    (dict(layer='backbone.conv9'), "layer='backbone.conv9'.*backbone.pair"),
    (dict(layer=''), 'is no module'),
    (dict(of='gradient'), "of='gradient'"),
    (dict(classes='some'), "classes='some'"),
])
def test_mistakes(options, text):
    with pytest.raises(UserError, match=text):
        segmentor(**options)


class TestSECCAMHead:

    def head(self, **options):
        torch.manual_seed(1)
        head = SECCAMHead(in_channels=5, num_classes=4, channels=7, **options)
        for parameter in head.parameters():
            nn.init.normal_(parameter)
        return head.eval()

    def test_scores_are_a_linear_layer_on_averages(self):
        head, feat = self.head(), torch.randn(2, 5, 6, 4)
        maps = head((feat, ))
        x = nn.functional.conv2d(feat, head.fc6.weight, head.fc6.bias,
                                 padding=1).relu()
        x = nn.functional.conv2d(x, head.fc7.weight, head.fc7.bias, padding=1)
        wanted = x.mean(dim=(2, 3)) @ head.conv_seg.weight[:, :, 0, 0].T
        assert torch.allclose(head.scores(maps), wanted, atol=1e-4)
        assert head.conv_seg.bias is None

    def test_dropout_is_of_elements(self):
        head = self.head(dropout_ratio=.5).train()
        kept = head.dropout_fc(torch.ones(1, 3, 8, 8))
        assert 0 < (kept[0, 0] == 0).sum() < 64
        assert head.dropout is None

    def test_initial_weights(self):
        head = SECCAMHead(in_channels=64, num_classes=21, channels=128)
        head.init_weights()
        for layer in (head.fc6, head.fc7, head.conv_seg):
            assert abs(layer.weight.std().item() - .005) < 5e-4
        assert not head.fc6.bias.any() and not head.fc7.bias.any()

    def test_negative_values(self):
        maps = torch.randn(1, 3, 5, 5)
        maps[0, 1] -= 9
        clipped = self.head().class_maps(maps)
        kept = self.head(negative='keep').class_maps(maps)
        assert (clipped == maps.relu()).all()
        assert (kept[0, [0, 2]] == maps[0, [0, 2]]).all()
        assert not kept[0, 1].any()
        # The cues are those of the raw maps either way.
        for found in (clipped, kept):
            assert (foreground_masks(found) == foreground_masks(maps)).all()

    def test_mistake(self):
        with pytest.raises(UserError, match="negative='abs'"):
            self.head(negative='abs')


class TestFCClassifierHead:

    def head(self):
        return FCClassifierHead(
            in_channels=4, num_classes=3, in_size=(2, 3), channels=8)

    def test_is_three_layers(self):
        head, feat = self.head().eval(), torch.randn(2, 4, 2, 3)
        for parameter in head.parameters():
            nn.init.normal_(parameter)
        maps = head((feat, ))
        assert maps.shape == (2, 2, 1, 1)
        x = (feat.flatten(1) @ head.fc6.weight.T + head.fc6.bias).relu()
        x = (x @ head.fc7.weight.T + head.fc7.bias).relu()
        wanted = x @ head.conv_seg.weight[:, :, 0, 0].T + head.conv_seg.bias
        assert torch.allclose(head.scores(maps), wanted, atol=1e-5)

    def test_initial_weights(self):
        head = FCClassifierHead(
            in_channels=32, num_classes=3, in_size=(5, 5), channels=64)
        head.init_weights()
        assert abs(head.fc6.weight.std().item() - .005) < 5e-4
        assert not head.fc6.bias.any() and not head.conv_seg.bias.any()

    def test_trains(self):
        head = self.head()
        tagged = SegDataSample()
        tagged.set_data(dict(gt_score=torch.tensor([1., 0.])))
        loss = head.loss((torch.randn(1, 4, 2, 3), ), [tagged], None)
        loss['loss_cls'].backward()
        assert head.fc6.weight.grad.abs().sum() > 0

    def test_other_sizes_are_refused(self):
        with pytest.raises(UserError, match=r'map of \(3, 3\).*\(2, 3\)'):
            self.head()((torch.randn(1, 4, 3, 3), ))


class TestVGG16OfCues:

    def test_sizes_of_both_networks(self):
        with torch.device('meta'):
            fore = DeepLabVGG16(
                dilation=1, pool_size=2, strides=(2, 2, 2, 0, 0))
            back = DeepLabVGG16(
                dilation=1, pool_size=2, strides=(2, 2, 2, 2, 2))
            image = torch.empty(1, 3, 321, 321)
            assert fore(image)[0].shape == (1, 512, 41, 41)
            assert back(image)[0].shape == (1, 512, 11, 11)
        assert isinstance(fore.features[23], nn.Identity)
        assert fore.features[28].dilation == (1, 1)
        # conv4_1, where SEC takes its gradient.
        assert back.features[17].weight.shape == (512, 256, 3, 3)

    def test_weights_are_named_as_ever(self):
        with torch.device('meta'):
            names = list(DeepLabVGG16().state_dict())
            plain = DeepLabVGG16(pool_size=2, strides=(2, 2, 2, 0, 0))
        assert list(plain.state_dict()) == names

    @pytest.mark.parametrize('options', [
        dict(pool_size=4), dict(strides=(2, 2, 2))])
    def test_mistakes(self, options):
        with pytest.raises(ValueError, match='choose 2 or 3'):
            DeepLabVGG16(**options)


def test_background_net_end_to_end():
    """A fully connected classifier, differentiated at a convolution."""
    model = segmentor(
        'backbone.features.0',
        head=dict(
            type='wsss_plugins.FCClassifierHead', in_channels=6,
            num_classes=4, in_size=(4, 4), channels=5))
    result = model.predict(torch.randn(1, 3, 16, 16))[0].pred_gradient
    assert isinstance(result, PixelData)
    values = result.data.numpy()
    assert values.shape == (1, 8, 8) and np.isfinite(values).all()
    assert values.max() > 0
