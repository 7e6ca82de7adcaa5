"""Propagation of CAMs along learned semantic affinities (PSA)."""
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
from ..utils.resizing import resized
from .walk_segmentor import WalkSegmentor


@MODELS.register_module()
class AffinitySegmentor(WalkSegmentor):
    """AffinityNet: trains on pairs of pixels, predicts propagated CAMs.

    Training is that of the stock class with an
    :class:`wsss_plugins.AffinityHead`. For prediction the data samples carry
    CAMs (``LoadClassMaps``); each sample gets

    - ``pred_cam``: PixelData float32 (1 + K, h, w), the propagated background
      and CAMs at the size of the feature map, and ``pred_cam_label``, int64
      (1 + K,);
    - ``pred_sem_seg``: PixelData int64 (1, H, W), the class with the greatest
      of them at every pixel, without a threshold (PSA Sec. 3.3).

    The background map is ``(1 - max_c map_c) ** alpha``; all maps are averaged
    over each pixel of the feature map before the random walk. Time and memory
    are linear in the area of the image.

    Args:
        alpha (float): Exponent of the background map. Defaults to 16.
        border (str): Pairs of the random walk. ``'reference'``: as in PSA's
            code, in which pixels near the border of the feature map have few
            or no partners, and some keep their CAMs (a defect of that code);
            ``'padded'``: all pairs.
        walk (dict, optional): As in :class:`WalkSegmentor`; PSA's is
            ``dict(beta=8, steps=256)``, the default.
        pad_divisor (int): Defaults to 8, the stride of PSA's networks.
        **kwargs: Of :class:`WalkSegmentor`.
    """

    def __init__(self,
                 alpha: float = 16.,
                 border: str = 'reference',
                 walk: dict | None = None,
                 pad_divisor: int = 8,
                 **kwargs) -> None:
        super().__init__(
            walk=dict(dict(beta=8., steps=256), **(walk or {})),
            pad_divisor=pad_divisor,
            **kwargs)
        self.alpha = alpha
        self.border = check_border(border)

    @torch.no_grad()
    def predict(self, inputs: Tensor,
                data_samples: SampleList) -> SampleList:
        """Propagate the CAMs of a batch.

        Args:
            inputs (Tensor): Images, (N, 3, H, W).
            data_samples (list[SegDataSample]): With CAMs.

        Returns:
            list[SegDataSample]: The samples with the fields above.

        Raises:
            UserError: If there are no CAMs, or the size of the feature map
                does not divide that of the image.
        """
        inputs = self.padded(inputs)
        features = self.decode_head(self.extract_feat(inputs))
        stride = self._stride(inputs, features)
        given = []
        for sample, image, one in zip(data_samples, inputs, features):
            height, width = (
                -(-side // stride) for side in sample.img_shape[:2])
            one = one[:, :height, :width].float()
            affinity = self.decode_head.affinity(one[None], self.border)
            maps, labels = self.class_maps_of(sample, one.device)
            if self.walk_first:
                maps, labels = self._refine(sample, maps, labels, affinity,
                                            stride)
            if len(self.refiners):
                given.append(
                    self.refiner_sample(
                        sample, image, maps, labels, features=one,
                        affinity=affinity[0]))
        self.apply_refiners(data_samples, given)
        return data_samples

    @staticmethod
    def _stride(inputs: Tensor, features: Tensor) -> int:
        stride = round(inputs.shape[2] / features.shape[2])
        if any(small * stride != side for small, side in zip(
                features.shape[2:], inputs.shape[2:])):
            raise UserError(
                f'a feature map of {tuple(features.shape[2:])} does not '
                f'divide an image of {tuple(inputs.shape[2:])} pixels; set '
                'pad_divisor of the segmentor to the stride of the network')
        return stride

    def _refine(self, sample: SegDataSample, maps: Tensor, present: Tensor,
                affinity: Tensor, stride: int) -> tuple[Tensor, Tensor]:
        """Propagate; scores (1 + K, H, W) at image size, and labels."""
        size = tuple(sample.img_shape[:2])
        labels = torch.cat([present.new_tensor([self.background]), present])
        state = self.pooled_scores(resized(maps, size), stride)
        propagated = random_walk(
            state[None], affinity, self.decode_head.radius, **self.walk)[0]
        whole = resized(propagated,
                        [side * stride for side in propagated.shape[1:]])
        whole = whole[:, :size[0], :size[1]]
        winner = whole.argmax(dim=0)
        self.set_refined(sample, propagated, labels, labels[winner])
        return whole, labels

    def pooled_scores(self, maps: Tensor, stride: int) -> Tensor:
        """Background score and CAMs, averaged at the stride of the features.

        Args:
            maps (Tensor): (K, H, W) in [0, 1].
            stride (int): Stride of the feature map; outside the image all
                scores are 0.

        Returns:
            Tensor: (1 + K, ceil(H / stride), ceil(W / stride)).
        """
        if len(maps):
            scores = seed_scores(maps, alpha=self.alpha)
        else:
            scores = maps.new_ones((1, *maps.shape[1:]))
        height, width = (-side % stride for side in maps.shape[1:])
        return F.avg_pool2d(F.pad(scores, (0, width, 0, height)), stride)
