"""Segmentors that propagate CAMs, PSA's and IRNet's, with refiners."""
import numpy as np
import pytest
import torch
from mmengine.registry import DefaultScope
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from wsss_plugins.ops.crf.dense_crf import DenseCRF
from wsss_plugins.refiners import Refiner, RefinerSample
from wsss_plugins.registry import MODELS, REFINERS
from wsss_plugins.structures import ClassMaps, UserError
from wsss_plugins.testing.backbones import GivenBackbone  # noqa: F401

pytestmark = pytest.mark.family

SIZE = (37, 50)
CRF = dict(type='wsss_plugins.FinalCRFRefiner', crf=dict(iterations=3))
PREPROCESSOR = dict(
    type='wsss_plugins.WSSSDataPreProcessor', mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375], bgr_to_rgb=True)
GCN = dict(
    type='wsss_plugins.GCNRefiner', num_classes=5, outputs='present',
    gcn=dict(epochs=3, hidden=4), final_crf=False)


RECORDING = dict(type='wsss_plugins.RecordingRefiner')
RECORD = []


@REFINERS.register_module()
class RecordingRefiner(Refiner):
    """Keeps its samples and returns their CAMs."""

    def __init__(self, needs=('image', 'features', 'affinity')):
        for name in needs:
            setattr(self, f'needs_{name}', True)

    def refine(self, samples):
        RECORD.extend(samples)
        return [sample.maps for sample in samples]


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
                backbone=small,
                **{'walk': dict(steps=2), 'data_preprocessor': PREPROCESSOR,
                   **options}))
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
    # Gradients are off in the segmentors themselves.
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


@pytest.mark.parametrize('options', [{}, dict(refiners=[GCN])])
@pytest.mark.parametrize('kind', ['psa', 'irn'])
def test_masks_have_the_size_of_the_original_image(kind, options):
    image, sample = make_sample()
    large = 2 * SIZE[0] + 1, 2 * SIZE[1]
    sample.set_metainfo(dict(ori_shape=large))
    model = build(kind, **options)
    found, = predict(model, (image, sample))
    plain, = predict(model, make_sample())
    mask = found.pred_sem_seg.data
    assert mask.shape == (1, *large)
    rows = torch.arange(SIZE[0]) * large[0] // SIZE[0]
    kept = mask[:, rows + 1, 1::2]
    if not options:  # those of a GCN are made of its scaled scores
        assert (kept == plain.pred_sem_seg.data).all()
    torch.testing.assert_close(found.pred_cam.data, plain.pred_cam.data)


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
def test_refiners_get_what_they_declare(kind):
    image, sample = make_sample()
    RECORD.clear()
    predict(build(kind, refiners=[RECORDING]), (image, sample))
    seen, = RECORD
    assert (seen.image == image.flip(0).permute(1, 2, 0).numpy()).all()
    assert seen.maps.labels.tolist() == [0, 1, 3]
    assert seen.maps.maps.shape == (3, *SIZE)
    assert seen.name == 'a'
    assert seen.grid == tuple(-(-side // 4) for side in SIZE)
    assert seen.affinity.shape[0] == 34
    RECORD.clear()
    predict(build(kind, refiners=[dict(RECORDING, needs=[])]), make_sample())
    assert RECORD[0].image is None


def test_edges_are_where_there_are_boundaries():
    edges = dict(RECORDING, needs=['edge'])
    RECORD.clear()
    found, = predict(build('irn', refiners=[edges]), make_sample())
    assert (RECORD[0].edge == found.pred_edge.data).all()
    assert RECORD[0].features is None and RECORD[0].affinity is None
    with pytest.raises(UserError, match='AffinitySegmentor: RecordingRefiner '
                       'needs edge, which AffinitySegmentor does not have'):
        build('psa', refiners=[edges])


def test_the_image_needs_a_preprocessor_that_restores_it():
    stock = dict(type='mmseg.SegDataPreProcessor')
    with pytest.raises(UserError, match='WSSSDataPreProcessor'):
        build('psa', refiners=[CRF], data_preprocessor=stock)
    build('psa', refiners=[dict(RECORDING, needs=['affinity'])],
          data_preprocessor=stock)


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
    with pytest.raises(UserError, match='a.jpg: no CAMs'):
        predict(build(kind), (image, sample))
    with pytest.raises(UserError, match='a background already'):
        predict(build(kind), make_sample(labels=(0, 3)))


def scores(labels=(0, 2), seed=0, size=(20, 24)):
    maps = np.random.default_rng(seed).random((len(labels), *size))
    return ClassMaps(np.array(labels), maps.astype(np.float32), size)


def crf_refined(maps, image, **options):
    refiner = REFINERS.build(dict(CRF, **options))
    return refiner.refine([RefinerSample(maps, image)])[0]


def test_final_crf_starts_from_scores_or_labels():
    image = np.random.default_rng(1).integers(0, 256, (20, 24, 3), np.uint8)
    maps, crf = scores(), DenseCRF(iterations=3)
    found = crf_refined(maps, image)
    start = maps.maps / maps.maps.sum(axis=0)
    np.testing.assert_allclose(found.maps, crf(image, start), atol=1e-5)
    found = crf_refined(maps, image, unary='labels', certainty=.8)
    own = maps.maps.argmax(axis=0) == np.arange(2)[:, None, None]
    start = np.where(own, .8, .2).astype(np.float32)
    np.testing.assert_allclose(found.maps, crf(image, start), atol=1e-5)


def test_final_crf_needs_a_background():
    image = np.zeros((20, 24, 3), np.uint8)
    with pytest.raises(UserError, match='set threshold'):
        crf_refined(scores((1, 2)), image)
    found = crf_refined(scores((1, 2)), image, threshold=.25)
    assert found.labels.tolist() == [0, 1, 2]
    empty = ClassMaps(np.zeros(0, int), np.zeros((0, 2, 3)), (20, 24))
    assert crf_refined(empty, image).labels.tolist() == [0]
    only = crf_refined(scores((0, )), image)
    assert (only.maps == 1).all()
    with pytest.raises(UserError, match="unary='mask'"):
        REFINERS.build(dict(CRF, unary='mask'))
