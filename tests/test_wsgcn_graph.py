"""Graphs of WSGCN against dense matrices in float64 and hand-made cases."""
import math

import numpy as np
import pytest
import torch

from wsss_plugins.ops.graph import native_graph
from wsss_plugins.ops.graph.counter_noise import seed_of, uniform_noise
from wsss_plugins.ops.graph.graphs import (
    MatrixGraph,
    RandomWalk,
    adjacency_graph,
    squared_walk,
    walk_graph,
)
from wsss_plugins.ops.graph.laplacian import (
    laplacian,
    laplacian_energy,
    pair_weights,
    stack_laplacians,
    window_offsets,
)
from wsss_plugins.ops.graph.large import (
    GraphList,
    WalkingGraph,
    padded_graph,
    stack_graphs,
    truncated_graph,
)
from wsss_plugins.ops.walk.pairs import pair_offsets

SYMMETRIES = ('max', 'mean', 'geometric', 'none')


def stencil(seed, size, radius=3):
    """Affinities of pairs, float64, 0 for pairs that leave the map."""
    generator = torch.Generator().manual_seed(seed)
    offsets = pair_offsets(radius)
    out = torch.rand((len(offsets), *size), generator=generator).double()
    for plane, (dy, dx) in zip(out, offsets):
        for y in range(size[0]):
            for x in range(size[1]):
                if y + dy >= size[0] or not 0 <= x + dx < size[1]:
                    plane[y, x] = 0
    return out


def transition(affinity, size, radius, beta, steps):
    """T^steps as the references make it: dense, pair by pair, float64."""
    height, width = size
    matrix = np.eye(height * width)
    for plane, (dy, dx) in zip(affinity.numpy(), pair_offsets(radius)):
        for y in range(height - dy):
            for x in range(max(0, -dx), min(width, width - dx)):
                here, there = y * width + x, (y + dy) * width + x + dx
                matrix[here, there] = matrix[there, here] = (
                    plane[y, x]**beta)
    matrix = matrix / matrix.sum(axis=0)
    return np.linalg.matrix_power(matrix, steps)


def reference(walked, symmetrize, normalize):
    """A_hat of T^n, entry by entry."""
    pairs = {
        'max': lambda a, b: max(a, b),
        'mean': lambda a, b: (a + b) / 2,
        'geometric': lambda a, b: math.sqrt(a * b),
        'none': lambda a, b: a,
    }[symmetrize]
    nodes = len(walked)
    matrix = np.array([[pairs(walked[i, j], walked[j, i]) + (i == j)
                        for j in range(nodes)] for i in range(nodes)])
    sums = matrix.sum(axis=1)
    if normalize == 'row':
        return matrix / sums[:, None]
    return matrix / np.sqrt(sums[:, None] * sums[None])


WALK = RandomWalk(radius=3, beta=2., steps=16, degree=None)
SIZE = (4, 5)


@pytest.mark.parametrize('normalize', ['row', 'sym'])
@pytest.mark.parametrize('symmetrize', SYMMETRIES)
@pytest.mark.parametrize('method', ['walk', 'squaring'])
def test_walk_graph(symmetrize, normalize, method):
    affinity = stencil(0, SIZE)
    walked = transition(affinity, SIZE, 3, 2., 16)
    golden = reference(walked, symmetrize, normalize)
    graph = walk_graph(affinity, SIZE, WALK, symmetrize, normalize,
                       method=method)
    np.testing.assert_allclose(graph.dense()[0], golden, rtol=1e-9)
    if symmetrize != 'none' and normalize == 'row':
        # A walked matrix from elsewhere gives the same.
        given = adjacency_graph(torch.from_numpy(walked), symmetrize)
        np.testing.assert_allclose(given.dense()[0], golden, rtol=1e-12)


