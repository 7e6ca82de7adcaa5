"""Rank pooling against loops and hand-computed cases."""
import pytest
import torch

from wsss_plugins.ops.cam.rank_pooling import (
    decay_for,
    rank_pool,
    rank_weights,
    softmax_with_floor,
)


def loop_pool(values, decay):
    """One row at a time, as the formula reads."""
    rows = []
    for row in values.reshape(-1, values.shape[-1]):
        order = sorted(range(len(row)), key=lambda i: -row[i].item())
        total = sum(decay**j * row[i] for j, i in enumerate(order))
        rows.append(total / sum(decay**j for j in range(len(row))))
    return torch.stack(rows).reshape(values.shape[:-1])


def random_values(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize('decay', [0., .3, .9, .996, 1.])
@pytest.mark.parametrize('shape', [(7, ), (2, 3, 11), (1, 1), (4, 1)])
def test_value_and_gradient(decay, shape):
    values = random_values(*shape)
    weights = random_values(*shape[:-1], seed=1)
    results, grads = [], []
    for function in (rank_pool, loop_pool):
        leaf = values.clone().requires_grad_()
        result = function(leaf, decay)
        (result * weights).sum().backward()
        results.append(result.detach())
        grads.append(leaf.grad)
    torch.testing.assert_close(*results, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(*grads, rtol=1e-12, atol=1e-12)


def test_hand_computed():
    pooled = rank_pool(torch.tensor([1., 3., 2.]), .5)
    assert pooled.item() == pytest.approx((3 + .5 * 2 + .25 * 1) / 1.75)


def test_limits_are_exact():
    values = random_values(5, 1681).float()
    assert torch.equal(rank_pool(values, 0.), values.amax(dim=-1))
    assert torch.equal(rank_pool(values, 1.), values.mean(dim=-1))
    near = rank_pool(values, 1 - 1e-9)
    torch.testing.assert_close(near, values.mean(dim=-1), atol=1e-5, rtol=0)


def test_order_does_not_matter():
    values = random_values(2, 50)
    order = torch.randperm(50, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(
        rank_pool(values[:, order], .9), rank_pool(values, .9))


def test_grows_from_mean_to_maximum():
    values = random_values(20)
    pooled = [rank_pool(values, d).item() for d in (1., .99, .9, .5, 0.)]
    assert pooled == sorted(pooled)
    assert len(set(pooled)) == 5


def test_no_rows():
    assert rank_pool(torch.zeros(0, 4), .9).shape == (0, )
    assert rank_pool(torch.zeros(0, 4), 0.).shape == (0, )


def test_tied_values_share_all_of_the_gradient():
    leaf = torch.ones(2, 6, requires_grad=True)
    for decay in (0., .5, 1.):
        (grad, ) = torch.autograd.grad(rank_pool(leaf, decay).sum(), leaf)
        torch.testing.assert_close(grad.sum(dim=1), torch.ones(2))


def test_gradcheck():
    leaf = random_values(3, 5).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: rank_pool(x, .7), leaf)


def test_weights_of_the_paper():
    assert 1 / rank_weights(1681, .996)[0] == pytest.approx(249.7036, 1e-6)
    assert 1 / rank_weights(1681, .999)[0] == pytest.approx(813.9688, 1e-6)
    assert rank_weights(1681, .996)[:168].sum() == pytest.approx(.4906, 1e-3)
    assert rank_weights(1681, .999)[:504].sum() == pytest.approx(.4866, 1e-3)
    assert rank_weights(3, 0.).tolist() == [1, 0, 0]
    assert rank_weights(1, .5).tolist() == [1]


def test_decay_for_a_share():
    assert decay_for(1681, .1) == pytest.approx(.99588, abs=1e-5)
    assert decay_for(1681, .3) == pytest.approx(.99863, abs=1e-5)
    # Half of the weight of the endless series is in the share; of n values
    # it is a little more, as the rest of the series is missing.
    weights = rank_weights(256, decay_for(256, .125))
    assert weights[:32].sum() == pytest.approx(.5 / (1 - .5**8), rel=1e-9)


@pytest.mark.parametrize('call', [
    lambda: rank_pool(torch.zeros(2, 0), .5),
    lambda: rank_pool(torch.zeros(2, 3), 1.1),
    lambda: rank_pool(torch.zeros(2, 3), -.1),
    lambda: decay_for(0, .1),
    lambda: decay_for(10, 0.),
    lambda: decay_for(10, 1.5),
    lambda: softmax_with_floor(torch.zeros(1, 2), -1e-4),
    lambda: softmax_with_floor(torch.zeros(1, 2), float('nan')),
])
def test_refuses(call):
    with pytest.raises(ValueError):
        call()


def test_floor_hand_computed():
    probs = softmax_with_floor(torch.tensor([[3., 1.]]).log(), .1)
    assert probs[0].tolist() == pytest.approx([.85 / 1.2, .35 / 1.2])


def test_floor_bounds_of_the_paper():
    logits = torch.zeros(1, 21, 1, 1)
    logits[0, 3] = 1000.
    probs = softmax_with_floor(logits)
    assert probs.max().item() == pytest.approx(.998004, abs=1e-6)
    assert probs.min().item() == pytest.approx(9.98e-5, abs=1e-8)
    assert probs.sum().item() == pytest.approx(1, abs=1e-6)
    assert probs.log().isfinite().all() and (-probs).log1p().isfinite().all()


def test_floor_keeps_gradients_where_a_clamp_has_none():
    logits = torch.tensor([[12., 0.]], dtype=torch.float64)
    leaf = logits.clone().requires_grad_()
    softmax_with_floor(leaf)[0, 1].log().backward()
    share = torch.sigmoid(torch.tensor(-12., dtype=torch.float64)).item()
    expected = share * (1 - share) / (share + 1e-4)
    assert leaf.grad[0, 1].item() == pytest.approx(expected, rel=1e-9)
    assert expected > .05
    assert torch.autograd.gradcheck(
        lambda x: softmax_with_floor(x, .01), random_values(2, 4, 3)
        .requires_grad_())


@pytest.mark.parametrize('dtype, result', [
    (torch.float16, torch.float32), (torch.bfloat16, torch.float32),
    (torch.float32, torch.float32), (torch.float64, torch.float64)
])
def test_floor_precision(dtype, result):
    logits = random_values(2, 3, 4).to(dtype)
    probs = softmax_with_floor(logits, 0.)
    assert probs.dtype == result
    torch.testing.assert_close(probs, logits.to(result).softmax(dim=1))
