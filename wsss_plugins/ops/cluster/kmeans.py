"""K-means with restarts that share their matrix products.

Ten starts of Lloyd's algorithm are ten times the same products with other
centers: here the centers of all restarts are rows of one matrix. Restarts run
in a principal subspace of the points, drop out when they have converged, and
the best of them is polished with all dimensions. Clusters that run empty take
the points farthest from their centers, as scikit-learn's do.
"""
import math
from dataclasses import dataclass

import torch
from torch import Tensor

from .subspace import Spread, project, spread_of

_ROWS = 256  # of points at once, where a copy of all would be needed


@dataclass(frozen=True)
class Clusters:
    """Clusters of a set of points.

    Attributes:
        labels (Tensor): Cluster of each point, int64 (n,).
        centers (Tensor): Mean of each cluster, float (k, d); k is the wanted
            number, or the number of distinct points if that is less.
        inertia (float): Sum of squared distances to the own center.
    """
    labels: Tensor
    centers: Tensor
    inertia: float


@dataclass(frozen=True)
class KMeans:
    """K-means++ and Lloyd's algorithm, batched over restarts.

    On one device the result depends on the points, their order and the seed
    only. Random numbers are drawn on the CPU, whatever the device.

    Args:
        num_clusters (int): Wanted clusters, at least 1.
        n_init (int): Restarts; the best is kept. Defaults to 10.
        max_iter (int): Most iterations of a restart, and of the polish.
            Defaults to 300.
        tol (float): A restart has converged when its centers move, in
            squares, by no more than this share of the mean variance of a
            dimension. Defaults to 1e-4; this and the others as in
            scikit-learn.
        seed (int): Of the random numbers. Defaults to 0.
        subspace (int, optional): Dimensions of the principal subspace that
            restarts run in; None for all. Defaults to 64: more cost time and
            were not seen to find better clusters.

    Raises:
        ValueError: If a number is out of its range.
    """
    num_clusters: int
    n_init: int = 10
    max_iter: int = 300
    tol: float = 1e-4
    seed: int = 0
    subspace: int | None = 64

    def __post_init__(self) -> None:
        for name in ('num_clusters', 'n_init', 'max_iter', 'subspace'):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f'{name}={value}; it counts from 1')
        if self.tol < 0:
            raise ValueError(f'tol={self.tol} is negative')

    @torch.no_grad()
    def __call__(self, points: Tensor) -> Clusters:
        """Cluster points.

        Args:
            points (Tensor): (n, d), n at least 1. float64 is computed as it
                is, everything else in float32.

        Raises:
            ValueError: If there are no points, or they are not finite.
        """
        if points.ndim != 2 or not points.numel():
            raise ValueError(f'points are {tuple(points.shape)}; (n, d), '
                             'neither of them 0, expected')
        if points.dtype != torch.float64:
            points = points.float()
        spread = spread_of(points)
        if not math.isfinite(spread.total):
            raise ValueError('points have values that are not finite')
        distinct = _few_distinct(points, self.num_clusters)
        if distinct is not None:
            return Clusters(distinct[1], distinct[0], 0.)
        generator = torch.Generator().manual_seed(self.seed)
        reduced = project(points, spread.mean, self.subspace, generator)
        starts = plus_plus(reduced, self.num_clusters, self.n_init, generator)
        tol = self.tol * spread.total / points.numel()
        labels = self._best_restart(reduced, starts, tol)
        return self._polished(points, spread, labels)

    def _best_restart(self, points: Tensor, centers: Tensor,
                      tol: float) -> Tensor:
        """Run restarts from centers (R, k, s); the best one's labels."""
        squares = points.square().sum(dim=1)
        least, labels = math.inf, None
        for iteration in range(self.max_iter):
            scores, assigned = nearest(points, centers)
            moved = moved_centers(points, squares, centers, scores, assigned)
            done = (moved - centers).square().sum(dim=(1, 2)) <= tol
            if iteration + 1 == self.max_iter:
                done.fill_(True)
            if done.any():
                # Inertia less that of the origin, which all have in common.
                inertia = -2 * scores[done].double().sum(dim=1)
                best = inertia.argmin()
                if labels is None or inertia[best] < least:
                    least, labels = inertia[best], assigned[done][best]
            if done.all():
                break
            centers = moved[~done]
        return labels

    def _polished(self, points: Tensor, spread: Spread,
                  labels: Tensor) -> Clusters:
        """Lloyd's algorithm with all dimensions, to its very end."""
        centers = _means(points, labels[None], self.num_clusters)[0]
        for _ in range(self.max_iter):
            scores, assigned = nearest(points, centers[None], spread.mean)
            if torch.equal(assigned[0], labels):
                break
            labels = assigned[0]
            centers = moved_centers(points, spread.squares, centers[None],
                                    scores, assigned)[0]
        return Clusters(labels, centers, _inertia(points, centers, labels))


