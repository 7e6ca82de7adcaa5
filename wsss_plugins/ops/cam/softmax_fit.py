"""The best linear classifier of pixels: multinomial logistic regression."""
from functools import partial

import torch
from torch import Tensor

from .convex import check_problem, minimize, value_and_slope
from .linear_fit import LinearFit

# Rows that are turned to float32 at once, and that the Hessian is bound on.
_CHUNK, _BOUND_ROWS = 16_384, 20_000


def fit_softmax(features: Tensor,
                targets: Tensor,
                weight_decay: float,
                tolerance: float = 1e-3,
                max_iter: int = 100) -> LinearFit:
    r"""Minimize the cross entropy of soft targets, with weight decay.

    .. math::
        -\frac{1}{N} \sum_{n, c} y_{nc} \log \mathrm{softmax}_c(z_n)
        + \frac{\lambda}{2} \sum_{c, d} w_{cd}^2, \quad z = X W^T + b

    where a row may sum to less than 1, as a pixel of a feature map does
    whose part is to be ignored. It is what a 1x1 convolution on frozen
    features is trained for.

    L-BFGS in coordinates in which a bound of the Hessian is the identity
    (D. Boehning, Annals of the Institute of Statistical Mathematics 44,
    1992), taken from evenly spaced rows. Half-precision features are turned to
    float32 in parts; sums are float64.

    Args:
        features (Tensor): Finite, (N, D), of any float type.
        targets (Tensor): At least 0, rows sum to at most 1, (N, C).
        weight_decay (float): Greater than 0; not applied to the bias.
        tolerance (float): Of the gradient, relative to that of the weights
            0. Defaults to 1e-3.
        max_iter (int): Most steps, in fives. Defaults to 100.

    Returns:
        LinearFit: With a bias; the rows of its weights sum to 0.

    Raises:
        ValueError: If shapes do not agree, a feature is not finite or the
            weight decay not positive.
    """
    check_problem(features, targets, weight_decay)
    channels = features.shape[1]
    decay = torch.full((channels + 1, ), weight_decay, dtype=torch.float64,
                       device=features.device)
    decay[channels] = 0.
    objective = partial(_penalized, features, targets, decay)
    start = decay.new_zeros(targets.shape[1], channels + 1)
    weight, iterations = minimize(
        objective, _root_of_bound(features, decay), start, tolerance,
        max_iter)
    loss, gradient = value_and_slope(objective, weight)
    return LinearFit(
        weight=weight[:, :channels],
        bias=weight[:, channels],
        loss=loss,
        gradient=gradient,
        limit=tolerance * value_and_slope(objective, start)[1],
        iterations=iterations)


def _penalized(features: Tensor, targets: Tensor, decay: Tensor,
               weight: Tensor) -> Tensor:
    penalty = .5 * (weight.square() @ decay).sum()
    return _CrossEntropy.apply(weight, features, targets) + penalty


class _CrossEntropy(torch.autograd.Function):
    """Mean over rows, and its gradient, chunk by chunk."""

    @staticmethod
    def forward(ctx, weight: Tensor, features: Tensor,
                targets: Tensor) -> Tensor:
        """Loss; the gradient is kept."""
        total, slope = weight.new_zeros(()), torch.zeros_like(weight)
        kind = torch.promote_types(features.dtype, torch.float32)
        layer = weight.to(kind)
        for x, y in zip(features.split(_CHUNK), targets.split(_CHUNK)):
            x, y = x.to(kind), y.to(kind)
            logs = (x @ layer[:, :-1].T + layer[:, -1]).log_softmax(dim=1)
            total -= (y * logs).sum(dtype=torch.float64)
            excess = logs.exp() * y.sum(dim=1, keepdim=True) - y
            slope[:, :-1] += excess.T @ x
            slope[:, -1] += excess.sum(dim=0)
        ctx.save_for_backward(slope / len(features))
        return total / len(features)

    @staticmethod
    def backward(ctx, outer: Tensor) -> tuple[Tensor, None, None]:
        """Gradient by the weights."""
        slope, = ctx.saved_tensors
        return outer * slope, None, None


def _root_of_bound(features: Tensor, decay: Tensor) -> Tensor:
    """Lower triangular L with L L' the bound of a class's Hessian."""
    x = features[::max(1, len(features) // _BOUND_ROWS)].float()
    x = torch.cat([x, x.new_ones(len(x), 1)], dim=1)
    bound = (x.T @ x).double() / (2 * len(x))
    # A bias has no decay; the smallest keeps the bound positive definite.
    bound.diagonal().add_(decay.clamp(min=1e-3 * float(decay.max())))
    return torch.linalg.cholesky(bound)
