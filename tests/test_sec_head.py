"""SEC's heads: losses at the head's size, prediction, and a short training."""
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import PARAM_SCHEDULERS, DefaultScope
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from torch import nn

from wsss_plugins.models import (
    ConstrainLoss,
    ExpandLoss,
    SECHead,
    SECStockHead,
    SeedLoss,
)
from wsss_plugins.models.heads import LargeFOVHead
from wsss_plugins.ops.cam.rank_pooling import softmax_with_floor
from wsss_plugins.registry import MODELS
from wsss_plugins.structures import Cues, UserError, voc_palette

ROOT = Path(__file__).resolve().parents[1]
CONFIGS = ROOT / 'configs' / 'sec'
META = dict(img_path='a.jpg', img_shape=(33, 41), ori_shape=(40, 50))


def batch(classes=4, size=(5, 6), images=2, seed=0):
    generator = torch.Generator().manual_seed(seed)
    samples = []
    for _ in range(images):
        cues = torch.rand(classes, *size, generator=generator) > .7
        image = torch.randint(0, 256, (3, *size), generator=generator)
        tags = torch.rand(classes - 1, generator=generator) > .5
        sample = SegDataSample(metainfo=dict(META))
        sample.set_data(
            dict(
                gt_score=tags.float(),
                gt_cues=PixelData(data=cues.to(torch.uint8)),
                gt_crf_image=PixelData(data=image.to(torch.uint8))))
        samples.append(sample)
    logits = torch.randn(images, classes, *size, generator=generator) * 3
    return logits, samples


def small_head(**options):
    return SECHead(in_channels=3, num_classes=4, channels=4, **options)


def stacked(samples, key):
    return torch.stack([sample.get(key).data for sample in samples])


def test_losses_are_those_of_the_modules():
    logits, samples = batch()
    losses = small_head(
        loss_seed=dict(type='wsss_plugins.SeedLoss', loss_weight=2.),
        loss_expand=dict(type='wsss_plugins.ExpandLoss', decay_present=.9)
    ).loss_by_feat(logits, samples)
    probs = softmax_with_floor(logits)
    expected = dict(
        **SeedLoss(loss_weight=2.)(probs, stacked(samples, 'gt_cues')),
        **ExpandLoss(decay_present=.9)(
            probs, torch.stack([s.gt_score for s in samples])),
        **ConstrainLoss()(probs, logits, stacked(samples, 'gt_crf_image')))
    assert set(losses) == set(expected)
    for key, value in expected.items():
        torch.testing.assert_close(losses[key], value)
    assert min(losses[key] for key in (
        'loss_seed', 'loss_expand', 'loss_constrain')) > 0


@pytest.mark.parametrize('left_out, needs', [
    ('loss_seed', 'gt_cues'), ('loss_expand', 'gt_score'),
    ('loss_constrain', 'gt_crf_image')
])
def test_a_loss_left_out_needs_no_data(left_out, needs):
    logits, samples = batch()
    full = small_head().loss_by_feat(logits, samples)
    for sample in samples:
        sample.pop(needs)
    losses = small_head(**{left_out: None}).loss_by_feat(logits, samples)
    assert left_out not in losses
    assert {k for k in full if k.startswith('loss')} - set(losses) == {
        left_out}
    for key, value in losses.items():
        torch.testing.assert_close(value, full[key])
    with pytest.raises(UserError, match=r'a\.jpg: (no|image-level)'):
        small_head().loss_by_feat(logits, samples)


def test_all_losses_left_out():
    with pytest.raises(UserError, match='all None'):
        small_head(loss_seed=None, loss_expand=None, loss_constrain=None)


def test_sizes_that_do_not_fit():
    logits, samples = batch()
    with pytest.raises(UserError, match=r'gt_cues is \(4, 5, 6\).*\(5, 5\)'):
        small_head().loss_by_feat(logits[..., :5], samples)
    with pytest.raises(UserError, match=r'\(3, 5, 6\) is needed'):
        small_head().loss_by_feat(logits[:, :3], samples)
    samples[1].gt_crf_image = PixelData(
        data=torch.zeros(3, 5, 5, dtype=torch.uint8))
    with pytest.raises(UserError, match='gt_crf_image is'):
        small_head().loss_by_feat(logits, samples)
    samples[0].set_data(dict(gt_score=torch.zeros(4)))
    with pytest.raises(UserError, match='labels for 4 classes.*has 3'):
        small_head().loss_by_feat(logits, samples)


def total(losses):
    return sum(v for k, v in losses.items() if k.startswith('loss'))


