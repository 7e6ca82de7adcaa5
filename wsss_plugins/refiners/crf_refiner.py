"""Refinement of class maps by a dense CRF."""
import numpy as np
import torch
import torch.nn.functional as F

from ..ops.cam.cams import seed_scores
from ..ops.crf.dense_crf import DenseCRF
from ..registry import REFINERS
from ..structures import ClassMaps


@REFINERS.register_module()
class DenseCRFRefiner:
    """Class maps to class probabilities, background included.

    The maps are resized to the image; the background score is
    ``(1 - max_c map_c) ** alpha`` (PSA Sec. 3.1, also EPS' comparison), or a
    constant ``threshold``.

    Args:
        alpha (float, optional): Exponent of the background score. Give this
            or ``threshold``.
        threshold (float, optional): Constant background score.
        background (int): Dataset class index of the background.
        crf (dict, optional): Arguments of
            :class:`wsss_plugins.ops.crf.dense_crf.DenseCRF`.

    Raises:
        ValueError: If both or none of ``alpha`` and ``threshold`` are given.
    """

    def __init__(self,
                 alpha: float | None = None,
                 threshold: float | None = None,
                 background: int = 0,
                 crf: dict | None = None) -> None:
        if (alpha is None) == (threshold is None):
            raise ValueError('give alpha or threshold, one of them; got '
                             f'alpha={alpha}, threshold={threshold}')
        self.alpha = alpha
        self.threshold = threshold
        self.background = background
        self.crf = DenseCRF(**(crf or {}))

    def __call__(self, maps: ClassMaps, image: np.ndarray) -> ClassMaps:
        """Refine the maps of an image.

        Args:
            maps (ClassMaps): Without the background.
            image (np.ndarray): RGB, uint8 (H, W, 3), of size ``maps.size``.

        Returns:
            ClassMaps: Probabilities at full resolution, background first.
        """
        if self.background in maps.labels:
            raise ValueError('the maps hold a background already; a CRF on '
                             'class probabilities is ops.dense_crf.DenseCRF')
        resized = F.interpolate(
            torch.from_numpy(maps.maps.astype(np.float32))[None],
            maps.size,
            mode='bilinear')[0]
        labels = np.concatenate([[self.background], maps.labels])
        if not len(maps.labels):
            only = np.ones((1, *maps.size), dtype=np.float32)
            return ClassMaps(labels, only, maps.size)
        scores = seed_scores(
            resized, threshold=self.threshold, alpha=self.alpha)
        return ClassMaps(labels, self.crf(image, scores.numpy()), maps.size)
