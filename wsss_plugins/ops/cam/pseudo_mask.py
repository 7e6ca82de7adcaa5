"""Pseudo masks from CAMs of any stride."""
import numpy as np
import torch
import torch.nn.functional as F

from .cams import seed_labels


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
        np.ndarray: Dataset class indices, uint8 (H, W).
    """
    if not len(labels):
        return np.full(size, background, dtype=np.uint8)
    maps = torch.from_numpy(np.ascontiguousarray(maps, dtype=np.float32))
    if tuple(maps.shape[1:]) != tuple(size):
        maps = F.interpolate(maps[None], size, mode='bilinear')[0]
    labels = torch.as_tensor(np.asarray(labels))
    if background in labels:
        return labels[maps.argmax(dim=0)].numpy().astype(np.uint8)
    mask = seed_labels(maps, labels, threshold, background)
    if margin:
        unsure = (maps.amax(dim=0) - threshold).abs() <= margin
        mask[unsure] = 255
    return mask.numpy().astype(np.uint8)
