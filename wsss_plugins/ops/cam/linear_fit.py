"""The best linear classifier on pooled features: a convex problem."""
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .convex import check_problem, minimize, value_and_slope


@dataclass(frozen=True)
class LinearFit:
    """A linear classifier and how well it is fitted.

    Attributes:
        weight (Tensor): float64 (C, D).
        bias (Tensor, optional): float64 (C,), where there is one.
        loss (float): What was minimized, penalty included.
        gradient (float): Its greatest partial derivative; 0 at the optimum.
        limit (float): What the gradient was to be at most: the tolerance
            times that of the weights 0.
        iterations (int): Steps of L-BFGS.
    """
    weight: Tensor
    bias: Tensor | None
    loss: float
    gradient: float
    limit: float
    iterations: int

    @property
    def converged(self) -> bool:
        """Whether the gradient is within the tolerance."""
        return self.gradient <= self.limit


def fit_linear(features: Tensor,
               targets: Tensor,
               weight_decay: float,
               bias: bool = False,
               tolerance: float = 1e-5,
               max_iter: int = 500) -> LinearFit:
    r"""Minimize the loss of a multi-label classifier with weight decay.

    .. math::
        -\frac{1}{N C} \sum_{n, c} y_{nc} \log \sigma(z_{nc})
        + (1 - y_{nc}) \log(1 - \sigma(z_{nc}))
        + \frac{\lambda}{2} \sum_{c, d} w_{cd}^2, \quad z = X W^T + b

    the multi-label soft margin loss, and the weight decay of SGD. As the
    average over an image of a 1x1 convolution is that convolution of the
    average, this is the loss of a CAM head on a frozen backbone without
    augmentation, and its one minimum is where training would end.

    L-BFGS with strong Wolfe conditions, in float64, in coordinates in which
    the bound of the Hessian, ``X' X / 4NC + lambda``, is the identity:
    features are far from independent, and without that it takes hundreds of
    steps.

    Args:
        features (Tensor): Finite, (N, D).
        targets (Tensor): Multi-hot labels in {0, 1}, (N, C).
        weight_decay (float): Greater than 0; not applied to the bias.
        bias (bool): Whether there is one. Defaults to False.
        tolerance (float): Of the gradient, relative to that of the weights
            0. Defaults to 1e-5.
        max_iter (int): Most steps, in fives. Defaults to 500.

    Returns:
        LinearFit: On the device of the features.

    Raises:
        ValueError: If shapes do not agree, a number is not finite or the
            weight decay not positive.
    """
    check_problem(features, targets, weight_decay)
    x, y = features.double(), targets.double()
    if bias:
        x = torch.cat([x, x.new_ones(len(x), 1)], dim=1)
    decay = x.new_full((x.shape[1], ), weight_decay)
    decay[features.shape[1]:] = 0.

    def objective(weight: Tensor) -> Tensor:
        loss = F.binary_cross_entropy_with_logits(x @ weight.T, y)
        return loss + .5 * (weight.square() @ decay).sum()

    root = _root_of_hessian_bound(x, decay, y.shape[1])
    start = x.new_zeros(y.shape[1], x.shape[1])
    weight, iterations = minimize(objective, root, start, tolerance,
                                  max_iter)
    loss, gradient = value_and_slope(objective, weight)
    scale = value_and_slope(objective, start)[1]
    return LinearFit(
        weight=weight[:, :features.shape[1]],
        bias=weight[:, -1] if bias else None,
        loss=loss,
        gradient=gradient,
        limit=tolerance * scale,
        iterations=iterations)


def _root_of_hessian_bound(x: Tensor, decay: Tensor, classes: int) -> Tensor:
    """Lower triangular L with L L' the bound of a class's Hessian."""
    bound = x.T @ x / (4 * len(x) * classes)
    # A bias has no decay; the smallest keeps the bound positive definite.
    bound.diagonal().add_(decay.clamp(min=1e-3 * decay.max()))
    return torch.linalg.cholesky(bound)
