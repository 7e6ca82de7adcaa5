"""Every part with the background at any index of the classes.

The oracle is the same part with the background in front: what differs is the
numbering alone.
"""
import json

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from wsss_plugins.apis.background import set_background
from wsss_plugins.datasets.transforms import (
    LoadAffinityScores,
    MakeAffinityLabel,
    MakeCues,
    MakeIRLabel,
    MakePseudoMask,
    RefineClassMaps,
)
from wsss_plugins.evaluation import (
    CAMSweepMetric,
    CueMetric,
    InstanceWriter,
    PseudoMaskMetric,
)
from wsss_plugins.models import ExpandLoss, SeedLoss
from wsss_plugins.ops.walk.pairs import pair_labels
from wsss_plugins.registry import MODELS
from wsss_plugins.structures import ClassMaps, UserError

FRONT = ('background', 'cat', 'dog', 'cow')
PLACES = [1, 3]
SIZE = (24, 32)
GCN = dict(
    type='wsss_plugins.GCNRefiner', num_classes=4, outputs='present',
    gcn=dict(epochs=3, hidden=4), final_crf=False)


def names_with(place):
    """The classes with the background at an index."""
    names = list(FRONT[1:])
    names.insert(place, FRONT[0])
    return tuple(names)


def numbers_with(place):
    """New index of each class of FRONT, int (256,); 255 stays."""
    table = np.arange(256)
    table[:4] = [names_with(place).index(name) for name in FRONT]
    return table


def class_maps(place=0, seed=0):
    """CAMs of dog and cow."""
    rng = np.random.default_rng(seed)
    maps = .3 * rng.random((2, 6, 8)).astype(np.float32)
    maps[0, :3, :4] += .7
    maps[1, 3:, 4:] += .7
    maps /= maps.max(axis=(1, 2), keepdims=True)
    return ClassMaps(numbers_with(place)[[2, 3]], maps, SIZE)


def results(place=0, **more):
    image = np.random.default_rng(1).integers(0, 256, (*SIZE, 3), np.uint8)
    return dict(class_maps=class_maps(place), img=image, img_path='a.jpg',
                num_foreground=3, background=place, **more)


def refine(kind, **options):
    return lambda place: RefineClassMaps(
        dict(type=f'wsss_plugins.{kind}', background=place, **options))


TRANSFORMS = dict(
    mask=lambda place: MakePseudoMask(.5, background=place),
    affinity=lambda place: MakeAffinityLabel(background=place),
    ir=lambda place: MakeIRLabel(background=place))
REFINERS = dict(
    dense=refine('DenseCRFRefiner', alpha=2.),
    final=refine('FinalCRFRefiner', threshold=.4),
    chain=lambda place: RefineClassMaps(
        dict(type='wsss_plugins.RefinerChain', background=place,
             refiners=[dict(type='wsss_plugins.DenseCRFRefiner', alpha=2.,
                            background=place)])))


@pytest.mark.parametrize('place', PLACES)
@pytest.mark.parametrize('make', TRANSFORMS.values(), ids=TRANSFORMS)
def test_masks_and_affinity_labels(make, place):
    front = make(0)(results())['pred_mask']
    found = make(place)(results(place))['pred_mask']
    assert len(np.unique(front)) > 1
    np.testing.assert_array_equal(found, numbers_with(place)[front])


@pytest.mark.parametrize('place', PLACES)
@pytest.mark.parametrize('make', REFINERS.values(), ids=REFINERS)
def test_refiners(make, place):
    front = make(0)(results())['class_maps']
    found = make(place)(results(place))['class_maps']
    assert found.labels.tolist() == numbers_with(place)[front.labels].tolist()
    np.testing.assert_array_equal(found.maps, front.maps)


@pytest.mark.parametrize('place', PLACES)
def test_cues(place):
    options = dict(bg_source='cam', bg_threshold=.3, resolve=False)
    front = MakeCues(**options)(results())['pred_cues']
    found = MakeCues(**options, background=place)(results(place))['pred_cues']
    assert front[0].any()
    np.testing.assert_array_equal(found[numbers_with(place)[:4]], front)


