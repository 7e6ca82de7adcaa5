"""The convex fit against Newton's method and the loss of a head."""
import numpy as np
import pytest
import torch

from wsss_plugins.models import MultiLabelSoftMarginLoss
from wsss_plugins.ops.cam.linear_fit import fit_linear

DECAY = 1e-3


def problem(rows=60, channels=9, classes=3, seed=0):
    """Correlated features at least 0, and labels that depend on them."""
    rng = np.random.default_rng(seed)
    x = np.maximum(rng.normal(.3, 1, (rows, 4)) @ rng.normal(
        size=(4, channels)) + .1 * rng.normal(size=(rows, channels)), 0)
    scores = x @ rng.normal(size=(channels, classes)) - 1
    y = rng.random((rows, classes)) < 1 / (1 + np.exp(-scores))
    return torch.from_numpy(x), torch.from_numpy(y)


def newton(x, y, decay, bias=False):
    """Optimum of each class by Newton's method, (C, D) or (C, D + 1)."""
    x, y = x.numpy(), y.numpy().astype(float)
    if bias:
        x = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    penalty = np.full(x.shape[1], decay)
    if bias:
        penalty[-1] = 0
    found = []
    for labels in y.T:
        w = np.zeros(x.shape[1])
        for _ in range(60):
            p = 1 / (1 + np.exp(-x @ w))
            slope = x.T @ (p - labels) / y.size + penalty * w
            curve = (x.T * (p * (1 - p))) @ x / y.size + np.diag(penalty)
            w = w - np.linalg.solve(curve, slope)
        assert np.abs(slope).max() < 1e-14
        found.append(w)
    return np.stack(found)


@pytest.mark.parametrize('bias', [False, True])
@pytest.mark.parametrize('decay', [1e-1, 1e-3, 1e-5])
def test_optimum(decay, bias):
    """Strong convexity bounds the distance by the gradient."""
    x, y = problem()
    fit = fit_linear(x, y, decay, bias=bias, tolerance=1e-7)
    assert fit.converged and fit.weight.dtype == torch.float64
    expected = torch.from_numpy(newton(x, y, decay, bias))
    off = (fit.weight - expected[:, :9]).abs().max()
    assert off <= max(fit.gradient, 1e-12) * 6 / decay
    torch.testing.assert_close(fit.weight, expected[:, :9], rtol=1e-2,
                               atol=1e-4)
    if bias:
        torch.testing.assert_close(fit.bias, expected[:, 9], rtol=1e-2,
                                   atol=1e-4)
    else:
        assert fit.bias is None


def test_loss_is_that_of_the_head_and_sgd_stands_still():
    """A step of SGD with this weight decay does not move the optimum."""
    x, y = problem()
    fit = fit_linear(x.float(), y, DECAY, tolerance=1e-7)
    layer = torch.nn.Conv2d(9, 3, 1, bias=False).double()
    layer.weight.data = fit.weight[:, :, None, None].clone()
    maps = x[:, :, None, None] + torch.tensor([-.5, .5]).double()
    logits = layer(maps).mean(dim=(2, 3))  # averages are the features
    loss = MultiLabelSoftMarginLoss()(logits, y)
    penalty = DECAY / 2 * fit.weight.square().sum()
    assert fit.loss == pytest.approx((loss + penalty).item(), abs=1e-7)
    # In float64: the loss of the package is float32.
    torch.nn.functional.multilabel_soft_margin_loss(
        logits, y.double()).backward()
    torch.optim.SGD(layer.parameters(), lr=1., weight_decay=DECAY).step()
    torch.testing.assert_close(layer.weight[:, :, 0, 0].detach(), fit.weight,
                               rtol=0, atol=1e-6)


def test_gradient_and_neighbors():
    x, y = problem()
    fit = fit_linear(x, y, DECAY, tolerance=1e-7)
    weight = fit.weight.clone().requires_grad_()
    loss = torch.nn.functional.multilabel_soft_margin_loss(
        x @ weight.T, y.double()) + DECAY / 2 * weight.square().sum()
    loss.backward()
    assert float(weight.grad.abs().max()) == pytest.approx(fit.gradient)
    assert fit.gradient < 1e-7
    generator = torch.Generator().manual_seed(0)
    for _ in range(20):
        near = fit.weight + .01 * torch.randn(
            3, 9, generator=generator, dtype=torch.float64)
        other = torch.nn.functional.multilabel_soft_margin_loss(
            x @ near.T, y.double()) + DECAY / 2 * near.square().sum()
        assert other > loss


def test_more_channels_than_rows_and_a_class_without_images():
    x, y = problem(rows=20, channels=40)
    y[:, 1] = False
    fit = fit_linear(x, y, DECAY)
    assert fit.converged and fit.weight.isfinite().all()
    assert ((x @ fit.weight.T)[:, 1] < 0).all()


def test_twice_the_same_and_scaled_rows():
    """Repeating all rows changes nothing; neither does running again."""
    x, y = problem()
    first, again = (fit_linear(x, y, DECAY) for _ in range(2))
    assert torch.equal(first.weight, again.weight)
    double = fit_linear(x.repeat(2, 1), y.repeat(2, 1), DECAY, tolerance=1e-7)
    single = fit_linear(x, y, DECAY, tolerance=1e-7)
    torch.testing.assert_close(double.weight, single.weight, rtol=1e-4,
                               atol=1e-4)


def test_cut_short_is_told():
    x, y = problem()
    fit = fit_linear(x, y, 1e-6, tolerance=1e-12, max_iter=5)
    assert fit.iterations == 5 and not fit.converged


def test_precision_ends_it():
    """A tolerance out of reach does not run forever."""
    x, y = problem()
    fit = fit_linear(x, y, DECAY, tolerance=1e-30, max_iter=10**6)
    assert fit.iterations < 1000 and fit.gradient < 1e-8


@pytest.mark.parametrize('change, message', [
    (lambda x, y: (x[:3], y, DECAY), r'\(N, D\) and \(N, C\)'),
    (lambda x, y: (x[:0], y[:0], DECAY), r'\(0, 9\)'),
    (lambda x, y: (x / 0, y, DECAY), 'not finite'),
    (lambda x, y: (x, y, 0.), 'weight_decay=0.0 must be positive'),
])
def test_refuses(change, message):
    with pytest.raises(ValueError, match=message):
        fit_linear(*change(*problem()))
