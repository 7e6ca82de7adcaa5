r"""Sinkhorn's scalings of a similarity, without the scaled matrix.

Rounds that divide a positive matrix S by its column sums and then by its row
sums leave ``A = diag(r) S diag(c)``. Only r and c change, and a round is two
products of S with a vector (R. Sinkhorn, 1964; the order, column then row,
and three rounds are those of CLIP-ES, from which EXITS,
https://arxiv.org/abs/2405.20729, Sec. 3, takes the step).
"""
from typing import NamedTuple

import torch
from torch import Tensor


class Scalings(NamedTuple):
    """Factors of the rows and of the columns, (B, n) each."""
    rows: Tensor
    columns: Tensor


def sinkhorn_scalings(similarity: Tensor,
                      rounds: int = 3,
                      tol: float | None = None) -> Scalings:
    """Scale rows and columns so that both sum to one.

    Args:
        similarity (Tensor): S >= 0 with no row or column of zeros,
            (B, n, n). Half precision is taken to float32.
        rounds (int): Divisions by column sums, each followed by one by row
            sums, at most. Defaults to 3.
        tol (float | None): After the first round, a matrix whose column
            sums are all within this of one keeps its scalings; its row sums
            are one by then. None (default) for all rounds.

    Returns:
        Scalings: float32, or float64 if S is. After the last round the rows
        sum to one, the columns nearly.

    Raises:
        ValueError: If S is not a batch of square matrices or rounds is
            negative.
    """
    similarity = checked_similarity(similarity)
    if rounds < 0:
        raise ValueError(f'rounds={rounds} must not be negative')
    rows = similarity.new_ones(similarity.shape[:2])
    columns = rows.clone()
    for number in range(rounds):
        sums = _left(rows, similarity)
        if tol is None or number == 0:
            columns = _inverse(sums)
            rows = _inverse(_right(similarity, columns))
            continue
        # Each sample stops alone: the others in the batch change nothing.
        wanting = ((columns * sums - 1).abs().amax(dim=1) > tol)[:, None]
        # Only worth a look where it stops no device.
        if wanting.device.type == 'cpu' and not wanting.any():
            break
        columns = torch.where(wanting, _inverse(sums), columns)
        row_sums = _right(similarity, columns)
        rows = torch.where(wanting, _inverse(row_sums), rows)
    return Scalings(rows, columns)


def scaled(similarity: Tensor, scalings: Scalings) -> Tensor:
    """The matrix A = diag(r) S diag(c), (B, n, n)."""
    similarity = checked_similarity(similarity)
    return (similarity * scalings.columns[:, None]).mul_(
        scalings.rows[..., None])


def checked_similarity(similarity: Tensor) -> Tensor:
    """A batch of square matrices in at least float32.

    Raises:
        ValueError: If it is anything else.
    """
    if similarity.ndim != 3 or similarity.shape[1] != similarity.shape[2]:
        raise ValueError(f'similarity {tuple(similarity.shape)} must be '
                         '(B, n, n)')
    return similarity.to(
        torch.promote_types(similarity.dtype, torch.float32))


def _inverse(sums: Tensor) -> Tensor:
    """1 / sums; finite where a sum underflows to zero."""
    return 1 / sums.clamp(min=torch.finfo(sums.dtype).tiny)


def _left(vectors: Tensor, matrix: Tensor) -> Tensor:
    """Vectors (B, n) times matrices."""
    return torch.bmm(vectors[:, None], matrix)[:, 0]


def _right(matrix: Tensor, vectors: Tensor) -> Tensor:
    """Matrices times vectors (B, n)."""
    # On CPUs ten times faster than the product with a column.
    return _left(vectors, matrix.mT)
