"""Segmentors that walk class maps: PSA's and IRNet's, and their refiners."""
import numpy as np
import pytest
import torch
from mmengine.registry import DefaultScope
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from wsss_plugins.ops.crf.dense_crf import DenseCRF
from wsss_plugins.refiners import RefinerChain
from wsss_plugins.registry import MODELS
from wsss_plugins.structures import ClassMaps, UserError
from wsss_plugins.testing.backbones import GivenBackbone  # noqa: F401

SIZE = (37, 50)
CRF = dict(type='wsss_plugins.FinalCRFRefiner', crf=dict(iterations=3))
GCN = dict(
    type='wsss_plugins.GCNRefiner', num_classes=5, outputs='present',
    gcn=dict(epochs=3, hidden=4), final_crf=False)


def build(kind, **options):
    torch.manual_seed(0)
    small = dict(
        type='ResNet', depth=18, base_channels=8, stem_channels=8,
        strides=(1, 2, 1, 1), dilations=(1, 1, 1, 1), out_indices=(0, 1),
        norm_cfg=dict(type='BN'))
    if kind == 'psa':
        parts = dict(
            type='wsss_plugins.AffinitySegmentor', pad_divisor=8,
            decode_head=dict(
                type='wsss_plugins.AffinityHead', in_channels=[8, 16],
                branch_channels=[8, 8], num_classes=5),
            border='padded')
    else:
        parts = dict(
            type='wsss_plugins.IRSegmentor', min_size=64,
            decode_head=dict(
                type='wsss_plugins.IRHead', in_channels=[8, 16],
                strides=[4, 8], edge_channels=8, dp_channels=[8, 8],
                dp_joint_channels=8, num_classes=5))
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(
            dict(
                parts,
                data_preprocessor=dict(
                    type='wsss_plugins.WSSSDataPreProcessor',
                    mean=[123.675, 116.28, 103.53],
                    std=[58.395, 57.12, 57.375], bgr_to_rgb=True),
                backbone=small, **{'walk': dict(steps=2), **options}))
    return model.eval()


def make_sample(labels=(1, 3), size=SIZE, seed=0, name='a'):
    generator = torch.Generator().manual_seed(seed)
    image = torch.randint(0, 256, (3, *size), generator=generator,
                          dtype=torch.uint8)
    maps = torch.rand((len(labels), 9, 12), generator=generator)
    sample = SegDataSample(
        metainfo=dict(ori_shape=size, img_shape=size, sample_name=name,
                      img_path=f'{name}.jpg'))
    sample.set_data(
        dict(pred_cam=PixelData(data=maps),
             pred_cam_label=torch.tensor(labels, dtype=torch.int64)))
    return image, sample


def predict(model, *samples):
    images, data_samples = zip(*samples)
    with torch.no_grad():
        return model.test_step(
            dict(inputs=list(images), data_samples=list(data_samples)))


@pytest.mark.parametrize('kind', ['psa', 'irn'])
def test_any_size_and_no_class(kind):
    model = build(kind)
    for size in ((37, 50), (64, 64), (530, 70)):
        found, = predict(model, make_sample(size=size))
        mask = found.pred_sem_seg.data
        assert mask.shape == (1, *size)
        assert set(mask.unique().tolist()) <= {0, 1, 3}
    found, = predict(model, make_sample(labels=()))
    assert not found.pred_sem_seg.data.any()


@pytest.mark.parametrize('kind', ['psa', 'irn'])
def test_a_batch_is_its_images(kind):
    # Of one size: images of others are padded, which group norms see.
    model = build(kind)
    together = predict(model, make_sample(), make_sample(seed=1))
    for seed, found in enumerate(together):
        alone, = predict(model, make_sample(seed=seed))
        torch.testing.assert_close(found.pred_cam.data, alone.pred_cam.data,
                                   rtol=1e-4, atol=1e-5)
        assert (found.pred_sem_seg.data == alone.pred_sem_seg.data
                ).float().mean() > .999


@pytest.mark.parametrize('kind', ['psa', 'irn'])
def test_crf_after_the_walk_is_one_line(kind):
    plain, = predict(build(kind), make_sample())
    mask = plain.pred_sem_seg.data
    assert len(mask.unique()) > 1
    refined, = predict(build(kind, refiners=[CRF]), make_sample())
    assert refined.pred_cam.data.shape == (3, *SIZE)
    assert refined.pred_cam_label.tolist() == [0, 1, 3]
    torch.testing.assert_close(refined.pred_cam.data.sum(dim=0),
                               torch.ones(SIZE), rtol=0, atol=1e-4)
    assert (refined.pred_sem_seg.data != mask).any()
    labels = refined.pred_cam_label[refined.pred_cam.data.argmax(dim=0)]
    assert (labels == refined.pred_sem_seg.data[0]).all()


