"""Labels for affinity networks: confident pixels, at a stride."""
import numpy as np
import torch
import torch.nn.functional as F

SAMPLINGS = ('nearest', 'majority')


def confident_labels(foreground: np.ndarray,
                     background: np.ndarray,
                     override: bool,
                     ignore_index: int = 255) -> np.ndarray:
    """Join two label maps into reliable foreground and background.

    Args:
        foreground (np.ndarray): Local class indices (0: background) from
            scores that favor the background, so that their foreground is
            reliable; int (H, W).
        background (np.ndarray): Local class indices from scores that favor
            the classes, so that their background is reliable; int (H, W).
        override (bool): Whether reliable background wins over reliable
            foreground, as in PSA; else the foreground wins, as in IRNet.
        ignore_index (int): Label of pixels that are neither.

    Returns:
        np.ndarray: Local class indices, or ``ignore_index``; int64 (H, W).
    """
    foreground = np.asarray(foreground, dtype=np.int64)
    label = np.where(foreground == 0, ignore_index, foreground)
    reliable = np.asarray(background) == 0
    if not override:
        reliable &= foreground == 0
    return np.where(reliable, 0, label)


def pooled_labels(low: np.ndarray,
                  high: np.ndarray,
                  stride: int,
                  ignore_index: int = 255,
                  eps: float = 1e-5) -> np.ndarray:
    """Labels at a stride, from average-pooled scores (PSA).

    Args:
        low, high (np.ndarray): Scores of the background and the classes of
            an image, float (1 + K, H, W): ``low`` with a background score
            that favors the background (PSA's alpha of 4), ``high`` with one
            that favors the classes.
        stride (int): In pixels.
        ignore_index (int): Label where neither is reliable, and where no
            score exceeds ``eps``, outside the image.
        eps (float): See ``ignore_index``.

    Returns:
        np.ndarray: Local class indices, 0 for the background, or
        ``ignore_index``; int64 (h, w) with ``h = H // stride``.

    Raises:
        ValueError: If the shapes differ, or a side is less than the stride.
    """
    if low.shape != high.shape or low.ndim != 3:
        raise ValueError(f'scores {low.shape} and {high.shape} are not both '
                         '(1 + K, H, W)')
    if min(low.shape[1:]) < stride:
        raise ValueError(f'scores of {low.shape[1]}x{low.shape[2]} pixels '
                         f'are smaller than the stride, {stride} pixels')
    both = torch.from_numpy(np.stack([low, high]).astype(np.float32))
    pooled = F.avg_pool2d(both, stride).numpy()
    first, second = pooled.argmax(axis=1)
    label = confident_labels(first, second, True, ignore_index)
    return np.where(pooled.max(axis=(0, 1)) < eps, ignore_index, label)


def grid_labels(label: np.ndarray,
                stride: int,
                sampling: str = 'nearest',
                ignore_index: int = 255) -> np.ndarray:
    """Labels at a stride, sampled from a label mask.

    Args:
        label (np.ndarray): Classes of pixels, uint8 (H, W).
        stride (int): In pixels.
        sampling (str): ``'nearest'``: the pixel in the middle of each
            ``stride x stride`` window (of an even stride, the one after it),
            as IRNet; ``'majority'``: its most frequent label, of equally
            frequent ones the least.
        ignore_index (int): Label outside the image, where the last windows
            extend beyond it.

    Returns:
        np.ndarray: uint8 (ceil(H / stride), ceil(W / stride)).

    Raises:
        ValueError: If the sampling is not known.
    """
    if sampling not in SAMPLINGS:
        raise ValueError(f'sampling={sampling!r}; choose one of '
                         f'{", ".join(SAMPLINGS)}')
    height, width = label.shape
    if sampling == 'nearest':
        rows = np.arange(stride // 2, height + stride // 2, stride)
        columns = np.arange(stride // 2, width + stride // 2, stride)
        return label[np.minimum(rows, height - 1)][
            :, np.minimum(columns, width - 1)]
    padded = np.pad(
        label, ((0, -height % stride), (0, -width % stride)),
        constant_values=ignore_index)
    windows = padded.reshape(
        len(padded) // stride, stride, -1, stride)
    # Pixels outside the image vote, too: for being ignored.
    present = np.unique(padded)
    counts = np.stack([(windows == value).sum(axis=(1, 3), dtype=np.int32)
                       for value in present])
    return present[counts.argmax(axis=0)]


def hard_label_scores(label: np.ndarray,
                      num_labels: int,
                      certainty: float = .7) -> np.ndarray:
    """Scores of a CRF whose unary comes from a label map (IRNet).

    Args:
        label (np.ndarray): Local class indices below ``num_labels``, int
            (H, W).
        num_labels (int): At least 2.
        certainty (float): Score of the pixel's own label; the others share
            the rest. Defaults to 0.7.

    Returns:
        np.ndarray: float32 (num_labels, H, W); sums to 1 at each pixel.

    Raises:
        ValueError: If there are fewer than two labels, or the certainty is
            not between 0 and 1.
    """
    if num_labels < 2 or not 0 < certainty < 1:
        raise ValueError(f'num_labels={num_labels}, certainty={certainty}: '
                         'at least 2, and between 0 and 1')
    own = np.arange(num_labels)[:, None, None] == label
    rest = (1 - certainty) / (num_labels - 1)
    return np.where(own, certainty, rest).astype(np.float32)
