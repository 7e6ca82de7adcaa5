"""The best linear classifier on pooled features: a convex problem."""
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

# Pairs of steps and gradients that L-BFGS remembers.
_HISTORY = 20
# Steps between looks at the gradient.
_STEPS = 5
# Looks without progress after which numbers are taken for exhausted.
_PATIENCE = 10


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
    _check(features, targets, weight_decay)
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
    weight, iterations = _minimize(objective, root, start, tolerance,
                                   max_iter)
    loss, gradient = _value_and_slope(objective, weight)
    scale = _value_and_slope(objective, start)[1]
    return LinearFit(
        weight=weight[:, :features.shape[1]],
        bias=weight[:, -1] if bias else None,
        loss=loss,
        gradient=gradient,
        limit=tolerance * scale,
        iterations=iterations)


def _check(features: Tensor, targets: Tensor, weight_decay: float) -> None:
    if features.dim() != 2 or targets.dim() != 2 or not len(features) or len(
            features) != len(targets):
        raise ValueError(f'features {tuple(features.shape)} and targets '
                         f'{tuple(targets.shape)} must be (N, D) and (N, C)')
    if not features.isfinite().all():
        raise ValueError('features are not finite')
    if not weight_decay > 0:
        raise ValueError(f'weight_decay={weight_decay} must be positive: '
                         'without it the weights may grow without bound')


def _root_of_hessian_bound(x: Tensor, decay: Tensor, classes: int) -> Tensor:
    """Lower triangular L with L L' the bound of a class's Hessian."""
    bound = x.T @ x / (4 * len(x) * classes)
    # A bias has no decay; the smallest keeps the bound positive definite.
    bound.diagonal().add_(decay.clamp(min=1e-3 * decay.max()))
    return torch.linalg.cholesky(bound)


def _minimize(objective, root: Tensor, start: Tensor, tolerance: float,
              max_iter: int) -> tuple[Tensor, int]:
    """Minimize from ``start``, which is 0, in coordinates V = W L."""
    point = start.clone().requires_grad_()

    def weight() -> Tensor:
        return torch.linalg.solve_triangular(
            root, point, upper=False, left=False)

    optimizer = torch.optim.LBFGS(
        [point],
        max_iter=_STEPS,
        tolerance_grad=0.,
        tolerance_change=0.,
        history_size=_HISTORY,
        line_search_fn='strong_wolfe')

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = objective(weight())
        loss.backward()
        return loss

    def slope() -> float:
        """Greatest partial derivative by W, from those by V."""
        closure()
        return float((point.grad @ root.T).abs().max())

    least = slope()
    limit, iterations, stalled = tolerance * least, 0, 0
    best = point.detach().clone()
    while least > limit and iterations < max_iter and stalled < _PATIENCE:
        optimizer.step(closure)
        iterations += _STEPS
        now = slope()
        stalled = 0 if now < least else stalled + 1
        if now < least:
            least, best = now, point.detach().clone()
    point.data = best
    return weight().detach(), iterations


def _value_and_slope(objective, weight: Tensor) -> tuple[float, float]:
    weight = weight.detach().clone().requires_grad_()
    loss = objective(weight)
    gradient, = torch.autograd.grad(loss, weight)
    return float(loss.detach()), float(gradient.abs().max())
