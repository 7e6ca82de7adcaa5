"""A segmentor that spreads class maps by learnt affinities (PSA)."""
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmseg.structures import SegDataSample
from mmseg.utils import SampleList
from torch import Tensor

from ...ops.cam.cams import seed_scores
from ...ops.walk.pairs import check_border
from ...ops.walk.random_walk import random_walk
from ...registry import MODELS
from ...structures import UserError
from .walk_segmentor import WalkSegmentor, resized


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
            min_size, refiners, walk_first: As in :class:`WalkSegmentor`.
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
                 min_size: int = 1,
                 refiners: Sequence[dict] = (),
                 walk_first: bool = True) -> None:
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
            min_size=min_size,
            refiners=refiners,
            walk_first=walk_first)
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
        graphs = []
        for sample, image, one in zip(data_samples, inputs, features):
            cells = [-(-side // stride) for side in sample.img_shape[:2]]
            one = one[:, :cells[0], :cells[1]].float()
            affinity = self.decode_head.affinity(one[None], self.border)
            maps, labels = self.class_maps_of(sample, one.device,
                                              self.background)
            if self.walk_first:
                maps, labels = self._refine(sample, maps, labels, affinity,
                                            stride)
            if len(self.refiners):
                graphs.append(
                    self.graph_sample(sample, image, maps, labels, one,
                                      affinity[0]))
        self.apply_refiners(data_samples, graphs)
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

    def _refine(self, sample: SegDataSample, maps: Tensor, present: Tensor,
                affinity: Tensor, stride: int) -> tuple[Tensor, Tensor]:
        """Walk; scores (1 + K, H, W) at the size of the image, and labels."""
        size = tuple(sample.img_shape[:2])
        labels = torch.cat([present.new_tensor([self.background]), present])
        state = self.cell_scores(resized(maps, size), stride)
        walked = random_walk(
            state[None], affinity, self.decode_head.radius, **self.walk)[0]
        whole = resized(walked, [side * stride for side in walked.shape[1:]])
        whole = whole[:, :size[0], :size[1]]
        winner = whole.argmax(dim=0)
        self.set_refined(sample, walked, labels, labels[winner])
        return whole, labels

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
