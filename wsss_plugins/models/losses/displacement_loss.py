"""The loss of IRNet's displacement field."""
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ...ops.walk.pairs import (
    PairLabels,
    check_border,
    other_ends,
    pad_for_pairs,
    pair_offsets,
    pixels_at,
)
from ...registry import MODELS


class DisplacementTerms(NamedTuple):
    """Mean absolute errors of two kinds of pairs, scalars.

    In pixels of the feature map.

    Attributes:
        fg: Pairs inside a foreground class: both ends should point to the
            same centroid.
        bg: Pairs inside the background, where the field should be flat.
    """
    fg: Tensor
    bg: Tensor


def displacement_errors(displacement: Tensor,
                        radius: int = 10,
                        border: str = 'reference') -> tuple[Tensor, Tensor]:
    """Errors of the displacements of pairs.

    Two pixels of one object should point to the same place, so their
    displacements differ by the offset between them; those of two background
    pixels should be equal (IRNet eqs. 5 and 6).

    Args:
        displacement (Tensor): (B, 2, h, w), towards the centroid: rows, then
            columns, in pixels of the feature map; computed in float32, or
            float64 if they are.
        radius (int): Of the pairs.
        border (str): Of the pairs, see :mod:`wsss_plugins.ops.walk.pairs`.

    Returns:
        tuple[Tensor, Tensor]: Absolute errors of pairs of an object, and of
        the background, in pixels of the feature map, (B, 2, P, hs, ws) each.
    """
    displacement = displacement if displacement.dtype == torch.float64 else (
        displacement.float())
    if check_border(border) == 'padded':
        displacement = pad_for_pairs(displacement, radius)
    source = pixels_at(displacement, (0, 0), radius)[:, :, None]
    change = source - other_ends(displacement, radius, 2)
    offsets = torch.from_numpy(pair_offsets(radius)).to(change)
    wanted = offsets.T[None, :, :, None, None]
    return (change - wanted).abs(), change.abs()


def displacement_terms(displacement: Tensor,
                       labels: PairLabels,
                       radius: int = 10,
                       border: str = 'reference',
                       eps: float = 1e-5) -> DisplacementTerms:
    """Mean errors of displacements over pairs.

    Args:
        displacement (Tensor): (B, 2, h, w), towards the centroid: rows, then
            columns, in pixels of the feature map.
        labels (PairLabels): bool (B, P, hs, ws).
        radius (int): Of the pairs.
        border (str): Of the pairs, see :mod:`wsss_plugins.ops.walk.pairs`.
        eps (float): Added to the numbers of pairs, so that a kind without
            pairs gives 0.

    Returns:
        DisplacementTerms: Each averaged over both axes and its pairs.
    """
    in_object, in_background = displacement_errors(displacement, radius,
                                                   border)

    def mean(errors: Tensor, of: Tensor) -> Tensor:
        return (errors * of[:, None]).sum() / (2 * of.sum() + eps)

    return DisplacementTerms(
        mean(in_object, labels.fg), mean(in_background, labels.bg))


@MODELS.register_module()
class DisplacementLoss(nn.Module):
    """Weighted errors of a displacement field over pairs.

    Args:
        fg_weight (float): Of pairs inside a foreground class.
        bg_weight (float): Of pairs inside the background. Both are 1/2 in
            IRNet's code.
        eps (float): See :func:`displacement_terms`.
    """

    def __init__(self,
                 fg_weight: float = .5,
                 bg_weight: float = .5,
                 eps: float = 1e-5) -> None:
        super().__init__()
        self.fg_weight = fg_weight
        self.bg_weight = bg_weight
        self.eps = eps

    def forward(self,
                displacement: Tensor,
                labels: PairLabels,
                radius: int = 10,
                border: str = 'reference') -> dict[str, Tensor]:
        """Compute the losses; arguments of :func:`displacement_terms`.

        Returns:
            dict[str, Tensor]: Weighted ``loss_dp_fg`` and ``loss_dp_bg``,
            scalars float32; their sum is the loss.
        """
        terms = displacement_terms(displacement, labels, radius, border,
                                   self.eps)
        return dict(
            loss_dp_fg=self.fg_weight * terms.fg,
            loss_dp_bg=self.bg_weight * terms.bg)
