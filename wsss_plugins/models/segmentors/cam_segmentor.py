"""A segmentor whose prediction is a set of class maps."""
import torch
from mmengine.config import ConfigDict
from mmengine.structures import PixelData
from mmseg.models import EncoderDecoder
from mmseg.structures import SegDataSample
from mmseg.utils import OptSampleList, SampleList
from torch import Tensor

from ...ops.cam.cams import merge_cams
from ...registry import MODELS


def bare_samples(inputs: Tensor) -> SampleList:
    """Data samples that know no more than the size of their images.

    Args:
        inputs (Tensor): Images, (N, 3, H, W).
    """
    shape = tuple(inputs.shape[2:])
    return [
        SegDataSample(metainfo=dict(ori_shape=shape, img_shape=shape))
        for _ in inputs
    ]


@MODELS.register_module()
class CAMSegmentor(EncoderDecoder):
    """``EncoderDecoder`` with a weak head, predicting class maps.

    Training is that of the stock class. Prediction keeps the head's native
    stride and only the classes that the image is tagged with; images without
    tags get the classes that the classifier finds. Each data sample gets

    - ``pred_cam``: PixelData float32 (K, h, w), each map scaled to [0, 1];
    - ``pred_cam_label``: dataset class indices, int64 (K,);
    - ``pred_score``: class probabilities, float32 (C,);
    - ``cam_view``: the maps before scaling, for
      :class:`wsss_plugins.CAMTTAModel`.

    Args:
        backbone, decode_head, neck, auxiliary_head, train_cfg, test_cfg,
            data_preprocessor, init_cfg: As in
            :class:`mmseg.models.EncoderDecoder`; ``decode_head`` is
            ``wsss_plugins.CAMHead`` or one of its subclasses.
        score_threshold (float): An image without tags gets the classes with
            a probability above this, or the likeliest one. Defaults to 0.5.
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
                 score_threshold: float = .5) -> None:
        super().__init__(
            backbone=backbone,
            decode_head=decode_head,
            neck=neck,
            auxiliary_head=auxiliary_head,
            train_cfg=train_cfg,
            test_cfg=test_cfg or ConfigDict(mode='whole'),
            data_preprocessor=data_preprocessor,
            init_cfg=init_cfg)
        self.score_threshold = score_threshold

    def predict(self,
                inputs: Tensor,
                data_samples: OptSampleList = None) -> SampleList:
        """Predict class maps.

        Args:
            inputs (Tensor): Images, (N, 3, H, W).
            data_samples (list[SegDataSample], optional): Tags in
                ``gt_score`` where known.

        Returns:
            list[SegDataSample]: The samples with the fields above.
        """
        if data_samples is None:
            data_samples = bare_samples(inputs)
        raw = self.decode_head(self.extract_feat(inputs))
        maps = self.decode_head.class_maps(raw).float()
        probs = self.decode_head.scores(raw).float().sigmoid()
        for sample, sample_maps, prob in zip(data_samples, maps, probs):
            view = self._unpadded(sample_maps, sample, inputs.shape[2:])
            present = self.present_classes(sample, prob)
            sample.set_data(
                dict(cam_view=PixelData(data=view), pred_score=prob))
            self.set_cams(sample, [view[present]],
                          [bool(sample.get('flip'))], view.shape[1:], present)
        return data_samples

    @staticmethod
    def _unpadded(maps: Tensor, sample: SegDataSample,
                  padded: tuple[int, int]) -> Tensor:
        """Cut off the cells that saw only padding on the right and bottom."""
        valid = [
            -(-side * cells // total) for side, cells, total in zip(
                sample.img_shape[:2], maps.shape[1:], padded)
        ]
        return maps[:, :valid[0], :valid[1]]

    def present_classes(self, sample: SegDataSample, prob: Tensor) -> Tensor:
        """Foreground indices of the tags, or of the classes found, (K,)."""
        if 'gt_score' in sample:
            return sample.gt_score.nonzero()[:, 0].to(prob.device)
        threshold = torch.clamp(prob.max(), max=self.score_threshold)
        return (prob >= threshold).nonzero()[:, 0]

    def set_cams(self, sample: SegDataSample, views: list[Tensor],
                 flips: list[bool], size: tuple[int, int],
                 present: Tensor) -> None:
        """Merge views of the present classes into the data sample."""
        foreground = torch.tensor(
            self.decode_head.foreground, device=present.device)
        merged = merge_cams(views, flips, size)
        sample.set_data(
            dict(
                pred_cam=PixelData(data=merged),
                pred_cam_label=foreground[present]))
