"""WSGCN's losses against sums over nodes and pairs in float64."""
import math

import pytest
import torch

from wsss_plugins.ops.graph.laplacian import laplacian, stack_laplacians
from wsss_plugins.refiners.gcn import (
    GCNLoss,
)
from wsss_plugins.refiners.gcn.loss import node_weights
from wsss_plugins.registry import MODELS


def case(seed, batch=2, size=(3, 4), channels=5):
    generator = torch.Generator().manual_seed(seed)
    nodes = size[0] * size[1]
    logits = torch.randn(batch, nodes, channels, generator=generator)
    labels = torch.randint(0, channels, (batch, nodes), generator=generator)
    labels[torch.rand(labels.shape, generator=generator) < .4] = 255
    images = torch.rand((batch, 3, *size), generator=generator).double()
    return logits.double().log_softmax(dim=2), labels, images


def by_node(z, label, matrix, background, entropy_mean, laplacian_on):
    """The four losses of one image, as sums."""
    fg, bg, ent = [], [], []
    for row, y in zip(z, label.tolist()):
        if y == 255:
            ent.append(-sum(math.exp(v) * v for v in row.tolist()))
        elif y == background:
            bg.append(-row[y].item())
        elif y >= 0:
            fg.append(-row[y].item())
    mean = [sum(part) / len(part) if part else 0. for part in (fg, bg, ent)]
    if entropy_mean == 'channel':
        mean[2] /= z.shape[1]
    values = z if laplacian_on == 'logprob' else z.exp()
    values = values[:len(matrix)]
    lap = torch.trace(values.t() @ matrix @ values).item() / len(matrix)
    return (*mean, lap)


@pytest.mark.parametrize('seed', range(3))
@pytest.mark.parametrize('background', [0, 4])
@pytest.mark.parametrize('entropy_mean', ['channel', 'node'])
@pytest.mark.parametrize('laplacian_on', ['logprob', 'prob'])
def test_values(seed, background, entropy_mean, laplacian_on):
    z, labels, images = case(seed)
    matrices = [laplacian(image) for image in images]
    stacked = stack_laplacians(matrices, z.shape[1])
    loss = GCNLoss(2., 3., 5., .7, entropy_mean, laplacian_on)
    out = loss(z, loss.weights(labels, background), stacked)
    for b in range(len(z)):
        parts = by_node(z[b], labels[b], matrices[b].to_dense(), background,
                        entropy_mean, laplacian_on)
        for name, value in zip(
            ('foreground', 'background', 'entropy', 'laplacian'), parts):
            assert getattr(out, name)[b].item() == pytest.approx(
                value, rel=1e-6), name
        total = sum(w * p for w, p in zip((2., 3., 5., .7), parts))
        assert out.total[b].item() == pytest.approx(total, rel=1e-6)


@pytest.mark.parametrize('laplacian_on', ['logprob', 'prob'])
def test_gradient(laplacian_on):
    z, labels, images = case(4, channels=3)
    stacked = stack_laplacians([laplacian(i) for i in images], z.shape[1])
    loss = GCNLoss(laplacian_on=laplacian_on, weight_lap=1.)
    weights = loss.weights(labels)
    weights = weights._replace(
        **{n: getattr(weights, n).double()
           for n in ('foreground', 'background', 'unlabeled')})
    assert torch.autograd.gradcheck(
        lambda x: loss(x, weights, stacked).total, z.requires_grad_())


def test_images_do_not_mix():
    z, labels, images = case(5)
    stacked = stack_laplacians([laplacian(i) for i in images], z.shape[1])
    loss = GCNLoss()
    leaf = z.clone().requires_grad_()
    loss(leaf, loss.weights(labels), stacked).total[0].backward()
    assert leaf.grad[0].any() and not leaf.grad[1].any()


def test_padding_counts_for_nothing():
    z, labels, images = case(6, batch=1)
    matrix = laplacian(images[0])
    loss = GCNLoss()
    alone = loss(z, loss.weights(labels), stack_laplacians([matrix], 12))
    padded = torch.cat([z, torch.randn(1, 3, 5).double()], dim=1)
    more = torch.cat([labels, torch.full((1, 3), -1)], dim=1)
    out = loss(padded, loss.weights(more), stack_laplacians([matrix], 15))
    for a, b in zip(alone, out):
        torch.testing.assert_close(a, b)


def test_channels_of_an_image():
    """A missing channel is 0 throughout; the mean is over the others."""
    z, labels, _ = case(7, batch=1, channels=3)
    wide = torch.cat([z, torch.zeros_like(z[..., :2])], dim=2)
    loss = GCNLoss()
    weights = loss.weights(labels)
    for a, b in zip(loss(z, weights, None),
                    loss(wide, weights, None, torch.tensor([3]))):
        # All but the entropy's exp(0) * 0, which is 0 as well.
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize('labels, empty', [
    ([0, 0, 255], 'foreground'), ([1, 2, 255], 'background'),
    ([0, 1, 2], 'entropy')])
def test_empty_sets(labels, empty):
    z = torch.randn(1, 3, 3).log_softmax(dim=2).requires_grad_()
    labels = torch.tensor([labels])
    out = GCNLoss()(z, node_weights(labels), None)
    assert getattr(out, empty).item() == 0 and out.total.isfinite()
    out.total.sum().backward()
    assert z.grad.isfinite().all() and z.grad.any()
    released = GCNLoss(empty='nan')
    out = released(z, released.weights(labels), None)
    assert getattr(out, empty).isnan() and out.total.isnan()
    others = {'foreground', 'background', 'entropy'} - {empty}
    assert all(getattr(out, name).isfinite() for name in others)


def test_hand_computed():
    z = torch.tensor([[[.5, .5], [.8, .2], [.25, .75]]]).log()
    weights = node_weights(torch.tensor([[255, 0, 1]]))
    out = GCNLoss()(z, weights, None)
    assert out.foreground.item() == pytest.approx(-math.log(.75))
    assert out.background.item() == pytest.approx(-math.log(.8))
    assert out.entropy.item() == pytest.approx(math.log(2) / 2)


def test_half_precision_computes_in_float32():
    z, labels, _ = case(8)
    loss = GCNLoss()
    weights = loss.weights(labels)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        low = loss(z.bfloat16(), weights, None)
    full = loss(z.bfloat16().float(), weights, None)
    assert low.total.dtype == torch.float32
    torch.testing.assert_close(low.total, full.total)


def test_is_registered():
    loss = MODELS.build(dict(type='wsss_plugins.GCNLoss', weight_ent=1.))
    assert loss.weight_ent == 1


@pytest.mark.parametrize('options', [dict(entropy_mean='pixel'),
                                     dict(laplacian_on='logit'),
                                     dict(empty='skip')])
def test_refuses_options(options):
    with pytest.raises(ValueError):
        GCNLoss(**options)
