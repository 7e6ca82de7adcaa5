"""Superpixels as proposals: no weights needed."""
import numpy as np

from ...ops.proposals.superpixels import METHODS, piece_masks, superpixels
from ...structures import UserError
from ...structures.proposals import Proposals
from .base import Proposer


class Superpixels(Proposer):
    """Pieces of an image at several scales.

    Args:
        method (str): ``'felzenszwalb'`` or ``'slic'``.
        scales (list[float], optional): See :func:`.superpixels`.
        min_area (int): Smaller pieces are left out, in pixels. Defaults to
            20.

    Raises:
        UserError: If the method is not known, or scikit-image is missing.
    """
    name = 'superpixels'
    options = ('method', 'scales', 'min_area')

    def __init__(self,
                 method: str = 'felzenszwalb',
                 scales: list[float] | None = None,
                 min_area: int = 20) -> None:
        if method not in METHODS:
            raise UserError(f'superpixels: method={method!r} is not one of '
                            f'{", ".join(METHODS)}')
        if scales is not None and not all(scale > 0 for scale in scales):
            raise UserError(f'superpixels: scales={scales} must be positive')
        self.method = method
        self.scales = scales
        self.min_area = min_area
        # Now, not after the first images.
        self.propose(np.zeros((8, 8, 3), np.uint8))

    def propose(self, image: np.ndarray) -> Proposals:
        """Pieces of all scales, each once."""
        try:
            pieces = superpixels(image, self.method, self.scales)
        except ImportError as error:
            raise UserError(str(error)) from None
        masks = [mask for mask in piece_masks(pieces)
                 if mask.sum() >= self.min_area]
        return Proposals.of_masks(masks, image.shape[:2])
