"""A segmentor that spreads class maps by learnt affinities (PSA)."""
import torch
import torch.nn.functional as F
from mmengine.config import ConfigDict
from mmengine.structures import PixelData
from mmseg.models import EncoderDecoder
from mmseg.structures import SegDataSample
from mmseg.utils import SampleList
from torch import Tensor

from ...ops.cam import seed_scores
from ...ops.pairs import check_border
from ...ops.random_walk import random_walk
from ...registry import MODELS
from ...structures import UserError


class WalkSegmentor(EncoderDecoder):
    """Common part of segmentors that refine the class maps of CAM files.

    Args:
        backbone, decode_head, neck, auxiliary_head, train_cfg, test_cfg,
            data_preprocessor, init_cfg: As in
            :class:`mmseg.models.EncoderDecoder`.
        walk (dict, optional): ``beta``, ``steps``, ``degree`` and
            ``backend`` of
            :func:`wsss_plugins.ops.random_walk.random_walk`.
        background (int): Dataset class index of the background.
        frozen_backbone (bool): Whether the backbone stays as it is: no
            gradients, evaluation mode in training.
        pad_divisor (int): Images are padded on the right and bottom with
            zeros, after normalisation, to a multiple of this.
        min_size (int): Images are padded to at least this, in pixels.
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
                 min_size: int = 1) -> None:
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
                'already; give those of a localiser')
        return sample.pred_cam.data.to(device).float(), labels

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


@MODELS.register_module()
class AffinitySegmentor(WalkSegmentor):
    """AffinityNet: trains on pairs, predicts walked class maps.

    Training is that of the stock class with an
    :class:`wsss_plugins.AffinityHead`. For prediction the data samples carry
    class maps (``LoadClassMaps``); each sample gets

    - ``pred_cam``: PixelData float32 (1 + K, h, w), the walked background
      and classes at the head's grid, and ``pred_cam_label``, int64 (1 + K,);
    - ``pred_sem_seg``: PixelData int64 (1, H, W), the greatest of them at
      every pixel, no threshold (PSA Sec. 3.3).

    The background map is ``(1 - max_c map_c) ** alpha``; all are averaged
    over the cells of the grid before the walk. Linear in the image's area.

    Args:
        alpha (float): Exponent of the background map. Defaults to 16.
        border (str): Pairs of the walk. ``'reference'``: as PSA's code, in
            which cells near the border have few or no partners and some keep
            their class maps (its border defect); ``'padded'``: all pairs.
        walk (dict, optional): As in :class:`WalkSegmentor`; PSA's is
            ``dict(beta=8, steps=256)``, the default.
        pad_divisor (int): Defaults to 8, the stride of PSA's networks.
        backbone, decode_head, neck, auxiliary_head, train_cfg, test_cfg,
            data_preprocessor, init_cfg, background, frozen_backbone,
            min_size: As in :class:`WalkSegmentor`.
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
                 alpha: float = 16.,
                 border: str = 'reference',
                 walk: dict | None = None,
                 background: int = 0,
                 frozen_backbone: bool = False,
                 pad_divisor: int = 8,
                 min_size: int = 1) -> None:
        super().__init__(
            backbone=backbone,
            decode_head=decode_head,
            neck=neck,
            auxiliary_head=auxiliary_head,
            train_cfg=train_cfg,
            test_cfg=test_cfg,
            data_preprocessor=data_preprocessor,
            init_cfg=init_cfg,
            walk=dict(dict(beta=8., steps=256), **(walk or {})),
            background=background,
            frozen_backbone=frozen_backbone,
            pad_divisor=pad_divisor,
            min_size=min_size)
        self.alpha = alpha
        self.border = check_border(border)

    def predict(self, inputs: Tensor,
                data_samples: SampleList) -> SampleList:
        """Walk the class maps of a batch.

        Args:
            inputs (Tensor): Images, (N, 3, H, W).
            data_samples (list[SegDataSample]): With class maps.

        Returns:
            list[SegDataSample]: The samples with the fields above.

        Raises:
            UserError: If there are no class maps, or the feature grid does
                not divide the image.
        """
        inputs = self.padded(inputs)
        features = self.decode_head(self.extract_feat(inputs))
        stride = self._stride(inputs, features)
        for sample, one in zip(data_samples, features):
            size = tuple(sample.img_shape[:2])
            cells = [-(-side // stride) for side in size]
            self._refine(sample, one[:, :cells[0], :cells[1]], size, stride)
        return data_samples

    @staticmethod
    def _stride(inputs: Tensor, features: Tensor) -> int:
        stride = round(inputs.shape[2] / features.shape[2])
        if any(cells * stride != side for cells, side in zip(
                features.shape[2:], inputs.shape[2:])):
            raise UserError(
                f'features of {tuple(features.shape[2:])} cells do not divide '
                f'an image of {tuple(inputs.shape[2:])} pixels; set '
                'pad_divisor of the segmentor to the stride of the network')
        return stride

    def _refine(self, sample: SegDataSample, features: Tensor,
                size: tuple[int, int], stride: int) -> None:
        maps, present = self.class_maps_of(sample, features.device,
                                           self.background)
        labels = torch.cat([present.new_tensor([self.background]), present])
        affinity = self.decode_head.affinity(features[None].float(),
                                             self.border)
        state = self.cell_scores(resized(maps, size), stride)
        walked = random_walk(
            state[None], affinity, self.decode_head.radius, **self.walk)[0]
        whole = resized(walked, [side * stride for side in walked.shape[1:]])
        winner = whole[:, :size[0], :size[1]].argmax(dim=0)
        self.set_refined(sample, walked, labels, labels[winner])

    def cell_scores(self, maps: Tensor, stride: int) -> Tensor:
        """Background and class maps averaged over cells.

        Args:
            maps (Tensor): (K, H, W) in [0, 1].
            stride (int): Of the cells; beside the image all scores are 0.

        Returns:
            Tensor: (1 + K, ceil(H / stride), ceil(W / stride)).
        """
        if len(maps):
            scores = seed_scores(maps, alpha=self.alpha)
        else:
            scores = maps.new_ones((1, *maps.shape[1:]))
        height, width = (-side % stride for side in maps.shape[1:])
        return F.avg_pool2d(F.pad(scores, (0, width, 0, height)), stride)
