"""SAM and SAM 2 through transformers."""
from typing import Any

import numpy as np
from PIL import Image

from ...structures import UserError
from ...structures.proposals import Proposals
from .base import Proposer

_WEIGHTS = ('weights are Apache-2.0 and fetched by transformers, such as '
            'facebook/sam-vit-base or facebook/sam2.1-hiera-tiny; without a '
            'network give a folder that holds them')


class SAMProposer(Proposer):
    """Masks of a grid of prompts, by transformers' mask generation.

    A. Kirillov et al.: Segment Anything, ICCV 2023,
    https://arxiv.org/abs/2304.02643.

    Args:
        weights (str): Name or folder of a model of transformers.
        device (str): Defaults to ``'cpu'``.
        points_per_batch (int): Prompts at a time. Defaults to 64.
        min_area (int): Smaller masks are left out, in pixels. Defaults to
            20.

    Raises:
        UserError: If transformers or the weights are missing.
    """
    name = 'sam'
    options = ('weights', 'device', 'points_per_batch', 'min_area')

    def __init__(self,
                 weights: str = 'facebook/sam-vit-base',
                 device: str = 'cpu',
                 points_per_batch: int = 64,
                 min_area: int = 20) -> None:
        self.min_area = min_area
        self.points_per_batch = points_per_batch
        self.pipeline = _pipeline(weights, device)

    def propose(self, image: np.ndarray) -> Proposals:
        """Masks in the order of the generator."""
        found = self.pipeline(Image.fromarray(image),
                              points_per_batch=self.points_per_batch)
        masks = [np.asarray(mask, dtype=bool) for mask in found['masks']]
        scores = np.asarray(found['scores'], dtype=np.float64).reshape(-1)
        kept = [i for i, mask in enumerate(masks)
                if mask.sum() >= self.min_area]
        return Proposals.of_masks(
            [masks[i] for i in kept], image.shape[:2],
            scores=scores[kept].clip(0, 1))


def _pipeline(weights: str, device: str) -> Any:
    try:
        from transformers import pipeline
    except ImportError:
        raise UserError('proposals of SAM need transformers; run "pip '
                        f'install transformers"; {_WEIGHTS}') from None
    try:
        return pipeline('mask-generation', model=weights, device=device)
    except Exception as error:  # of networks, files and names alike
        text = ' '.join(str(error).split())
        raise UserError(f'{weights}: SAM could not be loaded ({text:.120}); '
                        f'{_WEIGHTS}') from None
