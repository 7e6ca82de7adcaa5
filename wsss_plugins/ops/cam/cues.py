"""Localization cues of SEC: confident pixels from CAMs and gradients.

A. Kolesnikov and C. H. Lampert: Seed, Expand and Constrain, ECCV 2016
(https://arxiv.org/abs/1603.06098), Sec. 3.1 and the authors' notebooks. All
functions take any number of leading dimensions, so a batch is one call.
"""
import torch
import torch.nn.functional as F
from torch import Tensor

BG_RANKS = ('last', 'by_size')


def foreground_masks(maps: Tensor, threshold: float = .2) -> Tensor:
    """Pixels whose CAM exceeds a share of its own maximum.

    Strictly above, so a map without a positive value gives an empty mask.
    Negative values of ``maps`` can be clipped to 0 beforehand: where the
    maximum is positive they are below the threshold either way, and where it
    is not the mask is empty either way.

    Args:
        maps (Tensor): CAMs, float (..., h, w), raw or scaled.
        threshold (float): Share of the maximum in [0, 1). Defaults to 0.2.

    Returns:
        Tensor: Bool, of the shape of ``maps``.

    Raises:
        ValueError: If the threshold is out of range.
    """
    if not 0 <= threshold < 1:
        raise ValueError(f'threshold={threshold} is not in [0, 1)')
    if not maps.numel():
        return maps.new_zeros(maps.shape, dtype=torch.bool)
    return maps > threshold * maps.amax(dim=(-2, -1), keepdim=True)


def gradient_saliency(gradients: Tensor) -> Tensor:
    """Saliency from the gradient of class scores at a layer.

    K. Simonyan et al.: Deep Inside Convolutional Networks, 2013, Sec. 3, with
    SEC's 3x3 median: the maximum magnitude over channels, smoothed. The
    border is mirrored with its own row (``'reflect'`` of scipy), which for
    one row is the same as repeating it.

    Args:
        gradients (Tensor): Float (..., C, h, w) with C at least 1.

    Returns:
        Tensor: Float32, at least 0, (..., h, w).
    """
    strongest = gradients.float().abs().amax(dim=-3)
    height, width = strongest.shape[-2:]
    rows = F.pad(
        strongest.reshape(-1, 1, height, width), (1, 1, 1, 1),
        mode='replicate')
    windows = F.unfold(rows, 3).reshape(-1, 9, height, width)
    return windows.median(dim=1).values.reshape(strongest.shape)


def background_mask(saliency: Tensor, share: float = .1) -> Tensor:
    """The least salient pixels of each map.

    A pixel is background if it is strictly below the value of rank
    ``int(share * n)`` of the n sorted values, so at most that many are.

    Args:
        saliency (Tensor): Float (..., h, w).
        share (float): Of the pixels, in [0, 1). Defaults to 0.1.

    Returns:
        Tensor: Bool, of the shape of ``saliency``.

    Raises:
        ValueError: If the share is out of range.
    """
    if not 0 <= share < 1:
        raise ValueError(f'share={share} is not in [0, 1)')
    values = saliency.flatten(-2)
    rank = int(share * values.shape[-1])
    # kthvalue counts from one and gives an element, as sorting does.
    bound = values.kthvalue(rank + 1, dim=-1).values
    return saliency < bound[..., None, None]


def assemble_cues(foreground: Tensor,
                  background: Tensor,
                  bg_rank: str = 'last',
                  resolve: bool = True) -> Tensor:
    """Assign pixels claimed by several classes to the smallest region.

    The authors' script was never released. Their cues are exclusive, the
    smaller foreground region wins in them, and any foreground wins over the
    background; that is the default.

    Args:
        foreground (Tensor): Masks of the present classes, bool (..., K, h,
            w); K may be 0.
        background (Tensor): Mask of the background, bool (..., h, w).
        bg_rank (str): ``'last'``: the background gets what no class claims.
            ``'by_size'``: it competes by size as the classes do.
        resolve (bool): Whether conflicts are resolved. False: a pixel may be
            a cue of several classes.

    Returns:
        Tensor: Bool (..., K + 1, h, w), the background first. Of regions of
        equal size the last one wins, the background never.

    Raises:
        ValueError: If ``bg_rank`` is unknown.
    """
    if bg_rank not in BG_RANKS:
        raise ValueError(f'bg_rank={bg_rank!r}; choose one of '
                         f'{", ".join(BG_RANKS)}')
    masks = torch.cat([background.unsqueeze(-3), foreground], dim=-3)
    if not resolve:
        return masks
    sizes = masks.sum(dim=(-2, -1))
    if bg_rank == 'last':
        sizes[..., 0] = masks.shape[-2] * masks.shape[-1] + 1
    # The region of the highest rank wins.
    order = sizes.argsort(dim=-1, descending=True, stable=True)
    rank = order.argsort(dim=-1) + 1
    claims = rank[..., None, None] * masks
    return masks & (claims == claims.amax(dim=-3, keepdim=True))
