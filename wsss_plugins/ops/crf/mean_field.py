r"""The mean field of Mask Auto-Labeler, exactly, by shifted slices.

S. Lan et al.: Vision Transformers Are Good Mask Auto-Labelers, CVPR 2023,
https://arxiv.org/abs/2301.03992, as its reference code does it. There is no
unary term: the prediction enters only as the start.

.. math::
    k_{ij} &= \exp(-|f_i - f_j|^2 / (2 \zeta^2)), \quad k_{ii} = 1 \\
    a_1 &= -\sum_j k_{ij} \log x_j, \quad
    a_0 = -\sum_j k_{ij} \log(1 - x_j) \\
    x_i &\leftarrow clamp(b_i e^{-a_1} /
    (\epsilon + b_i e^{-a_1} + e^{-a_0}))

The weight of two pixels is the same in both directions, so only half of a
window is kept, and no window is unfolded.
"""
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

# The reference adds this to the features and pads with zeros, so that no
# pixel is like the outside. The sum's rounding is part of its weights.
_LIFT = 10.
_LIMITS = (.1, .9)


def window_offsets(window: int, dilation: int = 1) -> list[tuple[int, int]]:
    """Offsets dy, dx to the second half of a window, row by row.

    Raises:
        ValueError: If the window is even or a number is below 1.
    """
    if window < 1 or window % 2 == 0 or dilation < 1:
        raise ValueError(f'window={window} must be odd and dilation='
                         f'{dilation} at least 1')
    reach = window // 2
    steps = range(-reach, reach + 1)
    return [(dy * dilation, dx * dilation) for dy in steps for dx in steps
            if (dy, dx) > (0, 0)]


def window_weights(features: Tensor,
                   window: int = 3,
                   dilation: int = 1,
                   zeta: float = .1,
                   valid: Tensor | None = None) -> Tensor:
    """Similarity of each pixel to those after it in its window.

    Args:
        features (Tensor): Colors, (B, C, H, W), of any range: the reference
            takes them after the subtraction of ImageNet's mean.
        window (int): Side of the window, odd. Defaults to 3.
        dilation (int): Distance of its pixels. Defaults to 1.
        zeta (float): Scale of color differences. Defaults to 0.1.
        valid (Tensor | None): Pixels of the image, bool (B, H, W); the
            padding is like nothing. Defaults to all.

    Returns:
        Tensor: In [0, 1], float32 or float64, (B, P, H, W): one plane for
        each of :func:`window_offsets`, 0 for pairs that leave the image.
    """
    features = features.to(
        torch.promote_types(features.dtype, torch.float32)) + _LIFT
    offsets = window_offsets(window, dilation)
    size = features.shape[-2:]
    weights = features.new_zeros((len(features), len(offsets), *size))
    for number, offset in enumerate(offsets):
        here, there = _ends(offset, size)
        squares = (features[there] - features[here]).square().sum(dim=1)
        plane = squares.mul_(-1 / (2 * zeta**2)).exp_()
        if valid is not None:
            plane *= valid[here] & valid[there]
        weights[:, number][here] = plane
    return weights


def whole_window(weights: Tensor, window: int, dilation: int = 1) -> Tensor:
    """Weights of whole windows, (B, window^2, H, W), from their halves.

    The plane in the middle is one: a pixel is like itself. For looking at
    the weights; the mean field does not need it.
    """
    planes = [torch.ones_like(weights[:, 0])]
    size = weights.shape[-2:]
    for number, offset in enumerate(window_offsets(window, dilation)):
        here, there = _ends(offset, size)
        mirrored = torch.zeros_like(planes[0])
        mirrored[there] = weights[:, number][here]
        planes = [mirrored, *planes, weights[:, number]]
    # Each pair of planes went round the earlier ones, which is not the order
    # of rows only for the first half: it runs backwards, as it should.
    return torch.stack(planes, dim=1)


def _ends(offset: tuple[int, int],
          size: tuple[int, int]) -> tuple[tuple, tuple]:
    """Slices of the pixels that have a partner, and of their partners."""
    (dy, dx), (height, width) = offset, size
    here = (..., slice(0, max(height - dy, 0)),
            slice(max(-dx, 0), max(width - max(dx, 0), 0)))
    there = (..., slice(min(dy, height), height),
             slice(min(max(dx, 0), width), max(width + min(dx, 0), 0)))
    return here, there


