"""What segmentors that walk the class maps of CAM files have in common."""
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
from ...refiners import GraphSample, RefinerChain
from ...structures import ClassMaps, UserError


class WalkSegmentor(EncoderDecoder):
    """Common part of segmentors that refine the class maps of CAM files.

    Class maps walk along affinities; then come ``refiners``, if any. So
    ``refiners=[dict(type='wsss_plugins.FinalCRFRefiner')]`` is the walk with
    a CRF after it; a :class:`wsss_plugins.GCNRefiner` there labels the image
    by a graph network on the same affinities, which learns from the walked
    maps, or with ``walk_first=False`` from the maps of the CAM file.

    Args:
        backbone, decode_head, neck, auxiliary_head, train_cfg, test_cfg,
            data_preprocessor, init_cfg: As in
            :class:`mmseg.models.EncoderDecoder`.
        walk (dict, optional): ``beta``, ``steps``, ``degree`` and
            ``backend`` of
            :func:`wsss_plugins.ops.walk.random_walk.random_walk`.
        background (int): Dataset class index of the background.
        frozen_backbone (bool): Whether the backbone stays as it is: no
            gradients, evaluation mode in training.
        pad_divisor (int): Images are padded on the right and bottom with
            zeros, after normalization, to a multiple of this.
        min_size (int): Images are padded to at least this, in pixels.
        refiners (Sequence[dict]): Configs of refiners that follow, see
            :class:`wsss_plugins.refiners.RefinerChain`. With them
            ``pred_cam`` and ``pred_sem_seg`` are those of the last.
        walk_first (bool): Whether refiners get the walked maps, with their
            background, at the size of the image. False: the maps of the CAM
            file; nothing walks.

    Raises:
        UserError: If nothing walks and there is no refiner, or the
            preprocessor does not give back pictures to refiners.
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
                 walk: dict | None = None,
                 background: int = 0,
                 frozen_backbone: bool = False,
                 pad_divisor: int = 1,
                 min_size: int = 1,
                 refiners: Sequence[dict] = (),
                 walk_first: bool = True) -> None:
        super().__init__(
            backbone=backbone,
            decode_head=decode_head,
            neck=neck,
            auxiliary_head=auxiliary_head,
            train_cfg=train_cfg,
            test_cfg=test_cfg or ConfigDict(mode='whole'),
            data_preprocessor=data_preprocessor,
            init_cfg=init_cfg)
        self.walk = dict(walk or {})
        self.background = background
        self.frozen_backbone = frozen_backbone
        self.pad_divisor = pad_divisor
        self.min_size = min_size
        self.refiners = RefinerChain(refiners, background)
        self.walk_first = walk_first
        if len(self.refiners) and not hasattr(self.data_preprocessor,
                                              'rgb_image'):
            raise UserError('refiners need the picture; set type of '
                            'data_preprocessor to '
                            'wsss_plugins.WSSSDataPreProcessor')
        if not walk_first and not len(self.refiners):
            raise UserError('walk_first=False without refiners: nothing '
                            'would be done; name refiners')
        if frozen_backbone:
            self.backbone.requires_grad_(False)

    def train(self, mode: bool = True) -> 'WalkSegmentor':
        """Switch the mode; a frozen backbone stays as it is."""
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
        """Images of a batch, padded as the walk needs it."""
        missing = [
            max(self.min_size, -(-side // self.pad_divisor) *
                self.pad_divisor) - side for side in inputs.shape[2:]
        ]
        return F.pad(inputs, (0, missing[1], 0, missing[0]))

    @staticmethod
    def class_maps_of(sample: SegDataSample, device: torch.device,
                      background: int) -> tuple[Tensor, Tensor]:
        """Class maps to refine, float32 (K, h, w), and their labels (K,).

        Raises:
            UserError: If there are none, or the background is among them.
        """
        if 'pred_cam' not in sample:
            raise UserError(
                f'{sample.get("img_path")}: no class maps to refine; put '
                'wsss_plugins.LoadClassMaps into the pipeline and set '
                'data_prefix.cam_path')
        labels = torch.as_tensor(sample.pred_cam_label).to(device)
        if (labels == background).any():
            raise UserError(
                f'{sample.get("img_path")}: the class maps hold a background '
                'already; give those of a CAM network')
        return sample.pred_cam.data.to(device).float(), labels

    def graph_sample(self, sample: SegDataSample, image: Tensor,
                     maps: Tensor, labels: Tensor, features: Tensor,
                     affinity: Tensor) -> GraphSample:
        """What refiners get of an image.

        Args:
            sample (SegDataSample): Of the image.
            image (Tensor): As the network takes it, (3, H', W'), padding on
                the right and bottom.
            maps (Tensor): Class maps, (L, h', w').
            labels (Tensor): Their dataset class indices, (L,).
            features (Tensor): Of the cells, (D, h, w).
            affinity (Tensor): Of pairs of cells, (P, hs, ws).
        """
        size = tuple(sample.img_shape[:2])
        image = self.data_preprocessor.rgb_image(
            image[:, :size[0], :size[1]])
        return GraphSample(
            ClassMaps(labels.cpu().numpy(), maps.cpu().numpy(), size), image,
            features, affinity, sample.get('sample_name') or '')

    def apply_refiners(self, data_samples: SampleList,
                       graphs: Sequence[GraphSample]) -> None:
        """Let the refiners work on a batch, and put in what they give."""
        if not len(self.refiners):
            return
        for sample, maps in zip(data_samples, self.refiners(graphs)):
            mask = class_map_labels(
                maps.maps, maps.labels, maps.size, background=self.background)
            self.set_refined(sample, torch.from_numpy(maps.maps),
                             torch.from_numpy(maps.labels),
                             torch.from_numpy(mask).long())

    @staticmethod
    def set_refined(sample: SegDataSample, maps: Tensor, labels: Tensor,
                    mask: Tensor) -> None:
        """Put refined maps and the mask into the data sample."""
        sample.set_data(
            dict(
                pred_cam=PixelData(data=maps),
                pred_cam_label=labels,
                pred_sem_seg=PixelData(data=mask[None])))


def resized(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Maps (K, h, w) at another size, bilinear; K may be 0."""
    if tuple(maps.shape[1:]) == tuple(size):
        return maps
    if not len(maps):
        return maps.new_zeros((0, *size))
    return F.interpolate(maps[None], tuple(size), mode='bilinear')[0]
