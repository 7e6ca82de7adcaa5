"""Mask decoder of Mask Auto-Labeler."""
import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from torch import Tensor, nn

from ...registry import MODELS

# Factors by which the features of small, medium and large objects are resized.
_ZOOMS = (.5, 1., 2.)
# Factors from the side of the features to that of the logits.
_OUT, _PLAIN_ZOOM = 4, 4


class _KeyHead(nn.Module):
    """A vector for the whole object."""

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.mlp1 = nn.Linear(in_channels, channels)
        self.mlp2 = nn.Linear(channels, channels)

    def forward(self, feats: Tensor) -> Tensor:
        return self.mlp2(F.relu(self.mlp1(feats.mean(dim=(2, 3)))))


class _ValueHead(nn.Module):
    """A vector for each pixel, at twice the size of the features."""

    def __init__(self, in_channels: int, channels: int, num_convs: int,
                 upsample_before: int) -> None:
        super().__init__()
        self.upsample_before = upsample_before
        self.convs = nn.ModuleList(
            ConvModule(in_channels if i == 0 else channels, channels, 3,
                       padding=1) for i in range(num_convs))

    def forward(self, x: Tensor) -> Tensor:
        for number, conv in enumerate(self.convs):
            if number == self.upsample_before:
                x = F.interpolate(x, scale_factor=2, mode='bilinear')
            x = conv(x)
        return x


@MODELS.register_module()
class MALMaskDecoder(BaseModule):
    """One class-agnostic mask for each crop, by keys and values.

    S. Lan et al.: Vision Transformers Are Good Mask Auto-Labelers, CVPR 2023,
    https://arxiv.org/abs/2301.03992: logits are the product of a vector for
    the crop and one for each pixel. Features of small objects are halved and
    those of large ones doubled before the convolutions, by the area of the
    box in its image. An area equal to a bound belongs to the larger size;
    the reference leaves it without any logits.

    Args:
        in_channels (int): Of the features.
        channels (int): Of keys and values. Defaults to 256.
        num_convs (int): Convolutions of the values. Defaults to 4.
        upsample_before (int): Index of the convolution before which maps are
            doubled. Defaults to 3, the last.
        size_adaptive (bool): Whether features are resized by the size of
            the object; logits then have four times the side of the
            features, otherwise eight times. Defaults to True.
        areas (tuple[float, float]): Bounds of small and large boxes, in
            square pixels of the image. Default to 32^2 and 96^2.
        init_cfg (dict, optional): Config of initial weights.

    Raises:
        ValueError: If ``upsample_before`` names no convolution.
    """

    def __init__(self,
                 in_channels: int,
                 channels: int = 256,
                 num_convs: int = 4,
                 upsample_before: int = 3,
                 size_adaptive: bool = True,
                 areas: tuple[float, float] = (32**2, 96**2),
                 init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg)
        if not 0 <= upsample_before < num_convs:
            raise ValueError(f'upsample_before={upsample_before} must be '
                             f'below num_convs={num_convs}')
        self.size_adaptive = size_adaptive
        self.areas = tuple(areas)
        self.roi_head = _KeyHead(in_channels, channels)
        self.mask_head = _ValueHead(in_channels, channels, num_convs,
                                    upsample_before)

    def forward(self, feats: tuple[Tensor], areas: list[float]) -> Tensor:
        """Logits of the masks.

        Args:
            feats (tuple[Tensor]): Features, the last are read, (B, C, h, w).
            areas (list[float]): Area of each box in its image, square
                pixels; only used if ``size_adaptive``.

        Returns:
            Tensor: (B, 4h, 4w), or (B, 8h, 8w) if ``size_adaptive`` is
            False.

        Raises:
            ValueError: If there is not one area for each crop.
        """
        x = feats[-1]
        keys = self.roi_head(x)
        size = x.shape[-2:]
        if not self.size_adaptive:
            return F.interpolate(
                self._masks(keys, x)[:, None],
                scale_factor=_PLAIN_ZOOM,
                mode='bilinear')[:, 0]
        if len(areas) != len(x):
            raise ValueError(f'{len(areas)} areas for {len(x)} crops')
        size = tuple(_OUT * side for side in size)
        masks, order = [], []
        for zoom, members in zip(_ZOOMS, self._buckets(areas)):
            if members:
                masks.append(self._zoomed(keys[members], x[members], zoom,
                                          size))
                order += members
        back = torch.tensor(order, device=x.device).argsort()
        return torch.cat(masks)[back]

    def _buckets(self, areas: list[float]) -> list[list[int]]:
        """Indices of the small, medium and large objects."""
        buckets = [[], [], []]
        for number, area in enumerate(areas):
            buckets[sum(area >= bound for bound in self.areas)].append(number)
        return buckets

    def _zoomed(self, keys: Tensor, x: Tensor, zoom: float,
                size: tuple[int, int]) -> Tensor:
        if zoom != 1:
            x = F.interpolate(x, scale_factor=zoom, mode='bilinear')
        masks = self._masks(keys, x)
        return F.interpolate(masks[:, None], size, mode='bilinear')[:, 0]

    def _masks(self, keys: Tensor, x: Tensor) -> Tensor:
        values = self.mask_head(x)
        return torch.einsum('bc,bchw->bhw', keys, values)
