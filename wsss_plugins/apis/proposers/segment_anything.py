"""SAM through segment-anything, the authors' library."""
from pathlib import Path
from typing import Any

import numpy as np

from ...structures import UserError
from ...structures.proposals import Proposals
from .base import Proposer

_INSTALL = ('segment_anything is not installed; run "pip install '
            'segment-anything torchvision", or use "sam", which needs '
            'transformers')
ARCHS = ('vit_b', 'vit_l', 'vit_h')


class SegmentAnything(Proposer):
    """The authors' automatic generator, with FMA-WSSS' parameters.

    Args:
        weights (str): A checkpoint, such as ``sam_vit_b_01ec64.pth``
            (Apache-2.0, github.com/facebookresearch/segment-anything).
        arch (str): ``'vit_b'``, ``'vit_l'`` or ``'vit_h'``. Defaults to
            ``'vit_b'``.
        device (str): Defaults to ``'cpu'``.
        points_per_batch (int): Prompts at a time. Defaults to 64.
        min_area (int): Smaller masks are left out, in pixels. Defaults to
            100.

    Raises:
        UserError: If the library or the weights are missing.
    """
    name = 'segment-anything'
    options = ('weights', 'arch', 'device', 'points_per_batch', 'min_area')

    def __init__(self,
                 weights: str = 'sam_vit_b_01ec64.pth',
                 arch: str = 'vit_b',
                 device: str = 'cpu',
                 points_per_batch: int = 64,
                 min_area: int = 100) -> None:
        if arch not in ARCHS:
            raise UserError(f'segment-anything: arch={arch!r} is not one of '
                            f'{", ".join(ARCHS)}')
        if not Path(weights).is_file():
            raise UserError(f'{weights}: weights of SAM not found; their '
                            'addresses are in github.com/facebookresearch/'
                            'segment-anything')
        self.generator = _generator(weights, arch, device, points_per_batch,
                                    min_area)

    def propose(self, image: np.ndarray) -> Proposals:
        """Masks in the order of the generator."""
        found = self.generator.generate(image)
        return Proposals.of_masks(
            [record['segmentation'] for record in found], image.shape[:2],
            scores=np.clip([record['predicted_iou'] for record in found],
                           0, 1))


def _generator(weights: str, arch: str, device: str, batch: int,
               min_area: int) -> Any:
    try:
        from segment_anything import (
            SamAutomaticMaskGenerator,
            sam_model_registry,
        )
    except ImportError:
        raise UserError(_INSTALL) from None
    from ...models.converters.weight_files import load_weights
    network = sam_model_registry[arch]()
    # Not the library's reader, which runs what a file says.
    network.load_state_dict(load_weights(weights))
    return SamAutomaticMaskGenerator(
        network.to(device), points_per_batch=batch, pred_iou_thresh=.86,
        stability_score_thresh=.92, crop_n_layers=1,
        crop_n_points_downscale_factor=2, min_mask_region_area=min_area)
