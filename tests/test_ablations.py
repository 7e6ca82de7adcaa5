"""Configs of the papers' ablations change one thing."""
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from wsss_plugins.models import DeepLabVGG16, LargeFOVHead, SECHead
from wsss_plugins.pipelines.pipeline import Pipeline
from wsss_plugins.refiners.gcn.loss import GCNLoss, label_loss

CONFIGS = Path(__file__).resolve().parents[1] / 'configs'
GCN = 'model.refiners.0.loss.'


def flat(node, path=''):
    """Values of a config by their path."""
    if isinstance(node, (dict, list, tuple)):
        items = node.items() if isinstance(node, dict) else enumerate(node)
        for key, value in items:
            yield from flat(value, f'{path}.{key}' if path else str(key))
    else:
        yield path, node


def differences(method, name, base):
    """Entries of the model that differ, {path: (ablation, full)}."""
    ours, full = (
        dict(flat(Config.fromfile(CONFIGS / method / f'{n}.py').to_dict()))
        for n in (name, base))
    return {
        key: (ours.get(key), full.get(key)) for key in {*ours, *full}
        if ours.get(key) != full.get(key) and key.startswith('model.')
    }


@pytest.mark.parametrize('net', ['resnet50_voc12-512',
                                 'efficientnet-lite2_voc12-256'])
@pytest.mark.parametrize('name, expected', [
    ('no-entropy', {f'{GCN}weight_ent': (0., 10.)}),
    ('no-laplacian', {f'{GCN}weight_lap': (0., .01)}),
    ('unsplit', {f'{GCN}split': (False, None)}),
])
def test_wsgcn(name, net, expected):
    assert differences('wsgcn', f'wsgcn-i-{name}_{net}',
                       f'wsgcn-i_{net}') == expected


def test_unsplit_is_one_mean_over_all_labeled_nodes():
    torch.manual_seed(0)
    log_probs = torch.randn(2, 7, 3).log_softmax(dim=2)
    labels = torch.tensor([[0, 0, 0, 1, 255, 2, -1], [2, 255, 0, 0, 1, 1, 1]])
    loss = GCNLoss(split=False, weight_ent=0., weight_lap=0.)
    weights = loss.weights(labels)
    found = loss(log_probs, weights, None)
    for b in range(2):
        known = (labels[b] >= 0) & (labels[b] < 255)
        expected = torch.nn.functional.nll_loss(
            log_probs[b][known], labels[b][known])
        assert found.total[b].item() == pytest.approx(expected.item())
        # Split, foreground and background count alike.
        halves = [torch.nn.functional.nll_loss(
            log_probs[b][side], labels[b][side])
            for side in ((labels[b] > 0) & known, labels[b] == 0)]
        split = GCNLoss(weight_ent=0., weight_lap=0.)
        assert split(log_probs, split.weights(labels), None).total[
            b].item() == pytest.approx(sum(halves).item())
    one_sided = loss.weights(torch.tensor([[1, 1, 255]]))
    assert not one_sided.background.any()
    assert label_loss(log_probs[:1, :3], one_sided.columns,
                      one_sided.foreground).isfinite().all()


@pytest.mark.parametrize('base, data', [('exits_vitb', 'coco'),
                                        ('exits_efficientnet-lite0',
                                         'coco-256')])
@pytest.mark.parametrize('name, path, value', [
    ('alpha1', 'alpha', 1), ('alpha4', 'alpha', 4), ('alpha8', 'alpha', 8),
    ('no-dropout', 'dropout', 0.)])
def test_exits(base, data, name, path, value):
    found = differences('exits', f'{base}-{name}_{data}', f'{base}_{data}')
    assert {k: v[0] for k, v in found.items()} == {
        f'model.retriever.{path}': value}


def test_exits_without_warmup_of_the_extractor():
    found = differences('exits', 'exits_vitb-no-warmup_coco',
                        'exits_vitb_coco')
    start = 'model.extractor.init_cfg.'
    assert {key: value[0] for key, value in found.items()} == {
        f'{start}prefix': None, f'{start}checkpoint': 'data/mae_vit_base.pth'}
    assert not differences('exits', 'exits_vit-tiny-no-warmup_coco-128',
                           'exits_vit-tiny_coco-128')


def field_of_view(backbone, head, size=480):
    """Rows of the image that one score depends on."""
    for module in (backbone.eval(), head.eval()):
        for name, value in module.named_parameters():
            # Of one sign, so that nothing cancels out.
            torch.nn.init.constant_(
                value, 0. if name.endswith('bias') else 1e-3)
    image = torch.ones(1, 3, size, 8, requires_grad=True)
    maps = backbone(image)
    score = head.block(maps[0])
    score[0, 0, score.shape[2] // 2, 0].backward()
    rows = image.grad.abs().sum(dim=(0, 1, 3)).nonzero().flatten()
    return int(rows[-1] - rows[0]) + 1


def test_small_field_of_view_is_that_of_the_paper():
    """211 pixels; max pools pass gradient to one pixel, so averages here."""
    cfg = Config.fromfile(
        CONFIGS / 'sec/sec_vgg16-small-fov_1xb15-8k_voc12-321.py')
    options = cfg.model.backbone.to_dict()
    options.pop('type')
    backbone = DeepLabVGG16(**dict(options, init_cfg=None))
    for index, layer in enumerate(backbone.features):
        if isinstance(layer, torch.nn.MaxPool2d):
            backbone.features[index] = torch.nn.AvgPool2d(
                layer.kernel_size, layer.stride, layer.padding)
    head = cfg.model.decode_head
    small = LargeFOVHead(512, 3, channels=2, kernel_size=head.kernel_size,
                         dilation=head.dilation)
    assert field_of_view(backbone, small) == 211
    large = LargeFOVHead(512, 3, channels=2)
    assert field_of_view(backbone, large) == 211 + 2 * 12 * 8


@pytest.mark.parametrize('name, base', [
    ('sec_vgg16-small-fov_1xb15-8k_voc12-321',
     'sec_vgg16_1xb15-8k_voc12-321'),
    ('sec_efficientnet-lite2-small-fov_1xb16-400_voc12-161',
     'sec_efficientnet-lite2_1xb16-400_voc12-161')])
def test_sec_field_of_view(name, base):
    found = differences('sec', name, base)
    assert found['model.decode_head.kernel_size'] == (1, None)
    cfg = Config.fromfile(CONFIGS / f'sec/{name}.py')
    with torch.device('meta'):
        options = {k: v for k, v in cfg.model.decode_head.items()
                   if not k.startswith('loss') and k != 'type'}
        head = SECHead(**options)
    assert head.block[0].kernel_size == (1, 1)
    assert head.block[0].padding == (0, 0)


def test_eps_on_coco():
    stages = [s.name for s in Pipeline(
        CONFIGS / 'eps/pipeline_coco14.py').stages]
    assert {'train_cam', 'train_eps', 'eval_cam', 'eval_eps', 'seg_eps',
            'seg_tta_eps'} <= set(stages)
