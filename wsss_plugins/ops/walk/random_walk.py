"""Random walks on stencils of affinities: PSA and IRNet without matrices.

The references compute the transition matrix ``T = A D^-1`` of all pixels of
the feature map, A the affinities to a power beta with ones on the diagonal and
D the sums of its columns, and square it until ``T^256``. A is symmetric, so

    x T^n = (x D^1/2) S^n D^-1/2,   S = D^-1/2 A D^-1/2,

and each of the n products is a stencil of the pairs of one pixel. S has its
eigenvalues in [-1, 1], so ``S^n`` is also a short sum of Chebyshev
polynomials, with a known error bound.
"""
import math
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from . import native_walk
from .pairs import half_disc, to_full_grid


@lru_cache
def _chebyshev_terms(steps: int) -> np.ndarray:
    """Coefficients of ``x^steps``, float64 (steps + 1,), sum 1."""
    orders = np.arange(steps + 1)
    logs = np.array([
        math.lgamma(steps + 1) - math.lgamma((steps - k) / 2 + 1) -
        math.lgamma((steps + k) / 2 + 1) for k in orders
    ])
    terms = np.exp(logs + (1 - steps) * math.log(2))
    terms[(orders + steps) % 2 == 1] = 0
    terms[0] /= 2
    return terms


def chebyshev_power(steps: int, degree: int) -> tuple[np.ndarray, float]:
    """Shorten ``x^steps`` to a sum of Chebyshev polynomials.

    Args:
        steps (int): Power, at least 0.
        degree (int): Highest polynomial kept.

    Returns:
        tuple: Coefficients float64 (min(degree, steps) + 1,), and a bound of
        the error for all x in [-1, 1]: the sum of those left out. For 256
        steps it is 4.4e-5 at degree 64, 3.3e-7 at 80 and 8e-10 at 96.

    Raises:
        ValueError: If steps or degree is negative.
    """
    if steps < 0 or degree < 0:
        raise ValueError(f'steps={steps}, degree={degree}: neither can be '
                         'negative')
    terms = _chebyshev_terms(steps)
    return terms[:degree + 1], float(terms[degree + 1:].sum())


def transition_stencil(affinity: Tensor, size: tuple[int, int], radius: int,
                       beta: float) -> tuple[Tensor, Tensor]:
    """The operator S and the degrees D of a random walk.

    Args:
        affinity (Tensor): (B, P, hs, ws) in [0, 1], 0 for pairs that leave
            the map.
        size (tuple[int, int]): Height and width of the map.
        radius (int): Of the offsets.
        beta (float): Power of the affinities.

    Returns:
        tuple[Tensor, Tensor]: S beside the diagonal, (B, P, h, w), float32,
        or float64 if the affinities are; and ``D``, float64 (B, h, w), which
        is one over S's diagonal.
    """
    if affinity.dtype != torch.float64:
        affinity = affinity.float()
    weights = to_full_grid(affinity, size, radius)**beta
    # Sums in float64, at no cost: the random walk raises their roots to the
    # power of its steps.
    degree = torch.ones_like(weights[:, 0], dtype=torch.float64)
    for plane, here, there in _planes(weights, radius):
        degree[here] += plane
        degree[there] += plane
    root = degree.rsqrt().to(weights.dtype)
    stencil = torch.zeros_like(weights)
    for (plane, here, there), (scaled, *_) in zip(
            _planes(weights, radius), _planes(stencil, radius)):
        torch.mul(plane, root[here], out=scaled)
        scaled *= root[there]
    return stencil, degree


def _planes(stencil: Tensor, radius: int):
    """For each offset: pairs inside the map, and slices of both ends."""
    height, width = stencil.shape[-2:]
    for number, (dy, dx) in enumerate(half_disc(radius)):
        if dy >= height or abs(dx) >= width:
            continue
        rows, columns = slice(0, height - dy), _columns(-dx, width)
        here = (..., rows, columns)
        there = (..., slice(dy, height), _columns(dx, width))
        yield stencil[:, number][here], here, there


def _columns(dx: int, width: int) -> slice:
    """Columns that are dx to the right of columns."""
    return slice(max(dx, 0), width + min(dx, 0))


