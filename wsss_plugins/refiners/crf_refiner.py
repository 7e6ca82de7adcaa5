"""Refinement of CAMs by a dense CRF."""
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F

from ..ops.cam.cams import seed_scores
from ..ops.crf.dense_crf import DenseCRF
from ..registry import REFINERS
from ..structures import ClassMaps, UserError
from ..structures.chosen_value import chosen_argument
from .base import Refiner, RefinerSample


@REFINERS.register_module()
class DenseCRFRefiner(Refiner):
    """CAMs to class probabilities, background included.

    The CAMs are resized to the image; the background score is
    ``(1 - max_c map_c) ** alpha`` (PSA Sec. 3.1, also EPS' comparison), or a
    constant ``threshold``.

    Args:
        alpha (float, optional): Exponent of the background score. Give this
            or ``threshold``.
        threshold (float, optional): Constant background score.
        background (int): Dataset class index of the background.
        crf (dict, optional): Arguments of
            :class:`wsss_plugins.ops.crf.dense_crf.DenseCRF`.
        chosen (str, optional): File of a :class:`.ChosenValue` of ``alpha``
            or ``threshold``, which takes the place of what is given.

    Raises:
        UserError: If both or none of ``alpha`` and ``threshold`` are given,
            or the file holds something else.
    """
    needs_image = True

    def __init__(self,
                 alpha: float | None = None,
                 threshold: float | None = None,
                 background: int = 0,
                 crf: dict | None = None,
                 chosen: str | None = None) -> None:
        if (alpha is None) == (threshold is None):
            raise UserError('DenseCRFRefiner: give alpha or threshold, one '
                            f'of them; got alpha={alpha}, '
                            f'threshold={threshold}')
        given = dict(alpha=alpha, threshold=threshold)
        if chosen is not None:
            given = chosen_argument(chosen, given)
        self.alpha, self.threshold = given['alpha'], given['threshold']
        self.background = background
        self.crf = DenseCRF(**(crf or {}))

    def refine(self, samples: Sequence[RefinerSample]) -> list[ClassMaps]:
        """Refine the CAMs of images, one by one.

        Args:
            samples (Sequence[RefinerSample]): CAMs without the background,
                and images.

        Returns:
            list[ClassMaps]: Probabilities at full resolution, background
            first.

        Raises:
            UserError: If CAMs hold the background.
        """
        return [self._refined(sample) for sample in samples]

    def _refined(self, sample: RefinerSample) -> ClassMaps:
        maps = sample.maps
        if self.background in maps.labels:
            raise UserError(
                f'{sample.name}: DenseCRFRefiner makes a background, but '
                'the maps hold one already; use '
                'wsss_plugins.FinalCRFRefiner for class scores')
        labels = np.concatenate([[self.background], maps.labels])
        if not len(maps.labels):
            only = np.ones((1, *maps.size), dtype=np.float32)
            return ClassMaps(labels, only, maps.size)
        resized = F.interpolate(
            torch.from_numpy(maps.maps.astype(np.float32))[None],
            maps.size,
            mode='bilinear')[0]
        scores = seed_scores(
            resized, threshold=self.threshold, alpha=self.alpha)
        return ClassMaps(labels, self.crf(sample.image, scores.numpy()),
                         maps.size)
