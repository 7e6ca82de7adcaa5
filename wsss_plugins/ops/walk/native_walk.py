"""Compiled random walk and pair distances (csrc/random_walk.cpp), by ctypes.

Where they apply, :mod:`wsss_plugins.ops.walk.random_walk` and
:mod:`~.affinity` use them; else their torch code, which gives
the same numbers and runs everywhere.
"""
import ctypes
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from .. import native

BACKENDS = ('auto', 'native', 'torch')
_INT, _FLOATS = ctypes.c_int64, ctypes.c_void_p
_ERRORS = {1: 'out of memory', 2: 'an offset that does not point forward'}


@lru_cache
def _library() -> ctypes.CDLL | None:
    """The compiled functions, or None where there is no build of them."""
    library = native.library()
    if library is None or not hasattr(library, 'wsss_random_walk'):
        return None
    library.wsss_random_walk.argtypes = (_FLOATS, _FLOATS, _INT, _INT, _INT,
                                         _INT, _FLOATS, _INT, _INT, _FLOATS)
    library.wsss_pair_distances.argtypes = (_FLOATS, _FLOATS, _INT, _INT,
                                            _INT, _INT, _FLOATS)
    for function in (library.wsss_random_walk, library.wsss_pair_distances):
        function.restype = ctypes.c_int32
    return library


def is_available() -> bool:
    """Whether the compiled functions can be used on this machine."""
    return _library() is not None


def use_native(backend: str, values: Tensor) -> bool:
    """Whether to work on ``values`` with the compiled functions.

    They take float32 on the CPU and know no gradient.

    Raises:
        ValueError: If the backend is not one of :data:`BACKENDS`.
        RuntimeError: If it is 'native' and cannot be had.
    """
    if backend not in BACKENDS:
        raise ValueError(f'backend={backend!r}; choose one of '
                         f'{", ".join(BACKENDS)}')
    if backend == 'torch':
        return False
    applies = (
        values.device.type == 'cpu' and values.dtype == torch.float32
        and not (values.requires_grad and torch.is_grad_enabled()))
    if backend == 'native' and not applies:
        raise RuntimeError(
            f"backend='native' takes float32 on the CPU without gradient, "
            f'not {values.dtype} on {values.device}; use backend=auto')
    if backend == 'native' and not is_available():
        raise RuntimeError("backend='native': the compiled library is not "
                           'there; install a compiler and build the package '
                           'again, or use backend=auto')
    return applies and is_available()


def _offsets_pointer(
        offsets: Sequence[tuple[int, int]]) -> tuple[np.ndarray, int]:
    array = np.ascontiguousarray(offsets, dtype=np.int64)
    return array, array.ctypes.data


def _check(status: int) -> None:
    if status == 1:
        raise MemoryError('random walk: ' + _ERRORS[status])
    if status:
        raise RuntimeError('random walk: ' + _ERRORS[status])


def walk(weights: Tensor, offsets: Sequence[tuple[int, int]], state: Tensor,
         steps: int, terms: np.ndarray | None) -> Tensor:
    """Random walk of maps on stencils of weights.

    Args:
        weights (Tensor): Affinities to the power beta, float32 (B, P, h, w).
        offsets (Sequence[tuple[int, int]]): Of the P planes.
        state (Tensor): float32 (B, K, h, w); not modified.
        steps (int): Number of steps.
        terms (np.ndarray, optional): Chebyshev coefficients instead.

    Returns:
        Tensor: float32 (B, K, h, w).
    """
    weights = weights.contiguous()
    out = state.detach().clone(memory_format=torch.contiguous_format)
    pairs, pointer = _offsets_pointer(offsets)
    if terms is not None:
        terms = np.ascontiguousarray(terms, dtype=np.float64)
    for one, channels in zip(weights, out):
        _check(_library().wsss_random_walk(
            one.data_ptr(), pointer, len(pairs), *one.shape[1:], steps,
            None if terms is None else terms.ctypes.data,
            0 if terms is None else len(terms), len(channels),
            channels.data_ptr()))
    return out


def pair_distances(features: Tensor,
                   offsets: Sequence[tuple[int, int]]) -> Tensor:
    """Sums of absolute differences between the ends of pairs.

    Args:
        features (Tensor): float32 (B, C, h, w).
        offsets (Sequence[tuple[int, int]]): Sorted by their first number.

    Returns:
        Tensor: float32 (B, P, h, w), infinite for pairs that leave the map.
    """
    features = features.detach().contiguous()
    pairs, pointer = _offsets_pointer(offsets)
    out = features.new_empty((len(features), len(pairs),
                              *features.shape[2:]))
    for one, distances in zip(features, out):
        _check(_library().wsss_pair_distances(
            one.data_ptr(), pointer, len(pairs), *one.shape,
            distances.data_ptr()))
    return out
