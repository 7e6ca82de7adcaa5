"""Refinement of class maps inside data workers.

A refiner that needs no network runs here, so the workers and ranks of a data
loader share the images as they do for everything else.
"""
import mmcv
import numpy as np
from mmcv.transforms import BaseTransform

from ...ops.cam.pseudo_mask import class_map_labels
from ...registry import REFINERS, TRANSFORMS
from ...structures import ClassMaps


@TRANSFORMS.register_module()
class RefineClassMaps(BaseTransform):
    """Apply a refiner to the class maps of an image.

    Required Keys:

    - img (uint8, BGR)
    - class_maps

    Modified Keys:

    - class_maps

    Args:
        refiner (dict): Config of a refiner, a callable of registry
            ``REFINERS``: ``refiner(class_maps, image) -> ClassMaps`` with
            the image in RGB. Refiners chain by listing this transform twice.
    """

    def __init__(self, refiner: dict) -> None:
        self.refiner = REFINERS.build(refiner)

    def transform(self, results: dict) -> dict:
        """Refine."""
        image = np.ascontiguousarray(mmcv.bgr2rgb(results['img']))
        results['class_maps'] = self.refiner(results['class_maps'], image)
        return results


@TRANSFORMS.register_module()
class MakePseudoMask(BaseTransform):
    """Turn class maps into a label mask of the size of the image.

    Where the maps include the background (after a refiner that models it) the
    greatest map wins; else a pixel is foreground where its greatest map is
    above the threshold.

    Required Keys:

    - class_maps

    Added Keys:

    - pred_mask (uint8 (H, W), dataset class indices)

    Args:
        threshold (float): Background threshold. Defaults to 0.2 (EPS).
        background (int): Dataset class index of the background.
    """

    def __init__(self, threshold: float = .2, background: int = 0) -> None:
        self.threshold = threshold
        self.background = background

    def transform(self, results: dict) -> dict:
        """Make the mask."""
        maps: ClassMaps = results['class_maps']
        results['pred_mask'] = class_map_labels(
            maps.maps,
            maps.labels,
            maps.size,
            threshold=self.threshold,
            background=self.background)
        return results
