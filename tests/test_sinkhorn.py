"""Scalings against the rounds on the whole matrix."""
import pytest
import torch

from wsss_plugins.ops.points.sinkhorn import scaled, sinkhorn_scalings


def similarity(seed=0, batch=3, n=12, peak=2., dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randn((batch, n, n), generator=generator, dtype=dtype)
    # As attention without the class token: rows sum to less than one.
    return (peak * scores).softmax(dim=2) * .9


def dense(matrix, rounds):
    for _ in range(rounds):
        matrix = matrix / matrix.sum(dim=1, keepdim=True)
        matrix = matrix / matrix.sum(dim=2, keepdim=True)
    return matrix


@pytest.mark.parametrize('rounds', [0, 1, 3, 20])
def test_as_the_rounds_on_the_matrix(rounds):
    matrix = similarity()
    found = scaled(matrix, sinkhorn_scalings(matrix, rounds))
    torch.testing.assert_close(found, dense(matrix, rounds), rtol=1e-12,
                               atol=0)


def test_hand_computed():
    matrix = torch.tensor([[[1., 3.], [1., 1.]]])
    rows, columns = sinkhorn_scalings(matrix, 1)
    torch.testing.assert_close(columns, torch.tensor([[1 / 2, 1 / 4]]))
    torch.testing.assert_close(rows, torch.tensor([[1 / 1.25, 1 / .75]]))


def test_rows_then_columns_sum_to_one():
    matrix = similarity()
    found = scaled(matrix, sinkhorn_scalings(matrix, 3))
    torch.testing.assert_close(found.sum(dim=2), torch.ones(3, 12).double())
    assert (found.sum(dim=1) - 1).abs().max() > 1e-4
    found = scaled(matrix, sinkhorn_scalings(matrix, 200))
    assert (found.sum(dim=1) - 1).abs().max() < 1e-9


@pytest.mark.parametrize('tol', [1e-2, 1e-6])
def test_tolerance(tol):
    matrix = similarity(peak=3.)
    found = scaled(matrix, sinkhorn_scalings(matrix, 500, tol))
    error = (found.sum(dim=1) - 1).abs().amax(dim=1)
    assert (error <= tol).all() and (error > 0).all()
    assert (error > tol / 100).any()


def test_samples_stop_alone():
    slow, fast = similarity(peak=4.)[:1], similarity(peak=.1)[:1]
    both = sinkhorn_scalings(torch.cat([slow, fast]), 500, 1e-5)
    for number, alone in enumerate((slow, fast)):
        for a, b in zip(both, sinkhorn_scalings(alone, 500, 1e-5)):
            assert torch.equal(a[number], b[0])


def test_half_precision_is_taken_to_float32():
    matrix = similarity(dtype=torch.float32)
    found = sinkhorn_scalings(matrix.bfloat16())
    assert found.rows.dtype == torch.float32
    torch.testing.assert_close(
        found.rows, sinkhorn_scalings(matrix.bfloat16().float()).rows)


def test_underflow_stays_finite():
    matrix = torch.zeros(1, 3, 3)
    matrix[0, :, 0] = 1
    found = sinkhorn_scalings(matrix)
    assert all(x.isfinite().all() for x in found)


def test_refusals():
    with pytest.raises(ValueError, match=r'\(2, 3\)'):
        sinkhorn_scalings(torch.ones(2, 3))
    with pytest.raises(ValueError, match='rounds=-1'):
        sinkhorn_scalings(similarity(), -1)
