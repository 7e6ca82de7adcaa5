"""The compiled narrow product (csrc/graph_product.cpp), by ctypes.

:mod:`~.graphs` multiplies by it where it applies, else by torch;
both give the same numbers up to rounding.
"""
import ctypes
import logging
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import torch
from torch import Tensor

from .. import native

_INT, _FLOATS = ctypes.c_int64, ctypes.c_void_p
# Columns of a block, as in the source.
_WIDE = 16
# Below this a product is over before threads have started.
_LEAST_ROWS_OF_A_THREAD = 1024


@lru_cache
def _library() -> ctypes.CDLL | None:
    """The compiled function, or None where torch is not slower."""
    library = native.library()
    if library is None:
        # Cached, so it is said once a process.
        logging.getLogger('wsss_plugins').warning(
            'graph products: the compiled part is not built, torch runs in '
            'its place, slower; build it with: '
            'pip install --no-build-isolation -e .')
    if library is None or native.build_name() == 'base' or not hasattr(
            library, 'wsss_narrow_product'):
        return None
    library.wsss_narrow_product.argtypes = (_FLOATS, _INT, _INT, _INT,
                                            _FLOATS, _FLOATS)
    library.wsss_narrow_product.restype = None
    return library


def applies(matrix: Tensor, values: Tensor) -> bool:
    """Whether :func:`narrow_product` can take these and is there."""
    return (matrix.layout is torch.strided
            and all(t.device.type == 'cpu' and t.dtype == torch.float32
                    for t in (matrix, values))
            and matrix.ndim == 2 and matrix.stride(1) == 1
            and _library() is not None)


def narrow_product(matrix: Tensor, values: Tensor) -> Tensor:
    """``matrix values`` for few columns, without gradient.

    Args:
        matrix (Tensor): float32 (M, N) on the CPU, rows contiguous.
        values (Tensor): float32 (N, C) on the CPU.

    Returns:
        Tensor: float32 (M, C).
    """
    columns = values.shape[1]
    blocks = -(-columns // _WIDE)
    # One block of columns after another, each contiguous.
    padded = values.new_zeros((blocks, len(values), _WIDE))
    out = values.new_empty((blocks, len(matrix), _WIDE))
    for block, part in zip(padded, values.detach().split(_WIDE, dim=1)):
        block[:, :part.shape[1]] = part
    _run(matrix, padded, out)
    return out.transpose(0, 1).reshape(len(matrix), -1)[:, :columns]


def _run(matrix: Tensor, values: Tensor, out: Tensor) -> None:
    rows, depth = matrix.shape
    threads = min(torch.get_num_threads(),
                  max(1, rows // _LEAST_ROWS_OF_A_THREAD))
    share = -(-rows // threads)

    def work(start: int) -> None:
        stop = min(start + share, rows)
        for right, left in zip(values, out):
            _library().wsss_narrow_product(
                matrix[start:].data_ptr(), matrix.stride(0), stop - start,
                depth, right.data_ptr(), left[start:].data_ptr())

    starts = range(0, rows, share)
    if len(starts) == 1:
        work(0)
        return
    with ThreadPoolExecutor(len(starts)) as pool:
        list(pool.map(work, starts))
