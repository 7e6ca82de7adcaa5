"""SEC's losses and prediction for any decode head."""
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.utils import SampleList
from torch import Tensor, nn

from ...ops.cam.rank_pooling import softmax_with_floor
from ...ops.crf.ahead import CRFAhead
from ...registry import MODELS
from ...structures import UserError, check_background, num_foreground
from ..utils.image_labels import check_numbering, stack_image_labels

_SEED = dict(type='wsss_plugins.SeedLoss')
_EXPAND = dict(type='wsss_plugins.ExpandLoss')
_CONSTRAIN = dict(type='wsss_plugins.ConstrainLoss')
_CUES_FIX = ('list wsss_plugins.LoadCues in the pipeline and set '
             'data_prefix.cue_path of the dataset')
_IMAGE_FIX = ('list wsss_plugins.MakeCRFImage in the pipeline, before '
              'PackWSSSInputs')


class SECLossMixin:
    """Base class that adds SEC's losses and prediction to a decode head.

    List it before a head that returns logits (N, C, h, w). The losses are
    computed at the size of the logits or at ``map_size``; nothing is resized
    to the image.

    Samples carry image-level labels (``gt_score``) and, as far as the losses
    need them, ``gt_cues`` and ``gt_crf_image``, as
    :class:`wsss_plugins.PackWSSSInputs` packs them.

    Args:
        loss_seed, loss_expand, loss_constrain (dict | None): Configs of the
            losses; None leaves one out. Default to
            :class:`wsss_plugins.SeedLoss`, :class:`wsss_plugins.ExpandLoss`
            and :class:`wsss_plugins.ConstrainLoss` with the paper's
            parameters.
        prob_floor (float): Added to probabilities in the losses, see
            :func:`~wsss_plugins.ops.cam.rank_pooling.softmax_with_floor`.
            Defaults to 1e-4.
        map_size (Sequence[int], optional): Height and width that the logits
            are interpolated to, where the losses or the cues need another
            size than the network gives. By default they keep their size, as
            in the paper.
        resize_once (bool): Whether predictions keep the size of the logits,
            so that the segmentor resizes them to the image in one step, as
            the reference. False: resize them to the input first, which allows
            padding and sliding windows. Defaults to True.
        background (int): Dataset class index of the background, for the
            losses.
        **kwargs: Of the decode head.

    Raises:
        UserError: If all losses are left out, or the decode head's own is
            given.
    """

    def __init__(self,
                 loss_seed: dict | None = _SEED,
                 loss_expand: dict | None = _EXPAND,
                 loss_constrain: dict | None = _CONSTRAIN,
                 prob_floor: float = 1e-4,
                 map_size: Sequence[int] | None = None,
                 resize_once: bool = True,
                 background: int = 0,
                 **kwargs) -> None:
        if not (loss_seed or loss_expand or loss_constrain):
            raise UserError('loss_seed, loss_expand and loss_constrain are '
                            'all None; the head needs one of them to train')
        if kwargs.get('loss_decode'):
            raise UserError('loss_decode would not be used; set loss_seed, '
                            'loss_expand and loss_constrain')
        super().__init__(**kwargs)
        self.background = background
        self.loss_seed = self._about_background(loss_seed)
        self.loss_expand = self._about_background(loss_expand)
        self.loss_constrain = loss_constrain and MODELS.build(loss_constrain)
        self.prob_floor = prob_floor
        self.map_size = map_size and tuple(map_size)
        self.resize_once = resize_once

    def _about_background(self, loss: dict | None) -> nn.Module | None:
        """Build a loss that treats the background apart."""
        if not loss:
            return None
        built = MODELS.build(dict(dict(background=self.background), **loss))
        check_background(built, self.background)
        return built

    def loss(self, inputs: tuple[Tensor, ...], batch_data_samples: SampleList,
             train_cfg: dict | None) -> dict[str, Tensor]:
        """Losses from features.

        Args:
            inputs (tuple[Tensor]): Feature maps.
            batch_data_samples (list[SegDataSample]): See the class.
            train_cfg (dict): Not used, as in mmseg's heads.
        """
        ahead = self._look_ahead(batch_data_samples)
        return self.loss_by_feat(self.forward(inputs), batch_data_samples,
                                 ahead)

    def _look_ahead(self, samples: SampleList) -> CRFAhead | None:
        """Begin the CRF of images that are on the host; None if it cannot."""
        look_ahead = getattr(self.loss_constrain, 'look_ahead', None)
        images = [sample.get('gt_crf_image') for sample in samples]
        if look_ahead is None or None in images:
            return None
        images = [image.data for image in images]
        alike = len({(tuple(i.shape), i.dtype) for i in images}) == 1
        if not (alike and all(isinstance(i, np.ndarray) for i in images)
                and images[0].dtype == np.uint8 and len(images[0]) == 3):
            return None
        return look_ahead(np.stack(images))

    def loss_by_feat(self,
                     seg_logits: Tensor,
                     batch_data_samples: SampleList,
                     ahead: CRFAhead | None = None) -> dict[str, Tensor]:
        """Losses from logits, without those that are left out.

        Args:
            seg_logits (Tensor): (N, C, h, w), of any size if ``map_size`` is
                set.
            batch_data_samples (list[SegDataSample]): See the class.
            ahead (CRFAhead, optional): The CRF of these samples, begun
                before.

        Returns:
            dict[str, Tensor]: ``loss_seed``, ``loss_expand`` (with the terms
            ``expand_*`` for the log) and ``loss_constrain``.

        Raises:
            UserError: If a sample lacks its cues, labels or CRF image, or they
                do not fit the logits.
        """
        check_numbering(batch_data_samples, self)
        seg_logits = self._resized(seg_logits)
        probs = softmax_with_floor(seg_logits, self.prob_floor)
        samples, losses = batch_data_samples, {}
        if self.loss_seed is not None:
            cues = _stack_maps(samples, 'gt_cues', seg_logits.shape[1:],
                               _CUES_FIX)
            losses.update(self.loss_seed(probs, cues.to(probs.device)))
        if self.loss_expand is not None:
            labels = stack_image_labels(samples,
                                        num_foreground(self.num_classes))
            losses.update(self.loss_expand(probs, labels.to(probs.device)))
        if self.loss_constrain is not None:
            images = _stack_maps(samples, 'gt_crf_image',
                                 (3, *seg_logits.shape[2:]), _IMAGE_FIX)
            losses.update(
                self.loss_constrain(probs, seg_logits, ahead or images))
        return losses

    def predict(self, inputs: tuple[Tensor, ...],
                batch_img_metas: list[dict],
                test_cfg: dict | None) -> Tensor:
        """Probabilities from features, see :meth:`predict_by_feat`.

        Args:
            inputs (tuple[Tensor]): Feature maps.
            batch_img_metas (list[dict]): Meta information of each image.
            test_cfg (dict): Not used, as in mmseg's heads.
        """
        return self.predict_by_feat(self.forward(inputs), batch_img_metas)

    def predict_by_feat(self, seg_logits: Tensor,
                        batch_img_metas: list[dict]) -> Tensor:
        """Probabilities, without the floor that only the losses use.

        Args:
            seg_logits (Tensor): (N, C, h, w).
            batch_img_metas (list[dict]): Meta information of each image.

        Returns:
            Tensor: Float32 (N, C, h, w) with ``resize_once``, else at the
            size of the input. The segmentor resizes them to the image.

        Raises:
            UserError: If ``resize_once`` meets padding or sliding windows.
        """
        probs = softmax_with_floor(self._resized(seg_logits), 0.)
        if not self.resize_once:
            # The stock method uses nothing of a head but align_corners.
            return BaseDecodeHead.predict_by_feat(self, probs,
                                                  batch_img_metas)
        for meta in batch_img_metas:
            padded = meta.get('img_padding_size', meta.get('padding_size'))
            # mmseg marks sliding windows by the type of their shape.
            if any(padded or ()) or isinstance(meta['img_shape'], torch.Size):
                raise UserError(
                    f'{meta.get("img_path")}: maps of padded images and of '
                    "sliding windows cannot be resized once; set the head's "
                    'resize_once=False, or resize images to one size')
        return probs

    def _resized(self, logits: Tensor) -> Tensor:
        if self.map_size in (None, tuple(logits.shape[2:])):
            return logits
        return F.interpolate(
            logits,
            self.map_size,
            mode='bilinear',
            align_corners=self.align_corners)


def _stack_maps(samples: SampleList, key: str, shape: Sequence[int],
                fix: str) -> Tensor:
    """A map of each sample, (N, *shape)."""
    for sample in samples:
        if key not in sample:
            raise UserError(f'{sample.get("img_path")}: no {key} in the '
                            f'batch; {fix}')
        found = tuple(sample.get(key).data.shape)
        if found != tuple(shape):
            raise UserError(
                f'{sample.get("img_path")}: {key} is {found}, but the head '
                f'gives maps of {tuple(shape[1:])} and {key} of '
                f'{tuple(shape)} is needed; set num_classes of the head and '
                'the sizes of the image, the cues and the CRF image to fit '
                'each other, or map_size of the head')
    return torch.stack(
        [torch.as_tensor(sample.get(key).data) for sample in samples])
