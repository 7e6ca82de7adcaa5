"""Partial pseudo labels of the cells of a graph, from class maps and a CRF."""
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from ...ops.cam.cams import seed_scores
from ...ops.crf.dense_crf import DenseCRF
from ...ops.graph.labels import PartialLabelRule, PartialLabels, vote
from ...structures import IGNORE_INDEX

SCALES = ('grid', 'image')
FALLBACKS = ('keep', 'maps')


def resize_maps(maps: np.ndarray, size: tuple[int, int],
                align_corners: bool = False) -> np.ndarray:
    """Resize maps (K, h, w) bilinearly; float32 (K, *size)."""
    maps = np.asarray(maps, dtype=np.float32)
    if maps.shape[1:] == tuple(size) or not len(maps):
        return maps if len(maps) else np.zeros((0, *size), np.float32)
    return F.interpolate(
        torch.from_numpy(maps)[None], tuple(size), mode='bilinear',
        align_corners=align_corners)[0].numpy()


def shrink_image(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """An image on the grid of a graph, by Lanczos' filter.

    Args:
        image (np.ndarray): uint8 (H, W, 3).
        size (tuple[int, int]): Height and width of the grid.

    Returns:
        np.ndarray: uint8 (h, w, 3).
    """
    return np.array(
        Image.fromarray(image).resize(size[::-1], Image.Resampling.LANCZOS))


class PartialLabeler:
    """Label the cells that are surely of a class (WSGCN Sec. 3).

    Args:
        ratio, confidence, floor (float): See
            :class:`~wsss_plugins.ops.graph.labels.PartialLabelRule`.
        alpha_low (float): Exponent of the background score
            ``(1 - max)^alpha`` of the first CRF run.
        alpha_high (float): Of the second.
        scale (str): ``'grid'``: everything on the cells of the graph, as the
            release. ``'image'``: at the size of the image, and the labels
            are sampled at last, as RRM and the variant with PSA do.
        crf (dict, optional): Arguments of
            :class:`~wsss_plugins.ops.crf.dense_crf.DenseCRF` other than the
            release's for ``'grid'``: pos_sxy=4, bi_sxy=20, bi_srgb=3. (For
            ``'image'`` it had PSA's: pos_sxy=3, bi_sxy=80, bi_srgb=13.)
        vote (bool): Whether a cell also needs the greatest mixed score.
        without_foreground (str): For images with classes of which no cell is
            sure. ``'keep'``: go on without the foreground. ``'maps'``: take
            the best of background score and maps for the label of every
            cell.

    Raises:
        ValueError: For an unknown option.
    """

    def __init__(self,
                 ratio: float = .3,
                 confidence: float = .8,
                 floor: float = .1,
                 alpha_low: float = 4.,
                 alpha_high: float = 32.,
                 scale: str = 'grid',
                 crf: dict | None = None,
                 vote: bool = True,
                 without_foreground: str = 'keep') -> None:
        for name, value, known in (('scale', scale, SCALES),
                                   ('without_foreground', without_foreground,
                                    FALLBACKS)):
            if value not in known:
                raise ValueError(f'{name}={value!r}; choose one of '
                                 f'{", ".join(known)}')
        self.rule = PartialLabelRule(ratio, confidence, floor, alpha_high)
        self.alpha_low = alpha_low
        self.alpha_high = alpha_high
        self.scale = scale
        self.crf = DenseCRF(**{
            **dict(pos_sxy=4, bi_sxy=20, bi_srgb=3),
            **(crf or {})
        })
        self.vote = vote
        self.without_foreground = without_foreground

    def __call__(self, maps: np.ndarray, image: np.ndarray,
                 size: tuple[int, int]) -> np.ndarray:
        """Label the cells of a grid.

        Args:
            maps (np.ndarray): Class maps in [0, 1], float (K, h', w'), of
                any size, K at least 1.
            image (np.ndarray): uint8 (H, W, 3).
            size (tuple[int, int]): Height and width of the grid.

        Returns:
            np.ndarray: int64 (h, w): 0 the background, k the k-th map, 255
            ignored.
        """
        if self.scale == 'grid':
            image = shrink_image(image, size)
        maps = resize_maps(maps, image.shape[:2])
        labels = self.label(maps, image)
        if self.scale == 'image':
            labels = self._sample(labels, size)
        slots = vote(labels) if self.vote else labels.slots
        if self.without_foreground == 'maps' and not (slots > 0).any():
            scores = seed_scores(
                torch.from_numpy(resize_maps(maps, size)),
                alpha=self.alpha_high)
            slots = scores.numpy().argmax(axis=0)
        return np.where(slots < 0, IGNORE_INDEX, slots)

    def label(self, maps: np.ndarray, image: np.ndarray) -> PartialLabels:
        """Labels before the vote, of an image and maps of one size."""
        low, high = self.crf_scores(maps, image)
        return self.rule(maps, low, high)

    def crf_scores(self, maps: np.ndarray,
                   image: np.ndarray) -> np.ndarray:
        """Both CRF results, float32 (2, K + 1, H, W): low alpha, high."""
        maps = torch.from_numpy(np.asarray(maps, dtype=np.float32))
        scores = np.stack([
            seed_scores(maps, alpha=alpha).numpy()
            for alpha in (self.alpha_low, self.alpha_high)
        ])
        return self.crf(image, scores)

    @staticmethod
    def _sample(labels: PartialLabels, size: tuple[int, int]
                ) -> PartialLabels:
        """Bring labels (nearest) and scores (bilinear) to a grid."""
        slots = Image.fromarray(labels.slots.astype(np.int32))
        slots = np.array(
            slots.resize(size[::-1], Image.Resampling.NEAREST))
        return PartialLabels(
            slots.astype(np.int64), resize_maps(labels.scores, size))
