"""SC-CAM's head, loss, labels and class maps."""
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.registry import DefaultScope
from mmengine.runner.checkpoint import load_state_dict
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from wsss_plugins.models import CAMHead, EPSHead
from wsss_plugins.models.heads.sub_category_head import SubCategoryHead
from wsss_plugins.models.losses import SubCategoryLoss
from wsss_plugins.models.utils.feature_bank import FeatureBank
from wsss_plugins.models.utils.sub_labels import SubLabels, image_key
from wsss_plugins.ops.cam.cams import merge_cams
from wsss_plugins.ops.cam.sub_cams import merge_sub_cams
from wsss_plugins.registry import MODELS
from wsss_plugins.structures import SubCategories, UserError

PARENT = dict(type='wsss_plugins.CAMHead', in_channels=6, num_classes=4,
              dropout_ratio=0.)


def paper_loss(logits, targets, used, num_sub, normalize, unused):
    """Image by image and column by column."""
    total = 0.
    for row, target in zip(logits, targets):
        terms, parents = 0., set()
        columns = [c for c in range(len(row))
                   if used[c] or unused == 'negative']
        for c in columns:
            p = torch.sigmoid(row[c])
            terms = terms - (torch.log(p) if target[c] else torch.log(1 - p))
            parents.add(c // num_sub)
        parts = len(columns) if normalize == 'mean' else len(parents)
        total = total + terms / parts
    return 5 * total / len(logits)


@pytest.mark.parametrize('normalize', ['mean', 'per_parent'])
@pytest.mark.parametrize('unused', ['ignore', 'negative'])
def test_loss_value_and_gradient(normalize, unused):
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(3, 8, generator=generator)
    targets = (torch.rand(3, 8, generator=generator) > .7).float()
    # The second class has one sub-category, the last none.
    used = torch.tensor([1, 1, 1, 0, 1, 1, 0, 0]) > 0
    loss = SubCategoryLoss(normalize=normalize, unused=unused)
    grads, values = [], []
    for dtype, function in (
            (torch.float32, lambda x: loss(x, targets, used, 2)),
            (torch.float64, lambda x: paper_loss(x, targets, used, 2,
                                                 normalize, unused))):
        leaf = logits.to(dtype, copy=True).requires_grad_()
        value = function(leaf)
        value.backward()
        values.append(value.item())
        grads.append(leaf.grad.double())
    assert values[0] == pytest.approx(values[1], rel=1e-6)
    torch.testing.assert_close(grads[0], grads[1], rtol=1e-5, atol=1e-7)
    assert (grads[0][:, ~used] == 0).all() == (unused == 'ignore')


def test_loss_is_torchs_where_all_columns_are_used():
    logits, targets = torch.randn(4, 6), (torch.rand(4, 6) > .5).float()
    used = torch.ones(6, dtype=torch.bool)
    expected = F.multilabel_soft_margin_loss(logits, targets)
    assert SubCategoryLoss(2.)(logits, targets, used, 3).item() == (
        pytest.approx(2 * expected.item()))
    # Per parent the weight of a score does not fall with K.
    per_parent = SubCategoryLoss(1., 'per_parent')(logits, targets, used, 3)
    assert per_parent.item() == pytest.approx(3 * expected.item())


def test_loss_without_clusters_and_in_half_precision():
    nothing = torch.zeros(4, dtype=torch.bool)
    logits = torch.randn(2, 4)
    assert SubCategoryLoss()(logits, torch.zeros(2, 4), nothing, 2) == 0
    low = SubCategoryLoss()(logits.bfloat16(), torch.ones(2, 4), ~nothing, 2)
    full = SubCategoryLoss()(logits.bfloat16().float(), torch.ones(2, 4),
                             ~nothing, 2)
    assert low.dtype == torch.float32 and low.item() == full.item()


@pytest.mark.parametrize('options', [
    dict(normalize='sum'), dict(unused='drop'), dict(loss_weight=-1.)])
def test_loss_refuses_options(options):
    with pytest.raises(UserError, match='SubCategoryLoss'):
        SubCategoryLoss(**options)


def samples(names, tags):
    out = []
    for name, tag in zip(names, tags):
        sample = SegDataSample(metainfo=dict(sample_name=name))
        sample.set_data(dict(gt_score=torch.tensor(tag).float()))
        out.append(sample)
    return out


def labeled_head(num_sub=2, **options):
    head = SubCategoryHead(dict(PARENT), num_sub=num_sub, **options)
    head.labels.reserve(['a', 'b', 'c'])
    table = torch.tensor([[0, -1, 1], [-1, 1, -1], [1, 0, 0]])
    head.labels.install(table, torch.tensor([2, 2, 2]), 1)
    return head


BATCH = samples(['c', 'a'], [[1, 1, 1], [1, 0, 1]])


def test_losses_of_a_batch():
    """The rows of its images, whatever their order, and both classifiers."""
    head = labeled_head()
    feature = torch.randn(2, 6, 3, 4)
    losses = head.loss((feature, ), BATCH, None)
    maps = F.conv2d(feature, head.parent.conv_seg.weight).mean(dim=(2, 3))
    tags = torch.stack([s.gt_score for s in BATCH])
    assert losses['loss_cls'].item() == pytest.approx(
        F.multilabel_soft_margin_loss(maps, tags).item())
    scores = F.conv2d(feature, head.conv_sub.weight).mean(dim=(2, 3))
    targets = torch.tensor([[0, 1, 1, 0, 1, 0], [1, 0, 0, 0, 0, 1.]])
    assert losses['loss_sub'].item() == pytest.approx(
        5 * F.multilabel_soft_margin_loss(scores, targets).item())
    best = scores.view(2, 3, 2).argmax(dim=2)
    right = [best[0, 0] == 1, best[0, 1] == 0, best[0, 2] == 0,
             best[1, 0] == 0, best[1, 2] == 1]
    assert losses['sub_accuracy'].item() == pytest.approx(
        sum(map(int, right)) / 5)


def test_both_classifiers_share_one_dropout():
    parent = dict(PARENT, dropout_ratio=.5)
    head = SubCategoryHead(parent, num_sub=1).train()
    with torch.no_grad():
        head.conv_sub.weight.copy_(head.parent.conv_seg.weight)
    maps, sub_maps = head.classify((torch.ones(4, 6, 5, 5), ))
    assert torch.equal(maps, sub_maps)
    whole = F.conv2d(torch.ones(4, 6, 5, 5), head.conv_sub.weight)
    assert not torch.allclose(maps, whole)


def test_features_are_averages_without_dropout():
    head = SubCategoryHead(dict(PARENT, dropout_ratio=.9)).train()
    feature = torch.randn(2, 6, 3, 4)
    torch.testing.assert_close(head.pooled_features((feature, )),
                               feature.mean(dim=(2, 3)))


def test_without_labels_the_parent_learns_alone():
    head = SubCategoryHead(dict(PARENT), num_sub=2)
    losses = head.loss((torch.randn(2, 6, 3, 4), ), BATCH, None)
    assert losses['loss_sub'] == 0
    sum(v for k, v in losses.items() if 'loss' in k).backward()
    # Used, so that ranks agree, but not moved.
    assert head.conv_sub.weight.grad.abs().max() == 0
    assert head.parent.conv_seg.weight.grad.abs().max() > 0


def test_lambda_zero_is_the_plain_classifier():
    head = labeled_head(
        loss_sub=dict(type='wsss_plugins.SubCategoryLoss', loss_weight=0.))
    plain = CAMHead(6, 4, dropout_ratio=0.)
    plain.load_state_dict(head.parent.state_dict())
    feature = torch.randn(2, 6, 3, 4)
    grads = []
    for module, weight in ((head, head.parent.conv_seg.weight),
                           (plain, plain.conv_seg.weight)):
        losses = module.loss((feature, ), BATCH, {})
        sum(v for k, v in losses.items() if 'loss' in k).backward()
        grads.append(weight.grad)
    torch.testing.assert_close(*grads)


def test_prediction_is_the_parents():
    head = labeled_head().eval()
    feature = torch.randn(2, 6, 3, 4)
    maps = head((feature, ))
    raw = head.parent((feature, ))
    assert torch.equal(maps, raw)
    assert torch.equal(head.class_maps(maps), raw.relu())
    assert torch.equal(head.scores(maps), raw.mean(dim=(2, 3)))
    meta = [dict(img_shape=(24, 32), pad_shape=(24, 32))] * 2
    scores = head.predict((feature, ), meta, {})
    expected = head.parent.predict_by_feat(raw, meta)
    assert torch.equal(scores, expected)
    assert torch.equal(head.predict_by_feat(maps, meta), expected)
    assert (head.num_classes, head.out_channels, head.foreground) == (
        4, 4, [1, 2, 3])


def test_with_eps_as_parent():
    parent = dict(type='wsss_plugins.EPSHead', in_channels=6, num_classes=4)
    head = SubCategoryHead(parent, num_sub=2)
    head.labels.reserve(['a', 'c'])
    head.labels.install(torch.tensor([[0, -1, 1], [1, 0, 0]]),
                        torch.tensor([2, 2, 2]), 1)
    batch = [s.clone() for s in BATCH]
    for s in batch:
        s.gt_saliency = PixelData(data=torch.rand(1, 24, 32))
    feature = torch.randn(2, 6, 3, 4)
    losses = head.loss((feature, ), batch, None)
    own = head.parent.loss((feature, ), batch, {})
    assert set(losses) == {*own, 'loss_sub', 'sub_accuracy'}
    assert all(torch.equal(losses[k], own[k]) for k in own)
    assert isinstance(head.parent, EPSHead)
    maps = head((feature, ))
    assert maps.shape[1] == 4
    torch.testing.assert_close(head.class_maps(maps),
                               maps.softmax(dim=1)[:, :3])


def test_with_a_parent_that_computes_more():
    """The second classifier reads what that of the parent reads."""
    parent = dict(type='wsss_plugins.SECCAMHead', in_channels=6,
                  num_classes=4, channels=5)
    head = SubCategoryHead(parent, num_sub=2).eval()
    feature = torch.randn(2, 6, 3, 4)
    own = head.parent
    classified = own.fc7(own.fc6(feature).relu())
    maps, sub_maps = head.classify((feature, ))
    torch.testing.assert_close(maps, own.conv_seg(classified))
    torch.testing.assert_close(sub_maps, head.conv_sub(classified))
    torch.testing.assert_close(head.pooled_features((feature, )),
                               classified.mean(dim=(2, 3)))
    assert not own.conv_seg._forward_pre_hooks


@pytest.mark.parametrize('options, message', [
    (dict(num_sub=0), 'num_sub'), (dict(num_sub=2.5), 'num_sub'),
    (dict(parent=dict(type='wsss_plugins.DeepLabV2Head', in_channels=6,
                      num_classes=4)), 'CAMHead')])
def test_head_refuses(options, message):
    with pytest.raises(UserError, match=message):
        SubCategoryHead(**dict(dict(parent=dict(PARENT)), **options))


def test_sample_mistakes_are_named():
    head = labeled_head()
    feature = torch.randn(1, 6, 3, 4)
    with pytest.raises(UserError, match="image 'zebra'.*ClusteringHook"):
        head.loss((feature, ), samples(['zebra'], [[1, 0, 0]]), None)
    nameless = SegDataSample(metainfo=dict(img_path='x.jpg'))
    nameless.set_data(dict(gt_score=torch.tensor([1., 0, 0])))
    with pytest.raises(UserError, match='x.jpg: no sample_name'):
        head.loss((feature, ), [nameless], None)


def test_labels_travel_in_checkpoints():
    head = labeled_head()
    other = SubCategoryHead(dict(PARENT), num_sub=2)
    other.labels.reserve(['x'])
    load_state_dict(other, head.state_dict(), strict=True)
    assert torch.equal(other.labels.table, head.labels.table)
    assert other.labels.rows(['c', 'a']).tolist() == [2, 0]
    assert other.labels.is_about(['a', 'b', 'c'])
    assert not other.labels.is_about(['a', 'c', 'b'])
    other.labels.reserve(['x', 'y'])
    assert other.labels.round == 0 and other.labels.rows(['y']).item() == 1
    with pytest.raises(UserError, match='no sub-category labels'):
        other.labels.rows(['a'])


def test_a_plain_classifier_is_loaded_into_the_parent():
    plain, head = CAMHead(6, 4), SubCategoryHead(dict(PARENT))
    load_state_dict(head, plain.state_dict())
    assert torch.equal(head.parent.conv_seg.weight, plain.conv_seg.weight)


def test_label_mistakes():
    labels = SubLabels(2)
    with pytest.raises(UserError, match='2 images have 1 different'):
        labels.reserve(['a', 'a'])
    labels.reserve(['a'])
    with pytest.raises(ValueError):
        labels.install(torch.zeros(2, 2), torch.zeros(2), 1)
    # Keys do not depend on the process.
    assert image_key('2007_000032') == image_key('2007_000032')
    assert -2**63 <= image_key('ü') < 2**63


def test_bank_averages():
    bank = FeatureBank(3, 2, momentum=.5)
    bank.update(torch.tensor([2, 0, 2]), torch.tensor([[1., 2.], [8., 8.],
                                                       [3., 4.]]))
    assert bank.features.tolist() == [[8., 8.], [0., 0.], [2., 3.]]
    assert bank.seen.tolist() == [True, False, True]
    bank.update(torch.tensor([2]), torch.tensor([[4., 1.]]))
    assert bank.features[2].tolist() == [3., 2.]
    with pytest.raises(UserError, match='bank_momentum'):
        FeatureBank(1, 1, momentum=1.)


def slow_merge(views, flips, size, num_sub):
    """Every map at full size, then class by class, in float64."""
    total = 0.
    for view, flip in zip(views, flips):
        maps = F.interpolate(view[None].double(), size, mode='bilinear')[0]
        total = total + (maps.flip(-1) if flip else maps)
    out = []
    for start in range(0, len(total), num_sub):
        part = total[start:start + num_sub]
        out.append((part / (part.max() + 1e-5)).max(dim=0).values)
    return torch.stack(out)


def test_merged_maps_of_sub_categories():
    views = [torch.rand(6, *s) for s in ((4, 5), (4, 5), (8, 9), (8, 9))]
    flips = [False, True, False, True]
    maps, sub_maps = merge_sub_cams(views, flips, (16, 20), 3)
    torch.testing.assert_close(
        maps.double(), slow_merge(views, flips, (16, 20), 3),
        rtol=1e-5, atol=1e-6)
    assert sub_maps.shape == (2, 3, 16, 20)
    assert torch.equal(maps, sub_maps.amax(dim=1))
    one, _ = merge_sub_cams(views, flips, (16, 20), 1)
    torch.testing.assert_close(one, merge_cams(views, flips, (16, 20)))
    none, _ = merge_sub_cams([v[:0] for v in views], flips, (16, 20), 3)
    assert none.shape == (0, 16, 20)
    for bad in (dict(views=[]), dict(flips=[True]), dict(num_sub=4)):
        options = dict(views=views, flips=flips, num_sub=3)
        with pytest.raises(ValueError):
            merge_sub_cams(out_size=(16, 20), **dict(options, **bad))


def segmentor(kind, num_sub=2):
    cfg = dict(
        type=f'wsss_plugins.{kind}',
        data_preprocessor=dict(type='wsss_plugins.WSSSDataPreProcessor'),
        backbone=dict(type='wsss_plugins.AveragePoolBackbone'),
        decode_head=dict(
            type='wsss_plugins.SubCategoryHead', num_sub=num_sub,
            parent=dict(type='wsss_plugins.CAMHead', in_channels=3,
                        num_classes=4)))
    with DefaultScope.overwrite_default_scope('mmseg'):
        return MODELS.build(cfg).eval()


def test_segmentor_merges_sub_categories():
    """Maps of the tags only, each from the K columns of its class."""
    model = segmentor('SubCategoryCAMSegmentor')
    torch.manual_seed(0)
    with torch.no_grad():
        model.decode_head.conv_sub.weight.normal_()
    image = torch.rand(1, 3, 24, 32)
    sample = SegDataSample(
        metainfo=dict(ori_shape=(24, 32), img_shape=(24, 32)))
    sample.set_data(dict(gt_score=torch.tensor([1., 0., 1.])))
    with torch.no_grad():
        model.predict(image, [sample])
    cells = F.avg_pool2d(image, 8)
    raw = F.conv2d(cells, model.decode_head.conv_sub.weight).relu()[0]
    expected = slow_merge([raw[[0, 1, 4, 5]]], [False], (3, 4), 2)
    assert sample.pred_cam_label.tolist() == [1, 3]
    torch.testing.assert_close(sample.pred_cam.data.double(), expected,
                               rtol=1e-5, atol=1e-6)
    winner = raw.view(3, 2, 3, 4).argmax(dim=1)[[0, 2]]
    assert torch.equal(sample.pred_sub.data, winner)


def test_columns_without_a_cluster_give_no_map():
    model = segmentor('SubCategoryCAMSegmentor')
    head = model.decode_head
    head.labels.install(torch.zeros(0, 3), torch.tensor([2, 1, 0]), 1)
    maps = head.class_maps(torch.ones(1, 9, 2, 2))
    assert maps[0, :, 0, 0].tolist() == [1, 1, 1, 0, 0, 0]


def test_segmentor_wants_sub_categories():
    with DefaultScope.overwrite_default_scope('mmseg'), pytest.raises(
            UserError, match='SubCategoryHead'):
        MODELS.build(dict(
            type='wsss_plugins.SubCategoryCAMSegmentor',
            backbone=dict(type='wsss_plugins.AveragePoolBackbone'),
            decode_head=dict(type='wsss_plugins.CAMHead', in_channels=3,
                             num_classes=4)))


def round_file():
    return SubCategories(
        classes=np.array(['cat', 'dog']), names=np.array(['a', 'b', 'c']),
        table=np.array([[0, -1], [1, 0], [1, -1]]), counts=np.array([2, 1]),
        centers=np.ones((2, 2, 5)), inertia=np.ones(2),
        distance=np.array([[0., np.nan], [3., 0.], [1., np.nan]]),
        plane=np.zeros((3, 2, 2)), round=2,
        agreement=np.array([.5, np.nan]))


def test_file_of_sub_categories(tmp_path):
    path = tmp_path / 'round_2.npz'
    round_file().save(path)
    found = SubCategories.load(path)
    assert found.names.tolist() == ['a', 'b', 'c'] and found.round == 2
    assert found.members(0, 1).tolist() == [2, 1]  # nearest first
    assert found.num_sub == 2 and math.isnan(found.agreement[1])
    assert (found.table == round_file().table).all()
    with pytest.raises(UserError, match='not found'):
        SubCategories.load(tmp_path / 'none.npz')
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(UserError, match='round_2.npz: not a whole file'):
        SubCategories.load(path)


@pytest.mark.parametrize('field, value', [
    ('table', np.zeros((3, 3))), ('table', np.full((3, 2), 2)),
    ('centers', np.zeros((2, 5))), ('plane', np.zeros((3, 2)))])
def test_file_refuses(field, value):
    parts = {**round_file().__dict__, field: value}
    with pytest.raises(ValueError):
        SubCategories(**parts)
