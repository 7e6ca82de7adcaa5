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
    against labels resized by nearest neighbor to the size of the logits; in
    testing the maximum is the prediction.

    Args:
        scales (Sequence[float]): Scales beside 1. Defaults to (0.75, 0.5).
        loss_weights (Sequence[float], optional): Of scale 1, each further
            scale and the maximum, in this order. Defaults to 1 each.
        label_resize (str): How labels get the size of the logits:
            ``'nearest'`` takes the first of the pixels that a logit covers,
            ``'nearest-exact'`` the middle one, as Pillow and with it the
            common PyTorch code do. Defaults to ``'nearest'``.
        auxiliary_head (None): Not supported; accepted for configs that set
            it to None.
        test_cfg (dict, optional): Defaults to ``dict(mode='whole')``.
        **kwargs: Of :class:`mmseg.models.EncoderDecoder`: ``backbone``,
            ``decode_head``, ``neck``, ``train_cfg``, ``data_preprocessor``,
            ``init_cfg``.

    Raises:
        ValueError: If ``scales`` are not positive, not distinct or hold 1,
            if the weights are not one for each loss, if ``label_resize`` is
            unknown, or if an auxiliary head is asked for.
    """

    def __init__(self,
                 scales: Sequence[float] = (.75, .5),
                 loss_weights: Sequence[float] | None = None,
                 label_resize: str = 'nearest',
                 auxiliary_head: None = None,
                 test_cfg: dict | None = None,
                 **kwargs) -> None:
        if auxiliary_head is not None:
            raise ValueError('auxiliary_head: this segmentor would never '
                             'train it; set it to None')
        super().__init__(
            test_cfg=test_cfg or ConfigDict(mode='whole'), **kwargs)
        self.scales = tuple(scales)
        self.loss_names = self._loss_names(self.scales)
        if loss_weights is None:
            loss_weights = [1.] * len(self.loss_names)
        self.loss_weights = tuple(loss_weights)
        if len(self.loss_weights) != len(self.loss_names):
            raise ValueError(f'loss_weights={self.loss_weights}; give one for '
                             f'each of {", ".join(self.loss_names)}')
        if label_resize not in ('nearest', 'nearest-exact'):
            raise ValueError(f"label_resize={label_resize!r}; choose "
                             "'nearest' or 'nearest-exact'")
        self.label_resize = label_resize

    @staticmethod
    def _loss_names(scales: tuple[float, ...]) -> list[str]:
        if not scales or min(scales) <= 0:
            raise ValueError(f'scales={scales} are not positive')
        names = [f'{scale:g}' for scale in (1., *scales)]
        if len(set(names)) < len(names):
            raise ValueError(f'scales={scales}: give each once, and not 1, '
                             'which is always used')
        return [*names, 'max']

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
        logits.append(self._maximum(logits))
        losses = {}
        for name, weight, x in zip(self.loss_names, self.loss_weights, logits):
            small = self._resized_labels(data_samples, x.shape[2:])
            part = {
                key: weight * value if 'loss' in key else value
                for key, value in self.decode_head.loss_by_feat(
                    x, small).items()
            }
            losses.update(add_prefix(part, f'decode_{name}'))
        return losses

    def _resized_labels(self, data_samples: SampleList,
                        size: torch.Size) -> SampleList:
        small = []
        for sample in data_samples:
            label = sample.gt_sem_seg.data.float()[None]
            label = F.interpolate(label, size, mode=self.label_resize)
            label = label[0].long()
            small.append(SegDataSample(gt_sem_seg=PixelData(data=label)))
        return small

    def encode_decode(self, inputs: Tensor,
                      batch_img_metas: list[dict]) -> Tensor:
        """Maximum of the scales, resized to the input."""
        return self.decode_head.predict_by_feat(
            self._maximum(self.scale_logits(inputs)), batch_img_metas)
