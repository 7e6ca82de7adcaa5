"""Pseudo masks from CAMs of any stride."""
import cv2
import numpy as np

_IGNORED = 255


def class_map_labels(maps: np.ndarray,
                     labels: np.ndarray,
                     size: tuple[int, int],
                     threshold: float = .2,
                     background: int = 0,
                     margin: float = 0.) -> np.ndarray:
    """Resize CAMs and label each pixel with its best class.

    Args:
        maps (np.ndarray): Scores in [0, 1], float (K, h, w).
        labels (np.ndarray): Dataset class indices, int (K,).
        size (tuple[int, int]): Height and width of the mask.
        threshold (float): Background threshold, which a foreground class
            must exceed; not used if the background is one of the labels.
        background (int): Dataset class index of the background.
        margin (float): Pixels whose greatest score is no farther than this
            from the threshold are 255, to be ignored. Defaults to 0: none.

    Returns:
        np.ndarray: Dataset class indices, uint8 (H, W); of equal maps the
        first.
    """
    if not len(labels):
        return np.full(size, background, dtype=np.uint8)
    mask = np.full(size, labels[0], dtype=np.uint8)
    best, other = np.empty((2, *size), dtype=np.float32)
    _resize(maps[0], best)
    for scores, label in zip(maps[1:], labels[1:]):
        _resize(scores, other)
        mask = _filled(mask, label, other > best)
        np.maximum(best, other, out=best)
    if background in labels:
        return mask
    mask = _filled(mask, background, best <= np.float32(threshold))
    if margin:
        mask = _filled(mask, _IGNORED, np.abs(best - np.float32(threshold))
                       <= np.float32(margin))
    return mask


def _resize(scores: np.ndarray, out: np.ndarray) -> None:
    """Bilinear, of areas and not of corners."""
    scores = np.ascontiguousarray(scores, dtype=np.float32)
    if scores.shape == out.shape:
        out[:] = scores
    else:
        cv2.resize(scores, out.shape[::-1], out,
                   interpolation=cv2.INTER_LINEAR)


def _filled(mask: np.ndarray, label: int, where: np.ndarray) -> np.ndarray:
    """The mask, uint8 (H, W), with a label where a bool (H, W) says so.

    OpenCV does it many times faster than an index of bools.
    """
    return cv2.copyTo(
        np.full_like(mask, label), where.view(np.uint8), mask)