def mean_field(probs: Tensor,
               box: Tensor,
               weights: Tensor,
               window: int = 3,
               dilation: int = 1,
               iterations: int = 100,
               stop: float | None = None,
               limits: tuple[float, float] = _LIMITS,
               eps: float = 1e-6) -> Tensor:
    """Let pixels of like color agree.

    Args:
        probs (Tensor): Probabilities of the object, (B, H, W).
        box (Tensor): 1 in the box of the object, 0 outside, soft at its
            edges, (B, H, W).
        weights (Tensor): As :func:`window_weights` gives them.
        window, dilation (int): Of the weights.
        iterations (int): Defaults to 100.
        stop (float | None): A sample whose greatest change is below this is
            done; others go on. 1e-4 gives the same masks, 1e-2 does not.
            None (default) for all iterations.
        limits (tuple[float, float]): Least and greatest probability, within
            (0, 1). Default to 0.1 and 0.9.
        eps (float): Part of the denominator. Defaults to 1e-6.

    Returns:
        Tensor: Probabilities within the limits, (B, H, W), of the type of
        the weights, without gradient; a mask is where they exceed 0.5.

    Raises:
        ValueError: If the limits are not in order.
    """
    if not 0 < limits[0] < limits[1] < 1:
        raise ValueError(f'limits={limits} must be 0 < low < high < 1')
    with torch.no_grad(), torch.autocast(probs.device.type, enabled=False):
        # In rows that follow each other every offset is one shift: a pair
        # that would wrap around has weight zero.
        width = probs.shape[-1]
        shifts = [dy * width + dx
                  for dy, dx in window_offsets(window, dilation)]
        box = box.to(weights).flatten(1)
        state = (probs.to(weights).flatten(1) * box).clamp_(*limits)
        step = partial(_step, shifts=shifts, limits=limits, eps=eps)
        # Samples that are done leave a batch on the CPU; to ask a GPU for
        # them would stop it in each iteration.
        iterate = _iterate if state.device.type == 'cpu' else _iterate_all
        state = iterate(step, state, box, weights.flatten(2), iterations,
                        stop)
        return state.view(probs.shape)


def _iterate(step: Callable[..., Tensor], state: Tensor, box: Tensor,
             weights: Tensor, iterations: int, stop: float | None) -> Tensor:
    """Iterate; samples leave the batch when they no longer change."""
    result = torch.empty_like(state)
    running = torch.arange(len(state), device=state.device)
    for _ in range(iterations):
        new = step(state, box, weights)
        if stop is None:
            state = new
            continue
        done = state.sub_(new).abs_().amax(dim=1) < stop
        state = new
        if done.any():
            result[running[done]] = state[done]
            running, state, box, weights = (
                x[~done] for x in (running, state, box, weights))
            if not len(running):
                break
    result[running] = state
    return result


def _iterate_all(step: Callable[..., Tensor], state: Tensor, box: Tensor,
                 weights: Tensor, iterations: int,
                 stop: float | None) -> Tensor:
    """As :func:`_iterate`; samples stay, and change no more."""
    running = torch.ones_like(state[:, :1], dtype=torch.bool)
    for _ in range(iterations):
        new = step(state, box, weights)
        change = (state - new).abs().amax(dim=1, keepdim=True)
        state = torch.where(running, new, state)
        if stop is not None:
            running = running & (change >= stop)
    return state


def _step(state: Tensor, box: Tensor, weights: Tensor, shifts: list[int],
          limits: tuple[float, float], eps: float) -> Tensor:
    """One iteration for both labels at once, all (B, n)."""
    logs = torch.stack([state, 1 - state]).log_()
    # A pixel is a neighbor of its own, with weight one.
    sums = logs.clone()
    pixels = state.shape[1]
    for number, shift in enumerate(shifts):
        if shift >= pixels:
            continue
        plane = weights[:, number, :pixels - shift]
        sums[..., :pixels - shift].addcmul_(plane, logs[..., shift:])
        sums[..., shift:].addcmul_(plane, logs[..., :pixels - shift])
    object_, rest = sums.exp_()
    object_ = object_.mul_(box)
    total = rest.add_(object_).add_(eps)
    return object_.div_(total).clamp_(*limits)