HEADS = dict(
    CAMHead={}, EPSHead={}, SECCAMHead=dict(channels=4),
    FCClassifierHead=dict(in_size=(3, 3), channels=4))


@pytest.mark.parametrize('place', PLACES)
@pytest.mark.parametrize('kind', HEADS)
def test_scores_of_heads(kind, place):
    def scores(background):
        torch.manual_seed(0)
        with DefaultScope.overwrite_default_scope('mmseg'):
            head = MODELS.build(
                dict(type=f'wsss_plugins.{kind}', in_channels=4,
                     num_classes=4, background=background, **HEADS[kind]))
        maps = torch.randn(1, head.conv_seg.out_channels, 3, 3)
        return head.dataset_scores(maps)[0]

    order = numbers_with(place)[:4]
    torch.testing.assert_close(scores(place)[order], scores(0))


@pytest.mark.parametrize('place', PLACES)
def test_losses(place):
    torch.manual_seed(0)
    order = np.argsort(numbers_with(place)[:4])
    probs = torch.randn(2, 4, 5, 5).softmax(dim=1) * .99 + .001
    cues = (torch.rand(2, 4, 5, 5) < .3).float()
    labels = torch.tensor([[1, 0, 1], [0, 1, 0]])
    torch.testing.assert_close(
        SeedLoss(True, background=place)(probs[:, order], cues[:, order]),
        SeedLoss(True)(probs, cues))
    torch.testing.assert_close(
        ExpandLoss(background=place)(probs[:, order], labels),
        ExpandLoss()(probs, labels))


@pytest.mark.parametrize('place', PLACES)
def test_pairs(place):
    label = torch.randint(0, 4, (1, 9, 9),
                          generator=torch.Generator().manual_seed(0))
    other = torch.from_numpy(numbers_with(place))[label]
    front = pair_labels(label, 3, num_classes=4)
    found = pair_labels(other, 3, background=place, num_classes=4)
    for one, two in zip(front, found):
        assert torch.equal(one, two)


def walk_sample(place):
    maps = class_maps(place)
    sample = SegDataSample(
        metainfo=dict(ori_shape=SIZE, img_shape=SIZE, sample_name='a',
                      img_path='a.jpg', background=place))
    sample.set_data(
        dict(pred_cam=PixelData(data=torch.from_numpy(maps.maps)),
             pred_cam_label=torch.from_numpy(maps.labels)))
    image = torch.randint(0, 256, (3, *SIZE), dtype=torch.uint8,
                          generator=torch.Generator().manual_seed(0))
    return dict(inputs=[image], data_samples=[sample])


def walk_segmentor(kind, place, refiners=()):
    torch.manual_seed(0)
    heads = dict(
        AffinitySegmentor=dict(
            type='wsss_plugins.AffinityHead', in_channels=[4],
            branch_channels=[4]),
        IRSegmentor=dict(
            type='wsss_plugins.IRHead', in_channels=[4], strides=[4],
            edge_channels=4, dp_channels=[4], dp_joint_channels=4))
    head = dict(heads[kind], num_classes=4, background=place)
    border = {} if kind == 'IRSegmentor' else dict(border='padded')
    cfg = dict(
        type=f'wsss_plugins.{kind}', background=place,
        walk=dict(steps=1, beta=300.),
        **border,
        backbone=dict(
            type='ResNet', depth=18, base_channels=4, stem_channels=4,
            num_stages=1, strides=(1, ), dilations=(1, ), out_indices=(0, ),
            norm_cfg=dict(type='BN')),
        data_preprocessor=dict(
            type='wsss_plugins.WSSSDataPreProcessor', mean=[120.] * 3,
            std=[60.] * 3),
        decode_head=head, refiners=refiners)
    with DefaultScope.overwrite_default_scope('mmseg'):
        return MODELS.build(cfg).eval()


