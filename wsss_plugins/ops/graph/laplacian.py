r"""Laplacian of the colors and positions of nearby pixels (WSGCN).

.. math::
    \Phi_{ij} = \exp(-|c_i - c_j|^2 / v_c - |x_i - x_j|^2 / v_x)

for pairs within a window; L = diag(row sums) - Phi. The released code has
``v_c = 12, v_x = 20`` with colors in [0, 1] and positions in pixels of the
feature map, which makes it nearly uniform smoothing. Twice the squares of the
paper's sigmas, sqrt(3) and 10, would be 6 and 200.
"""
import warnings
from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor
from torch.autograd import Function


@lru_cache
def window_offsets(window: int) -> tuple[tuple[int, int], ...]:
    """Offsets (dy, dx) to the later half of a square window.

    Args:
        window (int): Side of the window, odd, at least 3.

    Returns:
        tuple: 12 offsets for a window of 5.

    Raises:
        ValueError: If the window is even or too small.
    """
    if window < 3 or window % 2 == 0:
        raise ValueError(f'window={window} is not an odd number from 3 on')
    reach = window // 2
    return tuple((dy, dx) for dy in range(reach + 1)
                 for dx in range(-reach, reach + 1) if (dy, dx) > (0, 0))


def pair_weights(image: Tensor, window: int = 5, var_rgb: float = 12.,
                 var_xy: float = 20.) -> list[tuple[Tensor, int, int]]:
    """Weights Phi of the pairs of a window, each pair once.

    Args:
        image (Tensor): Colors, float (3, h, w) (any number of channels, in
            any order).
        window (int): See :func:`window_offsets`.
        var_rgb (float): Divides squared distances of colors.
        var_xy (float): Divides squared distances in pixels.

    Returns:
        list: For each offset that fits into the map: the weights (h - dy,
        w - abs(dx)), dy and dx.

    Raises:
        ValueError: If a variance is not positive.
    """
    if not (var_rgb > 0 and var_xy > 0):
        raise ValueError(f'var_rgb={var_rgb}, var_xy={var_xy}: both must be '
                         'positive')
    height, width = image.shape[-2:]
    planes = []
    for dy, dx in window_offsets(window):
        if dy < height and abs(dx) < width:
            here = image[:, :height - dy, max(-dx, 0):width - max(dx, 0)]
            there = image[:, dy:, max(dx, 0):width + min(dx, 0)]
            color = (here - there).square_().sum(dim=0) / -var_rgb
            planes.append(
                ((color - (dy**2 + dx**2) / var_xy).exp_(), dy, dx))
    return planes


def laplacian(image: Tensor, window: int = 5, var_rgb: float = 12.,
              var_xy: float = 20.) -> Tensor:
    """Laplacian of an image as a sparse matrix.

    Args:
        image, window, var_rgb, var_xy: See :func:`pair_weights`.

    Returns:
        Tensor: Sparse COO (N, N), coalesced, N = h * w with rows first, at
        most ``window ** 2`` entries a row. Of the image's type.
    """
    height, width = image.shape[-2:]
    nodes = torch.arange(height * width, device=image.device)
    grid = nodes.view(height, width)
    ends, weights = [], []
    for plane, dy, dx in pair_weights(image, window, var_rgb, var_xy):
        here = grid[:height - dy, max(-dx, 0):width - max(dx, 0)]
        ends.append(torch.stack([here.flatten(),
                                 here.flatten() + dy * width + dx]))
        weights.append(plane.flatten())
    pairs = torch.cat([torch.empty((2, 0)).to(nodes), *ends], dim=1)
    phi = torch.cat([image.new_empty(0), *weights])
    sums = image.new_zeros(len(nodes))
    sums.index_add_(0, pairs[0], phi).index_add_(0, pairs[1], phi)
    indices = torch.cat([pairs, pairs.flip(0), nodes.expand(2, -1)], dim=1)
    return torch.sparse_coo_tensor(
        indices, torch.cat([-phi, -phi, sums]), (len(nodes), len(nodes)),
        check_invariants=False).coalesce()


def stack_laplacians(matrices: Sequence[Tensor], nodes: int) -> Tensor:
    """Laplacians of several images in one block-diagonal matrix.

    Args:
        matrices (Sequence[Tensor]): Sparse COO (N_b, N_b).
        nodes (int): Rows of each block, at least the greatest N_b.

    Returns:
        Tensor: Sparse CSR (B * nodes, B * nodes).
    """
    indices = torch.cat(
        [m.indices() + i * nodes for i, m in enumerate(matrices)], dim=1)
    values = torch.cat([m.values() for m in matrices])
    side = len(matrices) * nodes
    return compressed(
        torch.sparse_coo_tensor(
            indices, values, (side, side), is_coalesced=True,
            check_invariants=False))


def compressed(matrix: Tensor) -> Tensor:
    """A sparse matrix in rows (CSR), whose products are the fast ones."""
    with warnings.catch_warnings():
        # Torch says once that the format is new.
        warnings.filterwarnings('ignore', 'Sparse CSR tensor support')
        return matrix.to_sparse_csr()


class _Energy(Function):
    """``sum_c z_c^t L z_c`` of each image; the product serves both ways."""

    @staticmethod
    def forward(ctx, values: Tensor, matrix: Tensor) -> Tensor:
        product = (matrix @ values.flatten(0, 1)).view_as(values)
        ctx.save_for_backward(product)
        return (values * product).sum(dim=(1, 2))

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor, None]:
        product, = ctx.saved_tensors
        return 2 * grad[:, None, None] * product, None


def laplacian_energy(values: Tensor, matrix: Tensor) -> Tensor:
    """Sum over pairs of ``Phi_ij |z_i - z_j|^2`` of each image.

    Args:
        values (Tensor): z, float (B, N, C).
        matrix (Tensor): Of :func:`stack_laplacians`, (B * N, B * N), of the
            same type.

    Returns:
        Tensor: (B,), with a gradient by the values.
    """
    return _Energy.apply(values, matrix)
