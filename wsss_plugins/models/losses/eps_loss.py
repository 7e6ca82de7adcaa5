r"""Saliency as pseudo-pixel supervision (EPS).

S. Lee, M. Lee, J. Lee, H. Shim: Railroad is not a Train: Saliency as
Pseudo-pixel Supervision for Weakly Supervised Semantic Segmentation, CVPR
2021, https://arxiv.org/abs/2105.08965.

Symbols: :math:`M_i` the map of class i, :math:`M_{C+1}` the background's,
:math:`M_s` the saliency map, :math:`y_i` the image-level labels, :math:`\tau`
the overlap threshold and :math:`\lambda` the balance of the two sides.
"""
from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...registry import MODELS

MAP_SELECTIONS = ('adaptive', 'naive', 'predefined')
SALIENCY_RESIZES = ('nearest', 'stride', 'area')

# The reference adds this much of the map's area to |B_i|, against 0 / 0.
_AREA_EPS = 1e-4


class EPSLossOutput(NamedTuple):
    """Value of the loss and its intermediate results.

    Attributes:
        loss (Tensor): Scalar.
        estimate (Tensor): Estimated saliency, (N, 1, h, w), in [0, 1].
        probs (Tensor): Softmax of the maps, (N, C + 1, h, w).
        on_foreground (Tensor): Maps that M_fg sums, 0 or 1, (N, C + 1).
        on_background (Tensor): Maps that M_bg sums, 0 or 1, (N, C + 1).
        saliency (Tensor): M_s at the size of the maps, (N, 1, h, w).
        overlap (Tensor): Overlap ratio of each class, (N, C).
        selected (Tensor): Classes on the foreground side, bool (N, C).
    """
    loss: Tensor
    estimate: Tensor
    probs: Tensor
    on_foreground: Tensor
    on_background: Tensor
    saliency: Tensor
    overlap: Tensor
    selected: Tensor

    @property
    def foreground(self) -> Tensor:
        """M_fg, (N, 1, h, w)."""
        return _weighted_sum(self.on_foreground, self.probs)

    @property
    def background(self) -> Tensor:
        """M_bg, (N, 1, h, w)."""
        return _weighted_sum(self.on_background, self.probs)


