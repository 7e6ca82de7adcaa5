"""CAMs merged from those of sub-categories."""
import torch
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from torch import Tensor

from ...ops.cam.sub_cams import merge_sub_cams
from ...registry import MODELS
from ...structures import UserError
from ..heads.sub_category_head import SubCategoryHead
from .cam_segmentor import CAMSegmentor


@MODELS.register_module()
class SubCategoryCAMSegmentor(CAMSegmentor):
    """A :class:`CAMSegmentor` that predicts by SC-CAM's second classifier.

    The CAM of a class is the maximum over the CAMs of its sub-categories,
    after scales and flips are summed (:func:`merge_sub_cams`). The paper and
    its code use the CAMs of the parent classes, which are better: use
    ``CAMSegmentor`` with the same checkpoint for those. Data samples get the
    fields of ``CAMSegmentor``, and ``pred_sub``: PixelData int64 (K, h, w),
    the sub-category with the greatest CAM at each pixel.

    Args:
        **kwargs: Of :class:`CAMSegmentor`; ``decode_head`` is a
            :class:`wsss_plugins.SubCategoryHead`.

    Raises:
        UserError: If the decode head has no sub-categories.
    """

    def __init__(self, **kwargs) -> None:
        super().__init__(**kwargs)
        if not isinstance(self.decode_head, SubCategoryHead):
            raise UserError('SubCategoryCAMSegmentor: decode_head is '
                            f'{type(self.decode_head).__name__}; choose '
                            'wsss_plugins.SubCategoryHead')
        self.decode_head.predicts_sub_maps = True

    def present_classes(self, sample: SegDataSample, prob: Tensor) -> Tensor:
        """Maps of the labels, or of the classes found, int64 (P * K,)."""
        num_sub = self.decode_head.num_sub
        classes = super().present_classes(sample, prob)
        columns = torch.arange(num_sub, device=classes.device)
        return (classes[:, None] * num_sub + columns).flatten()

    def set_cams(self, sample: SegDataSample, views: list[Tensor],
                 flips: list[bool], size: tuple[int, int],
                 present: Tensor) -> None:
        """Merge views of the present classes into the data sample."""
        num_sub = self.decode_head.num_sub
        foreground = torch.tensor(
            self.decode_head.foreground, device=present.device)
        maps, sub_maps = merge_sub_cams(views, flips, size, num_sub)
        sample.set_data(
            dict(
                pred_cam=PixelData(data=maps),
                pred_sub=PixelData(data=sub_maps.argmax(dim=1)),
                pred_cam_label=foreground[present[::num_sub] // num_sub]))
