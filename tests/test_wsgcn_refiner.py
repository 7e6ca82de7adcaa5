"""The graph refiner: training against a plain one, batches, edge cases."""
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config

from wsss_plugins.ops.graph.counter_noise import seed_of, uniform_noise
from wsss_plugins.ops.graph.graphs import MatrixGraph, RandomWalk, walk_graph
from wsss_plugins.ops.graph.laplacian import pair_weights
from wsss_plugins.ops.graph.large import WalkingGraph
from wsss_plugins.ops.walk.affinity import edge_affinity
from wsss_plugins.refiners import GCNRefiner, RefinerSample
from wsss_plugins.refiners.gcn import GCNLoss
from wsss_plugins.refiners.gcn.batch import LaplacianOptions, like_size_batches
from wsss_plugins.refiners.gcn.graphs import GraphMaker
from wsss_plugins.refiners.gcn.network import GCNOptions, initial_weights
from wsss_plugins.registry import REFINERS
from wsss_plugins.structures import ClassMaps, UserError

FAST = dict(epochs=30)


def sample(name='a', size=(40, 52), stride=4, labels=(2, ), center=(18, 24),
           features=6):
    """Discs of colors, maps that are strong inside, edges around them."""
    grid = tuple(-(-s // stride) for s in size)
    image = np.full((*size, 3), (30, 160, 40), np.uint8)
    maps, whole = [], np.zeros(size, np.float32)
    for number, _ in enumerate(labels):
        y, x = np.mgrid[:size[0], :size[1]]
        apart = (y - center[0])**2 + (x - center[1] + 26 * number)**2
        image[apart < 120] = (220, 30 + 120 * number, 30)
        whole[apart < 120] = number + 1
        maps.append(np.exp(-apart / 60.)[::stride, ::stride])
    grown = F.max_pool2d(torch.from_numpy(whole)[None], 3, 1, 1)[0]
    edge = F.adaptive_max_pool2d((grown != torch.from_numpy(whole))[None]
                                 .float(), grid)
    generator = torch.Generator().manual_seed(0)
    small = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255
    small = F.adaptive_avg_pool2d(small, grid)[0]
    mixed = torch.randn((features, 3), generator=generator)
    values = torch.einsum('dk,khw->dhw', mixed, small - .4)
    maps = np.array(maps, np.float32).reshape(len(labels), *grid)
    return RefinerSample(
        ClassMaps(np.array(labels, int), maps, size), image, features=values,
        affinity=edge_affinity(edge * .9)[0], name=name)


def plain_training(one, refiner, epochs, hidden=16, rate=.3, classes=4):
    """A network of one image in float64 with dense matrices, as published."""
    graph, = walk_graph(one.affinity.double(), one.grid, RandomWalk()).dense()
    values = one.features.double().flatten(1).t()
    labels = refiner._node_labels(one)
    from wsss_plugins.refiners.gcn.partial_labeler import shrink_image
    lap = LaplacianOptions()(shrink_image(one.image, one.grid),
                             torch.device('cpu')).to_dense().double()
    seed = seed_of(one.name, 42)
    start = initial_weights(len(one.features), hidden, [classes], [seed])
    weights = [w[0].double().requires_grad_() for w in start.tensors()]
    optimizer = torch.optim.Adam(weights, lr=.01, weight_decay=5e-4)

    def forward(mask):
        hid = torch.relu(graph @ (values @ weights[0]) + weights[1])
        hid = hid if mask is None else hid * mask
        return (graph @ (hid @ weights[2]) + weights[3]).log_softmax(dim=1)

    for epoch in range(epochs):
        noise = uniform_noise(torch.tensor([seed]), epoch,
                              one.features[0].numel() * hidden)
        mask = (noise >= rate).double().view(-1, hidden) / (1 - rate)
        z = forward(mask)
        unknown = z[labels == 255]
        loss = (F.nll_loss(z, labels.where(labels > 0, 255),
                           ignore_index=255) +
                F.nll_loss(z, labels.where(labels == 0, 255),
                           ignore_index=255) -
                10 * (unknown.exp() * unknown).mean() +
                .01 * torch.trace(z.t() @ lap @ z) / len(z))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return forward(None).detach()


@pytest.fixture(scope='module')
def refiner():
    return GCNRefiner(4, gcn=FAST)


@pytest.fixture(scope='module')
def batching():
    """As on a GPU: images of like size train together."""
    return GCNRefiner(4, gcn=FAST, batch_images=8)


def test_training_is_that_of_the_paper(refiner):
    one = sample(labels=(2, 3))
    golden = plain_training(one, refiner, 30)
    found = refiner.log_probs([one])[0].flatten(1).t()
    torch.testing.assert_close(found.double(), golden, atol=2e-4, rtol=1e-4)
    assert (golden.exp().max(dim=1).values > .5).float().mean() > .5


def several():
    return [sample('a'), sample('b', (36, 60), labels=(1, 3)),
            sample('c', (52, 40), center=(20, 16)),
            sample('d', (16, 12), center=(8, 6))]


def test_a_batch_is_as_its_images_alone(refiner, batching):
    together = batching.refine(several())
    for one, batched in zip(several(), together):
        alone, = refiner.refine([one])
        assert alone.labels.tolist() == batched.labels.tolist()
        np.testing.assert_allclose(alone.maps, batched.maps, atol=1e-4)
    mixed = batching.refine(several()[::-1])[::-1]
    for one, other in zip(together, mixed):
        np.testing.assert_allclose(one.maps, other.maps, atol=1e-4)


def test_on_a_cpu_an_image_knows_nothing_of_others(refiner):
    """The very bits: what ranks, kills and lists need."""
    together = refiner.refine(several())
    mixed = refiner.refine(several()[::-1])[::-1]
    for one, first, second in zip(several(), together, mixed):
        alone = refiner.refine([one])[0]
        for other in (first, second):
            np.testing.assert_array_equal(alone.maps, other.maps)


def test_networks_of_present_classes_only_batch_too():
    refiner = GCNRefiner(9, background=8, gcn=FAST, outputs='present',
                         batch_images=2)
    both = [sample('a', labels=(2, )), sample('b', labels=(1, 3))]
    for one, batched in zip(both, refiner.log_probs(both)):
        alone = refiner.log_probs([one])[0]
        assert len(batched) == len(one.maps.labels) + 1
        torch.testing.assert_close(batched, alone, atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(batched.exp().sum(dim=0),
                                   torch.ones(one.grid))
    assert refiner.refine(both)[1].labels.tolist() == [8, 1, 3]


def test_names_and_seeds_decide(refiner):
    one, twin = sample('a'), sample('b')
    first, again, other = (refiner.log_probs([s])[0]
                           for s in (one, sample('a'), twin))
    torch.testing.assert_close(first, again, rtol=0, atol=0)
    assert (first - other).abs().max() > 1e-3
    torch.manual_seed(7)
    torch.testing.assert_close(refiner.log_probs([one])[0], first, rtol=0,
                               atol=0)
    fixed = GCNRefiner(4, gcn=FAST, seed_by_name=False)
    torch.testing.assert_close(*(fixed.log_probs([s])[0]
                                 for s in (one, twin)), rtol=0, atol=0)


@pytest.mark.parametrize('background', [0, 3])
def test_finds_the_disc(background):
    refiner = GCNRefiner(4, background, gcn=dict(epochs=120))
    one = sample(labels=(2, ))
    out, = refiner.refine([one])
    assert out.labels.tolist() == [background, 2]
    assert out.maps.shape == (2, 40, 52) and out.size == (40, 52)
    y, x = np.mgrid[:40, :52]
    disc = (y - 18)**2 + (x - 24)**2 < 120
    found = out.maps.argmax(axis=0) == 1
    assert (found & disc).sum() / (found | disc).sum() > .85


def test_no_class_is_all_background(refiner):
    empty, full = sample('a', labels=()), sample('b')
    for out in (refiner.refine([empty])[0],
                refiner.refine([full, empty])[1]):
        assert out.labels.tolist() == [0]
        assert out.maps.shape == (1, 40, 52) and (out.maps == 1).all()
    assert refiner.refine([]) == []


@pytest.mark.parametrize('level', [0., 1.])
def test_maps_without_foreground_or_background(refiner, level):
    """No sure cell of a class, or nothing but that class."""
    one = sample()
    flat = ClassMaps(one.maps.labels, np.full_like(one.maps.maps, level),
                     one.maps.size)
    out, = refiner.refine([replace(one, maps=flat)])
    assert np.isfinite(out.maps).all()
    if level == 0:
        assert (out.maps.argmax(axis=0) == 0).all()


def test_released_behavior_for_an_empty_set():
    loss = dict(type='wsss_plugins.GCNLoss', empty='nan')
    refiner = GCNRefiner(4, gcn=FAST, loss=loss, batch_images=2)
    bad, good = sample('a'), sample('b')
    flat = ClassMaps(bad.maps.labels, np.zeros_like(bad.maps.maps),
                     bad.maps.size)
    bad = replace(bad, maps=flat)
    nothing, whole = refiner.refine([bad, good])
    assert (nothing.maps[0] == 1).all() and not nothing.maps[1].any()
    alone = refiner.refine([good])[0]
    np.testing.assert_allclose(whole.maps, alone.maps, atol=1e-4)


def test_one_cell_and_one_row(refiner):
    for size in ((3, 4), (4, 40)):
        one = sample('a', size, center=(1, 2))
        out, = refiner.refine([one])
        assert out.maps.shape == (2, *size)


def test_all_classes():
    refiner = GCNRefiner(3, gcn=FAST, classes='all', final_crf=False)
    out = refiner.refine([sample(labels=(2, ))])[0]
    assert out.labels.tolist() == [0, 1, 2]
    corners = out.maps[:, [0, 0, -1, -1], [0, -1, 0, -1]]
    np.testing.assert_allclose(corners.sum(axis=0), 1, rtol=1e-5)


def test_upsampling_and_crf_are_options():
    one = sample()
    plain, edges, sharp = (
        GCNRefiner(4, gcn=FAST, **options).refine([one])[0].maps
        for options in (dict(final_crf=False),
                        dict(final_crf=False, align_corners=False),
                        dict(softmax_again=False)))
    log_probs = GCNRefiner(4, gcn=FAST).log_probs([one])[0]
    for maps, align in ((plain, True), (edges, False)):
        golden = F.interpolate(log_probs[None, [0, 2]], (40, 52),
                               mode='bilinear', align_corners=align)
        np.testing.assert_allclose(maps, golden[0].exp(), rtol=1e-5)
    assert np.abs(plain - edges).max() > 1e-3
    assert np.abs(sharp - plain).max() > 1e-3


@pytest.mark.parametrize('graph, least', [
    (dict(precision='bfloat16'), .98),
    (dict(dense_nodes=1, storage='walk'), .93),
    (dict(dense_nodes=1, storage='truncated', keep=130), .999),
    (dict(dense_nodes=1, storage='truncated', keep=40), .93),
    (dict(dense_nodes=1, storage='dense', method='walk'), .999),
    (dict(normalize='sym', symmetrize='mean'), .9)])
def test_other_graphs_are_alike(refiner, graph, least):
    one = sample(labels=(2, 3))
    exact = refiner.log_probs([one])[0].argmax(dim=0)
    other = GCNRefiner(4, gcn=FAST, graph=graph).log_probs([one])[0]
    assert (exact == other.argmax(dim=0)).float().mean() >= least


def test_storage_goes_by_size():
    maker = GraphMaker(dense_nodes=100, storage='walk')
    small, large = sample(size=(36, 40)), sample()
    assert isinstance(maker(small.affinity, small.grid), MatrixGraph)
    assert isinstance(maker(large.affinity, large.grid), WalkingGraph)
    assert maker.bytes_of(100) == 40000
    assert maker.bytes_of(10**6) < 10**9
    half = GraphMaker(precision='bfloat16')
    assert half.bytes_of(100) == 20000


def test_given_matrix():
    one = sample()
    rows = torch.cat([r for _, r in RandomWalk().rows(one.affinity, one.grid)])
    maker = GraphMaker()
    golden = maker(one.affinity, one.grid).dense()
    for matrix in (rows, rows.to_sparse()):
        torch.testing.assert_close(
            maker(matrix, one.grid).dense(), golden, atol=1e-5, rtol=1e-3)
    with pytest.raises(ValueError, match='129 nodes for a map of 130'):
        maker(rows[:129, :129], one.grid)
    with pytest.raises(ValueError, match='neither'):
        maker(one.affinity[None], one.grid)


def test_batches_are_of_like_size_and_bounded():
    nodes = [10, 100, 60, 90, 100, 30, 31]
    batches = like_size_batches(nodes, 300, lambda n: n)
    assert batches == [[1, 4, 3], [2, 6, 5], [0]]
    assert like_size_batches(nodes, 300, lambda n: n, most=2) == [
        [1, 4], [3, 2], [6, 5], [0]]
    assert like_size_batches([5000], 10, lambda n: n) == [[0]]
    assert like_size_batches([], 10, lambda n: n) == []


def test_initial_weights_are_those_of_the_release(shared):
    """torch.manual_seed(42), then both layers, weight before bias."""
    with np.load(shared / 'golden/wsgcn/train250_nodropout.npz') as file:
        golden = [file[f'init.gc{layer}.{part}'] for layer in (1, 2)
                  for part in ('weight', 'bias')]
    found = initial_weights(len(golden[0]), 16, [21], [42])
    for one, wanted in zip(found.tensors(), golden):
        np.testing.assert_array_equal(one[0].reshape(wanted.shape), wanted)


def test_is_registered_and_takes_dicts():
    refiner = REFINERS.build(dict(
        type='wsss_plugins.GCNRefiner', num_classes=5,
        labels=dict(ratio=.4), laplacian=dict(window=3),
        loss=dict(type='wsss_plugins.GCNLoss', weight_lap=0.), gcn=FAST))
    assert isinstance(refiner.trainer.loss, GCNLoss)
    assert refiner.labels.rule.ratio == .4
    assert np.isfinite(refiner.refine([sample()])[0].maps).all()


@pytest.mark.parametrize('options', [
    dict(outputs='some'), dict(classes='some'), dict(num_classes=256),
    dict(background=4), dict(graph=dict(storage='disk')),
    dict(graph=dict(precision='int8')), dict(gcn=dict(dropout=1.)),
    dict(gcn=dict(hidden=0)), dict(graph=dict(symmetrize='min')),
    dict(batch_images=0), dict(labels=dict(ratio=0.)),
    dict(labels=dict(scale='cell')), dict(gcn=dict(epoch=3)),
    dict(laplacian=dict(windows=5)), dict(laplacian=dict(window=4)),
    dict(laplacian=dict(var_xy=0.)),
    dict(loss=dict(type='wsss_plugins.GCNLoss', empty='none'))])
def test_refuses_options(options):
    with pytest.raises(UserError):
        GCNRefiner(**{**dict(num_classes=4), **options})


def test_refuses_samples(refiner):
    one = sample()
    with pytest.raises(ValueError, match='are not'):
        replace(one, features=one.features[0])
    with pytest.raises(ValueError, match='image is'):
        replace(one, image=one.image[1:])
    for label in (0, 4):
        maps = ClassMaps([label], one.maps.maps, one.maps.size)
        with pytest.raises(UserError, match='no foreground classes'):
            refiner.refine([replace(one, maps=maps)])
    assert GCNOptions().epochs == 250


def paper_kernel(repo_root, name, image):
    """Color weights of neighbors by a config's Laplacian, without distance."""
    cfg = Config.fromfile(repo_root / f'configs/wsgcn/{name}.py')
    options = cfg.model.refiners[0].laplacian
    colors = torch.from_numpy(image).permute(2, 0, 1) / 255
    return [plane for plane, *_ in pair_weights(
        colors * options.rgb_range, options.window, options.var_rgb, 1e9)]


@pytest.mark.parametrize('method', ['i', 'p'])
def test_both_readings_of_the_papers_color_kernel(repo_root, method):
    net = dict(i='resnet50_voc12-512', p='resnet38_voc12-448')[method]
    image = np.zeros((6, 6, 3), dtype=np.float32)
    image[:, 3:] = 255  # the strongest edge there is
    image[:3, :3] += 1  # and one of a level
    levels = paper_kernel(repo_root, f'wsgcn-{method}-paper_{net}', image)
    unit = paper_kernel(repo_root, f'wsgcn-{method}-paper-rgb1_{net}', image)
    # exp(-|c|^2 / 6) of sigma = sqrt(3): across an edge of 255 levels in all
    # three channels nothing is left, or, in [0, 1], exp(-3 / 6) = 0.61.
    assert min(plane.min() for plane in levels) < 1e-6
    assert min(plane.min() for plane in unit) == pytest.approx(.6065, abs=.01)
    small = {round(v, 3) for plane in levels for v in plane.flatten().tolist()}
    assert small == {1., .607, 0.}


def test_unit_features_do_not_depend_on_their_scale(refiner):
    one, other = sample(), sample()
    other = replace(other, features=1000 * other.features)

    def trained(item, kind):
        built = GCNRefiner(4, gcn=dict(epochs=5, features=kind))
        return built.log_probs([item])[0]

    torch.testing.assert_close(
        trained(one, 'unit'), trained(other, 'unit'), rtol=1e-3, atol=1e-3)
    assert not torch.allclose(trained(one, 'raw'), trained(other, 'raw'),
                              atol=.1)
    with pytest.raises(UserError, match="features='x'"):
        GCNRefiner(4, gcn=dict(features='x'))


def test_unit_features_count_no_padding():
    """In a batch, an image's scale is that of its own nodes."""
    refiner = GCNRefiner(4, gcn=dict(epochs=3, features='unit'))
    small, large = sample('a', (40, 52)), sample('b', (44, 60))
    alone = refiner.log_probs([small])[0]
    both = refiner.log_probs([small, large])[0]
    torch.testing.assert_close(both, alone, rtol=1e-3, atol=1e-4)
