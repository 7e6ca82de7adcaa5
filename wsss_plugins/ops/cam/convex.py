"""L-BFGS in good coordinates, for the convex losses of linear layers."""
from collections.abc import Callable

import torch
from torch import Tensor

# Pairs of steps and gradients that L-BFGS remembers.
_HISTORY = 20
# Steps between looks at the gradient.
_STEPS = 5
# Looks without progress after which numbers are taken for exhausted.
_PATIENCE = 10

Objective = Callable[[Tensor], Tensor]


def minimize(objective: Objective, root: Tensor, start: Tensor,
             tolerance: float, max_iter: int) -> tuple[Tensor, int]:
    """Minimize a convex loss of W from 0, in coordinates V = W L.

    Args:
        objective (Callable): Loss of weights (C, D), differentiable.
        root (Tensor): L, lower triangular (D, D), with L L' near to the
            Hessian by the weights of one class.
        start (Tensor): Zeros (C, D).
        tolerance (float): Of the greatest partial derivative, relative to
            that at the start.
        max_iter (int): Most steps, in fives.

    Returns:
        tuple[Tensor, int]: Weights and steps.
    """
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


def value_and_slope(objective: Objective,
                    weight: Tensor) -> tuple[float, float]:
    """Loss of weights (C, D), and its greatest partial derivative."""
    weight = weight.detach().clone().requires_grad_()
    loss = objective(weight)
    gradient, = torch.autograd.grad(loss, weight)
    return float(loss.detach()), float(gradient.abs().max())


def check_problem(features: Tensor, targets: Tensor,
                  weight_decay: float) -> None:
    """Refuse what no linear layer can be fitted to.

    Raises:
        ValueError: If shapes do not agree, a feature is not finite or the
            weight decay not positive.
    """
    if features.dim() != 2 or targets.dim() != 2 or not len(features) or len(
            features) != len(targets):
        raise ValueError(f'features {tuple(features.shape)} and targets '
                         f'{tuple(targets.shape)} must be (N, D) and (N, C)')
    if not features.isfinite().all():
        raise ValueError('features are not finite')
    if not weight_decay > 0:
        raise ValueError(f'weight_decay={weight_decay} must be positive: '
                         'without it the weights may grow without bound')