def nearest(points: Tensor,
            centers: Tensor,
            origin: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """The nearest center of each point, of equal ones the first.

    Args:
        points (Tensor): (n, d).
        centers (Tensor): Of each restart, (R, k, d).
        origin (Tensor, optional): A point (d,) amid the others, which keeps
            rounding small.

    Returns:
        tuple[Tensor, Tensor]: With v the vector from the origin to a point
        and c to its nearest center, ``v.c - c.c / 2``, (R, n), whose double
        is what ``v.v`` exceeds the squared distance by; and the index of
        that center, int64 (R, n).
    """
    restarts, clusters, dims = centers.shape
    if origin is not None:
        centers = centers - origin
    flat = centers.reshape(-1, dims)
    bias = flat.square().sum(dim=1).div(-2)
    if origin is not None:
        bias = bias - flat @ origin
    scores = torch.addmm(bias[:, None], flat, points.T)
    return scores.view(restarts, clusters, len(points)).max(dim=1)


def moved_centers(points: Tensor, squares: Tensor, centers: Tensor,
                  scores: Tensor, assigned: Tensor) -> Tensor:
    """Means of the points of each cluster; an empty one gets a far point.

    Args:
        points (Tensor): (n, d).
        squares (Tensor): Squared distance to the origin of ``scores``, (n,).
        centers (Tensor): (R, k, d).
        scores, assigned (Tensor): Of :func:`nearest`, (R, n).

    Returns:
        Tensor: New centers, (R, k, d).
    """
    clusters = centers.shape[1]
    moved, counts = _means(points, assigned, clusters, with_counts=True)
    for r in (counts == 0).any(dim=1).nonzero()[:, 0].tolist():
        # Means again, after the far points have changed clusters.
        labels = _relocated(squares - 2 * scores[r], assigned[r], counts[r])
        moved[r] = _means(points, labels[None], clusters)[0]
    return moved


def _relocated(distance: Tensor, labels: Tensor, counts: Tensor) -> Tensor:
    """Give each empty cluster the farthest point that is not alone."""
    labels, counts = labels.clone(), counts.clone()
    order = distance.argsort(descending=True, stable=True).tolist()
    for cluster in (counts == 0).nonzero()[:, 0].tolist():
        far = next(i for i in order if counts[labels[i]] > 1)
        order.remove(far)
        counts[labels[far]] -= 1
        counts[cluster] += 1
        labels[far] = cluster
    return labels


def _means(points: Tensor,
           labels: Tensor,
           clusters: int,
           with_counts: bool = False) -> Tensor | tuple[Tensor, Tensor]:
    """Means of clusters, (R, k, d), from labels (R, n); of none, 0."""
    one_hot = points.new_zeros((len(labels), clusters, len(points)))
    one_hot.scatter_(1, labels[:, None], 1.)
    counts = one_hot.sum(dim=2)
    sums = (one_hot.view(-1, len(points)) @ points).view(*counts.shape, -1)
    means = sums / counts.clamp(min=1)[..., None]
    return (means, counts) if with_counts else means


def _inertia(points: Tensor, centers: Tensor, labels: Tensor) -> float:
    parts = [(part - centers[own]).square_().sum().double()
             for part, own in zip(points.split(_ROWS), labels.split(_ROWS))]
    return torch.stack(parts).sum().item()


def _few_distinct(points: Tensor,
                  most: int) -> tuple[Tensor, Tensor] | None:
    """Distinct points and each point's index there, if so few.

    None if there are more than ``most`` distinct points.
    """
    some = points[:4 * most]
    for part in (some, points):
        distinct, index = torch.unique(part, dim=0, return_inverse=True)
        if len(distinct) > most:
            return None
        if len(part) == len(points):
            break
    return distinct, index


def plus_plus(points: Tensor, clusters: int, restarts: int,
              generator: torch.Generator) -> Tensor:
    """Greedy k-means++ (Arthur and Vassilvitskii, SODA 2007), batched.

    Each center is the best of ``2 + floor(ln k)`` points that are drawn in
    proportion to their squared distance to the centers so far.

    Args:
        points (Tensor): (n, s).
        clusters (int): Centers of each restart.
        restarts (int): How many sets of centers.
        generator (torch.Generator): On the CPU.

    Returns:
        Tensor: (R, k, s).
    """
    trials = 2 + int(math.log(clusters))
    squares = points.square().sum(dim=1)
    chosen = torch.randint(
        len(points), (restarts, 1), generator=generator).to(points.device)
    closest = _distances(points, squares, chosen)[:, 0]
    for _ in range(1, clusters):
        draws = torch.rand(
            (restarts, trials), generator=generator, dtype=torch.float64)
        mass = closest.double().cumsum(dim=1)
        draws = draws.to(points.device) * mass[:, -1:]
        drawn = torch.searchsorted(mass, draws, right=True)
        drawn = drawn.clamp(max=len(points) - 1)
        distance = _distances(points, squares, drawn)
        distance = torch.minimum(distance, closest[:, None])
        best = distance.double().sum(dim=2).argmin(dim=1, keepdim=True)
        chosen = torch.cat([chosen, drawn.gather(1, best)], dim=1)
        closest = distance.take_along_dim(best[..., None], dim=1)[:, 0]
    return points[chosen]


def _distances(points: Tensor, squares: Tensor, chosen: Tensor) -> Tensor:
    """Squared distances to points (R, m) of the set, (R, m, n)."""
    index = chosen.flatten()
    products = points[index] @ points.T
    distance = products.mul_(-2).add_(squares).add_(squares[index][:, None])
    distance.scatter_(1, index[:, None], 0.)
    return distance.clamp_(min=0).view(*chosen.shape, len(points))
