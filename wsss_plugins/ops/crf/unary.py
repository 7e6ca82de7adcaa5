"""Unary energies of a CRF, negative log-likelihoods of labels."""
import numpy as np


def score_energies(scores: np.ndarray, floor: float = 1e-5) -> np.ndarray:
    """Energies of probabilities: ``-log(clip(score, floor, 1))``.

    Args:
        scores (np.ndarray): In [0, 1], any shape; they need not sum to one.
        floor (float): Smallest probability. Defaults to 1e-5, as PSA, SEC
            and EPS.

    Returns:
        np.ndarray: float32, shape of the scores.
    """
    # In the precision of the scores, as the references.
    return -np.log(np.clip(scores, floor, 1.)).astype(np.float32)


def label_energies(labels: np.ndarray,
                   num_labels: int,
                   certainty: float,
                   unknown: int | None = None) -> np.ndarray:
    """Energies of a label map that is right with probability ``certainty``.

    The other labels share the rest evenly; pixels of label ``unknown`` get
    the same energy for all.

    Args:
        labels (np.ndarray): Integers (..., H, W).
        num_labels (int): Number of labels L, at least two.
        certainty (float): In (0, 1); IRNet takes 0.7.
        unknown (int, optional): Label of pixels without opinion.

    Returns:
        np.ndarray: float32 (..., L, H, W).

    Raises:
        ValueError: If an argument is out of range, or a label is.
    """
    if num_labels < 2 or not 0 < certainty < 1:
        raise ValueError(f'num_labels={num_labels} and certainty={certainty}; '
                         'needed are at least 2 and a value between 0 and 1')
    labels = np.asarray(labels)
    free = np.zeros(labels.shape, bool) if unknown is None else (
        labels == unknown)
    wrong = ~free & ((labels < 0) | (labels >= num_labels))
    if wrong.any():
        raise ValueError(f'label {labels[wrong][0]} is not one of '
                         f'{num_labels}')
    energies = np.full((num_labels, *labels.shape),
                       -np.log((1 - certainty) / (num_labels - 1)),
                       dtype=np.float32)
    chosen = np.where(free, 0, labels)[None]
    np.put_along_axis(energies, chosen, -np.log(certainty), axis=0)
    energies[:, free] = np.log(num_labels)
    return np.moveaxis(energies, 0, -3)
