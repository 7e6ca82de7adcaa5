"""Test-time augmentation of CAMs at a chosen stride (IRNet)."""
from collections.abc import Sequence

from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from torch import Tensor

from ...ops.cam.cams import merge_cams
from ...registry import MODELS
from .cam_tta import CAMTTAModel

_EPS = 1e-5


def merge_on_grid(views: Sequence[Tensor],
                  flips: Sequence[bool],
                  size: Sequence[int],
                  stride: int = 4,
                  pad_divisor: int = 1) -> Tensor:
    """Sum views of CAMs at a stride of the image.

    Args:
        views (Sequence[Tensor]): As of
            :func:`wsss_plugins.ops.cam.cams.merge_cams`.
        flips (Sequence[bool]): Likewise.
        size (Sequence[int]): Height and width of the image.
        stride (int): Stride of the result, in pixels.
        pad_divisor (int): The views cover the image padded to a multiple of
            this, in pixels; the padding is cropped again. IRNet uses 1 for
            its CAMs of stride 4, and 16 for those of stride 1.

    Returns:
        Tensor: (K, ceil(H / stride), ceil(W / stride)) in [0, 1).
    """
    covered = [-(-side // pad_divisor) * pad_divisor for side in size]
    merged = merge_cams(views, flips, [-(-s // stride) for s in covered])
    rows, columns = (-(-side // stride) for side in size)
    if not len(merged) or tuple(merged.shape[1:]) == (rows, columns):
        return merged[:, :rows, :columns]
    # The maximum may have been in the padding.
    kept = merged[:, :rows, :columns]
    return kept / (kept.amax(dim=(1, 2), keepdim=True) + _EPS)


@MODELS.register_module()
class StridedCAMTTAModel(CAMTTAModel):
    """``CAMTTAModel`` that sums at a chosen stride.

    IRNet propagates CAMs of stride 4 and makes its labels from CAMs at full
    resolution; both are sums over scales at that stride.

    Args:
        module (dict | nn.Module): The segmentor.
        stride (int): In pixels; 1 is full resolution. Defaults to 4.
        pad_divisor (int): See :func:`merge_on_grid`.
        data_preprocessor (dict, optional): As in ``BaseTTAModel``.
    """

    def __init__(self,
                 module: dict,
                 stride: int = 4,
                 pad_divisor: int = 1,
                 data_preprocessor: dict | None = None) -> None:
        super().__init__(module, data_preprocessor=data_preprocessor)
        if stride < 1 or pad_divisor < 1:
            raise ValueError(f'stride={stride}, pad_divisor={pad_divisor}: '
                             'both are at least 1')
        self.stride = stride
        self.pad_divisor = pad_divisor

    def _merge(self, views: Sequence[SegDataSample]) -> SegDataSample:
        merged = super()._merge(views)
        present = self.module.present_classes(merged, merged.pred_score)
        maps = merge_on_grid([view.cam_view.data[present] for view in views],
                             [bool(view.get('flip')) for view in views],
                             views[0].ori_shape[:2], self.stride,
                             self.pad_divisor)
        merged.set_data(dict(pred_cam=PixelData(data=maps)))
        return merged
