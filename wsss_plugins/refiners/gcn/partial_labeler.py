"""Partial pseudo labels of the nodes of a graph, from CAMs and a CRF."""
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
    """Resize maps (K, h, w) bilinearly; float32 ``(K, *size)``."""
    maps = np.asarray(maps, dtype=np.float32)
    if maps.shape[1:] == tuple(size) or not len(maps):
        return maps if len(maps) else np.zeros((0, *size), np.float32)
    return F.interpolate(
        torch.from_numpy(maps)[None], tuple(size), mode='bilinear',
        align_corners=align_corners)[0].numpy()


def shrink_image(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resize an image to the feature map with Lanczos' filter.

    Args:
        image (np.ndarray): uint8 (H, W, 3).
        size (tuple[int, int]): Height and width of the feature map.

    Returns:
        np.ndarray: uint8 (h, w, 3).
    """
    return np.array(
        Image.fromarray(image).resize(size[::-1], Image.Resampling.LANCZOS))


class PartialLabeler:
    """Choose confident seeds among the nodes (WSGCN Sec. 3).

    Args:
        ratio, confidence, floor (float): See
            :class:`~wsss_plugins.ops.graph.labels.PartialLabelRule`.
        alpha_low (float): Exponent of the background score
            ``(1 - max)^alpha`` of the first CRF run.
        alpha_high (float): Of the second.
        scale (str): ``'grid'``: everything at the size of the feature map,
            as the release. ``'image'``: at the size of the image, and the
            labels are sampled at the end, as RRM and the variant with PSA
            do.
        crf (dict, optional): Arguments of
            :class:`~wsss_plugins.ops.crf.dense_crf.DenseCRF` other than the
            release's for ``'grid'``: pos_sxy=4, bi_sxy=20, bi_srgb=3. (For
            ``'image'`` it had PSA's: pos_sxy=3, bi_sxy=80, bi_srgb=13.)
        vote (bool): Whether the class of a seed must also have the greatest
            mixed score.
        without_foreground (str): For images without any confident
            foreground seed. ``'keep'``: continue without it.
            ``'maps'``: label every node with the greatest of the background
            score and the CAMs.

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
        """Label the pixels of the feature map.

        Args:
            maps (np.ndarray): CAMs in [0, 1], float (K, h', w'), of any
                size, K at least 1.
            image (np.ndarray): RGB, uint8 (H, W, 3).
            size (tuple[int, int]): Height and width of the feature map.

        Returns:
            np.ndarray: Local class indices, int64 (h, w): 0 the background,
            k the k-th map, 255 ignored.
        """
        if self.scale == 'grid':
            image = shrink_image(image, size)
        maps = resize_maps(maps, image.shape[:2])
        labels = self.label(maps, image)
        if self.scale == 'image':
            labels = self._sample(labels, size)
        local = vote(labels) if self.vote else labels.indices
        if self.without_foreground == 'maps' and not (local > 0).any():
            scores = seed_scores(
                torch.from_numpy(resize_maps(maps, size)),
                alpha=self.alpha_high)
            local = scores.numpy().argmax(axis=0)
        return np.where(local < 0, IGNORE_INDEX, local)

    def label(self, maps: np.ndarray, image: np.ndarray) -> PartialLabels:
        """Labels before the vote, from an image and CAMs of the same size."""
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
        """Resize labels (nearest) and scores (bilinear)."""
        local = Image.fromarray(labels.indices.astype(np.int32))
        local = np.array(
            local.resize(size[::-1], Image.Resampling.NEAREST))
        return PartialLabels(
            local.astype(np.int64), resize_maps(labels.scores, size))
