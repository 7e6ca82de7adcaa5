"""Test-time augmentation of class maps onto a chosen grid (IRNet)."""
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
    """Sum views of class maps on a grid over the image.

    Args:
        views (Sequence[Tensor]): As of
            :func:`wsss_plugins.ops.cam.cams.merge_cams`.
        flips (Sequence[bool]): Likewise.
        size (Sequence[int]): Height and width of the image.
        stride (int): Side of a cell of the grid in pixels.
        pad_divisor (int): The views are taken to cover the image and a rest
            up to a multiple of this, which is cut off again. IRNet has 1
            for its maps of stride 4, and 16 for those of stride 1.

    Returns:
        Tensor: (K, ceil(H / stride), ceil(W / stride)) in [0, 1).
    """
    covered = [-(-side // pad_divisor) * pad_divisor for side in size]
    merged = merge_cams(views, flips, [-(-s // stride) for s in covered])
    rows, columns = (-(-side // stride) for side in size)
    if not len(merged) or tuple(merged.shape[1:]) == (rows, columns):
        return merged[:, :rows, :columns]
    # The greatest value may have been in the rest.
    kept = merged[:, :rows, :columns]
    return kept / (kept.amax(dim=(1, 2), keepdim=True) + _EPS)


@MODELS.register_module()
class StridedCAMTTAModel(CAMTTAModel):
    """``CAMTTAModel`` that sums on a grid of a chosen stride.

    IRNet walks class maps at stride 4, and its labels start from maps of
    every pixel; both are sums over scales on the grid in question.

    Args:
        module (dict | nn.Module): The segmentor.
        stride (int): Side of a cell in pixels; 1 is every pixel. Defaults
            to 4.
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
