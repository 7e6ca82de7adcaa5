"""Affinities of features and edges: loops in float64, gradients."""
import numpy as np
import pytest
import torch

from wsss_plugins.ops.walk import native_walk
from wsss_plugins.ops.walk.affinity import edge_affinity, feature_affinity
from wsss_plugins.ops.walk.pairs import pair_offsets, pair_paths

needs_native = pytest.mark.skipif(
    not native_walk.is_available(), reason='the compiled part is not built')


def by_loops(values, radius, border):
    """Affinity of each pair from ``values(here, there, path)``."""
    def stencil(height, width):
        reach = radius - 1
        out = np.zeros((len(pair_offsets(radius)), height, width))
        for number, ((dy, dx), path) in enumerate(
                zip(pair_offsets(radius), pair_paths(radius))):
            for y in range(height):
                for x in range(width):
                    inside = y + dy < height and 0 <= x + dx < width
                    source = y < height - reach and reach <= x < width - reach
                    if inside and (source or border == 'padded'):
                        cells = [(y + a, x + b) for a, b in path]
                        out[number, y, x] = values(cells)
        if border == 'reference':
            return out[:, :height - reach, reach:width - reach]
        return out
    return stencil


@pytest.mark.parametrize('backend', [
    'torch', pytest.param('native', marks=needs_native)])
@pytest.mark.parametrize('border', ['reference', 'padded'])
@pytest.mark.parametrize('reduction', ['mean', 'sum'])
def test_feature_affinity(border, reduction, backend):
    # 37 channels and 13 columns leave rests of every block of the engine.
    features = torch.randn(2, 37, 6, 13)
    found = feature_affinity(features, 3, border, reduction, backend)
    scale = 37 if reduction == 'mean' else 1
    for one, result in zip(features.double().numpy(), found):
        wanted = by_loops(
            lambda cells, f=one: np.exp(
                -np.abs(f[:, *cells[0]] - f[:, *cells[-1]]).sum() / scale),
            3, border)(6, 13)
        np.testing.assert_allclose(result.numpy(), wanted, 2e-5, 1e-12)


@pytest.mark.parametrize('border', ['reference', 'padded'])
def test_feature_gradient(border):
    features = torch.randn(2, 4, 5, 8, dtype=torch.float64,
                           requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda f: feature_affinity(f, 3, border), features)


def test_equal_features():
    features = torch.ones(1, 3, 6, 9, requires_grad=True)
    affinity = feature_affinity(features, 3)
    assert torch.equal(affinity, torch.ones_like(affinity))
    affinity.sum().backward()
    # |0| has no slope, as torch's abs says.
    assert not features.grad.any()


@pytest.mark.parametrize('border', ['reference', 'padded'])
@pytest.mark.parametrize('radius', [3, 5])
def test_edge_affinity(border, radius):
    edge = torch.rand(2, 9, 12, dtype=torch.float64)
    found = edge_affinity(edge, radius, border)
    for one, result in zip(edge.numpy(), found):
        wanted = by_loops(lambda cells, e=one: 1 - max(e[c] for c in cells),
                          radius, border)(9, 12)
        np.testing.assert_allclose(result.numpy(), wanted, atol=1e-15)


@pytest.mark.parametrize('border', ['reference', 'padded'])
def test_edge_gradient(border):
    edge = torch.rand(1, 7, 11, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda e: edge_affinity(e, 3, border), edge)


def test_gradient_of_equal_edges_goes_to_the_far_end():
    edge = torch.full((1, 3, 5), .5, requires_grad=True)
    affinity = edge_affinity(edge, 3, 'reference')
    plane = pair_offsets(3).tolist().index([2, 0])
    affinity[0, plane].sum().backward()
    expected = torch.zeros(1, 3, 5)
    expected[0, 2, 2] = -1
    assert torch.equal(edge.grad, expected)


def test_walls_and_free_ground():
    edge = torch.zeros(1, 5, 9)
    edge[0, :, 4] = 1
    affinity = edge_affinity(edge, 5)
    # A single cell from everywhere on the left to the right: none.
    for plane, (dy, dx) in enumerate(pair_offsets(5)):
        for y in range(5):
            for x in range(9):
                if y + dy < 5 and 0 <= x + dx < 9:
                    crosses = min(x, x + dx) <= 4 <= max(x, x + dx)
                    assert affinity[0, plane, y, x] == (not crosses)
                else:
                    assert affinity[0, plane, y, x] == 0


def test_half_precision_is_computed_in_float32():
    features = torch.randn(1, 8, 6, 9)
    half = feature_affinity(features.half(), 3)
    assert half.dtype == torch.float32
    torch.testing.assert_close(half, feature_affinity(features.half().float(),
                                                      3))
    assert edge_affinity(torch.rand(1, 6, 9).bfloat16(),
                         3).dtype == torch.float32


@pytest.mark.parametrize('options, text', [
    (dict(reduction='max'), 'reduction='), (dict(border='open'), 'border='),
    (dict(backend='gpu'), 'backend='), (dict(radius=9), 'no pairs of radius')])
def test_mistakes(options, text):
    with pytest.raises(ValueError, match=text):
        feature_affinity(torch.zeros(1, 2, 6, 9), **options)


@needs_native
def test_native_says_why_not():
    with pytest.raises(RuntimeError, match='float64'):
        feature_affinity(torch.zeros(1, 2, 6, 9).double(), 3,
                         backend='native')
    with pytest.raises(RuntimeError, match='gradient'):
        feature_affinity(torch.zeros(1, 2, 6, 9, requires_grad=True), 3,
                         backend='native')
