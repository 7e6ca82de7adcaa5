r"""How well each patch is reached from the points of an object: EXITS.

H. Lee et al.: Extreme Point Supervised Instance Segmentation, CVPR 2024,
https://arxiv.org/abs/2405.20729, Sec. 3: with the transition
``T = (A + A^T) / 2`` of a similarity scaled to A by Sinkhorn's rounds,

.. math::
    \pi_f(i) = \frac{1}{|P_{FG}|} \sum_{j \in P_{FG}} T^\alpha(j, i)

and :math:`\pi_b` alike. The mean over j is one row vector, so alpha products
of a vector and a matrix do what alpha products of matrices do, and with the
scalings of :mod:`.sinkhorn` T itself is not needed:
``v T = ((v * r) S * c + (v * c) S^T * r) / 2``.
"""
import torch
from torch import Tensor

from .sinkhorn import Scalings, checked_similarity, scaled, sinkhorn_scalings

METHODS = ('implicit', 'vector', 'power')


def transition(similarity: Tensor,
               rounds: int = 3,
               tol: float | None = None) -> Tensor:
    """T = (A + A^T) / 2, symmetric.

    Args:
        similarity, rounds, tol: As in
            :func:`wsss_plugins.ops.points.sinkhorn.sinkhorn_scalings`.

    Returns:
        Tensor: (B, n, n), float32 or float64.
    """
    matrix = scaled(similarity, sinkhorn_scalings(similarity, rounds, tol))
    return matrix.add(matrix.mT).div_(2)


def seed_vectors(*seeds: Tensor, dtype: torch.dtype = torch.float64) -> Tensor:
    """Uniform weights on sets of patches.

    Args:
        *seeds (Tensor): Sets, bool (B, n) each.
        dtype (torch.dtype): Defaults to float64.

    Returns:
        Tensor: (B, K, n); of a set with nothing in it, 1 / n everywhere.
    """
    sets = torch.stack(seeds, dim=1).to(dtype)
    counts = sets.sum(dim=2, keepdim=True)
    uniform = torch.full_like(sets, 1 / sets.shape[-1])
    return torch.where(counts > 0, sets / counts.clamp(min=1), uniform)


def vector_walk(vectors: Tensor, matrix: Tensor, steps: int) -> Tensor:
    """Row vectors times a matrix, many times.

    Args:
        vectors (Tensor): (B, K, n).
        matrix (Tensor): T, (B, n, n).
        steps (int): alpha.

    Returns:
        Tensor: (B, K, n).
    """
    for _ in range(steps):
        vectors = torch.bmm(vectors, matrix)
    return vectors


def implicit_walk(vectors: Tensor, similarity: Tensor, scalings: Scalings,
                  steps: int) -> Tensor:
    """Row vectors times T, many times, from S and its scalings.

    Args:
        vectors (Tensor): (B, K, n).
        similarity (Tensor): S, (B, n, n).
        scalings (Scalings): Of S.
        steps (int): alpha.

    Returns:
        Tensor: (B, K, n).
    """
    similarity = checked_similarity(similarity)
    rows, columns = (scaling[:, None] for scaling in scalings)
    for _ in range(steps):
        forth = torch.bmm(vectors * rows, similarity) * columns
        back = torch.bmm(vectors * columns, similarity.mT) * rows
        vectors = (forth + back) / 2
    return vectors


def power_walk(vectors: Tensor, matrix: Tensor, steps: int) -> Tensor:
    """The same by the matrix to a power: for checks, O(n^3) a step."""
    return torch.bmm(vectors, torch.linalg.matrix_power(matrix, steps))


def walk(vectors: Tensor,
         similarity: Tensor,
         alpha: int = 2,
         rounds: int = 3,
         tol: float | None = None,
         method: str = 'implicit') -> Tensor:
    """Row vectors times T to the power alpha.

    Args:
        vectors (Tensor): (B, K, n).
        similarity (Tensor): S, mean over heads of a self-attention between
            patches, positive, (B, n, n).
        alpha (int): Power of T, at least 0. Defaults to 2; the paper's value
            is not known.
        rounds, tol: As in :func:`wsss_plugins.ops.points.sinkhorn
            .sinkhorn_scalings`.
        method (str): ``'implicit'`` (default), ``'vector'`` with T made, or
            ``'power'`` with T to the power alpha made.

    Returns:
        Tensor: (B, K, n), float32 or float64.

    Raises:
        ValueError: If alpha is negative or the method is not known.
    """
    if alpha < 0 or method not in METHODS:
        raise ValueError(f'alpha={alpha} must not be negative and '
                         f'method={method!r} one of {METHODS}')
    with torch.autocast(similarity.device.type, enabled=False):
        similarity = checked_similarity(similarity)
        vectors = vectors.to(similarity.dtype)
        if method == 'implicit':
            scalings = sinkhorn_scalings(similarity, rounds, tol)
            return implicit_walk(vectors, similarity, scalings, alpha)
        matrix = transition(similarity, rounds, tol)
        if method == 'vector':
            return vector_walk(vectors, matrix, alpha)
        return power_walk(vectors, matrix, alpha)


def propagate(similarity: Tensor, foreground: Tensor, background: Tensor,
              **options) -> tuple[Tensor, Tensor]:
    """Scores of all patches from both sets of seeds.

    Args:
        similarity (Tensor): As in :func:`walk`.
        foreground, background (Tensor): P_FG and P_BG, bool (B, n).
        **options: Of :func:`walk`: alpha, rounds, tol, method.

    Returns:
        tuple[Tensor, Tensor]: pi_f and pi_b, (B, n), float32 or float64;
        each sums to about one. Of an empty set: 1 / n everywhere, where
        every score tends to as alpha grows.
    """
    vectors = seed_vectors(foreground, background)
    scores = walk(vectors, similarity, **options)
    sets = torch.stack([foreground, background], dim=1)
    # The scalings stop before their limit, and 1 / n would drift.
    pi_f, pi_b = torch.where(
        sets.any(dim=2, keepdim=True), scores,
        vectors.to(scores)).unbind(dim=1)
    return pi_f, pi_b


def contrast(similarity: Tensor, foreground: Tensor, background: Tensor,
             **options) -> Tensor:
    """pi_f - pi_b of :func:`propagate`, for half of its work.

    The retrieval only needs the difference, and the propagation is linear:
    one vector is enough.

    Args:
        similarity, foreground, background, options: As in
            :func:`propagate`.

    Returns:
        Tensor: (B, n), float32 or float64.
    """
    vectors = seed_vectors(foreground, background)
    sets = torch.stack([foreground, background], dim=1)
    signs = vectors.new_tensor([1., -1.])[:, None]
    signed = vectors * signs
    # What an empty set would start with, and end with, stays beside.
    known = sets.any(dim=2, keepdim=True)
    start = (signed * known).sum(dim=1, keepdim=True)
    score = walk(start, similarity, **options)[:, 0]
    return score + (signed * ~known).sum(dim=1).to(score)
