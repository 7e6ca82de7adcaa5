"""The convex fit of pixels against Newton's method."""
import numpy as np
import pytest
import torch

from wsss_plugins.ops.cam import softmax_fit
from wsss_plugins.ops.cam.softmax_fit import fit_softmax


def problem(rows=80, channels=5, classes=4, seed=0):
    """Features, and soft targets of which some are partly ignored."""
    rng = np.random.default_rng(seed)
    x = np.maximum(rng.normal(.3, 1, (rows, channels)), 0)
    y = rng.dirichlet(np.full(classes, .3), rows)
    y *= rng.choice([1., .4, 0.], (rows, 1), p=[.7, .2, .1])
    return torch.from_numpy(x), torch.from_numpy(y)


def newton(x, y, decay):
    """Optimum (C, D + 1) by Newton's method on all weights at once."""
    x = np.concatenate([x.numpy(), np.ones((len(x), 1))], axis=1)
    y = y.numpy()
    count, channels = y.shape[1], x.shape[1]
    penalty = np.tile(np.append(np.full(channels - 1, decay), 1e-12), count)
    w = np.zeros(count * channels)
    for _ in range(60):
        z = x @ w.reshape(count, channels).T
        p = np.exp(z - z.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        mass = y.sum(1, keepdims=True)
        slope = ((p * mass - y).T @ x / len(x)).ravel() + penalty * w
        curve = np.diag(penalty)
        for row, features in enumerate(x):
            inner = np.diag(p[row]) - np.outer(p[row], p[row])
            curve += mass[row] / len(x) * np.kron(
                inner, np.outer(features, features))
        w = w - np.linalg.solve(curve, slope)
    assert np.abs(slope).max() < 1e-10
    return w.reshape(count, channels)


@pytest.mark.parametrize('decay', [1e-1, 1e-3])
def test_optimum(decay):
    x, y = problem()
    fit = fit_softmax(x, y, decay, tolerance=1e-6)
    assert fit.converged
    expected = torch.from_numpy(newton(x, y, decay))
    torch.testing.assert_close(fit.weight, expected[:, :-1], rtol=1e-3,
                               atol=1e-3)
    bias = expected[:, -1] - expected[:, -1].mean()
    torch.testing.assert_close(fit.bias - fit.bias.mean(), bias, rtol=1e-3,
                               atol=1e-3)


def test_what_is_told_of_a_fit():
    x, y = problem()
    fit = fit_softmax(x, y, 1e-2, tolerance=1e-6)
    assert type(fit.iterations) is int and 2 < fit.iterations < 100
    hasty = fit_softmax(x, y, 1e-2, tolerance=1e-6, max_iter=1)
    assert not hasty.converged and hasty.iterations < fit.iterations
    assert hasty.limit == pytest.approx(fit.limit)


def test_chunks_and_half_precision(monkeypatch):
    x, y = problem(rows=100)
    x = x.half()
    whole = fit_softmax(x, y, 1e-2, tolerance=1e-6)
    monkeypatch.setattr(softmax_fit, '_CHUNK', 7)
    monkeypatch.setattr(softmax_fit, '_BOUND_ROWS', 50)
    parts = fit_softmax(x, y, 1e-2, tolerance=1e-6)
    torch.testing.assert_close(parts.weight, whole.weight, rtol=1e-3,
                               atol=1e-4)


def test_what_cannot_be_fitted():
    x, y = problem()
    with pytest.raises(ValueError, match='must be'):
        fit_softmax(x[:3], y, 1e-2)
    with pytest.raises(ValueError, match='positive'):
        fit_softmax(x, y, 0.)
