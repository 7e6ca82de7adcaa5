r"""Expansion loss of SEC: objects cover a plausible share of the image.

A. Kolesnikov and C. H. Lampert: Seed, Expand and Constrain: Three Principles
for Weakly-Supervised Image Segmentation, ECCV 2016,
https://arxiv.org/abs/1603.06098, Sec. 3.3.
"""
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ...ops.cam.rank_pooling import rank_pool
from ...registry import MODELS
from ...structures import foreground_indices, num_foreground

ABSENT_READINGS = ('log1m', 'log')


class ExpandLossOutput(NamedTuple):
    """The terms of the expansion loss, scalars.

    Attributes:
        present (Tensor): Of the classes of the image.
        absent (Tensor): Of the other classes.
        background (Tensor): Of the background.
    """
    present: Tensor
    absent: Tensor
    background: Tensor

    @property
    def loss(self) -> Tensor:
        """Their sum."""
        return self.present + self.absent + self.background


def expand_loss(probs: Tensor,
                labels: Tensor,
                decay_present: float = .996,
                decay_absent: float = 0.,
                decay_background: float = .999,
                background: int = 0,
                absent: str = 'log1m') -> ExpandLossOutput:
    r"""Image-level classification of pooled probabilities.

    .. math::
        L_{expand} = -\frac{1}{N} \sum_b \Big[
        \frac{1}{|T_b|} \sum_{c \in T_b} \log G(p_c; d_+) +
        \frac{1}{|T'_b|} \sum_{c \in T'_b} \log (1 - G(p_c; d_-)) +
        \log G(p_{bg}; d_{bg}) \Big]

    G is :func:`wsss_plugins.ops.cam.rank_pooling.rank_pool`, T the classes of
    the image and T' the other classes.

    The term of absent classes: with :math:`d_- = 0`, G is the maximum, and
    the text demands that no pixel be of an absent class; the reference code
    has :math:`\log(1 - \max)`. Some notes print :math:`\log G` here as well,
    a misprint that would reward absent classes for being present.
    ``absent='log'`` computes it as printed.

    Args:
        probs (Tensor): Probabilities above 0 and below 1, (N, C, h, w), as
            :func:`wsss_plugins.ops.cam.rank_pooling.softmax_with_floor` gives.
        labels (Tensor): Multi-hot image-level labels, (N, C - 1).
        decay_present, decay_absent, decay_background, background, absent: See
            :class:`ExpandLoss`.

    Returns:
        ExpandLossOutput: The terms, float32 (float64 if ``probs`` are). A
        term without classes for an image (none present, or all) adds nothing
        for it; the division by N stays, so the average over ranks with the
        same batch size is exact.

    Raises:
        ValueError: If there are not C - 1 labels for each image.
    """
    count = num_foreground(probs.shape[1])
    if labels.shape != (len(probs), count):
        raise ValueError(f'labels {tuple(labels.shape)} do not fit '
                         f'probabilities {tuple(probs.shape)}: one for each '
                         f'of the {count} foreground classes expected')
    with torch.autocast(probs.device.type, enabled=False):
        precise = torch.promote_types(probs.dtype, torch.float32)
        values = probs.to(precise).flatten(2)
        foreground = values[:, foreground_indices(probs.shape[1], background)]
        present = labels > .5
        pooled_background = rank_pool(values[:, background], decay_background)
        return ExpandLossOutput(
            present=_log_term(foreground, present, decay_present, 'log'),
            absent=_log_term(foreground, ~present, decay_absent, absent),
            background=-pooled_background.log().mean())


def _log_term(values: Tensor, chosen: Tensor, decay: float,
              reading: str) -> Tensor:
    """Minus the mean over images of the mean over chosen classes.

    Args:
        values (Tensor): (N, C, n).
        chosen (Tensor): Bool (N, C); only these are pooled.
        decay (float): Of the pooling.
        reading (str): ``'log'`` or ``'log1m'``, of the pooled value.
    """
    share = chosen.to(values) / chosen.sum(dim=1, keepdim=True).clamp(min=1)
    if values.device.type == 'cpu':
        pooled, share = rank_pool(values[chosen], decay), share[chosen]
    else:
        # To pick the chosen would wait for the device.
        pooled = _pool_all(values, chosen, decay)
    logs = pooled.log() if reading == 'log' else (-pooled).log1p()
    return -(logs * share).sum() / len(values)


def _pool_all(values: Tensor, chosen: Tensor, decay: float) -> Tensor:
    """Pool all classes, (N, C); others than the chosen are a constant."""
    return torch.where(chosen, rank_pool(values, decay), .5)


@MODELS.register_module()
class ExpandLoss(nn.Module):
    """SEC's expansion loss with global weighted rank pooling.

    The default decays are the paper's for 41 x 41 maps, where a tenth of the
    pixels (classes) and three tenths (background) have half of the weight;
    :func:`~.rank_pooling.decay_for` gives them for other maps.
    A decay of 0 is global maximum pooling, 1 global average pooling.

    Args:
        decay_present (float): Of classes of the image. Defaults to 0.996.
        decay_absent (float): Of other classes. Defaults to 0.
        decay_background (float): Of the background. Defaults to 0.999.
        background (int): Dataset class index of the background. Defaults
            to 0.
        absent (str): ``'log1m'``, the paper's text and code, or ``'log'``,
            a misprint taken literally; see :func:`expand_loss`.
        loss_weight (float): Defaults to 1.

    Raises:
        ValueError: If an argument is out of its range.

    Example:
        >>> probs = torch.full((1, 3, 2, 2), 1 / 3)
        >>> ExpandLoss()(probs, torch.tensor([[1, 0]]))['loss_expand']
        tensor(2.6027)
    """

    def __init__(self,
                 decay_present: float = .996,
                 decay_absent: float = 0.,
                 decay_background: float = .999,
                 background: int = 0,
                 absent: str = 'log1m',
                 loss_weight: float = 1.) -> None:
        super().__init__()
        for name, value in (('decay_present', decay_present),
                            ('decay_absent', decay_absent),
                            ('decay_background', decay_background)):
            if not 0 <= value <= 1:
                raise ValueError(f'{name}={value} is not in [0, 1]')
        if absent not in ABSENT_READINGS:
            raise ValueError(f'absent={absent!r}; choose one of '
                             f'{", ".join(ABSENT_READINGS)}')
        self.decay_present = decay_present
        self.decay_absent = decay_absent
        self.decay_background = decay_background
        self.background = background
        self.absent = absent
        self.loss_weight = loss_weight

    def forward(self, probs: Tensor, labels: Tensor) -> dict[str, Tensor]:
        """Compute the loss.

        Args:
            probs (Tensor): Probabilities in (0, 1), (N, C, h, w).
            labels (Tensor): Multi-hot image-level labels, (N, C - 1).

        Returns:
            dict[str, Tensor]: ``loss_expand``, and its unweighted terms
            ``expand_present``, ``expand_absent`` and ``expand_background``
            for the log.
        """
        out = expand_loss(probs, labels, self.decay_present, self.decay_absent,
                          self.decay_background, self.background, self.absent)
        return dict(
            loss_expand=self.loss_weight * out.loss,
            expand_present=out.present.detach(),
            expand_absent=out.absent.detach(),
            expand_background=out.background.detach())