@pytest.mark.parametrize('normalize', ['row', 'sym'])
@pytest.mark.parametrize('kind, symmetrize', [
    *(('dense', name) for name in SYMMETRIES),
    *(('sparse', name) for name in SYMMETRIES), ('walking', 'geometric')])
def test_propagation_and_gradient(kind, symmetrize, normalize):
    affinity = stencil(1, SIZE)
    if kind == 'walking':
        graph = WalkingGraph.of(affinity, SIZE, WALK, normalize)
    elif kind == 'sparse':
        graph = truncated_graph(affinity, SIZE, WALK, 20, symmetrize,
                                normalize)
    else:
        graph = walk_graph(affinity, SIZE, WALK, symmetrize, normalize)
    golden = torch.from_numpy(reference(
        transition(affinity, SIZE, 3, 2., 16), symmetrize, normalize))
    values = torch.randn(1, 20, 3, dtype=torch.float64, requires_grad=True)
    pull = torch.randn(1, 20, 3, dtype=torch.float64)
    out = graph.propagate(values)
    torch.testing.assert_close(out[0], golden @ values[0], rtol=1e-9,
                               atol=1e-12)
    out.backward(pull)
    torch.testing.assert_close(values.grad[0], golden.t() @ pull[0],
                               rtol=1e-9, atol=1e-12)


def test_rows_of_a_row_graph_sum_to_one():
    affinity = stencil(2, SIZE).float()
    ones = torch.ones(1, 20, 1)
    for graph in (walk_graph(affinity, SIZE, RandomWalk(3)),
                  truncated_graph(affinity, SIZE, RandomWalk(3), 4),
                  WalkingGraph.of(affinity, SIZE, RandomWalk(3))):
        torch.testing.assert_close(graph.propagate(ones), ones)


def test_blocks_do_not_matter():
    affinity = stencil(3, SIZE)
    whole = torch.cat([rows for _, rows in WALK.rows(affinity, SIZE, 20)])
    parts = [(start, rows.clone())
             for start, rows in WALK.rows(affinity, SIZE, 7)]
    assert [start for start, _ in parts] == [0, 7, 14]
    torch.testing.assert_close(torch.cat([r for _, r in parts]), whole)


def test_polynomial_is_as_good_as_all_steps():
    affinity = stencil(4, SIZE)
    exact = walk_graph(affinity, SIZE, RandomWalk(3, 10., 256, None))
    short = walk_graph(affinity, SIZE, RandomWalk(3, 10., 256, 96))
    assert (exact.dense() - short.dense()).abs().max() < 1e-7
    rough = walk_graph(affinity, SIZE, RandomWalk(3, 10., 256, 8))
    assert (exact.dense() - rough.dense()).abs().max() > 1e-4
    assert rough.dense().min() >= 0


def test_hand_made_adjacency():
    matrix = torch.tensor([[.5, .25], [1., 0.]])
    graph = adjacency_graph(matrix)
    # max: [[.5, 1], [1, 0]], with I [[1.5, 1], [1, 1]].
    torch.testing.assert_close(
        graph.dense()[0], torch.tensor([[.6, .4], [.5, .5]]))
    torch.testing.assert_close(
        adjacency_graph(matrix, 'none').dense()[0],
        torch.tensor([[1.5 / 1.75, .25 / 1.75], [.5, .5]]))
    assert matrix.tolist() == [[.5, .25], [1., 0.]]


def test_one_node_and_no_steps():
    lonely = adjacency_graph(torch.ones(1, 1))
    assert lonely.dense().item() == 1
    affinity = stencil(5, (2, 2), 2)
    graph = walk_graph(affinity, (2, 2), RandomWalk(2, steps=0))
    torch.testing.assert_close(graph.dense()[0],
                               torch.eye(4, dtype=torch.float64))


