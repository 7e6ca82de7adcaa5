"""The head of AffinityNet (PSA)."""
import torch
import torch.nn.functional as F
from mmseg.utils import SampleList
from torch import Tensor, nn

from ...ops.walk.affinity import REDUCTIONS, feature_affinity
from ...registry import MODELS
from ...structures import UserError
from .pair_label_head import PairLabelHead


@MODELS.register_module()
class AffinityHead(PairLabelHead):
    """Features whose distances are semantic affinities.

    AffinityNet, Sec. 3.2 (https://arxiv.org/abs/1803.10464): a 1x1
    convolution on each feature map, and one on all of them together. The
    affinity of two pixels of the feature map is ``exp(-|f_i - f_j|)``. The
    paper has 128, 256 and 512 channels and sums over channels; the defaults
    are those of the official PyTorch code.

    Args:
        in_channels (Sequence[int]): Channels of the chosen feature maps;
            (512, 1024, 4096) of ResNet-38.
        num_classes (int): Classes of the data set, background included.
        branch_channels (Sequence[int]): Channels for each feature map.
            Defaults to (64, 128, 256).
        norm_channels (int, optional): Channels per group of the branches'
            group normalization; 8 in the code's VGG16. Defaults to None: no
            normalization, as in its ResNet-38.
        reduction (str): Of differences over channels: ``'mean'`` (code) or
            ``'sum'`` (paper).
        loss_affinity, in_index, radius, border, background: As in
            :class:`PairLabelHead`.
        align_corners, init_cfg: Likewise.
    """

    def __init__(self,
                 in_channels: list[int],
                 num_classes: int,
                 branch_channels: list[int] = (64, 128, 256),
                 norm_channels: int | None = None,
                 reduction: str = 'mean',
                 loss_affinity: dict | None = None,
                 in_index: list[int] | None = None,
                 radius: int = 5,
                 border: str = 'reference',
                 background: int = 0,
                 align_corners: bool = False,
                 init_cfg: dict | None = None) -> None:
        if len(branch_channels) != len(in_channels):
            raise UserError(f'branch_channels={list(branch_channels)}: one '
                            'number is needed for each of in_channels='
                            f'{list(in_channels)}')
        if reduction not in REDUCTIONS:
            raise UserError(f'reduction={reduction!r}; choose one of '
                            f'{", ".join(REDUCTIONS)}')
        width = sum(branch_channels)
        super().__init__(
            in_channels=in_channels,
            channels=width,
            num_classes=num_classes,
            loss_affinity=loss_affinity,
            in_index=in_index,
            radius=radius,
            border=border,
            background=background,
            align_corners=align_corners,
            init_cfg=init_cfg)
        self.reduction = reduction
        self.branches = nn.ModuleList(
            nn.Conv2d(before, after, 1, bias=False)
            for before, after in zip(in_channels, branch_channels))
        self.norms = nn.ModuleList(
            nn.GroupNorm(after // norm_channels, after)
            for after in branch_channels) if norm_channels else None
        self.fuse = nn.Conv2d(width, width, 1, bias=False)

    def init_weights(self) -> None:
        """Initialize as the reference does, or as ``init_cfg`` says."""
        for branch in self.branches:
            nn.init.kaiming_normal_(branch.weight)
        nn.init.xavier_uniform_(self.fuse.weight, gain=4)
        super().init_weights()

    def forward(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Features, (N, C, h, w), on the grid of the first map chosen."""
        maps = self._transform_inputs(inputs)
        outputs = []
        for number, features in enumerate(maps):
            branch = self.branches[number](features)
            if self.norms is not None:
                branch = self.norms[number](branch)
            branch = F.elu(branch)
            if branch.shape[2:] != maps[0].shape[2:]:
                branch = F.interpolate(
                    branch,
                    maps[0].shape[2:],
                    mode='bilinear',
                    align_corners=self.align_corners)
            outputs.append(branch)
        return F.elu(self.fuse(torch.cat(outputs, dim=1)))

    def affinity(self, features: Tensor, border: str) -> Tensor:
        """Affinities of pairs, (N, P, hs, ws), from :meth:`forward`."""
        return feature_affinity(features, self.radius, border, self.reduction)

    def loss_by_feat(self, seg_logits: Tensor,
                     batch_data_samples: SampleList) -> dict[str, Tensor]:
        """Losses of the affinities of features."""
        labels = self.pair_labels_of(batch_data_samples, seg_logits)
        return self.loss_decode(
            self.affinity(seg_logits, self.border), labels)
