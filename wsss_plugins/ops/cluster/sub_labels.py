"""Sub-categories of classes: clusters, label tables and their target form.

A *table* is int (N, C): the cluster of image n within class c, or -1 where
the image does not show the class. The *targets* of a classifier are multi-hot,
(N, C * K): class c owns columns ``c * K`` to ``c * K + K - 1`` (SC-CAM, CVPR
2020, Sec. 3.2).
"""
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from .kmeans import KMeans, nearest
from .subspace import project, spread_of

ABSENT = -1
_PLANE_FROM = 64  # dimensions that a plane is searched in


@dataclass(frozen=True)
class ClassClusters:
    """Clusters of the images of each class.

    Attributes:
        table (Tensor): Cluster by image and class, int64 (N, C); -1 where
            the class is absent.
        counts (Tensor): Clusters of each class, int64 (C,): K, or the number
            of distinct features if that is less, or 0 without images.
        centers (Tensor): float (C, K, d); unused ones are 0.
        inertia (Tensor): Sum of squared distances by class, float64 (C,).
    """
    table: Tensor
    counts: Tensor
    centers: Tensor
    inertia: Tensor


def cluster_by_class(
        features: Tensor,
        present: Tensor,
        kmeans: KMeans,
        progress: Callable[[Iterable], Iterable] = iter) -> ClassClusters:
    """Cluster the images of each class on their own (SC-CAM, Sec. 3.2).

    An image that shows several classes takes part in each of them with the
    same feature.

    Args:
        features (Tensor): One for each image, (N, d).
        present (Tensor): Whether an image shows a class, bool (N, C).
        kmeans (KMeans): Clustering of one class.
        progress (Callable): Wraps the loop over classes, as tqdm does.

    Raises:
        ValueError: If the features and ``present`` differ in length.
    """
    if len(features) != len(present):
        raise ValueError(f'{len(features)} features for {len(present)} '
                         'images')
    num_classes = present.shape[1]
    table = torch.full(present.shape, ABSENT, device=features.device)
    counts = torch.zeros(num_classes, dtype=torch.int64)
    inertia = torch.zeros(num_classes, dtype=torch.float64)
    centers = features.new_zeros(
        (num_classes, kmeans.num_clusters, features.shape[1]))
    for c in progress(range(num_classes)):
        rows = present[:, c].nonzero()[:, 0].to(features.device)
        if not len(rows):
            continue
        found = kmeans(features[rows])
        table[rows, c] = found.labels
        counts[c] = len(found.centers)
        centers[c, :counts[c]] = found.centers.to(centers)
        inertia[c] = found.inertia
    return ClassClusters(table, counts.to(table.device), centers, inertia)


def assign_by_class(features: Tensor, present: Tensor, centers: Tensor,
                    counts: Tensor) -> Tensor:
    """Nearest of given centers for each image and class that it shows.

    Args:
        features (Tensor): (N, d).
        present (Tensor): bool (N, C).
        centers (Tensor): (C, K, d).
        counts (Tensor): How many of the K centers a class has, int (C,).

    Returns:
        Tensor: Table, int64 (N, C).
    """
    table = torch.full(present.shape, ABSENT, device=features.device)
    for c, count in enumerate(counts.tolist()):
        rows = present[:, c].nonzero()[:, 0].to(features.device)
        if count and len(rows):
            points = features[rows]
            own = centers[c, :count].to(points)
            table[rows, c] = nearest(points, own[None], own.mean(dim=0))[1][0]
    return table


def sub_targets(table: Tensor, num_sub: int) -> Tensor:
    """Multi-hot targets of a table.

    Args:
        table (Tensor): int (N, C), -1 or a cluster below ``num_sub``.
        num_sub (int): Columns of each class.

    Returns:
        Tensor: float32 (N, C * K); row sums are numbers of classes.
    """
    columns = torch.arange(num_sub, device=table.device)
    return (table[..., None] == columns).flatten(1).float()


def table_of_targets(targets: Tensor, num_sub: int) -> Tensor:
    """The inverse of :func:`sub_targets`, for label files of other programs.

    Raises:
        ValueError: If the columns are no multiple of ``num_sub``, or an image
            has two sub-categories of one class.
    """
    if targets.shape[1] % num_sub:
        raise ValueError(f'{targets.shape[1]} columns are not {num_sub} for '
                         'each class')
    ones = targets.reshape(len(targets), -1, num_sub) > 0
    if (ones.sum(dim=2) > 1).any():
        raise ValueError('an image has two sub-categories of one class; is '
                         f'{num_sub} the number of columns of a class?')
    return torch.where(ones.any(dim=2), ones.float().argmax(dim=2), ABSENT)


def used_columns(counts: Tensor, num_sub: int) -> Tensor:
    """Whether a column of the targets stands for a cluster, bool (C * K,)."""
    columns = torch.arange(num_sub, device=counts.device)
    return (columns < counts[:, None]).flatten()


def class_major_order(present: Tensor) -> Tensor:
    """Order of images in SC-CAM's label files, int64.

    Class by class, within a class as they come, an image at its first class;
    images without any are left out.
    """
    first = present.int().argmax(dim=1)
    shown = present.any(dim=1).nonzero()[:, 0]
    return shown[first[shown].argsort(stable=True)]


def mutual_information(one: Tensor, other: Tensor) -> float:
    """Normalized mutual information of two labelings, 0 to 1.

    The mutual information, divided by the mean of both entropies.

    Args:
        one, other (Tensor): Cluster of each item, int (n,), at least 0.

    Returns:
        float: 1 if they are the same partition (also if that is a single
        cluster), NaN without items.
    """
    if not len(one):
        return float('nan')
    joint = torch.zeros((int(one.max()) + 1, int(other.max()) + 1),
                        dtype=torch.float64, device=one.device)
    joint.index_put_((one.long(), other.long()),
                     joint.new_tensor(1 / len(one)), accumulate=True)
    rows, columns = joint.sum(dim=1), joint.sum(dim=0)
    mean = (_entropy(rows) + _entropy(columns)) / 2
    if mean == 0:
        return 1.
    shared = _entropy(rows) + _entropy(columns) - _entropy(joint.flatten())
    return max(0., (shared / mean).item())


def _entropy(shares: Tensor) -> Tensor:
    return -torch.special.xlogy(shares, shares).sum()


def principal_plane(points: Tensor, seed: int = 0) -> Tensor:
    """Coordinates in the plane of greatest variance, for plots.

    Args:
        points (Tensor): (n, d), n at least 1.
        seed (int): Of the random numbers.

    Returns:
        Tensor: (n, 2); a missing dimension is 0.
    """
    generator = torch.Generator().manual_seed(seed)
    mean = spread_of(points).mean
    reduced = project(points, mean, _PLANE_FROM, generator)
    missing = max(0, 2 - reduced.shape[1])
    reduced = torch.nn.functional.pad(reduced, (0, missing))
    _, vectors = torch.linalg.eigh(reduced.T @ reduced)
    axes = vectors[:, -2:].flip(1)
    # An axis may point either way; its greatest entry decides.
    greatest = axes.gather(0, axes.abs().argmax(dim=0, keepdim=True))
    return reduced @ (axes * greatest.sign())