def test_ranks_average_to_the_whole_batch():
    """Value and gradient, also where an image has no tags and no cues."""
    logits, samples = batch(images=4)
    samples[1].gt_score.zero_()
    samples[1].gt_cues.data.zero_()
    head, leaf = small_head(), logits.requires_grad_()
    whole = total(head.loss_by_feat(leaf, samples))
    halves = [total(head.loss_by_feat(leaf[part], samples[part]))
              for part in (slice(2), slice(2, 4))]
    mean = sum(halves) / 2
    torch.testing.assert_close(mean, whole)
    torch.testing.assert_close(*(
        torch.autograd.grad(loss, leaf)[0] for loss in (mean, whole)))


def test_mixed_precision_of_the_whole_head():
    _, samples = batch()
    features = torch.randn(2, 3, 3, 4, generator=torch.manual_seed(0))
    head = small_head(map_size=(5, 6), dropout_ratio=0., dilation=1)
    found = {}
    for enabled in (False, True):
        with torch.autocast('cpu', torch.bfloat16, enabled=enabled):
            assert head((features, )).dtype == (
                torch.bfloat16 if enabled else torch.float32)
            found[enabled] = head.loss((features, ), samples, None)
    for key, value in found[True].items():
        assert value.dtype == torch.float32
        torch.testing.assert_close(
            value, found[False][key], rtol=.05, atol=.01)
    total(found[True]).backward()
    grads = [p.grad for p in head.parameters()]
    assert all(g.isfinite().all() and g.any() for g in grads)


def test_maps_of_another_size():
    logits, samples = batch(size=(5, 7))
    small = logits[:, :, ::2, ::2]
    head = small_head(map_size=(5, 7))
    large = F.interpolate(
        small, (5, 7), mode='bilinear', align_corners=True)
    assert torch.equal(large[:, :, ::2, ::2], small)
    expected = small_head().loss_by_feat(large, samples)
    for key, value in head.loss_by_feat(small, samples).items():
        torch.testing.assert_close(value, expected[key])
    torch.testing.assert_close(
        head.predict_by_feat(small, [META] * 2), large.softmax(dim=1))


def test_predicts_probabilities_without_the_floor():
    logits, _ = batch()
    probs = small_head().predict_by_feat(logits, [META] * 2)
    torch.testing.assert_close(probs, logits.softmax(dim=1))
    half = small_head().predict_by_feat(logits.half(), [META] * 2)
    assert half.dtype == torch.float32
    large = small_head(resize_once=False).predict_by_feat(logits, [META] * 2)
    torch.testing.assert_close(large, F.interpolate(
        logits.softmax(dim=1), (33, 41), mode='bilinear',
        align_corners=True))


@pytest.mark.parametrize('meta', [
    dict(META, padding_size=[0, 3, 0, 0]),
    dict(META, img_padding_size=[0, 3, 0, 0]),
    dict(META, img_shape=torch.Size([33, 41])),
])
def test_padding_and_windows_cannot_be_resized_once(meta):
    logits, _ = batch()
    with pytest.raises(UserError, match='resize_once=False'):
        small_head().predict_by_feat(logits, [META, meta])
    small_head(resize_once=False).predict_by_feat(logits, [META, meta])


@pytest.mark.parametrize('scores', ['logits', 'probs'])
def test_crf_at_test_time_takes_probabilities(voc_tree, scores):
    cfg = config('sec_vgg16_1xb15-8k_voc12-321.py')
    cfg.model.decode_head.update(channels=1, num_classes=3)
    cfg.tta_model.scores = scores
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(dict(cfg.tta_model, module=cfg.model))
    size = (40, 56)
    generator = torch.Generator().manual_seed(0)
    views = []
    for _ in range(2):
        view = SegDataSample(metainfo=dict(
            META, img_path=str(voc_tree / 'JPEGImages/pic_0.jpg')))
        view.seg_logits = PixelData(
            data=torch.rand(3, *size, generator=generator) * 5)
        views.append(view)
    maps = [view.seg_logits.data for view in views]
    seen = []
    crf, model.crf = model.crf, lambda image, probs: seen.append(
        (image, probs)) or probs[[1, 2, 0]]
    merged = model.merge_preds([views])[0]
    (image, probs), = seen
    assert image.shape == (*size, 3) and image.dtype == np.uint8
    expected = sum(maps) / 2
    if scores == 'logits':
        expected = sum(m.softmax(dim=0) for m in maps) / 2
    np.testing.assert_allclose(probs, expected, rtol=1e-6)
    assert torch.equal(merged.pred_sem_seg.data[0],
                       (expected.argmax(dim=0) - 1) % 3)
    assert (crf.bi_compat, crf.bi_sxy, crf.bi_srgb, crf.pos_compat,
            crf.pos_sxy, crf.iterations, crf.scale) == (10, 80, 13, 3, 3, 10,
                                                        1)


