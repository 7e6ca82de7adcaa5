"""Walks against powers of whole matrices in float64."""
import numpy as np
import pytest
import torch

from wsss_plugins.ops.walk import native_walk
from wsss_plugins.ops.walk.affinity import edge_affinity, feature_affinity
from wsss_plugins.ops.walk.pairs import pair_offsets, pairs_inside
from wsss_plugins.ops.walk.random_walk import chebyshev_power, random_walk

needs_native = pytest.mark.skipif(
    not native_walk.is_available(), reason='the compiled part is not built')
BACKENDS = ['torch', pytest.param('native', marks=needs_native)]


def matrix_of(stencil, radius):
    """Whole matrix of a full stencil (P, h, w), by loops, float64."""
    _, height, width = stencil.shape
    cells = np.arange(height * width).reshape(height, width)
    matrix = np.eye(height * width)
    for plane, (dy, dx) in zip(stencil.double().numpy(),
                               pair_offsets(radius)):
        for y in range(height - dy):
            for x in range(max(0, -dx), min(width, width - dx)):
                a, b = cells[y, x], cells[y + dy, x + dx]
                matrix[a, b] = matrix[b, a] = plane[y, x]
    return matrix


def by_matrix(state, stencil, radius, beta, steps):
    matrix = matrix_of(stencil, radius)**beta
    power = np.linalg.matrix_power(matrix / matrix.sum(axis=0), steps)
    flat = state.double().numpy().reshape(len(state), -1)
    return (flat @ power).reshape(state.shape)


def full_stencil(size, radius, seed=0):
    generator = torch.Generator().manual_seed(seed)
    planes = torch.rand((len(pair_offsets(radius)), *size),
                        generator=generator)
    return planes * pairs_inside(size, radius)


@pytest.mark.parametrize('backend', BACKENDS)
@pytest.mark.parametrize('channels', [1, 2, 3, 4, 5, 7])
@pytest.mark.parametrize('steps', [0, 1, 2, 37, 256])
def test_against_matrix_power(backend, channels, steps):
    # 19 columns leave a rest of every block.
    size, radius = (9, 19), 5
    stencil, state = full_stencil(size, radius), torch.rand(channels, *size)
    found = random_walk(state, stencil, radius, 3., steps, backend=backend)
    wanted = by_matrix(state, stencil, radius, 3., steps)
    assert found.dtype == torch.float32
    np.testing.assert_allclose(found, wanted, 1e-4, 1e-6)


@pytest.mark.parametrize('backend', BACKENDS)
@pytest.mark.parametrize('size, radius', [((1, 1), 5), ((1, 7), 5),
                                          ((3, 2), 5), ((20, 33), 10)])
def test_any_size_and_radius(backend, size, radius):
    stencil, state = full_stencil(size, radius), torch.rand(2, *size)
    found = random_walk(state, stencil, radius, 8., 64, backend=backend)
    np.testing.assert_allclose(
        found, by_matrix(state, stencil, radius, 8., 64), 1e-4, 1e-6)


@pytest.mark.parametrize('backend', BACKENDS)
@pytest.mark.parametrize('degree', [0, 1, 9, 20, 64, 80, 96, 300])
def test_chebyshev_keeps_its_bound(backend, degree):
    size, radius, steps = (9, 14), 5, 256
    stencil, state = full_stencil(size, radius), torch.rand(3, *size)
    found = random_walk(state, stencil, radius, 2., steps, degree, backend)
    wanted = by_matrix(state, stencil, radius, 2., steps)
    bound = chebyshev_power(steps, degree)[1]
    # |x D^1/2| (S^n - p(S)) D^-1/2, and rounding.
    root = np.sqrt((matrix_of(stencil, radius)**2.).sum(axis=0))
    scale = np.linalg.norm(
        state.double().numpy().reshape(3, -1) * root, axis=1).max()
    error = np.abs(found.numpy() - wanted)
    assert error.max() <= bound * scale / root.min() + 2e-5