@pytest.mark.parametrize('kind', ['AffinitySegmentor', 'IRSegmentor'])
@pytest.mark.parametrize('with_gcn', [False, True])
def test_walk_segmentors(kind, with_gcn):
    def mask(place):
        refiners = [dict(GCN, background=place)] if with_gcn else ()
        model = walk_segmentor(kind, place, refiners)
        with torch.no_grad():
            found, = model.test_step(walk_sample(place))
        return found.pred_sem_seg.data.numpy()

    front = mask(0)
    assert front.any()
    for place in PLACES:
        np.testing.assert_array_equal(mask(place), numbers_with(place)[front])


def metric_samples(place):
    rng = np.random.default_rng(2)
    table = torch.from_numpy(numbers_with(place))
    maps = class_maps(place)
    cues = rng.random((4, 6, 8)) < .4
    moved = np.zeros_like(cues)
    moved[table[:4]] = cues
    mask, gt = (table[torch.from_numpy(rng.integers(0, 4, SIZE))][None]
                for _ in range(2))
    return [dict(
        img_path='a.jpg', ori_shape=SIZE, gt_sem_seg=dict(data=gt),
        pred_sem_seg=dict(data=mask),
        pred_cues=dict(data=torch.from_numpy(moved.astype(np.uint8))),
        pred_cam=dict(data=torch.from_numpy(maps.maps)),
        pred_cam_label=torch.from_numpy(maps.labels))]


METRICS = dict(cue=lambda place: CueMetric(background=place),
               sweep=lambda place: CAMSweepMetric(num=5),
               mask=lambda place: PseudoMaskMetric())


@pytest.mark.parametrize('make', METRICS.values(), ids=METRICS)
def test_metrics(make):
    def scores(place):
        metric = make(place)
        metric.dataset_meta = dict(classes=names_with(place))
        metric.process({}, metric_samples(place))
        return metric.evaluate(1)

    front = scores(0)
    for place in PLACES:
        assert scores(place) == pytest.approx(front)


def test_categories_of_instances(tmp_path):
    writer = InstanceWriter(tmp_path / 'files', tmp_path / 'a.json',
                            background=1)
    writer.dataset_meta = dict(classes=names_with(1))
    assert writer._categories() == [
        dict(id=0, name='cat'), dict(id=2, name='dog'),
        dict(id=3, name='cow')]


# --- a mismatch is an error, whoever runs the model
def test_transforms_refuse_another_background():
    paths = dict(low_path='a.npz', high_path='a.npz', ori_shape=SIZE)
    for make in (*TRANSFORMS.values(), *REFINERS.values(),
                 lambda place: MakeCues(background=place),
                 lambda place: LoadAffinityScores(background=place)):
        with pytest.raises(UserError, match='background=0, but .* index 3'):
            make(0)(results(3, **paths))


def test_metrics_refuse_another_background(tmp_path):
    for metric in (CueMetric(), InstanceWriter(tmp_path / 'files')):
        metric.dataset_meta = dict(classes=names_with(3))
        with pytest.raises(UserError, match='background=0, but .* index 3'):
            if isinstance(metric, CueMetric):
                metric.process({}, metric_samples(3))
            else:
                metric._categories()


@pytest.mark.parametrize('kind', ['AffinitySegmentor', 'IRSegmentor'])
def test_walk_segmentors_refuse_another_background(kind):
    model = walk_segmentor(kind, 0)
    with torch.no_grad(), pytest.raises(
            UserError, match='background=0, but .* index 3'):
        model.test_step(walk_sample(3))
    with pytest.raises(UserError, match='GCNRefiner: background=0'):
        walk_segmentor(kind, 1, [GCN])


