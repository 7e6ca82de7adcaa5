"""Test-time augmentation of CAMs and of segmentors."""
import warnings
from collections.abc import Sequence

import torch
from mmengine.model import BaseTTAModel
from mmengine.structures import PixelData
from mmseg.models import SegTTAModel
from mmseg.structures import SegDataSample
from mmseg.utils import SampleList

from ...ops.crf.dense_crf import DenseCRF
from ...registry import MODELS
from ...structures import UserError, read_image


@MODELS.register_module()
class CAMTTAModel(BaseTTAModel):
    """Sum CAMs over scales and flips, then scale each to [0, 1].

    As PSA, IRNet, EPS and SC-CAM do. Flipped views are added at low
    resolution, which gives the same result, and only the classes of the image
    are resized. Wraps a :class:`wsss_plugins.CAMSegmentor`; used through
    ``tools/test.py --tta``.

    Args:
        module (dict | nn.Module): The segmentor.
        out_size (str): Size at which the scales are summed: ``'native'``,
            that of the feature map of the image at its own size (small
            files), or ``'image'``, full resolution, as the reference of
            EPS.
        data_preprocessor (dict, optional): As in ``BaseTTAModel``.
    """

    def __init__(self,
                 module: dict,
                 out_size: str = 'native',
                 data_preprocessor: dict | None = None) -> None:
        super().__init__(module, data_preprocessor)
        if out_size not in ('native', 'image'):
            raise ValueError(f"out_size={out_size!r}; choose 'native' or "
                             "'image'")
        self.out_size = out_size
        # Of the merged CAMs only.
        self.module.predicts_masks = False

    def merge_preds(self,
                    data_samples_list: Sequence[SampleList]) -> SampleList:
        """Merge the views of each image of the batch."""
        merged = [self._merge(views) for views in data_samples_list]
        for sample in merged:
            self.module.set_mask(sample)
        return merged

    def _merge(self, views: Sequence[SegDataSample]) -> SegDataSample:
        merged = views[0].clone()
        score = torch.stack([view.pred_score for view in views]).mean(dim=0)
        present = self.module.present_classes(merged, score)
        merged.set_data(dict(pred_score=score))
        del merged.cam_view
        self.module.set_cams(
            merged, [view.cam_view.data[present] for view in views],
            [bool(view.get('flip')) for view in views],
            self._size(views), present)
        return merged

    def _size(self, views: Sequence[SegDataSample]) -> tuple[int, int]:
        size = tuple(views[0].ori_shape[:2])
        if self.out_size == 'image':
            return size
        nearest = min(views, key=lambda v: abs(v.img_shape[0] - size[0]))
        grid = nearest.cam_view.data.shape[1:]
        return tuple(
            max(1, round(side * length / seen)) for side, length, seen in zip(
                size, grid, nearest.img_shape))


@MODELS.register_module()
class CRFSegTTAModel(SegTTAModel):
    """mmseg's multi-scale and flip averaging, then a dense CRF.

    DeepLab's post-processing for any stock segmentor, through
    ``tools/test.py --tta``.

    Args:
        module (dict | nn.Module): The segmentor.
        crf (dict): Arguments of :class:`~.dense_crf.DenseCRF`.
            Defaults to those of DeepLab-V2 ResNet-101: ``dict(pos_compat=3,
            pos_sxy=1, bi_compat=4, bi_sxy=67, bi_srgb=3, iterations=10)``.
        scores (str): What the segmentor's ``seg_logits`` are: ``'logits'``,
            of which a softmax makes probabilities, or ``'probs'``, as of
            :class:`wsss_plugins.SECHead`. Defaults to ``'logits'``.
        average_maxima (bool): Whether views of a segmentor that takes the
            maximum over scales itself, as
            :class:`wsss_plugins.MultiScaleMaxSegmentor`, may be averaged.
            DeepLab's test has one view. Defaults to False: several are
            refused.
        data_preprocessor (dict, optional): As in ``BaseTTAModel``.
    """

    def __init__(self,
                 module: dict,
                 crf: dict | None = None,
                 scores: str = 'logits',
                 average_maxima: bool = False,
                 data_preprocessor: dict | None = None) -> None:
        super().__init__(module, data_preprocessor)
        if scores not in ('logits', 'probs'):
            raise ValueError(f"scores={scores!r}; choose 'logits' or "
                             "'probs'")
        self.scores = scores
        self.average_maxima = average_maxima
        self.crf = DenseCRF(**(crf or dict(
            pos_compat=3, pos_sxy=1, bi_compat=4, bi_sxy=67, bi_srgb=3)))

    def merge_preds(self,
                    data_samples_list: Sequence[SampleList]) -> SampleList:
        """Average the probabilities of each image's views and run the CRF.

        Raises:
            UserError: If the segmentor has maximized over scales before, and
                there are several views.
        """
        self._check_views(len(data_samples_list[0]))
        with warnings.catch_warnings():
            # mmseg's merging makes masks without their channel.
            warnings.filterwarnings('ignore', 'The shape of value will')
            merged = super().merge_preds(data_samples_list)
        for sample, views in zip(merged, data_samples_list):
            probs = sum(self._probs(v.seg_logits.data) for v in views)
            image = read_image(sample.img_path)
            refined = self.crf(image, (probs / len(views)).cpu().numpy())
            mask = torch.from_numpy(refined.argmax(axis=0))[None]
            sample.set_data(dict(pred_sem_seg=PixelData(data=mask)))
        return merged

    def _check_views(self, count: int) -> None:
        scales = getattr(self.module, 'scales', None)
        if count > 1 and scales and not self.average_maxima:
            raise UserError(
                f'tta_pipeline: {count} views of an image for a '
                f'{type(self.module).__name__}, which takes the maximum over '
                f'scales 1, {", ".join(map(str, scales))} itself; give one '
                'view, or set tta_model.average_maxima=True')

    def _probs(self, scores: torch.Tensor) -> torch.Tensor:
        return scores.softmax(dim=0) if self.scores == 'logits' else scores