@pytest.mark.parametrize('kind', ['psa', 'irn'])
def test_refiners_see_the_picture(kind):
    seen = []

    class Watch:

        def __call__(self, maps, image):
            seen.append((maps, image))
            return maps

    model = build(kind, refiners=[CRF])
    model.refiners.refiners = [Watch()]
    image, sample = make_sample()
    predict(model, (image, sample))
    (maps, found), = seen
    assert (found == image.flip(0).permute(1, 2, 0).numpy()).all()
    assert maps.labels.tolist() == [0, 1, 3]
    assert maps.maps.shape == (3, *SIZE)


@pytest.mark.parametrize('walk_first', [True, False])
@pytest.mark.parametrize('kind', ['psa', 'irn'])
def test_graph_network_on_the_affinities(kind, walk_first):
    graph = dict(radius=5, steps=16)
    model = build(
        kind, walk_first=walk_first,
        refiners=[dict(GCN, graph=graph), CRF])
    one, two = predict(model, make_sample(), make_sample(seed=1, name='b'))
    assert one.pred_cam_label.tolist() == [0, 1, 3]
    assert one.pred_cam.data.shape == (3, *SIZE)
    again, = predict(model, make_sample(seed=1, name='b'))
    torch.testing.assert_close(again.pred_cam.data, two.pred_cam.data,
                               rtol=1e-3, atol=1e-3)
    empty, = predict(model, make_sample(labels=()))
    assert not empty.pred_sem_seg.data.any()


def test_node_features_sum_to_the_boundary():
    model = build('irn')
    features = model.extract_feat(torch.rand(2, 3, 64, 64))
    nodes = model.decode_head.node_features(features)
    bias = model.decode_head.edge.fuse.bias
    edge = model.decode_head(features).edge
    torch.testing.assert_close(
        nodes.sum(dim=1, keepdim=True) + bias, edge, rtol=1e-4, atol=1e-5)


def test_nothing_to_do():
    with pytest.raises(UserError, match='walk_first=False'):
        build('psa', walk_first=False)


@pytest.mark.parametrize('kind', ['psa', 'irn'])
def test_inputs_without_class_maps(kind):
    image, sample = make_sample()
    del sample.pred_cam
    with pytest.raises(UserError, match='a.jpg: no class maps'):
        predict(build(kind), (image, sample))
    with pytest.raises(UserError, match='a background already'):
        predict(build(kind), make_sample(labels=(0, 3)))


def scores(labels=(0, 2), seed=0, size=(20, 24)):
    maps = np.random.default_rng(seed).random((len(labels), *size))
    return ClassMaps(np.array(labels), maps.astype(np.float32), size)


def crf_refiner(**options):
    chain = RefinerChain([dict(CRF, **options)])
    return chain.refiners[0]


def test_final_crf_starts_from_scores_or_labels():
    image = np.random.default_rng(1).integers(0, 256, (20, 24, 3), np.uint8)
    maps, crf = scores(), DenseCRF(iterations=3)
    found = crf_refiner()(maps, image)
    start = maps.maps / maps.maps.sum(axis=0)
    np.testing.assert_allclose(found.maps, crf(image, start), atol=1e-5)
    found = crf_refiner(unary='labels', certainty=.8)(maps, image)
    own = maps.maps.argmax(axis=0) == np.arange(2)[:, None, None]
    start = np.where(own, .8, .2).astype(np.float32)
    np.testing.assert_allclose(found.maps, crf(image, start), atol=1e-5)


def test_final_crf_needs_a_background():
    image = np.zeros((20, 24, 3), np.uint8)
    with pytest.raises(ValueError, match='set threshold'):
        crf_refiner()(scores((1, 2)), image)
    found = crf_refiner(threshold=.25)(scores((1, 2)), image)
    assert found.labels.tolist() == [0, 1, 2]
    empty = ClassMaps(np.zeros(0, int), np.zeros((0, 2, 3)), (20, 24))
    assert crf_refiner()(empty, image).labels.tolist() == [0]
    only = crf_refiner()(scores((0, )), image)
    assert (only.maps == 1).all()
    with pytest.raises(ValueError, match="unary='mask'"):
        crf_refiner(unary='mask')
