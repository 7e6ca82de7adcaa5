"""Resizing of CAMs."""
import torch.nn.functional as F
from torch import Tensor


def resized(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Maps (K, h, w) at another size, bilinear; K may be 0."""
    if tuple(maps.shape[1:]) == tuple(size):
        return maps
    if not len(maps):
        return maps.new_zeros((0, *size))
    return F.interpolate(maps[None], tuple(size), mode='bilinear')[0]
