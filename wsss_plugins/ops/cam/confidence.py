"""Pixels that no class is sure of."""
import numpy as np

from .resizing import resize_maps


def unsure_pixels(probs: np.ndarray, size: tuple[int, int],
                  confidence: float) -> np.ndarray:
    """Pixels whose most probable class has less than a probability.

    Args:
        probs (np.ndarray): Of all classes, background included; float
            (C, h, w).
        size (tuple[int, int]): Height and width of the image.
        confidence (float): In [0, 1].

    Returns:
        np.ndarray: bool (H, W).

    Raises:
        ValueError: If there is no class.
    """
    if not len(probs):
        raise ValueError('no class to be sure of')
    return resize_maps(probs, size).max(axis=0) < confidence
