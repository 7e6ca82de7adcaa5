"""Base class of heads that learn from affinity labels."""
import torch
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.utils import SampleList
from torch import Tensor

from ...ops.walk.pairs import PairLabels, check_border, pair_labels
from ...structures import UserError
from ..utils.image_labels import check_numbering


class PairLabelHead(BaseDecodeHead):
    """A head on several feature maps that is trained on pairs of pixels.

    ``gt_affinity`` of the data samples holds one label (8 bits) for each
    pixel of the feature map; it is expanded to labels of pairs here, on the
    device of the network.

    Args:
        in_channels (Sequence[int]): Channels of the chosen feature maps.
        channels (int): Channels of the head's last features.
        num_classes (int): Classes of the data set, background included.
            Labels of at least this value are ignored.
        loss_affinity (dict, optional): Config of the loss of affinities.
            Defaults to ``dict(type='wsss_plugins.AffinityLoss')``.
        in_index (Sequence[int], optional): Which feature maps to take.
            Defaults to the first ones.
        radius (int): Pairs are closer than this, in pixels of the feature
            map.
        border (str): Which pairs train: ``'reference'`` or ``'padded'``, see
            :mod:`wsss_plugins.ops.walk.pairs`.
        background (int): Dataset class index of the background.
        align_corners (bool): As in every mmseg head.
        init_cfg (dict, optional): Initial weights.
    """

    def __init__(self,
                 in_channels: list[int],
                 channels: int,
                 num_classes: int,
                 loss_affinity: dict | None = None,
                 in_index: list[int] | None = None,
                 radius: int = 5,
                 border: str = 'reference',
                 background: int = 0,
                 align_corners: bool = False,
                 init_cfg: dict | None = None) -> None:
        super().__init__(
            in_channels=list(in_channels),
            channels=channels,
            num_classes=num_classes,
            out_channels=num_classes,
            dropout_ratio=0,
            loss_decode=loss_affinity
            or dict(type='wsss_plugins.AffinityLoss'),
            input_transform='multiple_select',
            in_index=list(in_index or range(len(in_channels))),
            align_corners=align_corners,
            init_cfg=init_cfg)
        # Pairs are not classified.
        del self.conv_seg
        self.radius = radius
        self.border = check_border(border)
        self.background = background

    def stack_labels(self, batch_data_samples: SampleList,
                     grid: tuple[int, int]) -> Tensor:
        """Affinity labels of a batch, uint8 (N, h, w).

        Raises:
            UserError: If a sample has none, or its label is not of the size
                of the feature map.
        """
        check_numbering(batch_data_samples, self)
        for sample in batch_data_samples:
            if 'gt_affinity' not in sample:
                raise UserError(
                    f'{sample.get("img_path")}: no affinity label in the '
                    'batch; put wsss_plugins.MakeAffinityGrid and '
                    'wsss_plugins.PackAffinityInputs into the pipeline')
            found = tuple(sample.gt_affinity.data.shape[1:])
            if found != tuple(grid):
                raise UserError(
                    f'{sample.get("img_path")}: an affinity label of '
                    f'{found[0]}x{found[1]}, but the feature map is '
                    f'{grid[0]}x{grid[1]}; set stride of MakeAffinityGrid to '
                    'that of the network, and crop all images to one size')
        return torch.cat([s.gt_affinity.data for s in batch_data_samples])

    def pair_labels_of(self, batch_data_samples: SampleList,
                       features: Tensor) -> PairLabels:
        """Labels of all pairs of a batch, on the device of the features."""
        label = self.stack_labels(batch_data_samples, features.shape[2:])
        return pair_labels(
            label.to(features.device),
            self.radius,
            self.border,
            self.background,
            self.num_classes,
            ignore_index=self.ignore_index)
