"""The plain CAM classification network as a decode head."""
import torch
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.utils import SampleList
from torch import Tensor, nn

from ...registry import MODELS
from ...structures import foreground_indices, num_foreground
from ..utils.image_labels import check_numbering, stack_image_labels


@MODELS.register_module()
class CAMHead(BaseDecodeHead):
    """Class activation maps from image-level labels.

    A 1x1 convolution gives one map per foreground class, their averages are
    the class scores (Zhou et al., Learning Deep Features for Discriminative
    Localization, CVPR 2016, with the linear layer applied before the average,
    which is the same). The baseline of EPS, PSA, IRNet and SC-CAM.

    Args:
        in_channels (int): Channels of the chosen feature map.
        num_classes (int): Classes of the data set, background included, as
            in every mmseg head.
        dropout_ratio (float): Dropout2d before the classifier. Defaults
            to 0.5.
        loss_cls (dict): Config of the classification loss on (N, C) scores.
        background (int): Dataset class index of the background.
        bg_threshold (float): Background threshold of :meth:`predict` on
            CAMs scaled to [0, 1]. Pseudo masks do not use it.
        in_index (int): Which feature map to take. Defaults to -1.
        align_corners (bool): For :meth:`predict`. Defaults to False.
        init_cfg (dict): Defaults to Xavier uniform, as the references.
    """

    def __init__(self,
                 in_channels: int,
                 num_classes: int,
                 dropout_ratio: float = .5,
                 loss_cls: dict | None = None,
                 background: int = 0,
                 bg_threshold: float = .2,
                 in_index: int = -1,
                 align_corners: bool = False,
                 init_cfg: dict | None = None) -> None:
        super().__init__(
            in_channels=in_channels,
            channels=in_channels,
            num_classes=num_classes,
            out_channels=num_classes,
            dropout_ratio=dropout_ratio,
            loss_decode=loss_cls
            or dict(type='wsss_plugins.MultiLabelSoftMarginLoss'),
            in_index=in_index,
            align_corners=align_corners,
            init_cfg=init_cfg or dict(
                type='Xavier',
                distribution='uniform',
                override=dict(name='conv_seg')))
        self.num_foreground = num_foreground(num_classes)
        self.foreground = foreground_indices(num_classes, background)
        self.background = background
        self.bg_threshold = bg_threshold
        self.conv_seg = nn.Conv2d(
            in_channels, self._num_maps(), kernel_size=1, bias=False)

    def _num_maps(self) -> int:
        return self.num_foreground

    def forward(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Raw maps, (N, C, h, w) in foreground order."""
        return self.cls_seg(self._transform_inputs(inputs))

    def scores(self, maps: Tensor) -> Tensor:
        """Class scores before the sigmoid, (N, C), from raw maps."""
        return maps[:, :self.num_foreground].mean(dim=(2, 3))

    def class_maps(self, maps: Tensor) -> Tensor:
        """CAMs, (N, C, h, w), at least 0, from raw maps."""
        return maps.relu()

    def loss_by_feat(self, seg_logits: Tensor,
                     batch_data_samples: SampleList) -> dict[str, Tensor]:
        """Classification loss ``loss_cls`` from raw maps and labels."""
        labels = self.image_labels(batch_data_samples, seg_logits.device)
        return dict(loss_cls=self.loss_decode(self.scores(seg_logits), labels))

    def image_labels(self, batch_data_samples: SampleList,
                     device: torch.device) -> Tensor:
        """Multi-hot image-level labels of a batch, (N, C)."""
        check_numbering(batch_data_samples, self)
        return stack_image_labels(batch_data_samples,
                                  self.num_foreground).to(device)

    def predict_by_feat(self, seg_logits: Tensor,
                        batch_img_metas: list[dict]) -> Tensor:
        """Scores in dataset class order, resized to the input.

        So a stock ``EncoderDecoder`` with this head predicts masks, and its
        visualizers work. :class:`wsss_plugins.CAMSegmentor` makes CAM files.
        """
        return super().predict_by_feat(
            self.dataset_scores(seg_logits), batch_img_metas)

    def dataset_scores(self, maps: Tensor) -> Tensor:
        """Scores of all dataset classes, (N, C + 1, h, w), from raw maps."""
        maps = self.class_maps(maps)
        peak = maps.amax(dim=(1, 2, 3), keepdim=True)
        background = torch.full_like(maps[:, :1], self.bg_threshold)
        return self._in_dataset_order(maps / (peak + 1e-5), background)

    def _in_dataset_order(self, foreground: Tensor,
                          background: Tensor) -> Tensor:
        scores = foreground.new_empty(
            (len(foreground), self.num_classes, *foreground.shape[2:]))
        scores[:, self.foreground] = foreground
        scores[:, self.background] = background[:, 0]
        return scores
