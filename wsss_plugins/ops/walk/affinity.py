"""Affinities of pairs of pixels, from features (PSA) or edges (IRNet).

Both are stencils (B, P, hs, ws); see :mod:`~wsss_plugins.ops.walk.pairs` for
the offsets and the two borders. No tensor is of the size of the image squared,
or of all pairs times all channels.
"""
import torch
from torch import Tensor
from torch.autograd import Function

from . import native_walk
from .pairs import (
    check_border,
    half_disc,
    pad_for_pairs,
    pairs_inside,
    path_to,
    pixels_at,
    source_size,
)

REDUCTIONS = ('mean', 'sum')


class _PairDistance(Function):
    """Sum of absolute differences of pairs; saves only the features."""

    @staticmethod
    def forward(ctx, features: Tensor, radius: int) -> Tensor:
        ctx.save_for_backward(features)
        ctx.radius = radius
        return _distances(features, radius)

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor, None]:
        features, = ctx.saved_tensors
        source = pixels_at(features, (0, 0), ctx.radius)
        out = torch.zeros_like(features)
        at_source = pixels_at(out, (0, 0), ctx.radius)
        for plane, offset in enumerate(half_disc(ctx.radius)):
            pull = (source - pixels_at(features, offset, ctx.radius)).sign_()
            pull *= grad[:, plane, None]
            at_source += pull
            pixels_at(out, offset, ctx.radius).sub_(pull)
        return out, None


def _distances(features: Tensor, radius: int) -> Tensor:
    source = pixels_at(features, (0, 0), radius)
    offsets = half_disc(radius)
    out = source.new_empty((len(features), len(offsets), *source.shape[2:]))
    for plane, offset in enumerate(offsets):
        difference = source - pixels_at(features, offset, radius)
        torch.sum(difference.abs_(), dim=1, out=out[:, plane])
    return out


def feature_affinity(features: Tensor,
                     radius: int = 5,
                     border: str = 'reference',
                     reduction: str = 'mean',
                     backend: str = 'auto') -> Tensor:
    """Affinities ``exp(-|f_i - f_j|)`` of pairs (PSA eq. 3).

    Args:
        features (Tensor): (B, C, h, w), any float type; computed in float32,
            or float64 if they are.
        radius (int): Pairs are closer than this, in pixels.
        border (str): ``'reference'`` or ``'padded'``.
        reduction (str): Over channels: ``'mean'``, as PSA's code, or
            ``'sum'``, as the paper's eq. 3.
        backend (str): ``'torch'``, ``'native'`` (compiled, CPU, no
            gradient), or ``'auto'``: native where it applies.

    Returns:
        Tensor: (B, P, hs, ws) in [0, 1]; 0 for pairs that leave the map.

    Raises:
        ValueError: For an unknown option, or a map without any pair.
        RuntimeError: If 'native' is asked for and not available.
    """
    if reduction not in REDUCTIONS:
        raise ValueError(f'reduction={reduction!r}; choose one of '
                         f'{", ".join(REDUCTIONS)}')
    check_border(border)
    scale = 1 / features.shape[1] if reduction == 'mean' else 1.
    features = features if features.dtype == torch.float64 else (
        features.float())
    if native_walk.use_native(backend, features):
        distance = native_walk.pair_distances(features, half_disc(radius))
        if border == 'reference':
            distance = pixels_at(distance, (0, 0), radius)
        return (-scale * distance).exp_()
    size = features.shape[2:]
    if border == 'padded':
        features = pad_for_pairs(features, radius)
    affinity = (-scale * _PairDistance.apply(features, radius)).exp()
    if border == 'padded':
        affinity = affinity * pairs_inside(size, radius, features.device)
    return affinity


class _WeakestLink(Function):
    """One minus the greatest value on the path of each pair."""

    @staticmethod
    def forward(ctx, edge: Tensor, radius: int) -> Tensor:
        offsets = half_disc(radius)
        size = source_size(edge.shape[1:], radius)
        out = edge.new_empty((len(edge), len(offsets), *size))
        track = ctx.needs_input_grad[0]
        # The longest path of any radius in use has fewer than 256 pixels.
        which = torch.zeros(
            out.shape if track else 0, dtype=torch.uint8, device=edge.device)
        for plane, offset in enumerate(offsets):
            path = path_to(*offset)
            best = out[:, plane]
            best.copy_(pixels_at(edge, path[0], radius))
            for number, step in enumerate(path[1:], 1):
                value = pixels_at(edge, step, radius)
                if track:
                    which[:, plane].masked_fill_(value > best, number)
                torch.maximum(best, value, out=best)
        ctx.save_for_backward(which)
        ctx.radius, ctx.shape = radius, edge.shape
        return out.neg_().add_(1)

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor, None]:
        which, = ctx.saved_tensors
        out = grad.new_zeros(ctx.shape)
        for plane, offset in enumerate(half_disc(ctx.radius)):
            for number, step in enumerate(path_to(*offset)):
                part = grad[:, plane] * (which[:, plane] == number)
                pixels_at(out, step, ctx.radius).sub_(part)
        return out, None


def edge_affinity(edge: Tensor,
                  radius: int = 5,
                  border: str = 'padded') -> Tensor:
    """Affinities ``1 - max`` of the edges between two pixels (IRNet eq. 3).

    The gradient goes to the strongest edge pixel of the path, of equal ones to
    the first, which is nearest to the other end.

    Args:
        edge (Tensor): Probabilities of class boundaries, (B, h, w) in
            [0, 1]; computed in float32, or float64 if they are.
        radius (int): Pairs are closer than this, in pixels. IRNet uses 10
            for training and 5 for the random walk.
        border (str): ``'padded'`` surrounds the map with edges of 1, as in
            IRNet's random walk; ``'reference'`` as in its training.

    Returns:
        Tensor: (B, P, hs, ws) in [0, 1]; 0 for pairs that leave the map.

    Raises:
        ValueError: For an unknown border, or a map without any pair.
    """
    edge = edge if edge.dtype == torch.float64 else edge.float()
    if check_border(border) == 'padded':
        edge = pad_for_pairs(edge, radius, 1.)
    return _WeakestLink.apply(edge, radius)
