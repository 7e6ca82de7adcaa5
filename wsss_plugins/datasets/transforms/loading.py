"""Loading of the maps that weakly supervised methods need."""
import os
from pathlib import Path

import numpy as np
from mmcv.transforms import BaseTransform

from ...registry import TRANSFORMS
from ...structures import ClassMaps, UserError, read_mask
from ...structures.gray_map import read_gray
from .dense_maps import DenseMapSpec, register_dense_map


@TRANSFORMS.register_module()
class LoadDenseMap(BaseTransform):
    """Load an 8-bit map of the size of the image, such as saliency.

    Required Keys:

    - ori_shape
    - ``{key}_path``

    Added Keys:

    - ``gt_{key}`` (uint8 (H, W), 0..255)

    Args:
        key (str): Name of the map. Defaults to ``'saliency'``.
        interpolation (str): How it is resized. Defaults to ``'bicubic'``, as
            EPS resizes saliency.
        fill (float): Value beside the image. Defaults to 0 (EPS supervises
            padding as not salient).
        missing (str): ``'error'``, or ``'zeros'``: a missing file counts as a
            map of zeros. Defaults to ``'error'``.
    """

    def __init__(self,
                 key: str = 'saliency',
                 interpolation: str = 'bicubic',
                 fill: float = 0,
                 missing: str = 'error') -> None:
        if missing not in ('error', 'zeros'):
            raise UserError(f"missing={missing!r}; choose 'error' or 'zeros'")
        self.key = key
        self.spec = DenseMapSpec(interpolation, fill)
        self.missing = missing

    def transform(self, results: dict) -> dict:
        """Load the map and check its size against the image."""
        path_key = f'{self.key}_path'
        if path_key not in results:
            raise UserError(f'no {path_key} for {results.get("img_path")}; '
                            f'set data_prefix.{path_key} of the dataset')
        path, size = results[path_key], tuple(results['ori_shape'])
        if self.missing == 'zeros' and not os.path.isfile(path):
            array = np.zeros(size, dtype=np.uint8)
        else:
            array = read_gray(path, self.key)
        if array.shape != size:
            raise UserError(
                f'{path}: {array.shape[1]}x{array.shape[0]} pixels, but '
                f'{results["img_path"]} is {size[1]}x{size[0]}; make the map '
                'at the size of the image')
        register_dense_map(results, f'gt_{self.key}', array, self.spec)
        return results


@TRANSFORMS.register_module()
class LoadClassMaps(BaseTransform):
    """Load the CAM file of the image.

    Required Keys:

    - cam_path (unless ``cam_dir`` is set)
    - ori_shape

    Added Keys:

    - class_maps (:class:`wsss_plugins.structures.ClassMaps`)

    Args:
        cam_dir (str, optional): Folder of CAM files ``NAME.npz``, for images
            that no data set gives a ``cam_path``, as in mmseg's
            ``inference_model`` and ``MMSegInferencer``.
    """

    def __init__(self, cam_dir: str | None = None) -> None:
        self.cam_dir = cam_dir

    def transform(self, results: dict) -> dict:
        """Load the maps and check their image size."""
        path = results.get('cam_path') or self._found(results)
        maps = ClassMaps.load(path, results.get('num_classes'))
        if maps.size != tuple(results['ori_shape']):
            raise UserError(
                f'{path}: made from an image of size '
                f'{maps.size}, but {results["img_path"]} is '
                f'{tuple(results["ori_shape"])}; run the CAM stage again')
        results['class_maps'] = maps
        return results

    def _found(self, results: dict) -> str:
        image = results.get('img_path')
        if self.cam_dir is None or not image:
            raise UserError(
                f'no cam_path for {image}; set data_prefix.cam_path of the '
                'dataset, or, for images without a data set, cam_dir of '
                'LoadClassMaps, and name the files of images')
        return str(Path(self.cam_dir, f'{Path(image).stem}.npz'))


@TRANSFORMS.register_module()
class LoadContextMask(BaseTransform):
    """Load a mask whose classes go beyond the dataset's, such as 'water'.

    For the confusion ratio of EPS; PASCAL-Context gives such masks for VOC.

    Required Keys:

    - context_path

    Added Keys:

    - gt_context (uint8 (H, W))
    """

    def transform(self, results: dict) -> dict:
        """Load the mask."""
        results['gt_context'] = read_mask(results['context_path'])
        return results


@TRANSFORMS.register_module()
class LoadPseudoMask(BaseTransform):
    """Load a finished pseudo mask, to evaluate it.

    Required Keys:

    - mask_path

    Added Keys:

    - pred_mask (uint8 (H, W), dataset class indices)
    """

    def transform(self, results: dict) -> dict:
        """Load the mask."""
        results['pred_mask'] = read_mask(results['mask_path'])
        return results
