"""Dense CRF on scores in half precision, as CLIP-ES stores them."""
import numpy as np

from ..ops.cam.resizing import resize_maps
from ..ops.crf.mean_free_image import mean_free_image
from ..registry import REFINERS
from ..structures import ClassMaps
from .base import RefinerSample
from .crf_refiner import DenseCRFRefiner


@REFINERS.register_module()
class HalfCRFRefiner(DenseCRFRefiner):
    """A :class:`DenseCRFRefiner` with the reference's precision and colors.

    The reference of CLIP-ES (https://arxiv.org/abs/2212.09506) rounds maps
    of the size of the image to half precision and takes the logarithm there.
    For parity; otherwise use the other.

    Args:
        mean_free (bool): Also give the CRF the image without its mean, whose
            bytes wrap around (:func:`.mean_free_image`). Defaults to False.
        **kwargs: Of :class:`DenseCRFRefiner`.
    """

    def __init__(self, mean_free: bool = False, **kwargs) -> None:
        super().__init__(**kwargs)
        self.mean_free = mean_free

    def scores(self, maps: np.ndarray) -> np.ndarray:
        """Background and maps of the size of the image, float16.

        Args:
            maps (np.ndarray): Float (K, H, W).

        Returns:
            np.ndarray: (1 + K, H, W).
        """
        maps = maps.astype(np.float16)
        if self.threshold is not None:
            background = np.full_like(maps[:1], self.threshold)
        else:
            background = (1 - maps.max(axis=0, keepdims=True))**self.alpha
        return np.concatenate([background, maps]).astype(np.float16)

    def seen_image(self, image: np.ndarray) -> np.ndarray:
        """What the CRF compares the colors of, uint8 (H, W, 3)."""
        return mean_free_image(image) if self.mean_free else image

    def _refined(self, sample: RefinerSample) -> ClassMaps:
        maps = sample.maps
        if not len(maps.labels) or self.background in maps.labels:
            return super()._refined(sample)
        scores = self.scores(resize_maps(maps.maps, maps.size))
        found = self.crf(self.seen_image(sample.image), scores)
        labels = np.concatenate([[self.background], maps.labels])
        return ClassMaps(labels, found, maps.size)
