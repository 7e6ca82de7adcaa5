"""The head of IRNet: class boundaries and displacements to centroids."""
from typing import NamedTuple

import torch
import torch.nn.functional as F
from mmseg.utils import SampleList
from torch import Tensor, nn

from ...ops.walk.affinity import edge_affinity
from ...registry import MODELS
from ...structures import UserError
from .pair_label_head import PairLabelHead

_GROUP_CHANNELS = 8
_MAX_GROUPS = 16


class IROutput(NamedTuple):
    """Output of the head for a batch, at the size of the finest map.

    Attributes:
        edge: Logits of class boundaries, (N, 1, h, w).
        displacement: Towards the centroid of the object, rows and columns,
            in pixels of the feature map, (N, 2, h, w); None without that
            branch.
    """
    edge: Tensor
    displacement: Tensor | None


class _Level(nn.Module):
    """1x1 convolution, group normalization, upsampling, ReLU, cropping."""

    def __init__(self, in_channels: int, channels: int, factor: int) -> None:
        super().__init__()
        self.factor = factor
        self.conv = nn.Conv2d(in_channels, channels, 1, bias=False)
        groups = max(1, min(_MAX_GROUPS, channels // _GROUP_CHANNELS))
        self.norm = nn.GroupNorm(groups, channels)

    def forward(self, x: Tensor, size: tuple[int, int]) -> Tensor:
        x = self.norm(self.conv(x))
        if self.factor > 1:
            # Upsampling by a whole factor and cropping, not resizing: 7 pixels
            # at twice the stride cover 14, one more than a map of 13.
            x = F.interpolate(x, scale_factor=self.factor, mode='bilinear')
        if x.shape[2] < size[0] or x.shape[3] < size[1]:
            raise UserError(
                f'a feature map of {tuple(x.shape[2:])} after upsampling is '
                f'smaller than the finest map, {tuple(size)}; fix strides '
                'of IRHead')
        return x[..., :size[0], :size[1]].relu()


class EdgeBranch(nn.Module):
    """Class boundaries from all levels (IRNet Sec. 4.1)."""

    def __init__(self, in_channels: list[int], channels: int,
                 factors: list[int]) -> None:
        super().__init__()
        self.levels = nn.ModuleList(
            _Level(before, channels, factor)
            for before, factor in zip(in_channels, factors))
        self.fuse = nn.Conv2d(channels * len(in_channels), 1, 1)

    def forward(self, maps: list[Tensor], size: tuple[int, int]) -> Tensor:
        """Logits, (N, 1, h, w)."""
        return self.fuse(self.joined(maps, size))

    def joined(self, maps: list[Tensor], size: tuple[int, int]) -> Tensor:
        """Features of all levels before the last layer, (N, C, h, w)."""
        return torch.cat(
            [level(x, size) for level, x in zip(self.levels, maps)], dim=1)


class DisplacementBranch(nn.Module):
    """Displacements, the coarse levels joined first (IRNet Sec. 4.1).

    ``mean`` holds the mean of the field after training and is subtracted in
    evaluation (IRNet Sec. 5.1), since the loss leaves it undetermined.
    """

    def __init__(self, in_channels: list[int], channels: list[int],
                 strides: list[int], joint: int) -> None:
        super().__init__()
        finest = min(strides)
        self.fine = [i for i, s in enumerate(strides) if s == finest]
        self.coarse = [i for i, s in enumerate(strides) if s != finest]
        middle = min((strides[i] for i in self.coarse), default=finest)
        self.middle = strides.index(middle)
        self.levels = nn.ModuleList(
            _Level(before, after,
                   1 if stride == finest else stride // middle)
            for before, after, stride in zip(in_channels, channels, strides))
        width = sum(channels[i] for i in self.fine)
        self.join = None
        if self.coarse:
            self.join = _Level(
                sum(channels[i] for i in self.coarse), joint,
                middle // finest)
            width += joint
        self.last = _Level(width, joint, 1)
        self.field = nn.Conv2d(joint, 2, 1, bias=False)
        self.register_buffer('mean', torch.zeros(2))

    def forward(self, maps: list[Tensor], size: tuple[int, int]) -> Tensor:
        """Displacements, (N, 2, h, w)."""
        parts = [self.levels[i](maps[i], size) for i in self.fine]
        if self.join is not None:
            coarse = maps[self.middle].shape[2:]
            parts.append(
                self.join(
                    torch.cat([
                        self.levels[i](maps[i], coarse) for i in self.coarse
                    ], dim=1), size))
        field = self.field(self.last(torch.cat(parts, dim=1), size))
        return field if self.training else field - self.mean[:, None, None]


@MODELS.register_module()
class IRHead(PairLabelHead):
    """Class boundaries and displacements, trained on pairs of nearby pixels.

    IRNet, Sec. 4 (https://arxiv.org/abs/1904.05044). The affinity of two
    pixels of the feature map is one minus the strongest boundary on the line
    between them. Both branches train together and share no weights; the
    random walk to semantic labels needs the boundaries only.

    Args:
        in_channels (Sequence[int]): Channels of the chosen feature maps;
            (64, 256, 512, 1024, 2048) of ResNet-50 with its stem.
        strides (Sequence[int]): Their strides; (4, 4, 8, 16, 16) there. Each
            is a multiple of the smallest, on whose grid the output is.
        num_classes (int): Classes of the data set, background included.
        edge_channels (int): Channels of each level of the boundary branch.
        dp_channels (Sequence[int]): Channels of each level of the
            displacement branch. Defaults to (64, 128, 256, 256, 256).
        dp_joint_channels (int): Channels of its joined levels.
        displacement (bool): Whether there is a displacement branch.
        radius (int): Of the pairs in training. Defaults to 10.
        loss_displacement (dict, optional): Defaults to
            ``dict(type='wsss_plugins.DisplacementLoss')``.
        loss_affinity, in_index, border, background: As in
            :class:`PairLabelHead`.
        align_corners, init_cfg: Likewise.
    """

    def __init__(self,
                 in_channels: list[int],
                 strides: list[int],
                 num_classes: int,
                 edge_channels: int = 32,
                 dp_channels: list[int] = (64, 128, 256, 256, 256),
                 dp_joint_channels: int = 256,
                 displacement: bool = True,
                 radius: int = 10,
                 loss_affinity: dict | None = None,
                 loss_displacement: dict | None = None,
                 in_index: list[int] | None = None,
                 border: str = 'reference',
                 background: int = 0,
                 align_corners: bool = False,
                 init_cfg: dict | None = None) -> None:
        self._check(in_channels, strides, dp_channels, displacement)
        super().__init__(
            in_channels=in_channels,
            channels=dp_joint_channels,
            num_classes=num_classes,
            loss_affinity=loss_affinity,
            in_index=in_index,
            radius=radius,
            border=border,
            background=background,
            align_corners=align_corners,
            init_cfg=init_cfg)
        self.stride = min(strides)
        self.finest = list(strides).index(self.stride)
        self.edge = EdgeBranch(in_channels, edge_channels,
                               [s // self.stride for s in strides])
        self.displacement = DisplacementBranch(
            in_channels, dp_channels, list(strides),
            dp_joint_channels) if displacement else None
        self.loss_displacement = MODELS.build(
            loss_displacement or dict(type='wsss_plugins.DisplacementLoss'))

    @staticmethod
    def _check(in_channels: list[int], strides: list[int],
               dp_channels: list[int], displacement: bool) -> None:
        if len(strides) != len(in_channels) or any(
                s % min(strides) for s in strides):
            raise UserError(
                f'strides={list(strides)} of IRHead: one is needed for each '
                f'of in_channels={list(in_channels)}, multiples of the '
                'smallest')
        if displacement and len(dp_channels) != len(in_channels):
            raise UserError(
                f'dp_channels={list(dp_channels)} of IRHead: one number is '
                f'needed for each of in_channels={list(in_channels)}')

    def forward(self, inputs: tuple[Tensor, ...]) -> IROutput:
        """Boundaries and displacements of a batch."""
        maps = self._transform_inputs(inputs)
        size = tuple(maps[self.finest].shape[2:])
        field = self.displacement
        return IROutput(
            self.edge(maps, size), None if field is None else field(
                maps, size))

    def node_features(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Node features for a GCN (WSGCN-I), (N, C, h, w).

        Those of the boundary branch before its last layer, times the weights
        of that layer: their sum over channels is the logit less its bias.
        """
        maps = self._transform_inputs(inputs)
        size = tuple(maps[self.finest].shape[2:])
        return self.edge.joined(maps, size) * self.edge.fuse.weight

    def loss_by_feat(self, seg_logits: IROutput,
                     batch_data_samples: SampleList) -> dict[str, Tensor]:
        """Losses of affinities and displacements."""
        edge, displacement = seg_logits
        labels = self.pair_labels_of(batch_data_samples, edge)
        # In float32: half precision has no values just below 1.
        affinity = edge_affinity(edge[:, 0].float().sigmoid(), self.radius,
                                 self.border)
        losses = self.loss_decode(affinity, labels)
        if displacement is not None:
            losses.update(
                self.loss_displacement(displacement, labels, self.radius,
                                       self.border))
        return losses
