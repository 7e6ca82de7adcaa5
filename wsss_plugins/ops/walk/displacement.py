"""Centroids from a displacement field (IRNet Sec. 5.1)."""
import numpy as np
import torch
from torch import Tensor

from ..cam.components import connected_components


def find_centroids(displacement: Tensor, iterations: int = 300) -> Tensor:
    """Follow the field from every pixel until it comes to rest.

    Each step adds the displacement at the current position, interpolated
    bilinearly; positions stay inside the map.

    Args:
        displacement (Tensor): Rows and columns, in pixels of the map,
            (2, h, w).
        iterations (int): Maximum number of steps; 100 or more in the paper.

    Returns:
        Tensor: Row and column of each pixel's centroid, int64 (2, h, w).

    Raises:
        ValueError: If there are not two fields, or a value is not finite.
    """
    if displacement.ndim != 3 or len(displacement) != 2:
        raise ValueError(f'displacement {tuple(displacement.shape)} is not '
                         '(2, h, w)')
    if not displacement.isfinite().all():
        raise ValueError('displacement holds values that are not finite')
    field = displacement.float()
    size = field.shape[1:]
    limit = field.new_tensor([side - 1 for side in size])[:, None, None]
    place = torch.stack(
        torch.meshgrid(
            *(torch.arange(side, device=field.device) for side in size),
            indexing='ij')).to(field)
    for _ in range(iterations):
        moved = (place + _sample(field, place)).clamp(min=0).minimum(limit)
        # At rest: further steps would change nothing.
        if torch.equal(moved, place):
            break
        place = moved
    # torch rounds halves to even, as numpy does.
    return place.round().long()


def _sample(field: Tensor, place: Tensor) -> Tensor:
    """Bilinear values of a field (2, h, w) at positions (2, h, w)."""
    width = field.shape[2]
    flat = field.flatten(1)
    low, high = place.floor().long(), place.ceil().long()
    (dy, dx) = place - low

    def at(rows: Tensor, columns: Tensor) -> Tensor:
        return flat[:, rows * width + columns]

    return (at(low[0], low[1]) * (1 - dy) * (1 - dx) +
            at(high[0], low[1]) * dy * (1 - dx) +
            at(low[0], high[1]) * (1 - dy) * dx +
            at(high[0], high[1]) * dy * dx)


def cluster_centroids(centroids: Tensor,
                      displacement: Tensor,
                      threshold: float = 2.5) -> Tensor:
    """Group pixels whose centroids lie in the same region into objects.

    The regions are the connected components of pixels with a short
    displacement. Pixels whose centroid lies in none form one group, too, as in
    the reference.

    Args:
        centroids (Tensor): int64 (2, h, w), from :func:`find_centroids`.
        displacement (Tensor): The field, (2, h, w).
        threshold (float): Displacements below this are short, in pixels of
            the map.

    Returns:
        Tensor: bool (I, h, w); every pixel is in one of the I clusters.
    """
    length = displacement.float().square().sum(dim=0).sqrt()
    short = (length < threshold).cpu().numpy()
    regions = torch.from_numpy(connected_components(short)).to(centroids)
    cluster = regions[centroids[0], centroids[1]]
    return cluster.unique()[:, None, None] == cluster


def split_instances(scores: np.ndarray,
                    winner: np.ndarray,
                    min_area: float = 0.) -> tuple[np.ndarray, ...]:
    """Connected components of each class, as instances with scores.

    Args:
        scores (np.ndarray): Maps, float (M, H, W).
        winner (np.ndarray): Which map won, plus one; 0: none. Integer
            (H, W).
        min_area (float): Instances of fewer pixels get the score 0.

    Returns:
        tuple[np.ndarray, ...]: Masks of the instances, bool (n, H, W),
        indices of their maps, int64 (n,), and their maximum scores, float32
        (n,). Sorted by map, then by first pixel.
    """
    pieces = connected_components(winner)
    numbers, first, areas = np.unique(
        pieces, return_index=True, return_counts=True)
    real = numbers > 0
    numbers, first, areas = numbers[real], first[real], areas[real]
    owner = winner.ravel()[first].astype(np.int64) - 1
    order = np.argsort(owner, kind='stable')
    numbers, owner, areas = numbers[order], owner[order], areas[order]
    masks = pieces[None] == numbers[:, None, None]
    best = [
        scores[index][mask].max() if area >= min_area else 0.
        for index, mask, area in zip(owner, masks, areas)
    ]
    return masks, owner, np.array(best, dtype=np.float32)
