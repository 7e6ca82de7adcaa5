"""How far two sets of class probabilities agree."""
import numpy as np


def agreement(reference: np.ndarray, ours: np.ndarray) -> dict[str, float]:
    """Share of equal labels, and greatest difference of probabilities.

    Args:
        reference, ours (np.ndarray): Probabilities, (..., L, H, W).
    """
    same = reference.argmax(axis=-3) == ours.argmax(axis=-3)
    return dict(
        argmax=float(same.mean()), max_dq=float(abs(reference - ours).max()))
