r"""Global weighted rank pooling, and the softmax that goes with it.

A. Kolesnikov and C. H. Lampert: Seed, Expand and Constrain: Three Principles
for Weakly-Supervised Image Segmentation, ECCV 2016
(https://arxiv.org/abs/1603.06098), Sec. 3.3, eq. 3.
"""
import torch
from torch import Tensor


def rank_weights(n: int, decay: float) -> Tensor:
    r"""Weights :math:`d^{j-1} / Z(d)` of the ranks j = 1..n.

    The paper prints :math:`(d_c)^{-1}` for :math:`(d_c)^{j-1}`.

    Args:
        n (int): Number of ranks, at least 1.
        decay (float): d in [0, 1]; 0 keeps the first rank only, 1 weighs all
            the same.

    Returns:
        Tensor: Float64 (n,) that sums to one.

    Raises:
        ValueError: If an argument is out of range.
    """
    if n < 1:
        raise ValueError(f'n={n}: there are no values to pool')
    if not 0 <= decay <= 1:
        raise ValueError(f'decay={decay} is not in [0, 1]')
    # 0 ** 0 is 1, so a decay of 0 needs no case of its own.
    weights = decay**torch.arange(n, dtype=torch.float64)
    return weights / weights.sum()


def rank_pool(values: Tensor, decay: float) -> Tensor:
    r"""Global weighted rank pooling over the last dimension.

    .. math::
        G(v; d) = \frac{1}{Z(d)} \sum_{j=1}^{n} d^{j-1} v_{(j)}, \quad
        Z(d) = \sum_{j=1}^{n} d^{j-1}

    with v sorted from the greatest. It lies between the maximum (global
    maximum pooling, ``decay=0``) and the mean (global average pooling,
    ``decay=1``), and is exactly these at the ends, where nothing is sorted.
    The gradient of tied values goes to one of them for each rank.

    Args:
        values (Tensor): Float (..., n), n at least 1.
        decay (float): d in [0, 1].

    Returns:
        Tensor: (...), of the type of ``values``.

    Raises:
        ValueError: If there is nothing to pool, or ``decay`` is out of range.
    """
    weights = rank_weights(values.shape[-1], decay)
    if decay == 0:
        return values.max(dim=-1).values
    if decay == 1:
        return values.mean(dim=-1)
    ordered = values.sort(dim=-1, descending=True).values
    return ordered @ weights.to(ordered)


def decay_for(n: int, share: float) -> float:
    r"""The decay with which a share of the values has half of the weight.

    :math:`d = 0.5^{1 / (s n)}`. The paper's 0.996 and 0.999 stand for shares
    of 0.1 (classes) and 0.3 (background) of 41 x 41 values; use this to keep
    the shares on maps of another size.

    Args:
        n (int): Number of values, at least 1.
        share (float): s in (0, 1].

    Returns:
        float: The decay, in (0, 1).

    Raises:
        ValueError: If an argument is out of range.
    """
    if n < 1:
        raise ValueError(f'n={n}: there are no values to pool')
    if not 0 < share <= 1:
        raise ValueError(f'share={share} is not in (0, 1]')
    return .5**(1 / (share * n))


def softmax_with_floor(logits: Tensor,
                       floor: float = 1e-4,
                       dim: int = 1) -> Tensor:
    r"""Softmax without zeros and ones: :math:`(s + \epsilon) / (1 + C
    \epsilon)`.

    The reference adds :math:`\epsilon` and divides by the sum. So the
    logarithms of p and of 1 - p are finite, and every entry has a gradient;
    a clamp has none where it acts, and without the division 1 - p can be 0.

    Args:
        logits (Tensor): Any real type; computed in float32, or in float64
            if they are.
        floor (float): :math:`\epsilon`, at least 0. Defaults to 1e-4.
        dim (int): Dimension of the C classes. Defaults to 1.

    Returns:
        Tensor: Of the shape of ``logits``, float32 or float64; sums to one.

    Raises:
        ValueError: If the floor is negative.
    """
    if not floor >= 0:
        raise ValueError(f'floor={floor} is negative')
    precise = torch.promote_types(logits.dtype, torch.float32)
    probs = logits.to(precise).softmax(dim=dim)
    return (probs + floor) / (1 + logits.shape[dim] * floor)
