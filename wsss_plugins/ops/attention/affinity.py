"""Affinities of patches from self-attention, and CAMs spread along them.

CAA of CLIP-ES (Y. Lin et al., CVPR 2023, https://arxiv.org/abs/2212.09506,
Sec. 3.4): attention, made doubly stochastic and symmetric, is a random walk
that spreads what a CAM holds within its boxes. The walk's power is never
formed: one step is two products with the attention for all CAMs at once.
"""
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

ROUNDS, STEPS, BLOCKS = 3, 2, 8


def mean_attention(attentions: Sequence[Tensor],
                   blocks: int = BLOCKS) -> Tensor:
    """Mean of the last blocks' attention between patches.

    Args:
        attentions (Sequence[Tensor]): Head means of each block, float
            (1 + N, 1 + N), the class token first; rows are queries.
        blocks (int): Number of last blocks; all, if there are less.

    Returns:
        Tensor: (N, N). Rows sum to less than 1: what patches attend to the
        class token is cut off.
    """
    last = list(attentions)[-blocks:]
    return torch.stack([weights[1:, 1:] for weights in last]).mean(dim=0)


def balancing_factors(attention: Tensor, rounds: int = ROUNDS
                      ) -> Iterator[tuple[Tensor, Tensor]]:
    """Factors of rows and columns after each half of Sinkhorn's rounds.

    Args:
        attention (Tensor): Positive, float (N, N).
        rounds (int): Each divides by the sums of the columns, then by those
            of the rows.

    Yields:
        tuple[Tensor, Tensor]: Factors of rows and of columns, float (N,):
        the matrix so far is ``rows[:, None] * attention * columns``.
    """
    rows = attention.new_ones(len(attention))
    columns = rows
    for _ in range(rounds):
        columns = 1 / (rows @ attention)
        yield rows, columns
        rows = 1 / (attention @ columns)
        yield rows, columns


@dataclass(frozen=True, eq=False)
class AttentionAffinity:
    """A symmetric random walk on patches, in factors.

    Args:
        attention (Tensor): Float (N, N).
        rows, columns (Tensor): Its factors, float (N,).
    """
    attention: Tensor
    rows: Tensor
    columns: Tensor

    @classmethod
    def of(cls, attention: Tensor, rounds: int = ROUNDS
           ) -> 'AttentionAffinity':
        """Balance an attention matrix, float (N, N)."""
        start = attention.new_ones(len(attention))
        factors = [(start, start), *balancing_factors(attention, rounds)]
        return cls(attention, *factors[-1])

    def matrix(self) -> Tensor:
        """The walk's matrix, (N, N); only to look at."""
        balanced = self.rows[:, None] * self.attention * self.columns
        return (balanced + balanced.T) / 2

    def step(self, values: Tensor) -> Tensor:
        """One step of the walk.

        Args:
            values (Tensor): Float (N, K).
        """
        rows, columns = self.rows[:, None], self.columns[:, None]
        there = rows * (self.attention @ (columns * values))
        back = columns * (self.attention.T @ (rows * values))
        return (there + back) / 2

    def spread(self, maps: Tensor, masks: Tensor, steps: int = STEPS
               ) -> Tensor:
        """Spread what the maps hold within masks.

        Every patch receives, those within the mask of a map give.

        Args:
            maps (Tensor): Float (K, h, w) with h * w = N.
            masks (Tensor): 0 and 1, or bool, (K, h, w).
            steps (int): Of the walk. Defaults to 2.

        Returns:
            Tensor: Float (K, h, w).
        """
        values = (maps * masks).flatten(1).T
        for _ in range(steps):
            values = self.step(values)
        return values.T.reshape(maps.shape)