def resize_saliency(saliency: Tensor,
                    size: Sequence[int],
                    mode: str = 'nearest') -> Tensor:
    """Resize saliency to the size of the CAMs.

    Args:
        saliency (Tensor): (N, 1, H, W) in [0, 1].
        size (Sequence[int]): Height and width of the maps.
        mode (str): ``'nearest'`` takes pixel floor(i * H / h), as the
            reference code; ``'stride'`` takes the pixel under the feature,
            which the former misses more and more if the stride does not
            divide the crop; ``'area'`` averages.

    Returns:
        Tensor: (N, 1, h, w).
    """
    height, width = size
    if mode == 'stride':
        step_y = -(-saliency.shape[2] // height)
        step_x = -(-saliency.shape[3] // width)
        saliency = saliency[..., ::step_y, ::step_x]
        if saliency.shape[2:] != (height, width):
            raise ValueError(f"saliency_resize='stride' needs maps of an even "
                             f'stride, got {height}x{width}')
        return saliency
    return F.interpolate(saliency, (height, width), mode=mode)


def overlap_ratio(probs: Tensor, saliency: Tensor) -> Tensor:
    r"""Share of each class's confident area that is salient.

    :math:`O(M_i, M_s) = |B_i \cap B_s| / |B_i|`, B being the map above one
    half (EPS eq. 3). No gradient.

    Args:
        probs (Tensor): Class probabilities, (N, C, h, w).
        saliency (Tensor): (N, 1, h, w).

    Returns:
        Tensor: (N, C); 0 where a class is nowhere above one half.
    """
    with torch.no_grad():
        confident = (probs > .5).to(probs)
        salient = (saliency > .5).to(probs)
        area = confident.sum(dim=(2, 3))
        both = (confident * salient).sum(dim=(2, 3))
        return both / (area + _AREA_EPS * probs[0, 0].numel())


def select_maps(labels: Tensor, overlap: Tensor, tau: float, selection: str,
                background_classes: Sequence[int]) -> Tensor:
    """Classes of the image that explain the salient region.

    Args:
        labels (Tensor): Multi-hot image-level labels, (N, C).
        overlap (Tensor): Overlap ratios, (N, C).
        tau (float): Threshold of the overlap ratio.
        selection (str): See :class:`EPSLoss`.
        background_classes (Sequence[int]): See :class:`EPSLoss`.

    Returns:
        Tensor: Bool (N, C).
    """
    present = labels > .5
    if selection == 'adaptive':
        return present & (overlap > tau)
    selected = present.clone()
    if selection == 'predefined':
        selected[:, list(background_classes)] = False
    return selected


def eps_loss(maps: Tensor,
             saliency: Tensor,
             labels: Tensor,
             tau: float = .4,
             lam: float = .5,
             selection: str = 'adaptive',
             background_classes: Sequence[int] = (),
             saliency_resize: str = 'nearest') -> EPSLossOutput:
    r"""Saliency loss of EPS (eqs. 1 to 4).

    .. math::
        L_{sal} = \frac{1}{N h w} \sum (M_s - \hat M_s)^2, \quad
        \hat M_s = \lambda M_{fg} + (1 - \lambda)(1 - M_{bg})

    As the C + 1 maps sum to one per pixel, the estimate is a weighted sum of
    them: weight 1 for selected classes, 0 for the background and the other
    classes of the image, and :math:`1 - \lambda` for absent classes. So it is
    one einsum, forward and backward, instead of gathers by class.

    Args:
        maps (Tensor): Raw maps, (N, C + 1, h, w), the background last.
        saliency (Tensor): (N, 1, H, W) in [0, 1].
        labels (Tensor): Multi-hot image-level labels, (N, C).
        tau, lam, selection, background_classes, saliency_resize: See
            :class:`EPSLoss`.

    Returns:
        EPSLossOutput: The loss and its parts, float32 (float64 if the maps
        are).
    """
    # Half precision would round probabilities near the threshold of .5.
    with torch.autocast(maps.device.type, enabled=False):
        probs = maps.to(torch.promote_types(maps.dtype, torch.float32))
        probs = probs.softmax(dim=1)
        saliency = resize_saliency(
            saliency.to(probs), probs.shape[2:], saliency_resize)
        labels = labels.to(probs)
        overlap = overlap_ratio(probs[:, :-1], saliency)
        selected = select_maps(labels, overlap, tau, selection,
                               background_classes)
        on_foreground = F.pad(selected.to(probs), (0, 1), value=0.)
        on_background = F.pad(labels - selected.to(probs), (0, 1), value=1.)
        weights = lam * on_foreground + (1 - lam) * (1 - on_background)
        estimate = _weighted_sum(weights, probs)
        return EPSLossOutput(
            loss=F.mse_loss(estimate, saliency),
            estimate=estimate,
            probs=probs,
            on_foreground=on_foreground,
            on_background=on_background,
            saliency=saliency,
            overlap=overlap,
            selected=selected)


def _weighted_sum(weights: Tensor, probs: Tensor) -> Tensor:
    return torch.einsum('nc,nchw->nhw', weights, probs).unsqueeze(1)


@MODELS.register_module()
class EPSLoss(nn.Module):
    r"""Saliency loss of EPS, with its map selections.

    Args:
        tau (float): Overlap ratio above which a class of the image is on
            the foreground side. Defaults to 0.4.
        lam (float): Balance :math:`\lambda` of foreground and background
            estimate. Defaults to 0.5 (VOC); the COCO experiments use 0.9.
        selection (str): ``'adaptive'`` (the paper's), or its ablations
            ``'naive'`` (all classes of the image are foreground) and
            ``'predefined'`` (naive, but ``background_classes`` are always on
            the background side).
        background_classes (Sequence[int]): Foreground indices, only with
            ``'predefined'``.
        saliency_resize (str): See :func:`resize_saliency`.
        loss_weight (float): Defaults to 1.

    Raises:
        ValueError: If an argument is out of its range.

    Example:
        >>> loss = EPSLoss()
        >>> out = loss(torch.randn(2, 4, 7, 7), torch.rand(2, 1, 56, 56),
        ...            torch.tensor([[1, 0, 1], [0, 1, 0]]))
        >>> out['loss_sal'].shape
        torch.Size([])
    """

    def __init__(self,
                 tau: float = .4,
                 lam: float = .5,
                 selection: str = 'adaptive',
                 background_classes: Sequence[int] = (),
                 saliency_resize: str = 'nearest',
                 loss_weight: float = 1.) -> None:
        super().__init__()
        for name, value in (('tau', tau), ('lam', lam)):
            if not 0 <= value <= 1:
                raise ValueError(f'{name}={value} is not in [0, 1]')
        if selection not in MAP_SELECTIONS:
            raise ValueError(f'selection={selection!r}; choose one of '
                             f'{", ".join(MAP_SELECTIONS)}')
        if bool(background_classes) != (selection == 'predefined'):
            raise ValueError("background_classes go with selection="
                             f"'predefined'; got {list(background_classes)} "
                             f'with {selection!r}')
        if saliency_resize not in SALIENCY_RESIZES:
            raise ValueError(f'saliency_resize={saliency_resize!r}; choose '
                             f'one of {", ".join(SALIENCY_RESIZES)}')
        self.tau = tau
        self.lam = lam
        self.selection = selection
        self.background_classes = tuple(background_classes)
        self.saliency_resize = saliency_resize
        self.loss_weight = loss_weight

    def forward(self, maps: Tensor, saliency: Tensor,
                labels: Tensor) -> dict[str, Tensor]:
        """Compute the loss.

        Args:
            maps (Tensor): Raw maps, (N, C + 1, h, w), background last.
            saliency (Tensor): (N, 1, H, W) in [0, 1].
            labels (Tensor): Multi-hot image-level labels, (N, C).

        Returns:
            dict[str, Tensor]: ``loss_sal``, and ``selection_rate``, the share
            of the images' classes on the foreground side, which should rise
            from 0 as training proceeds.
        """
        if maps.shape[1] != labels.shape[1] + 1:
            raise ValueError(
                f'{maps.shape[1]} maps for {labels.shape[1]} classes; EPS has '
                'one map more than classes, the background')
        out = eps_loss(maps, saliency, labels, self.tau, self.lam,
                       self.selection, self.background_classes,
                       self.saliency_resize)
        rate = out.selected.sum() / labels.sum().clamp(min=1)
        return dict(loss_sal=self.loss_weight * out.loss, selection_rate=rate)
