"""Refinement of CAMs inside data workers.

A refiner that needs no network runs here, so the workers and ranks of a data
loader share the images as they do for everything else.
"""
from pathlib import Path

import mmcv
import numpy as np
from mmcv.transforms import BaseTransform

from ...ops.cam.pseudo_mask import class_map_labels
from ...refiners.base import RefinerSample, build_refiner, check_inputs
from ...registry import TRANSFORMS
from ...structures import ClassMaps, UserError, check_background
from ...structures.chosen_value import chosen_argument


@TRANSFORMS.register_module()
class RefineClassMaps(BaseTransform):
    """Apply a refiner to the CAMs of an image.

    Required Keys:

    - class_maps
    - img (uint8, BGR), if the refiner needs the image

    Modified Keys:

    - class_maps

    Args:
        refiner (dict): Config of a :class:`wsss_plugins.refiners.Refiner`
            that needs no more than the image. To apply several, list this
            transform for each, or use :class:`wsss_plugins.RefinerChain`.

    Raises:
        UserError: If the refiner needs what a network computes, such as
            features.
    """
    given = ('image', )

    def __init__(self, refiner: dict) -> None:
        self.refiner = build_refiner(refiner)
        check_inputs(self.refiner, self.given, 'RefineClassMaps')

    def transform(self, results: dict) -> dict:
        """Refine."""
        for part in self.refiner.parts:
            check_background(part, results.get('background'))
        image = None
        if self.refiner.needs_image:
            if 'img' not in results:
                raise UserError('RefineClassMaps: the refiner needs the image;'
                                ' list LoadImageFromFile before it, in place '
                                'of LoadImageSize')
            image = np.ascontiguousarray(mmcv.bgr2rgb(results['img']))
        sample = RefinerSample(
            results['class_maps'], image,
            name=results.get('sample_name')
            or Path(results.get('img_path', '')).stem)
        results['class_maps'], = self.refiner.refine([sample])
        return results


@TRANSFORMS.register_module()
class MakePseudoMask(BaseTransform):
    """Turn CAMs into a pseudo mask of the size of the image.

    If the maps include the background (after a refiner that models it), each
    pixel gets the class with the greatest map; otherwise it is foreground
    where its greatest map exceeds the threshold.

    Required Keys:

    - class_maps

    Added Keys:

    - pred_mask (uint8 (H, W), dataset class indices)

    Args:
        threshold (float): Background threshold. Defaults to 0.2 (EPS).
        background (int): Dataset class index of the background.
        chosen (str, optional): File of a :class:`.ChosenValue` of the
            threshold, which takes its place.
        margin (float): Pixels whose greatest map is no farther than this
            from the threshold are 255, which trainings ignore. Defaults to
            0: none.
    """

    def __init__(self, threshold: float = .2, background: int = 0,
                 chosen: str | None = None, margin: float = 0.) -> None:
        if margin < 0:
            raise UserError(f'MakePseudoMask: margin={margin} is negative')
        if chosen is not None:
            threshold = chosen_argument(
                chosen, dict(threshold=threshold))['threshold']
        self.threshold = threshold
        self.background = background
        self.margin = margin

    def transform(self, results: dict) -> dict:
        """Make the mask."""
        check_background(self, results.get('background'))
        maps: ClassMaps = results['class_maps']
        results['pred_mask'] = class_map_labels(
            maps.maps,
            maps.labels,
            maps.size,
            threshold=self.threshold,
            background=self.background,
            margin=self.margin)
        return results