@pytest.mark.parametrize('head', [
    dict(type='wsss_plugins.CAMHead', in_channels=4),
    dict(type='wsss_plugins.SECHead', in_channels=4, channels=4),
    dict(type='wsss_plugins.AffinityHead', in_channels=[4],
         branch_channels=[4])
], ids=lambda head: head['type'])
def test_heads_refuse_another_background_in_training(head):
    with DefaultScope.overwrite_default_scope('mmseg'):
        head = MODELS.build(dict(head, num_classes=4))
    sample = SegDataSample(metainfo=dict(background=3, img_path='a.jpg'))
    sample.set_data(dict(gt_score=torch.ones(3)))
    with pytest.raises(UserError, match='background=0, but .* index 3'):
        head.loss((torch.zeros(1, 4, 5, 5), ), [sample], None)


def test_losses_of_a_head_are_about_its_background():
    head = dict(type='wsss_plugins.SECHead', in_channels=4, channels=4,
                num_classes=4, background=3)
    with DefaultScope.overwrite_default_scope('mmseg'):
        built = MODELS.build(head)
        assert built.loss_seed.background == 3
        assert built.loss_expand.background == 3
        with pytest.raises(UserError, match='ExpandLoss: background=1'):
            MODELS.build(dict(head, loss_expand=dict(
                type='wsss_plugins.ExpandLoss', background=1)))


# --- configs
def config(classes, **more):
    dataset = dict(type='wsss_plugins.ImageLevelDataset',
                   metainfo=dict(classes=classes),
                   pipeline=[dict(type='wsss_plugins.MakePseudoMask')])
    return Config(dict(
        train_dataloader=dict(dataset=dict(
            type='RepeatDataset', times=2, dataset=dataset)),
        model=dict(
            type='wsss_plugins.CAMSegmentor',
            decode_head=dict(
                type='wsss_plugins.SubCategoryHead',
                parent=dict(type='wsss_plugins.EPSHead', num_classes=4))),
        val_evaluator=[dict(type='IoUMetric')], **more))


def test_a_config_takes_it_from_the_classes():
    cfg = config(names_with(3), test_evaluator=dict(
        type='wsss_plugins.CueMetric'))
    cfg.test_dataloader = cfg.train_dataloader
    set_background(cfg, ('train', 'test'))
    step, = cfg.train_dataloader.dataset.dataset.pipeline
    head = cfg.model.decode_head
    assert step.background == head.parent.background == 3
    assert cfg.test_evaluator.background == 3
    assert 'background' not in cfg.model and 'background' not in head


def test_a_config_with_the_background_in_front_stays_as_it_is():
    cfg = config(FRONT)
    before = json.dumps(cfg.to_dict(), sort_keys=True)
    set_background(cfg, ('train', 'val'))
    assert json.dumps(cfg.to_dict(), sort_keys=True) == before


def test_a_config_with_another_background_is_refused():
    cfg = config(names_with(3))
    cfg.model.decode_head.parent.background = 1
    with pytest.raises(UserError, match='EPSHead: background=1.*index 3'):
        set_background(cfg, ('train', ))
    cfg = config(names_with(3))
    cfg.val_dataloader = config(FRONT).train_dataloader
    with pytest.raises(UserError, match='val_dataloader.*index 0'):
        set_background(cfg, ('train', 'val'))


def test_classes_without_a_background():
    cfg = config(FRONT[1:])
    with pytest.raises(UserError, match="none of its classes.*'background'"):
        set_background(cfg, ('train', ))
    # Models of mmseg do not ask for one.
    cfg.model = dict(type='EncoderDecoder')
    cfg.train_dataloader.dataset.dataset.pipeline = []
    set_background(cfg, ('train', ))


def test_a_component_may_hand_the_argument_on():
    names = 'AffinitySegmentor', 'EPSHead', 'SECHead', 'SECStockHead'
    cfg = config(names_with(2))
    cfg.model = [dict(type=f'wsss_plugins.{name}') for name in names]
    set_background(cfg, ('train', ))
    assert [one.background for one in cfg.model] == [2] * 4
