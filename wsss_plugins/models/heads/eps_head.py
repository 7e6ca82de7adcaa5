"""The classification network of EPS as a decode head."""
import torch
from mmseg.utils import SampleList
from torch import Tensor

from ...registry import MODELS
from ...structures import UserError
from .cam_head import CAMHead


@MODELS.register_module()
class EPSHead(CAMHead):
    """Classifier with a background map, supervised by saliency.

    EPS, Sec. 3 (https://arxiv.org/abs/2105.08965): C + 1 maps, the background
    last. The first C are classified by their averages, which count the
    padding as the reference does; the softmax over all C + 1 is regressed
    onto the saliency map by the loss ``loss_sal``. Saliency is needed in
    training only.

    Args:
        in_channels, num_classes: As in :class:`CAMHead`.
        dropout_ratio (float): Defaults to 0: EPS has none here.
        loss_sal (dict): Config of the saliency loss. Defaults to
            ``dict(type='wsss_plugins.EPSLoss')``.
        **kwargs: Of :class:`CAMHead`: ``loss_cls``, ``background``,
            ``bg_threshold``, ``in_index``, ``align_corners``, ``init_cfg``.
    """

    def __init__(self,
                 in_channels: int,
                 num_classes: int,
                 dropout_ratio: float = 0.,
                 loss_sal: dict | None = None,
                 **kwargs) -> None:
        super().__init__(
            in_channels, num_classes, dropout_ratio=dropout_ratio, **kwargs)
        self.loss_sal = MODELS.build(loss_sal
                                     or dict(type='wsss_plugins.EPSLoss'))

    def _num_maps(self) -> int:
        return self.num_classes

    def class_maps(self, maps: Tensor) -> Tensor:
        """CAMs: foreground probabilities, (N, C, h, w), from raw maps."""
        return maps.softmax(dim=1)[:, :self.num_foreground]

    def loss_by_feat(self, seg_logits: Tensor,
                     batch_data_samples: SampleList) -> dict[str, Tensor]:
        """``loss_cls`` and ``loss_sal`` from raw maps."""
        losses = super().loss_by_feat(seg_logits, batch_data_samples)
        labels = self.image_labels(batch_data_samples, seg_logits.device)
        saliency = self._stack_saliency(batch_data_samples)
        losses.update(
            self.loss_sal(seg_logits, saliency.to(seg_logits.device), labels))
        return losses

    @staticmethod
    def _stack_saliency(batch_data_samples: SampleList) -> Tensor:
        for sample in batch_data_samples:
            if 'gt_saliency' not in sample:
                raise UserError(
                    f'{sample.get("img_path")}: no saliency map in the batch; '
                    'put wsss_plugins.LoadDenseMap into the pipeline and set '
                    'data_prefix.saliency_path')
        return torch.stack([s.gt_saliency.data for s in batch_data_samples])

    def dataset_scores(self, maps: Tensor) -> Tensor:
        """Probabilities of all dataset classes, (N, C + 1, h, w)."""
        probs = maps.softmax(dim=1)
        return self._in_dataset_order(probs[:, :self.num_foreground],
                                      probs[:, self.num_foreground:])