def test_crf_at_test_time_refuses():
    cfg = config('sec_r18-small_1xb16-400_tinyvoc-121.py')
    with DefaultScope.overwrite_default_scope('mmseg'), pytest.raises(
            ValueError, match="scores='log'"):
        MODELS.build(dict(cfg.tta_model, scores='log', module=cfg.model))


@pytest.mark.parametrize('head', [
    dict(type='mmseg.ASPPHead', dilations=(1, 3)),
    dict(type='mmseg.FCNHead', num_convs=1),
    dict(type='mmseg.PSPHead', pool_scales=(1, 2)),
])
def test_any_stock_head(head):
    wrapper = SECStockHead(
        dict(head, in_channels=3, channels=4, num_classes=4,
             norm_cfg=dict(type='BN'), align_corners=True))
    assert (wrapper.num_classes, wrapper.out_channels) == (4, 4)
    features = (torch.randn(2, 3, 5, 6), )
    _, samples = batch()
    losses = wrapper.loss(features, samples, None)
    sum(v for k, v in losses.items() if 'loss' in k).backward()
    assert wrapper.head.conv_seg.weight.grad.abs().max() > 0
    wrapper.eval()
    probs = wrapper.predict(features, [META] * 2, None)
    torch.testing.assert_close(
        probs, wrapper.head(features).softmax(dim=1))


def test_dropout_of_elements_or_channels():
    features = torch.ones(1, 8, 9, 9)
    for mode, kind in (('element', nn.Dropout), ('channel', nn.Dropout2d)):
        head = SECHead(8, 3, channels=64, dropout=mode)
        layers = [m for m in head.block if isinstance(m, nn.Module)
                  and 'Dropout' in type(m).__name__]
        assert [type(m) for m in layers] == [kind] * 2
        dropped = layers[0](features) == 0
        shares = dropped.float().mean(dim=(2, 3))
        assert (((shares > 0) & (shares < 1)).any()) == (mode == 'element')
    # The default of the plain head stays as it was.
    assert isinstance(LargeFOVHead(8, 3).block[2], nn.Dropout2d)
    with pytest.raises(ValueError, match='dropout'):
        LargeFOVHead(8, 3, dropout='none')


def test_initial_classifier():
    head = SECHead(16, 21, channels=512)
    head.init_weights()
    for layer, fan_in in ((head.block[0], 16 * 9), (head.block[3], 512)):
        assert layer.weight.std().item() == pytest.approx(
            (2 / fan_in)**.5, rel=.05)
        assert (layer.bias == 0).all()
    assert head.conv_seg.weight.std().item() == pytest.approx(.01, rel=.1)
    assert (head.conv_seg.bias == 0).all()


def config(name):
    cfg = Config.fromfile(CONFIGS / name)
    cfg.model.backbone.init_cfg = None
    return cfg


def test_the_papers_network():
    cfg = config('sec_vgg16_1xb15-8k_voc12-321.py')
    with DefaultScope.overwrite_default_scope('mmseg'), torch.device('meta'):
        model = MODELS.build(cfg.model).eval()
        maps = model.decode_head(model.extract_feat(
            torch.empty(1, 3, 321, 321)))
    assert maps.shape == (1, 21, 41, 41)
    assert sum(p.numel() for p in model.parameters()) == 20_505_429
    assert cfg.train_dataloader.batch_size == 15
    assert cfg.train_cfg.max_iters == 8000


def test_the_papers_rates():
    cfg = config('sec_vgg16_1xb15-8k_voc12-321.py')
    with DefaultScope.overwrite_default_scope('mmseg'), torch.device('meta'):
        model = MODELS.build(cfg.model)
    with DefaultScope.overwrite_default_scope('mmengine'):
        wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
        scheduler = PARAM_SCHEDULERS.build(
            cfg.param_scheduler[0], default_args=dict(optimizer=wrapper))
    names = {id(p): name for name, p in model.named_parameters()}
    # mmengine adds a group that belongs to no parameter.
    groups = {names[id(p)]: group for group in wrapper.param_groups
              for p in group['params'] if id(p) in names}
    assert len(groups) == len(names)
    for name, group in groups.items():
        bias = name.endswith('bias')
        rate = (2 if bias else 1) * (10 if 'conv_seg' in name else 1)
        assert group['lr'] == pytest.approx(rate * 1e-3), name
        assert group['weight_decay'] == (0 if bias else 5e-4), name
        assert group['momentum'] == .9
    rates = []
    for _ in range(8000):
        rates.append(groups['decode_head.block.0.weight']['lr'])
        scheduler.step()
    assert [rates[i] for i in (0, 1999, 2000, 4000, 6000, 7999)] == \
        pytest.approx([1e-3, 1e-3, 1e-4, 1e-5, 1e-6, 1e-6])


