"""Segmentation heads with the losses of SEC."""
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.utils import SampleList
from torch import Tensor

from ...ops.cam.rank_pooling import softmax_with_floor
from ...registry import MODELS
from ...structures import UserError, num_foreground
from .deeplab_heads import LargeFOVHead

_SEED = dict(type='wsss_plugins.SeedLoss')
_EXPAND = dict(type='wsss_plugins.ExpandLoss')
_CONSTRAIN = dict(type='wsss_plugins.ConstrainLoss')
# A deviation of .01 everywhere, as LargeFOVHead has, lets next to nothing pass
# through few channels.
_INIT = dict(
    type='Kaiming',
    layer='Conv2d',
    mode='fan_in',
    override=dict(type='Normal', name='conv_seg', std=.01, bias=0.))
_CUES_FIX = ('list wsss_plugins.LoadCues in the pipeline and set '
              'data_prefix.cue_path of the dataset')
_IMAGE_FIX = ('list wsss_plugins.MakeCRFImage in the pipeline, before '
               'PackWSSSInputs')


class SECLossMixin:
    """SEC's losses and prediction for any decode head.

    Put it in front of a head that gives (N, C, h, w) logits, and call
    :meth:`set_sec` in its constructor. The losses are computed at the size
    of the logits or at ``map_size``; nothing is resized to the image.

    Samples carry ``gt_score`` (multi-hot tags), and as far as the losses
    that are on need them ``gt_cues`` and ``gt_crf_image``, as
    :class:`wsss_plugins.PackWSSSInputs` packs them.
    """

    def set_sec(self, loss_seed: dict | None, loss_expand: dict | None,
                loss_constrain: dict | None, prob_floor: float,
                map_size: Sequence[int] | None, resize_once: bool) -> None:
        """Build the losses; see :class:`SECHead` for the arguments.

        Raises:
            UserError: If all losses are left out.
        """
        if not (loss_seed or loss_expand or loss_constrain):
            raise UserError('loss_seed, loss_expand and loss_constrain are '
                            'all None; the head needs one of them to train')
        self.loss_seed = loss_seed and MODELS.build(loss_seed)
        self.loss_expand = loss_expand and MODELS.build(loss_expand)
        self.loss_constrain = loss_constrain and MODELS.build(loss_constrain)
        self.prob_floor = prob_floor
        self.map_size = map_size and tuple(map_size)
        self.resize_once = resize_once

    def loss(self, inputs: tuple[Tensor, ...], batch_data_samples: SampleList,
             train_cfg: dict | None) -> dict[str, Tensor]:
        """Losses from features.

        Args:
            inputs (tuple[Tensor]): Feature maps.
            batch_data_samples (list[SegDataSample]): See the class.
            train_cfg (dict): Not used, as in mmseg's heads.
        """
        return self.loss_by_feat(self.forward(inputs), batch_data_samples)

    def loss_by_feat(self, seg_logits: Tensor,
                     batch_data_samples: SampleList) -> dict[str, Tensor]:
        """Losses from logits, each unless it is left out.

        Args:
            seg_logits (Tensor): (N, C, h, w), of any size if ``map_size`` is
                set.
            batch_data_samples (list[SegDataSample]): See the class.

        Returns:
            dict[str, Tensor]: ``loss_seed``, ``loss_expand`` (with the terms
            ``expand_*`` for the log) and ``loss_constrain``.

        Raises:
            UserError: If a sample lacks its cues, tags or CRF image, or they
                do not fit the logits.
        """
        seg_logits = self._resized(seg_logits)
        probs = softmax_with_floor(seg_logits, self.prob_floor)
        samples, losses = batch_data_samples, {}
        if self.loss_seed is not None:
            cues = _stack_maps(samples, 'gt_cues', seg_logits.shape[1:],
                               _CUES_FIX)
            losses.update(self.loss_seed(probs, cues.to(probs.device)))
        if self.loss_expand is not None:
            tags = _stack_tags(samples, num_foreground(self.num_classes))
            losses.update(self.loss_expand(probs, tags.to(probs.device)))
        if self.loss_constrain is not None:
            images = _stack_maps(samples, 'gt_crf_image',
                                 (3, *seg_logits.shape[2:]), _IMAGE_FIX)
            losses.update(
                self.loss_constrain(probs, seg_logits,
                                    images.to(probs.device)))
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
        """Probabilities, without the floor, which only the losses have.

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
            # The stock method needs no more of a head than align_corners.
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
    return torch.stack([sample.get(key).data for sample in samples])


def _stack_tags(samples: SampleList, count: int) -> Tensor:
    """Multi-hot tags, (N, count)."""
    for sample in samples:
        found = len(sample.get('gt_score', ()))
        if found != count:
            raise UserError(
                f'{sample.get("img_path")}: tags for {found} classes, but '
                f'the head has {count}; set num_classes of the head to the '
                'classes of the data set, background included, and '
                'label_file of the data set')
    return torch.stack([sample.gt_score for sample in samples])


@MODELS.register_module()
class SECHead(SECLossMixin, LargeFOVHead):
    """DeepLab's LargeFOV head with the losses of SEC.

    A. Kolesnikov and C. H. Lampert: Seed, Expand and Constrain: Three
    Principles for Weakly-Supervised Image Segmentation, ECCV 2016,
    https://arxiv.org/abs/1603.06098.

    Args:
        in_channels (int): Channels of the feature map.
        num_classes (int): Classes, background included.
        channels (int): Channels of fc6 and fc7. Defaults to 1024.
        dilation (int): Of fc6. Defaults to 12.
        dropout_ratio (float): After fc6 and fc7. Defaults to 0.5.
        dropout (str): ``'element'`` drops each value alone, as the
            reference; ``'channel'`` whole maps.
        loss_seed, loss_expand, loss_constrain (dict | None): Configs of the
            losses; None leaves one out. Default to
            :class:`wsss_plugins.SeedLoss`, :class:`wsss_plugins.ExpandLoss`
            and :class:`wsss_plugins.ConstrainLoss` with the paper's
            parameters.
        prob_floor (float): Added to probabilities in the losses, see
            :func:`~.rank_pooling.softmax_with_floor`. Defaults
            to 1e-4.
        map_size (Sequence[int], optional): Height and width that the logits
            are interpolated to, where the losses or the cues want another
            size than the network gives. By default they stay as they are, as
            in the paper.
        resize_once (bool): Leave predictions at the size of the head's maps,
            for the segmentor to resize them straight to the image, as the
            reference. False: resize them to the input first, which allows
            padding and sliding windows. Defaults to True.
        in_index, align_corners: As in :class:`mmseg.models.BaseDecodeHead`;
            ``align_corners`` defaults to True here, as the reference resizes
            probabilities.
        init_cfg (dict, optional): Defaults to the reference's for the
            classifier, a normal distribution of deviation 0.01, and to He's
            for fc6 and fc7, which the reference takes from ImageNet's
            classifier.

    Raises:
        UserError: If all losses are left out.
    """

    def __init__(self,
                 in_channels: int,
                 num_classes: int,
                 channels: int = 1024,
                 dilation: int = 12,
                 dropout_ratio: float = .5,
                 dropout: str = 'element',
                 loss_seed: dict | None = _SEED,
                 loss_expand: dict | None = _EXPAND,
                 loss_constrain: dict | None = _CONSTRAIN,
                 prob_floor: float = 1e-4,
                 map_size: Sequence[int] | None = None,
                 resize_once: bool = True,
                 in_index: int = -1,
                 align_corners: bool = True,
                 init_cfg: dict | None = None) -> None:
        super().__init__(
            in_channels=in_channels,
            num_classes=num_classes,
            channels=channels,
            dilation=dilation,
            dropout_ratio=dropout_ratio,
            dropout=dropout,
            in_index=in_index,
            align_corners=align_corners,
            init_cfg=init_cfg or _INIT)
        self.set_sec(loss_seed, loss_expand, loss_constrain, prob_floor,
                     map_size, resize_once)


@MODELS.register_module()
class SECStockHead(SECLossMixin, BaseModule):
    """Any stock decode head, trained with the losses of SEC.

    Args:
        head (dict): Config of a head of mmseg whose ``forward`` takes the
            feature maps and gives logits. Its own loss is not used.
        loss_seed, loss_expand, loss_constrain, prob_floor, map_size,
            resize_once: As in :class:`SECHead`.
        align_corners (bool): Of the resize of predictions. Defaults to True.
        init_cfg (dict, optional): As in ``BaseModule``.

    Raises:
        UserError: If all losses are left out.

    Example:
        >>> head = dict(type='mmseg.FCNHead', in_channels=8, channels=8,
        ...             num_classes=3)
        >>> SECStockHead(head).num_classes
        3
    """

    def __init__(self,
                 head: dict,
                 loss_seed: dict | None = _SEED,
                 loss_expand: dict | None = _EXPAND,
                 loss_constrain: dict | None = _CONSTRAIN,
                 prob_floor: float = 1e-4,
                 map_size: Sequence[int] | None = None,
                 resize_once: bool = True,
                 align_corners: bool = True,
                 init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg)
        self.head = MODELS.build(head)
        self.num_classes = self.head.num_classes
        self.out_channels = self.head.out_channels
        self.align_corners = align_corners
        self.set_sec(loss_seed, loss_expand, loss_constrain, prob_floor,
                     map_size, resize_once)

    def forward(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Class logits, (N, num_classes, h, w)."""
        return self.head(inputs)
