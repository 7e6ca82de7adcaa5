"""Confusion matrices of label masks, at one threshold or at all at once."""
from collections.abc import Sequence

import numpy as np

# Histograms come as float32, which counts exactly up to here.
_EXACT_PIXELS = 2**24
# Pixels whose scores are put into bins at a time.
_BLOCK = 2**14
# How far, in steps, a threshold may lie from an even grid, rounding included,
# for the division in ``ThresholdSweep.bins`` to stay exact.
_GUESS_MARGIN = np.float32(1e-2)


def confusion_matrix(gt: np.ndarray, pred: np.ndarray, num_classes: int,
                     ignore_index: int = 255) -> np.ndarray:
    """Count pixels by true and predicted class.

    Args:
        gt (np.ndarray): True labels, integers; pixels of ``ignore_index`` or
            out of range do not count.
        pred (np.ndarray): Predicted labels of the same shape.
        num_classes (int): Number of classes.
        ignore_index (int): Defaults to 255.

    Returns:
        np.ndarray: int64 (num_classes, num_classes + 1), rows are true
        classes; the last column holds predictions that are no class (255,
        undecided), which are misses.

    Raises:
        ValueError: If shapes differ.
    """
    return joint_histogram(gt, pred, None, num_classes, 1,
                           ignore_index)[:, :, 0]


