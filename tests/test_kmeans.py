"""K-means against scikit-learn and a plain loop; labels of sub-categories."""
import math

import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans as SklearnKMeans
from sklearn.metrics import normalized_mutual_info_score

from wsss_plugins.ops.cluster.kmeans import (
    KMeans,
    moved_centers,
    nearest,
    plus_plus,
)
from wsss_plugins.ops.cluster.sub_labels import (
    assign_by_class,
    class_major_order,
    cluster_by_class,
    mutual_information,
    principal_plane,
    sub_targets,
    table_of_targets,
    used_columns,
)
from wsss_plugins.ops.cluster.subspace import (
    principal_basis,
    project,
    spread_of,
)


def blobs(seed, sizes, dims=40, spread=.3):
    """Points about as many far centers as there are sizes, and which."""
    generator = torch.Generator().manual_seed(seed)
    centers = 4 * torch.randn(len(sizes), dims, generator=generator)
    owner = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))
    owner = owner[torch.randperm(len(owner), generator=generator)]
    noise = torch.randn(len(owner), dims, generator=generator)
    return centers[owner] + spread * noise, owner


def features(seed, count=300, dims=600):
    """Like pooled features: at least 0, a few modes, a lot of noise."""
    generator = torch.Generator().manual_seed(seed)
    modes = torch.randn(9, 30, generator=generator)
    latent = modes[torch.randint(9, (count, ), generator=generator)]
    latent = latent + torch.randn(count, 30, generator=generator)
    mixed = latent @ torch.randn(30, dims, generator=generator) / 5
    return (mixed + .5 * torch.randn(count, dims, generator=generator)).relu()


def inertia(points, centers, labels):
    points, centers = points.double(), centers.double()
    return sum(float((points[i] - centers[labels[i]]).square().sum())
               for i in range(len(points)))


@pytest.mark.parametrize('subspace', [None, 8])
@pytest.mark.parametrize('seed', range(3))
def test_finds_blobs(seed, subspace):
    points, owner = blobs(seed, [30, 5, 17, 1])
    found = KMeans(4, seed=seed, subspace=subspace)(points)
    assert normalized_mutual_info_score(owner, found.labels) == (
        pytest.approx(1))
    assert sorted(found.labels.bincount().tolist()) == [1, 5, 17, 30]
    for k in range(4):
        mean = points[found.labels == k].mean(dim=0)
        torch.testing.assert_close(found.centers[k], mean, rtol=1e-5,
                                   atol=1e-5)
    assert found.inertia == pytest.approx(
        inertia(points, found.centers, found.labels), rel=1e-5)


@pytest.mark.parametrize('dims', [16, 600])
def test_no_worse_than_sklearn(dims):
    ours = theirs = 0.
    for seed in range(6):
        points = features(seed, dims=dims)
        ours += KMeans(10)(points).inertia
        theirs += SklearnKMeans(
            10, n_init=10, random_state=0).fit(points.numpy()).inertia_
    assert ours <= 1.001 * theirs


def test_ends_where_lloyd_stands_still():
    """Each point is with its nearest center, each center is a mean."""
    points = features(0)
    found = KMeans(7, subspace=16)(points)
    distance = torch.cdist(points.double(), found.centers.double())
    assert torch.equal(distance.argmin(dim=1), found.labels)
    means = torch.stack([points[found.labels == k].mean(dim=0)
                         for k in range(7)])
    torch.testing.assert_close(found.centers, means, rtol=1e-4, atol=1e-5)


def test_deterministic_by_seed():
    points = features(1)
    one, two = KMeans(10, seed=3)(points), KMeans(10, seed=3)(points)
    assert torch.equal(one.labels, two.labels)
    assert torch.equal(one.centers, two.centers)
    labels = {tuple(KMeans(10, n_init=1, seed=seed)(points).labels.tolist())
              for seed in range(4)}
    assert len(labels) > 1
    state = torch.random.get_rng_state()
    KMeans(3)(points)
    assert torch.equal(state, torch.random.get_rng_state())


def test_points_are_not_changed():
    points = features(2)
    before = points.clone()
    KMeans(5)(points)
    assert torch.equal(points, before)


def test_more_restarts_are_no_worse():
    points = features(3, count=120)
    few = KMeans(10, n_init=1, subspace=None)(points).inertia
    assert KMeans(10, n_init=20, subspace=None)(points).inertia <= few


@pytest.mark.parametrize('dtype', [torch.float16, torch.float64,
                                   torch.int64])
def test_types(dtype):
    points, owner = blobs(0, [10, 10])
    found = KMeans(2)(points.to(dtype))
    assert normalized_mutual_info_score(owner, found.labels) == (
        pytest.approx(1))
    wanted = torch.float64 if dtype == torch.float64 else torch.float32
    assert found.centers.dtype == wanted


