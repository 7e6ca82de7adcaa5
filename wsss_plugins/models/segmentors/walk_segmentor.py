"""Common part of segmentors that propagate CAMs by random walks."""
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.config import ConfigDict
from mmengine.structures import PixelData
from mmseg.models import EncoderDecoder
from mmseg.structures import SegDataSample
from mmseg.utils import SampleList
from torch import Tensor

from ...ops.cam.pseudo_mask import class_map_labels
from ...refiners import RefinerChain, RefinerSample
from ...refiners.base import check_inputs
from ...structures import ClassMaps, UserError, check_background
from ..data_preprocessors import ImageRestorer


class WalkSegmentor(EncoderDecoder):
    """Base class of segmentors that propagate the CAMs of CAM files.

    A random walk along affinities propagates the CAMs; ``refiners`` follow,
    if any. So ``refiners=[dict(type='wsss_plugins.FinalCRFRefiner')]`` adds a
    dense CRF after the random walk; with a :class:`wsss_plugins.GCNRefiner`
    a GCN on the same affinities labels the image, and learns from the
    propagated CAMs, or with ``walk_first=False`` from those of the CAM file.

    Args:
        walk (dict, optional): ``beta``, ``steps``, ``degree`` and
            ``backend`` of
            :func:`wsss_plugins.ops.walk.random_walk.random_walk`.
        background (int): Dataset class index of the background.
        frozen_backbone (bool): Whether the backbone is not trained: no
            gradients, and evaluation mode during training.
        pad_divisor (int): Images are padded on the right and bottom with
            zeros, after normalization, to a multiple of this, in pixels.
        min_size (int): Images are padded to at least this, in pixels.
        refiners (Sequence[dict]): Configs of the refiners that follow, see
            :class:`wsss_plugins.RefinerChain`. ``pred_cam`` and
            ``pred_sem_seg`` are then the result of the last one.
        walk_first (bool): Whether refiners get the propagated CAMs, with
            their background, at the size of the image. False: the CAMs of
            the CAM file, and there is no random walk.
        test_cfg (dict, optional): Defaults to ``dict(mode='whole')``.
        **kwargs: Of :class:`mmseg.models.EncoderDecoder`: ``backbone``,
            ``decode_head``, ``neck``, ``auxiliary_head``, ``train_cfg``,
            ``data_preprocessor``, ``init_cfg``.

    Attributes:
        refiner_inputs (tuple[str, ...]): What the segmentor can give to
            refiners beside CAMs, see :class:`wsss_plugins.refiners.Refiner`.

    Raises:
        UserError: If a refiner needs what the segmentor or its data
            preprocessor cannot give, or there is neither a random walk nor a
            refiner.
    """
    refiner_inputs: tuple[str, ...] = ('image', 'features', 'affinity')

    def __init__(self,
                 walk: dict | None = None,
                 background: int = 0,
                 frozen_backbone: bool = False,
                 pad_divisor: int = 1,
                 min_size: int = 1,
                 refiners: Sequence[dict] = (),
                 walk_first: bool = True,
                 test_cfg: dict | None = None,
                 **kwargs) -> None:
        super().__init__(
            test_cfg=test_cfg or ConfigDict(mode='whole'), **kwargs)
        self.walk = dict(walk or {})
        self.background = background
        self.frozen_backbone = frozen_backbone
        self.pad_divisor = pad_divisor
        self.min_size = min_size
        self.refiners = RefinerChain(refiners, background)
        self.walk_first = walk_first
        self._check_refiners()
        if frozen_backbone:
            self.backbone.requires_grad_(False)

    def _check_refiners(self) -> None:
        check_inputs(self.refiners, self.refiner_inputs, type(self).__name__)
        for part in self.refiners.parts:
            check_background(part, self.background)
        if self.refiners.needs_image and not isinstance(
                self.data_preprocessor, ImageRestorer):
            raise UserError('refiners need the image; set type of '
                            'data_preprocessor to '
                            'wsss_plugins.WSSSDataPreProcessor')
        if not self.walk_first and not len(self.refiners):
            raise UserError('walk_first=False without refiners leaves '
                            'nothing to do; list refiners')

    def train(self, mode: bool = True) -> 'WalkSegmentor':
        """Switch the mode; a frozen backbone stays in evaluation mode."""
        super().train(mode)
        if self.frozen_backbone:
            self.backbone.train(False)
        return self

    def extract_feat(self, inputs: Tensor) -> tuple[Tensor, ...]:
        """Feature maps, without gradient if the backbone is frozen."""
        if not self.frozen_backbone:
            return super().extract_feat(inputs)
        with torch.no_grad():
            features = self.backbone(inputs)
        return self.neck(features) if self.with_neck else features

    def padded(self, inputs: Tensor) -> Tensor:
        """Pad the images of a batch as the random walk needs it."""
        missing = [
            max(self.min_size, -(-side // self.pad_divisor) *
                self.pad_divisor) - side for side in inputs.shape[2:]
        ]
        return F.pad(inputs, (0, missing[1], 0, missing[0]))

    def class_maps_of(self, sample: SegDataSample,
                      device: torch.device) -> tuple[Tensor, Tensor]:
        """CAMs to propagate, float32 (K, h, w), and their labels (K,).

        Raises:
            UserError: If there are none, the background is among them, or
                the data set numbers it otherwise.
        """
        check_background(self, sample.get('background'))
        if 'pred_cam' not in sample:
            raise UserError(
                f'{sample.get("img_path")}: no CAMs to refine; put '
                'wsss_plugins.LoadClassMaps into the pipeline and set '
                'data_prefix.cam_path')
        labels = torch.as_tensor(sample.pred_cam_label).to(device)
        if (labels == self.background).any():
            raise UserError(
                f'{sample.get("img_path")}: the CAM file holds a background '
                'already; use the CAM files of a classification network')
        return sample.pred_cam.data.to(device).float(), labels

    def refiner_sample(self, sample: SegDataSample, image: Tensor,
                       maps: Tensor, labels: Tensor,
                       **inputs: Tensor | None) -> RefinerSample:
        """What refiners get of an image.

        Args:
            sample (SegDataSample): Of the image.
            image (Tensor): As the network takes it, (3, H', W'), padded on
                the right and bottom.
            maps (Tensor): CAMs, (L, h', w').
            labels (Tensor): Their dataset class indices, (L,).
            **inputs (Tensor): Other fields of :class:`RefinerSample`.
        """
        size = tuple(sample.img_shape[:2])
        rgb = None
        if self.refiners.needs_image:
            rgb = self.data_preprocessor.rgb_image(
                image[:, :size[0], :size[1]])
        return RefinerSample(
            ClassMaps(labels.cpu().numpy(), maps.cpu().numpy(), size), rgb,
            name=sample.get('sample_name') or '', **inputs)

    def apply_refiners(self, data_samples: SampleList,
                       given: Sequence[RefinerSample]) -> None:
        """Refine a batch and put the results into its data samples."""
        if not len(self.refiners):
            return
        for sample, maps in zip(data_samples, self.refiners.refine(given)):
            mask = class_map_labels(
                maps.maps, maps.labels, original_size(sample, maps.size),
                background=self.background)
            self.set_refined(sample, torch.from_numpy(maps.maps),
                             torch.from_numpy(maps.labels),
                             torch.from_numpy(mask).long())

    @staticmethod
    def set_refined(sample: SegDataSample, maps: Tensor, labels: Tensor,
                    mask: Tensor) -> None:
        """Put refined CAMs and the mask into the data sample.

        Args:
            sample (SegDataSample): Of the image.
            maps (Tensor): (K, h, w).
            labels (Tensor): Their dataset class indices, (K,).
            mask (Tensor): Dataset class indices, int64 (H, W); it gets the
                size of the original image.
        """
        mask = at_size(mask[None], original_size(sample, mask.shape))
        sample.set_data(
            dict(
                pred_cam=PixelData(data=maps),
                pred_cam_label=labels,
                pred_sem_seg=PixelData(data=mask)))


def original_size(sample: SegDataSample,
                  size: tuple[int, int]) -> tuple[int, int]:
    """Height and width of an image before the pipeline scaled it.

    Args:
        sample (SegDataSample): Of the image.
        size (tuple[int, int]): What it has now, if the sample does not tell.
    """
    return tuple(sample.get('ori_shape', size)[:2])


def at_size(masks: Tensor, size: tuple[int, int]) -> Tensor:
    """Masks (n, H, W) of any kind, scaled to another size.

    Args:
        masks (Tensor): Of booleans or labels.
        size (tuple[int, int]): Height and width.
    """
    if not len(masks) or tuple(masks.shape[1:]) == tuple(size):
        return masks
    kind = masks.dtype
    return F.interpolate(
        masks[None].float(), size, mode='nearest-exact')[0].to(kind)