@pytest.mark.parametrize('stem', ['vgg16', 'efficientnet-lite2', 'r18-small'])
def test_ablations_change_one_thing(stem):
    (full, ) = CONFIGS.glob(f'sec_{stem}_*.py')
    base = Config.fromfile(full).model.decode_head
    changes = dict(
        [(f'no-{name}', {f'loss_{name}': None})
         for name in ('seed', 'expand', 'constrain')],
        gmp=dict(decay_present=0., decay_background=0.),
        gap=dict(decay_present=1., decay_background=1.))
    for name, change in changes.items():
        (path, ) = CONFIGS.glob(f'sec_{stem}-{name}_*.py')
        head = Config.fromfile(path).model.decode_head
        expected = base.to_dict()
        if name.startswith('no-'):
            expected.update(change)
        else:
            expected['loss_expand'].update(change)
        assert head.to_dict() == expected


TRAINING = '''
_base_ = {base!r}
data_root = {root!r}
_data = dict(type='wsss_plugins.ImageLevelDataset', data_root=data_root,
             label_file='image_labels.json', ann_file='train.txt')
train_dataloader = dict(
    batch_size=2, num_workers=0, persistent_workers=False,
    dataset=dict(**_data, data_prefix=dict(
        img_path='JPEGImages', cue_path='cues')))
val_dataloader = dict(num_workers=0, dataset=dict(**_data))
test_dataloader = dict(num_workers=0, dataset=dict(**_data))
model = dict(backbone=dict(base_channels=8, stem_channels=8),
             decode_head=dict(num_classes=3, in_channels=64))
train_cfg = dict(max_iters=2, val_interval=2)
default_hooks = dict(checkpoint=dict(interval=1),
                     logger=dict(interval=1))
'''


def tool(name, *words):
    return subprocess.run(
        [sys.executable, ROOT / 'tools' / f'{name}.py', *map(str, words)],
        cwd=ROOT, capture_output=True, text=True,
        env=dict(os.environ, OMP_NUM_THREADS='1'))


def write_cues(tree, size=(16, 16)):
    for i in range(4):
        masks = np.zeros((3, *size), dtype=bool)
        masks[0, 12:], masks[1 + i % 2, 4:8, 4:8] = True, True
        Cues(masks).save(tree / 'cues' / f'pic_{i}.png', voc_palette(3))


def training_config(tree, folder):
    path = folder / 'sec.py'
    path.write_text(TRAINING.format(
        base=str(CONFIGS / 'sec_r18-small_1xb16-400_tinyvoc-121.py'),
        root=str(tree)))
    return path


def test_trains_and_tests_with_and_without_crf(voc_tree, tmp_path):
    write_cues(voc_tree)
    path = training_config(voc_tree, tmp_path)
    done = tool('train', path, '--work-dir', tmp_path / 'train')
    assert done.returncode == 0, done.stderr[-2000:]
    log = next((tmp_path / 'train').glob('*/*.log')).read_text()
    for loss in ('seed', 'expand', 'constrain'):
        assert f'loss_{loss}:' in log
    assert 'nan' not in log.split('Iter(train)')[-1].split('\n')[0]
    for words in ((), ('--tta', )):
        work = tmp_path / f'test{len(words)}'
        done = tool('test', path, tmp_path / 'train/iter_2.pth', *words,
                    '--work-dir', work, '--cfg-options',
                    f'test_evaluator.output_dir={work}/files')
        assert done.returncode == 0, done.stderr[-2000:]
        metrics = json.loads((work / 'metrics.json').read_text())
        assert 0 <= metrics['mIoU'] <= 100
        assert len(list((work / 'files').glob('*.png'))) == 4


def other_class(tree):
    Cues(np.eye(4, dtype=bool)[:, :, None]).save(
        tree / 'cues/pic_2.png', voc_palette(4))


@pytest.mark.parametrize('spoil, text', [
    (lambda tree: write_cues(tree, (15, 16)), 'gt_cues is (3, 15, 16)'),
    (lambda tree: (tree / 'cues/pic_2.png').unlink(),
     'cues/pic_2.png: cue not found'),
    (other_class, 'cues/pic_2.png: index 3 is out of range for 3 classes'),
    (lambda tree: (tree / 'cues/pic_2.png').write_bytes(b'no picture'),
     'cues/pic_2.png: '),
])
def test_cues_that_stop_the_training(voc_tree, tmp_path, spoil, text):
    """Read in a data worker, whose errors come with a traceback."""
    write_cues(voc_tree)
    spoil(voc_tree)
    path = training_config(voc_tree, tmp_path)
    done = tool('train', path, '--work-dir', tmp_path / 'train',
                '--cfg-options', 'train_dataloader.num_workers=1')
    assert done.returncode == 2
    line = done.stderr.strip().splitlines()[-1]
    assert line.startswith('error: ') and text in line
    assert 'Traceback' not in done.stderr
