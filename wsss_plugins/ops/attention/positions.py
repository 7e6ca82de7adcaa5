"""Learned positions of a vision transformer, on another grid."""
import math

import torch
import torch.nn.functional as F
from torch import Tensor


def resized_positions(positions: Tensor, grid: tuple[int, int],
                      half: bool = False) -> Tensor:
    """Resize learned positions, bilinearly; that of the class token stays.

    Args:
        positions (Tensor): Of the class token and of a square grid of G * G
            patches, row by row; float (1 + G * G, D).
        grid (tuple[int, int]): Rows and columns wanted.
        half (bool): Round to half precision, as the reference of CLIP-ES
            does on every device. Defaults to False.

    Returns:
        Tensor: (1 + h * w, D), of the type of the positions.

    Raises:
        ValueError: If the positions are not those of a square.
    """
    side = math.isqrt(max(len(positions) - 1, 0))
    if not side or side * side + 1 != len(positions):
        raise ValueError(f'{len(positions)} positions are not those of a '
                         'class token and a square of patches')
    first, rest = positions[:1], positions[1:]
    planes = rest.T.unflatten(1, (side, side))[None]
    planes = F.interpolate(
        planes, tuple(grid), mode='bilinear', align_corners=False)
    resized = torch.cat([first, planes[0].flatten(1).T])
    return resized.half().to(positions.dtype) if half else resized
