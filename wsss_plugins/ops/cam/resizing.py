"""Maps of any stride at the size of the image."""
import numpy as np
import torch
import torch.nn.functional as F


def resize_maps(maps: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resize maps bilinearly, as all stages do.

    Args:
        maps (np.ndarray): Float (K, h, w).
        size (tuple[int, int]): Height and width of the result.

    Returns:
        np.ndarray: float32 (K, H, W).
    """
    maps = np.ascontiguousarray(maps, dtype=np.float32)
    if tuple(maps.shape[1:]) == tuple(size) or not len(maps):
        return maps if len(maps) else np.zeros((0, *size), np.float32)
    return F.interpolate(
        torch.from_numpy(maps)[None], tuple(size), mode='bilinear')[0].numpy()
