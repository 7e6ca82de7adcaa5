"""Images from what networks take."""
from abc import ABC, abstractmethod

import numpy as np
from torch import Tensor


class ImageRestorer(ABC):
    """A data preprocessor that can undo its normalization.

    Segmentors whose refiners need the image (a dense CRF does) ask for one.
    """

    @abstractmethod
    def rgb_image(self, image: Tensor) -> np.ndarray:
        """Undo the normalization.

        Args:
            image (Tensor): As networks take it, float (3, H, W).

        Returns:
            np.ndarray: RGB, uint8 (H, W, 3).
        """
