"""The references' random walks: whole matrices; and what agrees with them."""
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from common.peak_memory import peak_mb
from wsss_plugins.ops.walk.pairs import pair_offsets, pair_paths

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


def feature_pairs(features: Tensor) -> Tensor:
    """PSA's affinities: gather both ends of all pairs, (P, n)."""
    source, other = end_indices(*features.shape[1:])
    flat = features.flatten(1)
    here = flat[:, source][:, None]
    there = flat[:, other].view(len(flat), -1, len(source))
    return torch.exp(-(here - there).abs().mean(dim=0))


def all_classes_walk(affinity: Tensor, state: Tensor, beta: float,
                     classes: int) -> Tensor:
    """PSA's walk: the matrix to the power 256, times maps of all classes."""
    power = squared(
        transition(dense_matrix(affinity, *state.shape[1:]), beta))
    rows = torch.zeros((classes, power.shape[0]))
    rows[:len(state)] = state.flatten(1)
    return (rows @ power)[:len(state)].view(state.shape)


def edge_pairs(edge: Tensor) -> Tensor:
    """IRNet's affinities: pixels of all paths on the padded map, (P, n)."""
    padded = F.pad(edge, (RADIUS, RADIUS, 0, RADIUS), value=1.)
    height, width = padded.shape
    reach = RADIUS - 1
    rows, columns = height - reach, width - 2 * reach
    pixels = torch.arange(padded.numel()).view(height, width)
    planes = []
    for path in pair_paths(RADIUS):
        index = torch.stack([
            pixels[y:y + rows, reach + x:reach + x + columns].flatten()
            for y, x in path
        ])
        planes.append(1 - padded.flatten()[index].max(dim=0).values)
    return torch.stack(planes)


def edge_matrix(edge: Tensor) -> Tensor:
    """Matrix of the padded map, cut to the map."""
    size = (edge.shape[0] + RADIUS, edge.shape[1] + 2 * RADIUS)
    inside = torch.zeros(size, dtype=torch.bool)
    inside[:edge.shape[0], RADIUS:RADIUS + edge.shape[1]] = True
    inside = inside.flatten()
    return dense_matrix(edge_pairs(edge), *size)[inside][:, inside]


def edge_walk(edge: Tensor, maps: Tensor, beta: float) -> Tensor:
    """IRNet's walk of maps (K, h, w) between boundaries (h, w)."""
    power = squared(transition(edge_matrix(edge), beta))
    gated = maps * (1 - edge)
    return (gated.flatten(1) @ power).view(maps.shape)


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
