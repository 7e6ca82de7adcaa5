"""Mean field with the exact Gaussian kernels, batched, for small maps.

Quadratic in the number of pixels: for maps such as SEC's 41x41, where it runs
on the GPU without a copy to the host. It is the model that the lattice
approximates; on natural images both differ by no more than the lattice does
from itself on the transposed image.
"""
import torch
from torch import Tensor

# A kernel of this many pixels takes 1 GB.
_MOST_PIXELS = 16384


def gaussian_kernel(features: Tensor) -> Tensor:
    """Symmetrically normalized Gaussian kernel D^-1/2 K D^-1/2.

    Args:
        features (Tensor): Positions in units of the deviations, float
            (N, P, F).

    Returns:
        Tensor: (N, P, P), each point with itself included; D are row sums.
    """
    # Differences, not products: close points must not cancel.
    square = torch.cdist(
        features, features, compute_mode='donot_use_mm_for_euclid_dist')
    kernel = torch.exp(-.5 * square.square())
    scale = (kernel.sum(dim=2) + 1e-20).rsqrt()
    return kernel * scale[:, :, None] * scale[:, None, :]


def exact_mean_field(images: Tensor, energies: Tensor, steps: tuple[int, ...],
                     smoothness: tuple[float, float],
                     appearance: tuple[float, float, float]) -> Tensor:
    """Run mean field on a batch, on the device of the energies.

    Args:
        images (Tensor): uint8 (N, H, W, 3).
        energies (Tensor): Unary energies, float (N, U, C, H, W).
        steps (tuple[int, ...]): Ascending iterations to return.
        smoothness (tuple[float, float]): Weight and sxy.
        appearance (tuple[float, float, float]): Weight, sxy and srgb.

    Returns:
        Tensor: Label probabilities, (len(steps), N, U, C, H, W), of the dtype
        of the energies.

    Raises:
        ValueError: If a map has more than 16384 pixels.
    """
    num, groups, classes, height, width = energies.shape
    if height * width > _MOST_PIXELS:
        raise ValueError(
            f'the exact kernel of {height}x{width} pixels is too large; use '
            "another backend, or maps of at most 128x128")
    kernel = _kernel(images.to(energies), smoothness, appearance)
    unary = -energies.flatten(3).reshape(num, groups * classes, -1)
    shape = (num, groups, classes, height, width)
    probs, found = unary.reshape(shape).softmax(dim=2), []
    for step in range(max(steps) + 1):
        if step:
            message = probs.reshape(unary.shape) @ kernel
            probs = (unary + message).reshape(shape).softmax(dim=2)
        if step in steps:
            found.append(probs)
    return torch.stack(found)


def _kernel(images: Tensor, smoothness: tuple[float, float],
            appearance: tuple[float, float, float]) -> Tensor:
    """Weighted sum of both kernels, (N, P, P)."""
    height, width = images.shape[1:3]
    rows = torch.arange(height, device=images.device, dtype=images.dtype)
    columns = torch.arange(width, device=images.device, dtype=images.dtype)
    place = torch.stack(torch.meshgrid(columns, rows, indexing='xy'), dim=-1)
    place = place.reshape(1, -1, 2)
    color = images.flatten(1, 2)
    weight, sxy, srgb = appearance
    features = [place.expand(len(images), -1, -1) / sxy, color / srgb]
    return (smoothness[0] * gaussian_kernel(place / smoothness[1]) +
            weight * gaussian_kernel(torch.cat(features, dim=2)))
