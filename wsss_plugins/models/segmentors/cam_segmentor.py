"""A segmentor that predicts CAMs."""
import torch
from mmengine.config import ConfigDict
from mmengine.structures import PixelData
from mmseg.models import EncoderDecoder
from mmseg.structures import SegDataSample
from mmseg.utils import OptSampleList, SampleList
from torch import Tensor

from ...ops.cam.cams import merge_cams, seed_labels
from ...registry import MODELS
from ..utils.image_labels import check_numbering
from ..utils.resizing import resized


def bare_samples(inputs: Tensor) -> SampleList:
    """Data samples that hold only the size of their images.

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
    """``EncoderDecoder`` with a CAM head, predicting CAMs.

    Training is that of the stock class. Prediction keeps the stride of the
    feature map and only the classes of the image-level labels; images without
    labels get the classes that the classifier finds. Each data sample gets

    - ``pred_cam``: PixelData float32 (K, h, w), each map scaled to [0, 1];
    - ``pred_cam_label``: dataset class indices, int64 (K,);
    - ``pred_score``: class probabilities, float32 (C,);
    - ``pred_sem_seg``: PixelData int64 (1, H, W) at the size of the original
      image, the class whose CAM is greatest, if above ``bg_threshold`` of
      the head, for the tools of mmseg;
    - ``cam_view``: the CAMs before scaling, for
      :class:`wsss_plugins.CAMTTAModel`.

    Args:
        score_threshold (float): An image without labels gets the classes
            whose probability reaches this, or the most probable class.
            Defaults to 0.5.
        test_cfg (dict, optional): Defaults to ``dict(mode='whole')``.
        **kwargs: Of :class:`mmseg.models.EncoderDecoder`: ``backbone``,
            ``decode_head`` (:class:`wsss_plugins.CAMHead` or one of its
            subclasses), ``neck``, ``auxiliary_head``, ``train_cfg``,
            ``data_preprocessor``, ``init_cfg``.
    """

    def __init__(self,
                 score_threshold: float = .5,
                 test_cfg: dict | None = None,
                 **kwargs) -> None:
        super().__init__(
            test_cfg=test_cfg or ConfigDict(mode='whole'), **kwargs)
        self.score_threshold = score_threshold
        self.predicts_masks = True

    def predict(self,
                inputs: Tensor,
                data_samples: OptSampleList = None) -> SampleList:
        """Predict CAMs.

        Args:
            inputs (Tensor): Images, (N, 3, H, W).
            data_samples (list[SegDataSample], optional): Image-level
                labels in ``gt_score`` where known.

        Returns:
            list[SegDataSample]: The samples with the fields above.
        """
        if data_samples is None:
            data_samples = bare_samples(inputs)
        check_numbering(data_samples, self.decode_head)
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
            if self.predicts_masks:
                self.set_mask(sample)
        return data_samples

    @staticmethod
    def _unpadded(maps: Tensor, sample: SegDataSample,
                  padded: tuple[int, int]) -> Tensor:
        """Crop pixels that cover only padding on the right and bottom."""
        valid = [
            -(-side * length // total) for side, length, total in zip(
                sample.img_shape[:2], maps.shape[1:], padded)
        ]
        return maps[:, :valid[0], :valid[1]]

    def present_classes(self, sample: SegDataSample, prob: Tensor) -> Tensor:
        """Foreground indices of the labels, or of the classes found, (K,)."""
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

    def set_mask(self, sample: SegDataSample) -> None:
        """Put the mask of the CAMs into the data sample."""
        size, background = sample.ori_shape[:2], self.decode_head.background
        maps, labels = sample.pred_cam.data, sample.pred_cam_label
        if len(labels):
            mask = seed_labels(resized(maps, size), labels,
                               self.decode_head.bg_threshold, background)
        else:
            mask = labels.new_full(size, background)
        sample.set_data(dict(pred_sem_seg=PixelData(data=mask[None])))