def test_fewer_points_than_clusters():
    points = features(0, count=3)
    found = KMeans(10)(points)
    assert sorted(found.labels.tolist()) == [0, 1, 2]
    assert torch.equal(found.centers[found.labels], points)
    assert found.inertia == 0


def test_duplicates_make_fewer_clusters():
    distinct = features(0, count=3)
    points = distinct[torch.tensor([0, 1, 1, 2, 0, 0] * 20)]
    found = KMeans(5)(points)
    assert len(found.centers) == 3 and found.inertia == 0
    assert torch.equal(found.centers[found.labels], points)
    # As many as wanted: none of them is empty.
    assert len(KMeans(3)(points).labels.unique()) == 3
    assert KMeans(3)(torch.ones(5, 4)).labels.tolist() == [0] * 5


def test_one_cluster_and_one_point():
    points = features(4, count=50)
    found = KMeans(1)(points)
    assert found.labels.tolist() == [0] * 50
    torch.testing.assert_close(found.centers[0], points.mean(dim=0))
    assert KMeans(4)(points[:1]).labels.tolist() == [0]


def test_many_duplicates_leave_no_cluster_empty():
    """Starts that coincide are told apart by far points."""
    points = torch.cat([torch.zeros(500, 2), torch.eye(2),
                        torch.tensor([[5., 5.]])])
    for seed in range(5):
        found = KMeans(4, n_init=1, seed=seed)(points)
        assert sorted(found.labels.unique().tolist()) == [0, 1, 2, 3]
        assert found.inertia == pytest.approx(0, abs=1e-9)


def test_empty_cluster_takes_the_farthest_point():
    points = torch.tensor([[0.], [1.], [10.], [11.], [30.]])
    centers = torch.tensor([[[.5], [12.], [99.]]])
    scores, assigned = nearest(points, centers)
    assert assigned.tolist() == [[0, 0, 1, 1, 1]]
    moved = moved_centers(points, points.square().sum(dim=1), centers, scores,
                          assigned)
    # 30 is farthest from its center, 12, and leaves 10 and 11 behind.
    assert moved[0, :, 0].tolist() == pytest.approx([.5, 10.5, 30.])
    # A point that is alone in its cluster does not leave it.
    centers = torch.tensor([[[5.5], [90.], [99.]]])
    lonely = torch.tensor([[5.], [6.], [60.]])
    scores, assigned = nearest(lonely, centers)
    assert assigned.tolist() == [[0, 0, 1]]
    moved = moved_centers(lonely, lonely.square().sum(dim=1), centers, scores,
                          assigned)
    assert sorted(moved[0, :, 0].tolist()) == [5., 6., 60.]


def test_nearest_is_exact_about_an_origin():
    """Far from zero, where squares would cancel."""
    points, owner = blobs(0, [20, 20, 20])
    points += 1000.
    centers = torch.stack([points[owner == k].mean(dim=0) for k in range(3)])
    origin = points.mean(dim=0)
    scores, assigned = nearest(points, centers[None], origin)
    distance = torch.cdist(points.double(), centers.double()).square()
    assert torch.equal(assigned[0], distance.argmin(dim=1))
    squares = (points.double() - origin).square().sum(dim=1)
    # Single precision keeps six digits of the distance to the origin.
    torch.testing.assert_close(squares - 2 * scores[0].double(),
                               distance.amin(dim=1), rtol=1e-2, atol=1e-1)


def test_starts_are_points_and_spread():
    points, owner = blobs(1, [40, 40, 40, 40])
    generator = torch.Generator().manual_seed(0)
    starts = plus_plus(points, 4, 8, generator)
    rows = (starts[:, :, None] == points).all(dim=3)
    assert (rows.sum(dim=2) == 1).all()
    owners = owner[rows.int().argmax(dim=2)]
    # Far blobs are hardly ever missed by greedy draws.
    assert all(len(set(o.tolist())) == 4 for o in owners)


def test_lloyd_stops_at_the_limit():
    points = features(0)
    one = KMeans(10, n_init=1, max_iter=1)(points)
    assert KMeans(10, n_init=1)(points).inertia < one.inertia


@pytest.mark.parametrize('options', [
    dict(num_clusters=0), dict(num_clusters=2, n_init=0),
    dict(num_clusters=2, max_iter=0), dict(num_clusters=2, subspace=0),
    dict(num_clusters=2, tol=-1.)
])
def test_refuses_options(options):
    with pytest.raises(ValueError):
        KMeans(**options)