def joint_histogram(gt: np.ndarray,
                    pred: np.ndarray,
                    bins: np.ndarray | None,
                    num_classes: int,
                    num_bins: int,
                    ignore_index: int = 255) -> np.ndarray:
    """Count pixels by true class, predicted class and score bin.

    Args:
        gt, pred, num_classes, ignore_index: As in :func:`confusion_matrix`.
        bins (np.ndarray, optional): Bin of each pixel, 0 <= bin < num_bins;
            if None, all pixels are in the only bin.
        num_bins (int): Number of bins.

    Returns:
        np.ndarray: int64 (num_classes, num_classes + 1, num_bins).
    """
    if gt.shape != pred.shape:
        raise ValueError(f'true labels {gt.shape} and predicted labels '
                         f'{pred.shape} differ in size')
    # One more row swallows the pixels that do not count.
    sizes = [num_classes + 1, num_classes + 1]
    channels = [
        _clipped(gt, num_classes, ignore_index),
        _clipped(pred, num_classes, None)
    ]
    if bins is not None:
        sizes.append(num_bins)
        channels.append(bins)
    dtype = np.uint8 if max(sizes) <= 256 else np.float32
    channels = [np.ascontiguousarray(c, dtype=dtype) for c in channels]
    counts = np.zeros(sizes, dtype=np.int64)
    rows = max(1, _EXACT_PIXELS // max(1, gt.shape[-1]))
    for start in range(0, len(gt), rows):
        counts += _histogram([c[start:start + rows] for c in channels], sizes)
    return counts[:num_classes].reshape(num_classes, num_classes + 1, -1)


def _histogram(channels: list[np.ndarray], sizes: list[int]) -> np.ndarray:
    import cv2  # several times faster than numpy's bincount
    ranges = [edge for size in sizes for edge in (0, size)]
    counts = cv2.calcHist(channels, list(range(len(sizes))), None, sizes,
                          ranges)
    return counts.astype(np.int64)


def _clipped(labels: np.ndarray, num_classes: int,
             ignore_index: int | None) -> np.ndarray:
    """Labels with everything that is no class as ``num_classes``."""
    if labels.dtype == np.uint8:
        clipped = np.minimum(labels, min(num_classes, 255))
        if ignore_index is None or ignore_index >= num_classes:
            return clipped
        return np.where(labels == ignore_index, num_classes, clipped)
    wrong = (labels < 0) | (labels >= num_classes)
    if ignore_index is not None:
        wrong |= labels == ignore_index
    return np.where(wrong, num_classes, labels)


def best_class(maps: np.ndarray,
               labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Best class of each pixel and its score, for :class:`ThresholdSweep`.

    Args:
        maps (np.ndarray): Scores, float (K, H, W), K at least 1.
        labels (np.ndarray): Dataset class index of each map, int (K,).

    Returns:
        tuple[np.ndarray, np.ndarray]: Dataset class indices, uint8 if they
        fit, else int64, and scores, float32; both (H, W). Of equal maps the
        first.

    Raises:
        ValueError: If there is no map, or labels are not as many.
    """
    labels = np.asarray(labels)
    if not len(maps) or len(maps) != len(labels):
        raise ValueError(f'{len(maps)} maps with {len(labels)} labels')
    dtype = np.uint8 if labels.max() < 255 else np.int64
    # A pass for each map is several times faster than argmax over planes.
    score = np.array(maps[0], dtype=np.float32)
    best = np.full(score.shape, labels[0], dtype=dtype)
    for scores, label in zip(maps[1:], labels[1:]):
        np.copyto(best, label, where=scores > score, casting='unsafe')
        np.maximum(score, scores, out=score)
    return best, score


def _even_grid(
        thresholds: np.ndarray) -> tuple[np.float32, np.float32] | None:
    """Scale and offset from a score to its bin, for evenly spaced ones."""
    if len(thresholds) < 3:
        return None
    exact = thresholds.astype(np.float64)
    first, last = exact[[0, -1]]
    scale = (len(exact) - 1) / (last - first)
    off_grid = np.abs((exact - first) * scale - np.arange(len(exact)))
    rounding = np.abs(exact).max() * scale * 4 * np.finfo(np.float32).eps
    if off_grid.max() + rounding > _GUESS_MARGIN / 2:
        return None
    return np.float32(scale), np.float32(1 - _GUESS_MARGIN - first * scale)


class ThresholdSweep:
    """Confusion matrices at every background threshold, from one pass.

    A pixel is foreground where its best class scores above the threshold, so
    only (true class, best class, score) matters. Scores are counted in the
    bins that the thresholds cut; cumulative sums give each matrix exactly.

    Args:
        thresholds (Sequence[float]): Increasing.
        num_classes (int): Number of dataset classes.
        background (int): Dataset class index of the background.
        ignore_index (int): Defaults to 255.

    Raises:
        ValueError: If there is no threshold or they do not increase.
    """

    def __init__(self,
                 thresholds: Sequence[float],
                 num_classes: int,
                 background: int = 0,
                 ignore_index: int = 255) -> None:
        self.thresholds = np.asarray(thresholds, dtype=np.float32)
        if not len(self.thresholds) or (np.diff(self.thresholds) <= 0).any():
            raise ValueError(f'thresholds {list(thresholds)} do not increase')
        self._grid = _even_grid(self.thresholds)
        self.num_classes = num_classes
        self.background = background
        self.ignore_index = ignore_index
        self.histogram = np.zeros(
            (num_classes, num_classes + 1, len(self.thresholds) + 1),
            dtype=np.int64)

    def update(self, gt: np.ndarray, best: np.ndarray,
               score: np.ndarray) -> None:
        """Count one image.

        Args:
            gt (np.ndarray): True labels, (H, W).
            best (np.ndarray): Best foreground class, dataset index, (H, W).
            score (np.ndarray): Its score, float32 (H, W).
        """
        self.histogram += joint_histogram(gt, best, self.bins(score),
                                          self.num_classes,
                                          len(self.thresholds) + 1,
                                          self.ignore_index)

    def bins(self, score: np.ndarray) -> np.ndarray:
        """Number of thresholds that each score exceeds, in a small dtype."""
        score = np.ascontiguousarray(score, dtype=np.float32)
        small = np.min_scalar_type(len(self.thresholds))
        bins = np.empty(score.size, dtype=small)
        flat = score.ravel()
        # Temporaries as large as an image would be paged in on each call.
        for start in range(0, score.size, _BLOCK):
            block = slice(start, start + _BLOCK)
            bins[block] = self._bins_of_block(flat[block])
        return bins.reshape(score.shape)

    def _bins_of_block(self, score: np.ndarray) -> np.ndarray:
        if self._grid is None:
            return np.searchsorted(self.thresholds, score)
        # Even steps: a division leaves two candidates, the threshold between
        # them decides. That is exact and needs no search.
        scale, offset = self._grid
        lower = score * scale
        lower += offset
        np.clip(lower, 0, len(self.thresholds) - 1, out=lower)
        lower = lower.astype(np.int32)
        lower += score > self.thresholds.take(lower)
        return lower

    def matrices(self) -> np.ndarray:
        """Confusion matrices, int64 (T, C, C + 1), one a threshold."""
        # Pixels in bins above t exceed threshold t.
        exceeding = self.histogram[:, :, ::-1].cumsum(axis=2)[:, :, ::-1]
        foreground = np.moveaxis(exceeding[:, :, 1:], 2, 0).copy()
        total = self.histogram.sum(axis=(1, 2))
        foreground[:, :, self.background] += total - foreground.sum(axis=2)
        return foreground


def alpha_thresholds(alphas: Sequence[float], steps: int = 60) -> np.ndarray:
    """Constant thresholds equal to the background ``(1 - m) ** alpha``.

    ``m > (1 - m) ** alpha`` is monotone in m, so for the mask each alpha is
    one threshold: the root of ``m = (1 - m) ** alpha``.

    Args:
        alphas (Sequence[float]): Exponents, positive.
        steps (int): Bisection steps.

    Returns:
        np.ndarray: float64, one threshold an alpha.
    """
    alphas = np.asarray(alphas, dtype=np.float64)
    low, high = np.zeros_like(alphas), np.ones_like(alphas)
    for _ in range(steps):
        middle = (low + high) / 2
        above = middle > (1 - middle)**alphas
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return high


def scores_from_confusion(matrix: np.ndarray) -> dict[str, np.ndarray]:
    """IoU, precision and recall of each class.

    Args:
        matrix (np.ndarray): (..., C, C) or (..., C, C + 1), rows true.

    Returns:
        dict[str, np.ndarray]: ``iou``, ``precision``, ``recall``, (..., C);
        NaN where a class is neither there nor predicted (IoU), never
        predicted (precision) or never there (recall).
    """
    matrix = np.asarray(matrix, dtype=np.float64)
    classes = matrix.shape[-2]
    hits = np.diagonal(matrix[..., :classes], axis1=-2, axis2=-1)
    there = matrix.sum(axis=-1)
    predicted = matrix[..., :classes].sum(axis=-2)
    with np.errstate(invalid='ignore', divide='ignore'):
        return dict(
            iou=hits / (there + predicted - hits),
            precision=hits / predicted,
            recall=hits / there)