def test_truncation_keeps_the_strongest_of_either_end():
    affinity = stencil(6, SIZE)
    full = walk_graph(affinity, SIZE, WALK).matrix
    weights = full - torch.eye(20)
    graph = truncated_graph(affinity, SIZE, WALK, 5)
    kept = graph.matrix.to_dense() - torch.eye(20)
    rank = weights.argsort(dim=1, descending=True).argsort(dim=1)
    chosen = (rank < 5) | (rank < 5).t()
    torch.testing.assert_close(kept, weights * chosen)
    torch.testing.assert_close(kept, kept.t())
    assert (kept != 0).sum() <= 2 * 5 * 20


def test_bfloat16_is_close():
    affinity = stencil(7, SIZE).float()
    exact = walk_graph(affinity, SIZE, WALK)
    low = walk_graph(affinity, SIZE, WALK, dtype=torch.bfloat16)
    assert low.matrix.dtype == torch.bfloat16
    values = torch.randn(1, 20, 4)
    out = low.propagate(values)
    assert out.dtype == torch.float32
    torch.testing.assert_close(out, exact.propagate(values), atol=.02,
                               rtol=.02)


@pytest.mark.parametrize('symmetrize, normalize', [('max', 'row'),
                                                   ('none', 'sym')])
def test_stacks_are_as_their_parts(symmetrize, normalize):
    sizes = [(4, 5), (3, 3), (5, 4)]
    graphs = [walk_graph(stencil(i, size), size, WALK, symmetrize, normalize)
              for i, size in enumerate(sizes)]
    values = torch.randn(3, 20, 4, dtype=torch.float64)
    values[1, 9:] = 0
    apart = [g.propagate(values[i:i + 1, :g.nodes])[0]
             for i, g in enumerate(graphs)]
    assert isinstance(stack_graphs(graphs), GraphList)
    for stacked in (stack_graphs(graphs), padded_graph(graphs)):
        leaf = values.clone().requires_grad_()
        out = stacked.propagate(leaf)
        for one, alone in zip(out, apart):
            torch.testing.assert_close(one[:len(alone)], alone)
            assert not one[len(alone):].any()
        out.square().sum().backward()
        first = values[:1].clone().requires_grad_()
        graphs[0].propagate(first).square().sum().backward()
        torch.testing.assert_close(leaf.grad[0], first.grad[0])
    assert stack_graphs(graphs[:1]) is graphs[0]


@pytest.mark.parametrize('call', [
    lambda a: walk_graph(a, SIZE, WALK, 'min'),
    lambda a: walk_graph(a, SIZE, WALK, normalize='column'),
    lambda a: walk_graph(a, SIZE, WALK, method='power'),
    lambda a: squared_walk(a, SIZE, RandomWalk(3, steps=12)),
    lambda a: truncated_graph(a, SIZE, WALK, 0),
    lambda a: adjacency_graph(torch.zeros(2, 3)),
    lambda a: window_offsets(4),
    lambda a: pair_weights(torch.zeros(3, 4, 4), var_rgb=0),
])
def test_refuses(call):
    with pytest.raises(ValueError):
        call(stencil(0, SIZE))


@pytest.mark.parametrize('columns', [1, 16, 21, 40])
@pytest.mark.parametrize('nodes', [1, 13, 2100])
def test_native_product(nodes, columns):
    matrix, values = torch.rand(nodes, nodes), torch.randn(nodes, columns)
    if not native_graph.applies(matrix, values):
        pytest.skip('not compiled, or for a processor without AVX')
    for threads in (1, 2):
        before = torch.get_num_threads()
        torch.set_num_threads(threads)
        out = native_graph.narrow_product(matrix, values)
        torch.set_num_threads(before)
        golden = matrix.double() @ values.double()
        error = (out - golden).abs().max() / golden.abs().max()
        assert out.shape == (nodes, columns) and error < 1e-5
    assert not native_graph.applies(matrix.double(), values.double())
    assert not native_graph.applies(matrix.t(), values) or nodes == 1


