"""A dense CRF on the result of a random walk or of another refiner."""
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F

from ..ops.cam.cams import seed_scores
from ..ops.crf.dense_crf import DenseCRF
from ..ops.walk.affinity_labels import hard_label_scores
from ..registry import REFINERS
from ..structures import ClassMaps, UserError
from .base import Refiner, RefinerSample

UNARIES = ('scores', 'labels')


@REFINERS.register_module()
class FinalCRFRefiner(Refiner):
    """The CRF after a random walk (PSA Sec. 3.3; IRNet has none).

    Maps with a background are class scores already; maps without one get the
    constant score ``threshold`` for it.

    Args:
        unary (str): ``'scores'``: the CRF starts from the scores, scaled to
            a sum of 1 at each pixel. ``'labels'``: from the label of each
            pixel, whose probability is ``certainty``.
        certainty (float): See ``unary``. Defaults to 0.7.
        threshold (float, optional): Background score of maps without one.
        background (int): Dataset class index of the background.
        crf (dict, optional): Arguments of
            :class:`wsss_plugins.ops.crf.dense_crf.DenseCRF`.

    Raises:
        UserError: For an unknown ``unary``.
    """
    needs_image = True

    def __init__(self,
                 unary: str = 'scores',
                 certainty: float = .7,
                 threshold: float | None = None,
                 background: int = 0,
                 crf: dict | None = None) -> None:
        if unary not in UNARIES:
            raise UserError(f'FinalCRFRefiner: unary={unary!r}; choose one of '
                            f'{", ".join(UNARIES)}')
        self.unary = unary
        self.certainty = certainty
        self.threshold = threshold
        self.background = background
        self.crf = DenseCRF(**(crf or {}))

    def refine(self, samples: Sequence[RefinerSample]) -> list[ClassMaps]:
        """Refine the maps of images, one by one.

        Args:
            samples (Sequence[RefinerSample]): Maps with or without the
                background, and images.

        Returns:
            list[ClassMaps]: Probabilities at full resolution, the background
            among them.

        Raises:
            UserError: If maps have no background and there is no threshold.
        """
        return [self._refined(sample) for sample in samples]

    def _refined(self, sample: RefinerSample) -> ClassMaps:
        maps = sample.maps
        labels, scores = self._scores(sample)
        if len(labels) == 1:
            return ClassMaps(labels, np.ones_like(scores), maps.size)
        if self.unary == 'labels':
            start = hard_label_scores(
                scores.argmax(axis=0), len(labels), self.certainty)
        else:
            total = scores.sum(axis=0, keepdims=True)
            start = scores / np.maximum(total, np.finfo(np.float32).tiny)
        return ClassMaps(labels, self.crf(sample.image, start), maps.size)

    def _scores(self, sample: RefinerSample
                ) -> tuple[np.ndarray, np.ndarray]:
        """Labels, and scores float32 (L, H, W), with a background."""
        maps = sample.maps
        if not len(maps.labels):
            return np.array([self.background]), np.ones((1, *maps.size),
                                                        np.float32)
        scores = torch.from_numpy(maps.maps.astype(np.float32))[None]
        if tuple(scores.shape[2:]) != maps.size:
            scores = F.interpolate(scores, maps.size, mode='bilinear')
        if self.background in maps.labels:
            return maps.labels, scores[0].numpy()
        if self.threshold is None:
            raise UserError(f'{sample.name}: the maps hold no background; set '
                            'threshold of FinalCRFRefiner')
        labels = np.concatenate([[self.background], maps.labels])
        return labels, seed_scores(
            scores[0], threshold=self.threshold).numpy()
