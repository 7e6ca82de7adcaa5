"""The references' random walk: whole matrices; and what agrees with it."""
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from common.peak_memory import peak_mb
from wsss_plugins.ops.walk.pairs import pair_offsets

RADIUS = 5
STEPS_LOG2 = 8


def end_indices(height: int, width: int) -> tuple[Tensor, Tensor]:
    """Sources (n,) and other ends (P * n,) of pairs, border 'reference'."""
    pixels = np.arange(height * width).reshape(height, width)
    reach = RADIUS - 1
    rows, columns = height - reach, width - 2 * reach
    source = pixels[:rows, reach:reach + columns].ravel()
    others = [
        pixels[dy:dy + rows, reach + dx:reach + dx + columns].ravel()
        for dy, dx in pair_offsets(RADIUS)
    ]
    return torch.from_numpy(source), torch.from_numpy(np.concatenate(others))


def dense_matrix(affinity: Tensor, height: int, width: int) -> Tensor:
    """Symmetric matrix of affinities (P, n), ones on the diagonal."""
    source, other = end_indices(height, width)
    source = source.repeat(len(affinity))
    nodes, values = height * width, affinity.flatten()
    own = torch.arange(nodes)
    rows = torch.cat([own, source, other])
    columns = torch.cat([own, other, source])
    return torch.sparse_coo_tensor(
        torch.stack([rows, columns]),
        torch.cat([torch.ones(nodes), values, values]),
        (nodes, nodes)).to_dense()


def transition(matrix: Tensor, beta: float) -> Tensor:
    """Columns of the matrix to a power, scaled to sum to one."""
    matrix = matrix.pow(beta)
    return matrix / matrix.sum(dim=0, keepdim=True)


def squared(matrix: Tensor) -> Tensor:
    """The matrix to the power 256, by squaring."""
    for _ in range(STEPS_LOG2):
        matrix = matrix @ matrix
    return matrix


def labels(maps: Tensor) -> Tensor:
    """Greatest map of each pixel at eight times the size."""
    return F.interpolate(
        maps[None], scale_factor=8, mode='bilinear')[0].argmax(dim=0)


def relative(found: Tensor, exact: Tensor) -> float:
    """Greatest error, of the greatest value."""
    return float((found - exact).abs().max() / exact.abs().max())


def extra_mb(work: Callable[[], object], tiny: Callable[[], object]) -> float:
    """MB that a call takes beyond the same call on a tiny map.

    What both take is code of libraries, read from disk by the first call.
    """
    return peak_mb(work) - peak_mb(tiny)
