"""Losses of the affinities of pairs, common to AffinityNet and IRNet."""
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ...ops.walk.pairs import PairLabels
from ...registry import MODELS


class AffinityTerms(NamedTuple):
    """Mean cross entropies of three kinds of pairs, scalars.

    Attributes:
        bg: Pairs inside the background, whose affinity should be 1.
        fg: Pairs inside a foreground class, likewise.
        neg: Pairs of two classes, whose affinity should be 0.
    """
    bg: Tensor
    fg: Tensor
    neg: Tensor


def affinity_errors(affinity: Tensor,
                    eps: float = 1e-5) -> tuple[Tensor, Tensor]:
    """Cross entropies of affinities that should be 1, and that should be 0.

    Args:
        affinity (Tensor): In [0, 1], any shape; computed in float32, or
            float64 if they are.
        eps (float): Added in the logarithms.
    """
    affinity = affinity if affinity.dtype == torch.float64 else (
        affinity.float())
    return -torch.log(affinity + eps), -torch.log(1 + eps - affinity)


def affinity_terms(affinity: Tensor,
                   labels: PairLabels,
                   eps: float = 1e-5) -> AffinityTerms:
    """Mean cross entropies of affinities (PSA eq. 6, IRNet eq. 7).

    Args:
        affinity (Tensor): (B, P, hs, ws) in [0, 1].
        labels (PairLabels): Of the same shape.
        eps (float): Added in the logarithms, and to the numbers of pairs,
            so that a kind without pairs gives 0.

    Returns:
        AffinityTerms: Each averaged over all its pairs in the batch.

    Raises:
        ValueError: If shapes differ.
    """
    if affinity.shape != labels.bg.shape:
        raise ValueError(f'affinities {tuple(affinity.shape)} and labels '
                         f'{tuple(labels.bg.shape)} differ in shape')
    together, apart = affinity_errors(affinity, eps)

    def mean(values: Tensor, of: Tensor) -> Tensor:
        return (values * of).sum() / (of.sum() + eps)

    return AffinityTerms(
        mean(together, labels.bg), mean(together, labels.fg),
        mean(apart, labels.neg))


@MODELS.register_module()
class AffinityLoss(nn.Module):
    """Weighted cross entropies of affinities.

    With the default weights PSA's ``L_bg / 4 + L_fg / 4 + L_neg / 2``, and
    the half of IRNet's loss that is about boundaries.

    Args:
        bg_weight, fg_weight, neg_weight (float): Of the three kinds of
            pairs, see :class:`AffinityTerms`.
        eps (float): See :func:`affinity_terms`.
    """

    def __init__(self,
                 bg_weight: float = .25,
                 fg_weight: float = .25,
                 neg_weight: float = .5,
                 eps: float = 1e-5) -> None:
        super().__init__()
        self.bg_weight = bg_weight
        self.fg_weight = fg_weight
        self.neg_weight = neg_weight
        self.eps = eps

    def forward(self, affinity: Tensor,
                labels: PairLabels) -> dict[str, Tensor]:
        """Compute the losses.

        Args:
            affinity (Tensor): (B, P, hs, ws) in [0, 1].
            labels (PairLabels): Of the same shape.

        Returns:
            dict[str, Tensor]: Weighted ``loss_aff_bg``, ``loss_aff_fg`` and
            ``loss_aff_neg``, scalars float32; their sum is the loss.
        """
        terms = affinity_terms(affinity, labels, self.eps)
        return dict(
            loss_aff_bg=self.bg_weight * terms.bg,
            loss_aff_fg=self.fg_weight * terms.fg,
            loss_aff_neg=self.neg_weight * terms.neg)
