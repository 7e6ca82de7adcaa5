"""DeepLab's multi-scale training and testing."""
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.config import ConfigDict
from mmengine.structures import PixelData
from mmseg.models import EncoderDecoder
from mmseg.models.utils import resize
from mmseg.structures import SegDataSample
from mmseg.utils import SampleList, add_prefix
from torch import Tensor

from ...registry import MODELS


@MODELS.register_module()
class MultiScaleMaxSegmentor(EncoderDecoder):
    """``EncoderDecoder`` over several scales with a pixel-wise maximum.

    DeepLab V2 (TPAMI 2018, Sec. 4.1.2) as its common PyTorch code has it:
    logits at scale 1 and at each further scale, brought to the size of the
    first, and their maximum. In training each of them has its loss, summed,
    against labels resized by nearest neighbour to the size of the logits; in
    testing the maximum is the prediction.

    Args:
        backbone, decode_head, neck, auxiliary_head, train_cfg, test_cfg,
            data_preprocessor, init_cfg: As in
            :class:`mmseg.models.EncoderDecoder`.
        scales (Sequence[float]): Scales beside 1. Defaults to (0.75, 0.5).
    """

    def __init__(self,
                 backbone: dict,
                 decode_head: dict,
                 neck: dict | None = None,
                 auxiliary_head: dict | None = None,
                 train_cfg: dict | None = None,
                 test_cfg: dict | None = None,
                 data_preprocessor: dict | None = None,
                 init_cfg: dict | None = None,
                 scales: Sequence[float] = (.75, .5)) -> None:
        super().__init__(
            backbone=backbone,
            decode_head=decode_head,
            neck=neck,
            auxiliary_head=auxiliary_head,
            train_cfg=train_cfg,
            test_cfg=test_cfg or ConfigDict(mode='whole'),
            data_preprocessor=data_preprocessor,
            init_cfg=init_cfg)
        if not scales or min(scales) <= 0:
            raise ValueError(f'scales={tuple(scales)} are not positive')
        self.scales = tuple(scales)

    def scale_logits(self, inputs: Tensor) -> list[Tensor]:
        """Logits at scale 1 and at each further scale, own sizes."""
        logits = [self.decode_head(self.extract_feat(inputs))]
        for scale in self.scales:
            small = F.interpolate(
                inputs,
                scale_factor=scale,
                mode='bilinear',
                align_corners=False)
            logits.append(self.decode_head(self.extract_feat(small)))
        return logits

    def _maximum(self, logits: list[Tensor]) -> Tensor:
        size = logits[0].shape[2:]
        same = [
            resize(
                x, size, mode='bilinear', align_corners=self.align_corners)
            for x in logits
        ]
        return torch.stack(same).amax(dim=0)

    def loss(self, inputs: Tensor, data_samples: SampleList) -> dict:
        """Losses of each scale and of the maximum.

        Args:
            inputs (Tensor): Images, (N, 3, H, W).
            data_samples (list[SegDataSample]): With ``gt_sem_seg``.

        Returns:
            dict[str, Tensor]: ``decode_1.loss_ce``, ``decode_0.75.loss_ce``,
            ..., ``decode_max.loss_ce``.
        """
        logits = self.scale_logits(inputs)
        names = [f'{scale:g}' for scale in (1., *self.scales)]
        losses = {}
        for name, x in zip([*names, 'max'], [*logits, self._maximum(logits)]):
            small = self._resized_labels(data_samples, x.shape[2:])
            losses.update(
                add_prefix(
                    self.decode_head.loss_by_feat(x, small),
                    f'decode_{name}'))
        return losses

    @staticmethod
    def _resized_labels(data_samples: SampleList,
                        size: torch.Size) -> SampleList:
        small = []
        for sample in data_samples:
            label = sample.gt_sem_seg.data.float()[None]
            label = F.interpolate(label, size, mode='nearest')[0].long()
            small.append(SegDataSample(gt_sem_seg=PixelData(data=label)))
        return small

    def encode_decode(self, inputs: Tensor,
                      batch_img_metas: list[dict]) -> Tensor:
        """Maximum of the scales, resized to the input."""
        return self.decode_head.predict_by_feat(
            self._maximum(self.scale_logits(inputs)), batch_img_metas)
