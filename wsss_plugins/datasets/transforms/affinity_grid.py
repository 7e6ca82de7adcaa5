"""Affinity labels on the grid of the network, 8 bits a location."""
import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmengine.structures import PixelData

from ...ops.walk.affinity_labels import SAMPLINGS, grid_labels, pooled_labels
from ...registry import TRANSFORMS
from ...structures import (
    IGNORE_INDEX,
    ClassMaps,
    UserError,
    check_background,
)
from .dense_maps import DenseMapSpec, register_dense_map
from .formatting import PackWSSSInputs

_SCORES = 'affinity_scores'


@TRANSFORMS.register_module()
class LoadAffinityScores(BaseTransform):
    """Load the two sets of CRF scores that affinity labels are made of.

    The way of PSA's code, which averages scores over each location and then
    takes the greatest, after the crop. Files of full size in 32 bits are
    some hundred times as large as label masks; see
    :class:`MakeAffinityGrid` for those.

    Required Keys:

    - low_path, high_path: CAM files at the size of the image, with the
      background first, in one order of classes (``data_prefix.low_path`` and
      ``high_path`` with ``map_suffix`` ``.npz``)
    - ori_shape

    Added Keys:

    - affinity_scores (float32 (H, W, 2 * (1 + K)); moves with the image, 0
      beside it)
    - affinity_classes (int64 (1 + K,))

    Args:
        background (int): Dataset class index of the background.
    """

    def __init__(self, background: int = 0) -> None:
        self.background = background

    def transform(self, results: dict) -> dict:
        """Load both files.

        Raises:
            UserError: If one is missing, or they do not fit each other or
                the image.
        """
        check_background(self, results.get('background'))
        files = []
        for key in ('low_path', 'high_path'):
            if key not in results:
                raise UserError(f'no {key} for {results.get("img_path")}; set '
                                f'data_prefix.{key} of the dataset')
            files.append(ClassMaps.load(results[key]))
            self._check(files[-1], files[0], results, key)
        results['affinity_classes'] = files[0].labels
        scores = np.concatenate([file.maps for file in files])
        set_affinity_scores(results, scores)
        return results

    def _check(self, maps: ClassMaps, other: ClassMaps, results: dict,
               key: str) -> None:
        size = tuple(results['ori_shape'])
        if tuple(maps.maps.shape[1:]) != size:
            raise UserError(
                f'{results[key]}: scores on a grid of '
                f'{maps.maps.shape[1:]}, but '
                f'{results["img_path"]} is {size}; refine at full size')
        if list(maps.labels[:1]) != [self.background] or list(
                maps.labels) != list(other.labels):
            raise UserError(
                f'{results[key]}: classes {maps.labels.tolist()}, but the '
                f'background {self.background} must be the first, and both '
                'files must agree; run the CRF stages again')


def set_affinity_scores(results: dict, scores: np.ndarray) -> None:
    """Put scores (2 * (1 + K), H, W) beside the image, to move with it."""
    register_dense_map(
        results, _SCORES,
        np.ascontiguousarray(scores.transpose(1, 2, 0), dtype=np.float32),
        DenseMapSpec('bilinear', 0))


@TRANSFORMS.register_module()
class MakeAffinityGrid(BaseTransform):
    """Affinity label of each location of the network's grid.

    From ``affinity_scores`` where :class:`LoadAffinityScores` has put them,
    by averaging (PSA's code); else from the label mask (``LoadAnnotations``),
    by sampling. List it last: pixels beside the image must be there as 255.

    Required Keys:

    - gt_seg_map (uint8 (H, W)), or affinity_scores and affinity_classes

    Added Keys:

    - gt_affinity (uint8 (h, w), dataset class indices or 255)

    Args:
        stride (int): Of the network: 8 for PSA, 4 for IRNet.
        sampling (str): Of label masks: ``'nearest'`` (IRNet) or
            ``'majority'``, which is closer to PSA's averages.
    """

    def __init__(self, stride: int, sampling: str = 'nearest') -> None:
        if stride < 1 or sampling not in SAMPLINGS:
            raise UserError(f'stride={stride}, sampling={sampling!r}; give a '
                            'positive number, and one of '
                            f'{", ".join(SAMPLINGS)}')
        self.stride = stride
        self.sampling = sampling

    def transform(self, results: dict) -> dict:
        """Make the label."""
        if _SCORES in results:
            results['gt_affinity'] = self._pooled(results)
        elif 'gt_seg_map' in results:
            results['gt_affinity'] = grid_labels(
                results['gt_seg_map'].astype(np.uint8), self.stride,
                self.sampling, IGNORE_INDEX)
        else:
            raise UserError(
                f'{results.get("img_path")}: no affinity label; put '
                'LoadAnnotations (of label masks) or LoadAffinityScores '
                'before MakeAffinityGrid')
        return results

    def _pooled(self, results: dict) -> np.ndarray:
        scores = results[_SCORES].transpose(2, 0, 1)
        half = len(scores) // 2
        local = pooled_labels(scores[:half], scores[half:], self.stride,
                              IGNORE_INDEX)
        names = np.full(IGNORE_INDEX + 1, IGNORE_INDEX, dtype=np.uint8)
        names[:half] = results['affinity_classes']
        return names[local]


@TRANSFORMS.register_module()
class PackAffinityInputs(PackWSSSInputs):
    """``PackWSSSInputs`` for affinity networks: the small label only.

    Added to the data sample:

    - ``gt_affinity``: PixelData uint8 (1, h, w)

    The label mask and the scores that it was made of stay behind: at full
    size they would be most of what the data loader carries.
    """

    def transform(self, results: dict) -> dict:
        """Pack one sample.

        Raises:
            UserError: If there is no affinity label.
        """
        if 'gt_affinity' not in results:
            raise UserError(f'{results.get("img_path")}: no affinity label; '
                            'put MakeAffinityGrid before PackAffinityInputs')
        label = torch.from_numpy(
            np.ascontiguousarray(results['gt_affinity'])[None])
        left = {'gt_seg_map', _SCORES}
        kept = {k: v for k, v in results.items() if k not in left}
        kept['seg_fields'] = [
            k for k in results.get('seg_fields', []) if k not in left
        ]
        kept['dense_maps'] = {
            k: v
            for k, v in results.get('dense_maps', {}).items()
            if k not in left
        }
        packed = super().transform(kept)
        packed['data_samples'].set_data(
            dict(gt_affinity=PixelData(data=label)))
        return packed
