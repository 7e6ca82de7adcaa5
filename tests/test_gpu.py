"""The same answers on a GPU; skipped, with a reason, where there is none.

``WSSS_TEST_DEVICE=cpu`` runs them on the CPU, which tests no more than the
tests themselves.
"""
import os

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope

from wsss_plugins.ops.cam.rank_pooling import softmax_with_floor
from wsss_plugins.ops.cluster.kmeans import KMeans
from wsss_plugins.ops.crf.dense_crf import DenseCRF
from wsss_plugins.ops.crf.mean_field import mean_field, window_weights
from wsss_plugins.ops.points.propagation import seed_vectors, walk
from wsss_plugins.ops.walk.random_walk import random_walk
from wsss_plugins.refiners import GCNRefiner, RefinerSample
from wsss_plugins.registry import MODELS
from wsss_plugins.structures import ClassMaps

DEVICE = os.environ.get('WSSS_TEST_DEVICE', 'cuda')
pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(
        DEVICE == 'cuda' and not torch.cuda.is_available(),
        reason='no CUDA device')
]


def rand(*shape, seed=0):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def close(found, expected, rtol=1e-4, atol=1e-6):
    assert found.device.type == torch.device(DEVICE).type
    torch.testing.assert_close(found.cpu(), expected, rtol=rtol, atol=atol)


@pytest.mark.parametrize('degree', [None, 80])
def test_random_walk(degree):
    state, affinity = rand(2, 3, 13, 17), rand(2, 34, 9, 9, seed=1)
    expected = random_walk(state, affinity, 5, 8, 256, degree,
                           backend='torch')
    found = random_walk(state.to(DEVICE), affinity.to(DEVICE), 5, 8, 256,
                        degree)
    close(found, expected)


def test_kmeans():
    centers = 10 * rand(4, 16)
    points = (centers[:, None] + rand(4, 30, 16, seed=1)).flatten(0, 1)
    expected, found = (KMeans(4)(x) for x in (points, points.to(DEVICE)))
    assert torch.equal(found.labels.cpu(), expected.labels)
    close(found.centers, expected.centers)


def test_exact_crf():
    rng = np.random.default_rng(0)
    image = torch.from_numpy(
        rng.integers(0, 256, (2, 12, 15, 3), dtype=np.uint8))
    energies = rand(2, 4, 12, 15)
    crf = DenseCRF(backend='exact', scale=12)
    close(crf.infer(image.to(DEVICE), energies.to(DEVICE)),
          crf.infer(image, energies))


def test_lattice_crf_gives_back_tensors_of_the_device():
    crf = DenseCRF()
    image = torch.zeros(1, 12, 15, 3, dtype=torch.uint8)
    energies = rand(1, 4, 12, 15)
    close(crf.infer(image.to(DEVICE), energies.to(DEVICE)),
          crf.infer(image, energies))


def test_mean_field():
    image, probs = rand(3, 3, 24, 20), rand(3, 24, 20, seed=1)
    box = torch.zeros(3, 24, 20)
    box[:, 4:20, 3:17] = 1
    expected, found = (
        mean_field(p, b, window_weights(i)) for i, p, b in (
            (image, probs, box),
            (image.to(DEVICE), probs.to(DEVICE), box.to(DEVICE))))
    close(found, expected, atol=1e-4)
    assert torch.equal(found.cpu() > .5, expected > .5)


def test_propagation():
    similarity = rand(2, 64, 64).add(.1)
    fg, bg = (torch.zeros(2, 64, dtype=torch.bool) for _ in range(2))
    fg[:, :3], bg[:, 50:] = True, True
    seeds = seed_vectors(fg, bg, dtype=torch.float32)
    expected = walk(seeds, similarity, alpha=10)
    close(walk(seeds.to(DEVICE), similarity.to(DEVICE), alpha=10), expected)


def test_graph_network():
    refiner = GCNRefiner(4, gcn=dict(epochs=20), final_crf=False)
    image = np.random.default_rng(0).integers(
        0, 256, (36, 48, 3), dtype=np.uint8)
    maps = ClassMaps([1, 3], rand(2, 9, 12).numpy(), (36, 48))

    def refined(device):
        return refiner.log_probs([
            RefinerSample(
                maps, image, features=rand(8, 9, 12).to(device),
                affinity=rand(34, 9, 12, seed=1).to(device), name='a')])[0]

    close(refined(DEVICE), refined('cpu'), atol=1e-3)


@pytest.mark.parametrize('dtype', [torch.float32, torch.float16,
                                   torch.bfloat16])
def test_losses_of_sec_in_mixed_precision(dtype):
    cfg = Config(dict(
        type='wsss_plugins.SECHead', in_channels=4, num_classes=3,
        channels=8, dilation=1, dropout_ratio=0.,
        loss_constrain=dict(type='wsss_plugins.ConstrainLoss')))
    with DefaultScope.overwrite_default_scope('mmseg'):
        head = MODELS.build(cfg).to(DEVICE)
    features = rand(2, 4, 9, 9).to(DEVICE)
    enabled = dtype != torch.float32
    with torch.autocast(torch.device(DEVICE).type, dtype, enabled=enabled):
        logits = head((features, ))
    probs = softmax_with_floor(logits, 1e-4)
    assert probs.dtype == torch.float32
    tags = torch.tensor([[1., 0.], [1., 1.]], device=DEVICE)
    images = torch.zeros(2, 3, 9, 9, dtype=torch.uint8, device=DEVICE)
    losses = {**head.loss_expand(probs, tags),
              **head.loss_constrain(probs, logits, images)}
    total = sum(v for k, v in losses.items() if k.startswith('loss'))
    total.backward()
    assert torch.isfinite(total)
    assert all(torch.isfinite(p.grad).all() for p in head.parameters()
               if p.grad is not None)


def test_sub_category_labels_move_with_the_model():
    with DefaultScope.overwrite_default_scope('mmseg'):
        head = MODELS.build(dict(
            type='wsss_plugins.SubCategoryHead', num_sub=2,
            parent=dict(type='wsss_plugins.CAMHead', in_channels=4,
                        num_classes=3)))
    head.labels.reserve(['a', 'b'])
    assert head.to(DEVICE).labels.table.device.type == torch.device(
        DEVICE).type
