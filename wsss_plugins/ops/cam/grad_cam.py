"""Grad-CAM of class probabilities, so that classes compete.

Y. Lin et al.: CLIP is Also an Efficient Segmenter: A Text-Driven Approach for
Weakly Supervised Semantic Segmentation, CVPR 2023,
https://arxiv.org/abs/2212.09506, Sec. 3.2.
"""
import torch
from torch import Tensor

_EPS = 1e-7


def probability_gradients(logits: Tensor, count: int) -> Tensor:
    """Gradients of the first probabilities by the logits.

    ``dp_k / dz_j = p_k (delta_kj - p_j)``, with ``1 - p_k`` summed up from the
    other classes: the difference is rounding noise once ``p_k`` is near 1.

    Args:
        logits (Tensor): Of all classes that compete, float (C,).
        count (int): Number of gradients K, at most C.

    Returns:
        Tensor: (K, C).
    """
    probs = logits.softmax(dim=0)
    chosen = probs[:count]
    grads = -chosen[:, None] * probs
    others = probs.expand(count, -1).clone()
    others.diagonal().zero_()
    grads.diagonal().copy_(chosen * others.sum(dim=1))
    return grads


def channel_weights(gradients: Tensor) -> Tensor:
    """Weight of each channel: its mean gradient.

    Args:
        gradients (Tensor): Float (K, D, h, w).

    Returns:
        Tensor: (K, D).
    """
    return gradients.mean(dim=(2, 3))


def weighted_activations(activations: Tensor, weights: Tensor) -> Tensor:
    """Sum of the channels by weight; Grad-CAM is its positive part.

    Args:
        activations (Tensor): Float (D, h, w).
        weights (Tensor): Float (K, D).

    Returns:
        Tensor: (K, h, w), of either sign.
    """
    return torch.einsum('kd,dhw->khw', weights, activations)


def scaled_maps(maps: Tensor) -> Tensor:
    """Scale each map from its minimum and maximum to 0 and 1.

    Args:
        maps (Tensor): Float (K, h, w).

    Returns:
        Tensor: (K, h, w); a map that is the same everywhere becomes 0.
    """
    low = maps.amin(dim=(1, 2), keepdim=True)
    span = maps.amax(dim=(1, 2), keepdim=True) - low
    # The smallest gradients are beyond what can be divided by.
    flat = span < torch.finfo(maps.dtype).tiny
    return torch.where(flat, 0., (maps - low) / span.where(~flat, 1.))


def damped_maps(maps: Tensor, passes: int = 1) -> Tensor:
    """Scale each map as :func:`scaled_maps`, but add 1e-7 to what divides.

    So faint maps stay below 1. Applied twice, as by the reference after
    Grad-CAM, the two act like an addend of 1e-14.

    Args:
        maps (Tensor): Float (K, h, w).
        passes (int): Number of times. Defaults to 1.
    """
    for _ in range(passes):
        shifted = maps - maps.amin(dim=(1, 2), keepdim=True)
        maps = shifted / (_EPS + shifted.amax(dim=(1, 2), keepdim=True))
    return maps