@pytest.mark.parametrize('points', [
    torch.zeros(0, 3), torch.zeros(3), torch.full((4, 2), torch.nan),
    torch.full((4, 2), torch.inf)
])
def test_refuses_points(points):
    with pytest.raises(ValueError):
        KMeans(2)(points)


def test_subspace_holds_what_matters():
    points = features(0, count=200, dims=301)
    mean = spread_of(points).mean
    basis = principal_basis(points, mean, 40,
                            torch.Generator().manual_seed(0))
    assert basis.shape[0] == 301 and basis.shape[1] <= 40
    torch.testing.assert_close(basis.T @ basis, torch.eye(basis.shape[1]),
                               rtol=0, atol=1e-3)
    kept = project(points, mean, 40, torch.Generator().manual_seed(0))
    singular = torch.linalg.svdvals((points - mean).double())
    best = singular[:basis.shape[1]].square().sum()
    assert kept.double().square().sum() > .9 * best
    assert kept.double().square().sum() < best * (1 + 1e-5)


def test_spread():
    points = features(0, count=700, dims=9).double()
    spread = spread_of(points)
    squares = (points - points.mean(dim=0)).square().sum(dim=1)
    torch.testing.assert_close(spread.squares, squares)
    assert spread.total == pytest.approx(squares.sum().item())


def test_plane_is_that_of_greatest_variance():
    points = features(0, count=80, dims=12)
    plane = principal_plane(points)
    centered = (points - points.mean(dim=0)).double()
    singular = torch.linalg.svdvals(centered)
    torch.testing.assert_close(plane.double().norm(dim=0), singular[:2],
                               rtol=1e-4, atol=1e-4)
    assert torch.equal(plane, principal_plane(points))
    assert principal_plane(points[:1]).tolist() == [[0., 0.]]
    assert principal_plane(torch.ones(3, 500)).shape == (3, 2)


def test_clusters_by_class():
    """Two classes share an image; each class sees its own images only."""
    points, owner = blobs(0, [4, 4], dims=5)
    present = torch.ones(8, 4, dtype=torch.bool)
    present[:, 1] = torch.arange(8) < 5   # five images
    present[:, 2] = torch.arange(8) == 7  # one image
    present[:, 3] = False                 # none
    found = cluster_by_class(points, present, KMeans(2))
    assert found.counts.tolist() == [2, 2, 1, 0]
    assert ((found.table >= 0) == present).all()
    assert normalized_mutual_info_score(owner, found.table[:, 0]) == (
        pytest.approx(1))
    assert found.table[7, 2] == 0 and found.inertia[2:].tolist() == [0, 0]
    alone = KMeans(2)(points[:5])
    assert torch.equal(found.table[:5, 1], alone.labels)
    again = assign_by_class(points, present, found.centers, found.counts)
    assert torch.equal(again, found.table)
    with pytest.raises(ValueError, match='7 features for 8'):
        cluster_by_class(points[:7], present, KMeans(2))


def test_targets_of_a_table():
    # The worked example of the paper: classes 2 and 7 of 20, K = 10.
    table = torch.full((2, 20), -1)
    table[0, 2], table[0, 7], table[1, 14] = 3, 9, 0
    targets = sub_targets(table, 10)
    assert targets.nonzero().tolist() == [[0, 23], [0, 79], [1, 140]]
    assert torch.equal(table_of_targets(targets, 10), table)
    with pytest.raises(ValueError, match='two sub-categories'):
        table_of_targets(torch.ones(1, 4), 2)
    with pytest.raises(ValueError, match='4 columns'):
        table_of_targets(torch.ones(1, 4), 3)
    used = used_columns(torch.tensor([2, 0, 3]), 3)
    assert used.int().tolist() == [1, 1, 0, 0, 0, 0, 1, 1, 1]


def test_order_of_label_files():
    present = torch.tensor([[0, 0, 1], [0, 1, 1], [1, 0, 0], [0, 0, 0],
                            [1, 1, 0]]) > 0
    assert class_major_order(present).tolist() == [2, 4, 1, 0]


@pytest.mark.parametrize('seed', range(3))
def test_mutual_information(seed):
    rng = np.random.default_rng(seed)
    one, other = rng.integers(0, 4, 50), rng.integers(0, 7, 50)
    ours = mutual_information(torch.from_numpy(one), torch.from_numpy(other))
    assert ours == pytest.approx(normalized_mutual_info_score(one, other))
    relabeled = torch.from_numpy((one + 1) % 4)
    assert mutual_information(torch.from_numpy(one), relabeled) == (
        pytest.approx(1))


def test_mutual_information_of_nothing_to_tell():
    same = torch.zeros(4, dtype=torch.int64)
    assert mutual_information(same, same) == 1
    assert mutual_information(same, torch.arange(4)) == 0
    assert math.isnan(mutual_information(same[:0], same[:0]))