def test_chebyshev_coefficients():
    x = np.linspace(-1, 1, 401)
    for steps in (1, 2, 7, 256):
        terms, bound = chebyshev_power(steps, steps)
        assert bound == 0 and terms.sum() == pytest.approx(1, abs=1e-12)
        np.testing.assert_allclose(
            np.polynomial.chebyshev.chebval(x, terms), x**steps, atol=1e-12)
    errors = []
    for degree in (64, 80, 96):
        terms, bound = chebyshev_power(256, degree)
        value = np.polynomial.chebyshev.chebval(x, terms)
        # The sum itself is rounded, too.
        assert np.abs(value - x**256).max() <= bound + 1e-12
        errors.append(bound)
    np.testing.assert_allclose(errors, [4.4e-5, 3.3e-7, 8e-10], rtol=.1)
    with pytest.raises(ValueError, match='negative'):
        chebyshev_power(256, -1)


def test_isolated_cells_keep_their_state():
    """The border of PSA's code: ten cells have no partner."""
    size = (12, 15)
    affinity = feature_affinity(torch.randn(1, 6, *size))
    state = torch.rand(1, 2, *size)
    walked = random_walk(state, affinity)
    links = matrix_of(
        torch.nn.functional.pad((affinity[0] > 0).float(), (4, 4, 0, 4)), 5)
    alone = torch.from_numpy(links.sum(axis=0) == 1).reshape(size)
    assert alone.sum() == 10
    torch.testing.assert_close(walked[..., alone], state[..., alone])
    padded = feature_affinity(torch.randn(1, 6, *size), border='padded')
    assert (random_walk(state, padded)[..., alone] - state[..., alone]
            ).abs().min() > 0


@pytest.mark.parametrize('backend', BACKENDS)
def test_little_that_leaves_is_not_lost(backend):
    """Cells with many weak links: rounding must not freeze them."""
    size = (16, 16)
    stencil = torch.full((34, *size), 2e-8**.25) * pairs_inside(size, 5)
    state = torch.rand(1, *size)
    found = random_walk(state, stencil, 5, 4., 256, backend=backend)
    wanted = by_matrix(state, stencil, 5, 4., 256)
    assert np.abs(wanted - state.numpy()).max() > 1e-4
    assert np.abs(found.numpy() - wanted).max() < 1e-5


def test_batches_arrays_and_types_agree():
    sizes = (2, 34, 8, 11)
    affinity = torch.stack([full_stencil(sizes[2:], 5, s) for s in (0, 1)])
    state = torch.rand(2, 3, 8, 11)
    both = random_walk(state, affinity)
    for number in (0, 1):
        torch.testing.assert_close(
            both[number], random_walk(state[number], affinity[number]))
    array = random_walk(state[0].numpy(), affinity[0].numpy())
    assert isinstance(array, np.ndarray)
    np.testing.assert_allclose(array, both[0], 1e-6)
    double = random_walk(state.double(), affinity.double())
    assert double.dtype == torch.float64
    torch.testing.assert_close(double.float(), both, rtol=1e-4, atol=1e-6)
    assert random_walk(state.half(), affinity).dtype == torch.float32
    with pytest.raises(ValueError, match='one batch'):
        random_walk(state, affinity[:1])
    with pytest.raises(ValueError, match='negative'):
        random_walk(state, affinity, steps=-1)


def test_inputs_stay_and_no_channels():
    affinity, state = full_stencil((8, 11), 5), torch.rand(3, 8, 11)
    before = affinity.clone(), state.clone()
    random_walk(state, affinity)
    assert torch.equal(affinity, before[0])
    assert torch.equal(state, before[1])
    assert random_walk(state[:0], affinity).shape == (0, 8, 11)


def test_mass_of_columns():
    """Each column of T sums to one: a constant, as a row, stays."""
    affinity = edge_affinity(torch.rand(1, 9, 13))[0]
    ones = torch.ones(1, 9, 13)
    torch.testing.assert_close(
        random_walk(ones, affinity, beta=10.), ones, rtol=2e-5, atol=0)


def test_growth_is_linear_in_the_area():
    """Weights are 34 numbers a cell, whatever the area."""
    for side in (16, 32):
        affinity = edge_affinity(torch.rand(1, side, side))
        assert affinity.numel() == 34 * side * side