def test_says_that_torch_runs(monkeypatch, caplog):
    monkeypatch.setattr(native_graph.native, 'library', lambda: None)
    native_graph._library.cache_clear()
    matrix, values = torch.rand(30, 30), torch.rand(1, 30, 4)
    graph = MatrixGraph(matrix, torch.ones(1, 30, 1))
    for _ in range(2):
        torch.testing.assert_close(graph.propagate(values)[0],
                                   matrix @ values[0])
    assert caplog.text.count('torch runs in its place') == 1
    native_graph._library.cache_clear()


def loop_laplacian(image, window, var_rgb, var_xy):
    """Every ordered pair of a window, float64."""
    height, width = image.shape[1:]
    reach = window // 2
    matrix = np.zeros((height * width, ) * 2)
    for y, x in np.ndindex(height, width):
        for ny in range(max(0, y - reach), min(height, y + reach + 1)):
            for nx in range(max(0, x - reach), min(width, x + reach + 1)):
                if (ny, nx) == (y, x):
                    continue
                color = float(((image[:, y, x] - image[:, ny, nx])**2).sum())
                apart = (y - ny)**2 + (x - nx)**2
                weight = math.exp(-color / var_rgb - apart / var_xy)
                matrix[y * width + x, ny * width + nx] -= weight
                matrix[y * width + x, y * width + x] += weight
    return matrix


@pytest.mark.parametrize('size', [(4, 5), (1, 6), (6, 1), (2, 2), (1, 1)])
@pytest.mark.parametrize('window', [3, 5])
def test_laplacian(size, window):
    image = torch.rand((3, *size), dtype=torch.float64)
    golden = loop_laplacian(image, window, .7, 9.)
    found = laplacian(image, window, .7, 9.)
    np.testing.assert_allclose(found.to_dense(), golden, atol=1e-12)


def test_laplacian_energy_of_a_batch():
    sizes = [(3, 4), (2, 3)]
    images = [torch.rand((3, *size), dtype=torch.float64) for size in sizes]
    stacked = stack_laplacians([laplacian(i) for i in images], 12)
    values = torch.randn(2, 12, 2, dtype=torch.float64, requires_grad=True)
    found = laplacian_energy(values, stacked)
    for number, image in enumerate(images):
        nodes = image[0].numel()
        z = values[number, :nodes].detach().numpy()
        matrix = loop_laplacian(image, 5, 12., 20.)
        pairs = sum(-matrix[i, j] * ((z[i] - z[j])**2).sum()
                    for i in range(nodes) for j in range(i))
        assert found[number].item() == pytest.approx(pairs)
    assert torch.autograd.gradcheck(
        lambda v: laplacian_energy(v, stacked), values)


def test_noise_depends_on_key_step_and_place_only():
    keys = torch.tensor([seed_of('a'), seed_of('b'), seed_of('a', 1)])
    noise = uniform_noise(keys, 3, 4000)
    torch.testing.assert_close(uniform_noise(keys.flip(0), 3, 4000).flip(0),
                               noise, rtol=0, atol=0)
    torch.testing.assert_close(uniform_noise(keys[1:2], 3, 10)[0],
                               noise[1, :10], rtol=0, atol=0)
    other = uniform_noise(keys, 4, 4000)
    every = torch.cat([noise, other, noise[:1].roll(1)])
    correlation = np.corrcoef(every) - np.eye(len(every))
    assert np.abs(correlation).max() < .08
    assert noise.min() >= 0 and noise.max() < 1
    counts = torch.histc(noise, 10, 0, 1) / noise.numel()
    assert (counts - .1).abs().max() < .015


def test_seeds_are_known():
    assert seed_of('2007_000032', 42) == seed_of('2007_000032', 42)
    assert len({seed_of(name, seed) for name in 'ab' for seed in (0, 1)}) == 4
    assert 0 <= seed_of('x') < 2**63
    assert isinstance(adjacency_graph(torch.ones(2, 2)), MatrixGraph)