def _product(stencil: Tensor, leaving: Tensor, state: Tensor,
             radius: int) -> Tensor:
    """State times S, (B, K, h, w)."""
    # The small terms first: added one by one to the state, they would be lost.
    change = state * -leaving
    for plane, here, there in _planes(stencil, radius):
        plane = plane[:, None]
        change[here].addcmul_(plane, state[there])
        change[there].addcmul_(plane, state[here])
    return change.add_(state)


def _power(stencil: Tensor, leaving: Tensor, state: Tensor, radius: int,
           steps: int, terms: np.ndarray | None) -> Tensor:
    """State times S^steps, exactly or by Chebyshev terms."""
    if terms is None:
        for _ in range(steps):
            state = _product(stencil, leaving, state, radius)
        return state
    before, now = None, state
    total = state * float(terms[0])
    for term in terms[1:]:
        after = _product(stencil, leaving, now, radius)
        if before is not None:
            after.mul_(2).sub_(before)
        before, now = now, after
        if term:
            total.add_(now, alpha=float(term))
    return total


def random_walk(state: Tensor | np.ndarray,
                affinity: Tensor | np.ndarray,
                radius: int = 5,
                beta: float = 8.,
                steps: int = 256,
                degree: int | None = None,
                backend: str = 'auto') -> Tensor | np.ndarray:
    """Propagate scores by a random walk (PSA Sec. 3.3, IRNet Sec. 5.1).

    Computes ``state T^steps``. Linear in the area of the map and in the
    channels: give only the classes of the image. With one channel for each
    pixel, 1 there and 0 elsewhere, the result is ``T^steps`` itself.

    Args:
        state (Tensor | np.ndarray): Channels over the map, (B, K, h, w), or
            (K, h, w) for one map.
        affinity (Tensor | np.ndarray): (B, P, hs, ws), or (P, hs, ws), in
            [0, 1]; 0 for pairs that leave the map. Of either border of
            :mod:`wsss_plugins.ops.walk.pairs`.
        radius (int): Of the offsets.
        beta (float): Power of the affinities; 8 in PSA, 10 in IRNet.
        steps (int): Number of steps; 256 in both references (their ``logt``
            and ``exp_times`` of 8 are its logarithm).
        degree (int, optional): Degree of a Chebyshev polynomial that
            replaces the power, with that many products instead of ``steps``;
            see :func:`chebyshev_power` for the error, 80 is enough for 256
            steps. None: every step.
        backend (str): ``'torch'``, ``'native'`` (compiled, CPU), or
            ``'auto'``: native where it applies.

    Returns:
        Tensor | np.ndarray: Of the kind and shape of ``state``; float32, or
        float64 if it was. There is no gradient.

    Raises:
        ValueError: If shapes do not fit, or steps or degree is negative.
        RuntimeError: If 'native' is asked for and not available.
    """
    if isinstance(state, np.ndarray):
        return random_walk(
            torch.from_numpy(np.ascontiguousarray(state)),
            torch.as_tensor(affinity), radius, beta, steps, degree,
            backend).numpy()
    affinity = torch.as_tensor(affinity, device=state.device)
    if state.ndim == 3:
        return random_walk(state[None], affinity[None], radius, beta, steps,
                           degree, backend)[0]
    if len(affinity) != len(state) or affinity.ndim != 4:
        raise ValueError(f'state {tuple(state.shape)} and affinity '
                         f'{tuple(affinity.shape)} are not of one batch')
    bound_to = degree if degree is not None and degree < steps else None
    terms = chebyshev_power(steps, steps if bound_to is None else degree)[0]
    terms = None if bound_to is None else terms
    state = state if state.dtype == torch.float64 else state.float()
    with torch.no_grad():
        return _walk(state, affinity.to(state.dtype), radius, beta, steps,
                     terms, backend)


def _walk(state: Tensor, affinity: Tensor, radius: int, beta: float,
          steps: int, terms: np.ndarray | None, backend: str) -> Tensor:
    size = state.shape[2:]
    if native_walk.use_native(backend, state):
        weights = to_full_grid(affinity, size, radius)**beta
        return native_walk.walk(weights, half_disc(radius), state, steps,
                                terms)
    stencil, degree = transition_stencil(affinity, size, radius, beta)
    # One minus the diagonal of S: where it is small it matters most, and
    # 1 / D would have lost it to rounding.
    leaving = ((degree - 1) / degree)[:, None].to(state.dtype)
    root = degree.sqrt()[:, None].to(state.dtype)
    return _power(stencil, leaving, state * root, radius, steps, terms) / root
