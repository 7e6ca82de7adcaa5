"""From a dict of arrays to what models take."""
import numpy as np
import torch
from mmcv.transforms import to_tensor
from mmengine.structures import PixelData
from mmseg.datasets.transforms import PackSegInputs

from ...registry import TRANSFORMS
from ...structures import UserError
from .cues import check_cue_flip


@TRANSFORMS.register_module()
class PackWSSSInputs(PackSegInputs):
    """mmseg's ``PackSegInputs`` plus image-level labels, dense maps and CAMs.

    Added to the data sample, where ``results`` has them:

    - ``background`` (meta information): its dataset class index
    - ``gt_label``: foreground indices of the labels, int64 (K,)
    - ``gt_score``: the same as multi-hot, float32 (C,)
    - ``gt_X`` for each dense map X: PixelData float32 (1, H, W) in [0, 1]
    - ``gt_context``: PixelData int64 (1, H, W)
    - ``gt_cues``: PixelData uint8 (C, h, w), a mask for each dataset class
    - ``gt_crf_image``: PixelData uint8 (3, h, w), an array, for the host
    - ``pred_cues``: PixelData uint8 (C, h, w), a mask for each dataset class
    - ``pred_candidates``: PixelData uint8 (V, H, W), a mask for each value
    - ``pred_cam``, ``pred_cam_label``: CAMs float32 (K, h, w) and their
      dataset class indices int64 (K,)

    Args:
        meta_keys (Sequence[str]): As in ``PackSegInputs``, plus
            ``sample_name``.
    """

    def __init__(
        self,
        meta_keys: tuple[str, ...] = ('img_path', 'seg_map_path', 'ori_shape',
                                      'img_shape', 'pad_shape', 'scale_factor',
                                      'flip', 'flip_direction',
                                      'reduce_zero_label', 'sample_name')
    ) -> None:
        super().__init__(meta_keys=meta_keys)

    def transform(self, results: dict) -> dict:
        """Pack one sample."""
        packed = super().transform(results)
        sample = packed['data_samples']
        if 'background' in results:
            sample.set_metainfo(dict(background=results['background']))
        if 'gt_label' in results:
            label = torch.tensor(results['gt_label'], dtype=torch.int64)
            score = torch.zeros(results['num_foreground'])
            score[label] = 1
            sample.set_data(dict(gt_label=label, gt_score=score))
        for key in results.get('dense_maps', {}):
            sample.set_data({key: self._dense_map(results, key)})
        if 'gt_context' in results:
            context = to_tensor(results['gt_context'][None]).long()
            sample.set_data(dict(gt_context=PixelData(data=context)))
        if 'gt_cues' in results:
            cues = PixelData(data=to_tensor(results['gt_cues']))
            sample.set_data(dict(gt_cues=cues))
        if 'gt_crf_image' in results:
            # An array: it stays on the host, where the CRF begins with it
            # while the network runs.
            image = results['gt_crf_image'].transpose(2, 0, 1)
            image = PixelData(data=np.ascontiguousarray(image))
            sample.set_data(dict(gt_crf_image=image))
        if 'class_maps' in results:
            maps = results['class_maps']
            sample.set_data(
                dict(
                    pred_cam=PixelData(data=to_tensor(maps.maps)),
                    pred_cam_label=to_tensor(maps.labels)))
        check_cue_flip(results)
        if 'pred_cues' in results:
            cues = PixelData(data=to_tensor(results['pred_cues']))
            sample.set_data(dict(pred_cues=cues))
        if 'candidate_masks' in results:
            masks = PixelData(data=to_tensor(results['candidate_masks']))
            sample.set_data(dict(pred_candidates=masks))
        if 'pred_mask' in results:
            mask = to_tensor(results['pred_mask'][None]).long()
            sample.set_data(dict(pred_sem_seg=PixelData(data=mask)))
        return packed

    @staticmethod
    def _dense_map(results: dict, key: str) -> PixelData:
        array = results[key]
        size = (results['img'].shape[:2] if 'img' in results else
                results['img_shape'])
        if array.shape[:2] != size:
            raise UserError(
                f'{results["img_path"]}: {key} is {array.shape[:2]} but the '
                f'image is {size} after the pipeline; use the Resize and crop '
                'of wsss_plugins, which move dense maps')
        return PixelData(data=to_tensor(array[None]).float() / 255)
