r"""Losses of WSGCN: a GCN learns from the confident seeds of an image.

S.-Y. Pan, C.-Y. Lu, S.-P. Lee, W.-H. Peng: Weakly-Supervised Image Semantic
Segmentation Using Graph Convolutional Networks, ICME 2021,
https://arxiv.org/abs/2103.16762.

.. math::
    L = L_{fg} + L_{bg} + \lambda_1 L_{ent} + \lambda_2 L_{lap}

Every image has a GCN of its own. All losses are per image; summed over a batch
they train each GCN as if it were alone.
"""
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ...ops.graph.laplacian import laplacian_energy
from ...registry import MODELS
from ...structures import IGNORE_INDEX

ENTROPIES = ('channel', 'node')
LAPLACIANS = ('logprob', 'prob')
EMPTIES = ('zero', 'nan')
# Label of nodes that only pad a batch.
PADDING = -1


class NodeWeights(NamedTuple):
    """How much each node counts in each loss, made once from its label.

    Attributes:
        columns (Tensor): Channel of the label, int64 (B, N); 0 without one.
        foreground (Tensor): One over the number of nodes with a foreground
            label on those, (B, N).
        background (Tensor): The same of the background.
        unlabeled (Tensor): The same of ignored nodes.
        nodes (Tensor): Number of nodes of each image, (B,).
    """
    columns: Tensor
    foreground: Tensor
    background: Tensor
    unlabeled: Tensor
    nodes: Tensor


class GCNLossOutput(NamedTuple):
    """Losses of each image, (B,), before their weights but the total.

    Attributes:
        total (Tensor): Weighted sum.
        foreground (Tensor): L_fg.
        background (Tensor): L_bg.
        entropy (Tensor): L_ent.
        laplacian (Tensor): L_lap.
    """
    total: Tensor
    foreground: Tensor
    background: Tensor
    entropy: Tensor
    laplacian: Tensor


def node_weights(labels: Tensor,
                 background: int = 0,
                 empty: str = 'zero',
                 split: bool = True) -> NodeWeights:
    """Split labeled nodes into the sets that the losses average over.

    Args:
        labels (Tensor): Channel of each node, int64 (B, N); 255 without a
            label (no network has as many channels), -1 padding.
        background (int): Channel of the background.
        empty (str): See :class:`GCNLoss`.
        split (bool): Likewise.

    Returns:
        NodeWeights: float32.
    """
    known = (labels != IGNORE_INDEX) & (labels != PADDING)
    is_background = labels == background
    foreground = known & ~is_background
    if split:
        sides = [_mean_weights(side, empty)
                 for side in (foreground, is_background)]
    else:
        mean = _mean_weights(known, empty)
        sides = [mean * side for side in (foreground, is_background)]
    return NodeWeights(
        labels.where(known, 0),
        *sides,
        _mean_weights(labels == IGNORE_INDEX, empty),
        (labels != PADDING).sum(dim=1))


def _mean_weights(chosen: Tensor, empty: str) -> Tensor:
    """Weights whose sum over the chosen nodes is their mean."""
    count = chosen.sum(dim=1, keepdim=True).float()
    if empty == 'zero':
        return chosen / count.clamp(min=1)
    # 0 / 0 is what the mean of an empty set gives.
    return torch.where(count > 0, chosen / count, torch.nan)


def label_loss(log_probs: Tensor, columns: Tensor,
               weights: Tensor) -> Tensor:
    """Cross entropy of labeled nodes, (B,).

    Args:
        log_probs (Tensor): (B, N, C).
        columns (Tensor): int64 (B, N).
        weights (Tensor): (B, N).
    """
    chosen = log_probs.gather(2, columns[..., None])[..., 0]
    return -(weights * chosen).sum(dim=1)


def entropy_loss(log_probs: Tensor, weights: Tensor) -> Tensor:
    """Entropy of nodes in nats, (B,).

    Args:
        log_probs (Tensor): (B, N, C).
        weights (Tensor): (B, N).
    """
    each = (log_probs.exp() * log_probs).sum(dim=2)
    return -(weights * each).sum(dim=1)


@MODELS.register_module()
class GCNLoss(nn.Module):
    r"""The four losses of WSGCN.

    The defaults are those of the released code. The paper has the same four
    terms; its constants could not be checked, see the README of the configs.

    Args:
        weight_fg (float): Of L_fg, the cross entropy of foreground labels.
        weight_bg (float): Of L_bg, that of background labels. Each is a mean
            of its own, so few foreground nodes count as much as many
            background nodes.
        weight_ent (float): Of L_ent, the entropy of unlabeled nodes.
        weight_lap (float): Of L_lap, :math:`\frac1N \sum_{\{i,j\}}
            \Phi_{ij} |z_i - z_j|^2`.
        entropy_mean (str): ``'channel'``: over nodes and channels, the
            release, so it is 1 / C of an entropy. ``'node'``: over nodes.
        split (bool): Whether L_fg and L_bg are means over their own nodes.
            False: their sum is one mean over all labeled nodes, as the
            paper's ablation has it. Defaults to True.
        laplacian_on (str): ``'logprob'``: z are log probabilities, the
            release. ``'prob'``: probabilities.
        empty (str): Mean over an empty set of nodes. ``'zero'``: the term
            is left out. ``'nan'``: NaN, as in the release, which then labels
            the whole image background.

    Raises:
        ValueError: If an argument is out of its range.
    """

    def __init__(self,
                 weight_fg: float = 1.,
                 weight_bg: float = 1.,
                 weight_ent: float = 10.,
                 weight_lap: float = .01,
                 entropy_mean: str = 'channel',
                 laplacian_on: str = 'logprob',
                 empty: str = 'zero',
                 split: bool = True) -> None:
        super().__init__()
        for name, value, known in (
            ('entropy_mean', entropy_mean, ENTROPIES),
            ('laplacian_on', laplacian_on, LAPLACIANS),
            ('empty', empty, EMPTIES)):
            if value not in known:
                raise ValueError(f'{name}={value!r}; choose one of '
                                 f'{", ".join(known)}')
        self.weight_fg = weight_fg
        self.weight_bg = weight_bg
        self.weight_ent = weight_ent
        self.weight_lap = weight_lap
        self.entropy_mean = entropy_mean
        self.laplacian_on = laplacian_on
        self.empty = empty
        self.split = split

    def weights(self, labels: Tensor, background: int = 0) -> NodeWeights:
        """See :func:`node_weights`; call once, before the first epoch."""
        return node_weights(labels, background, self.empty, self.split)

    def forward(self,
                log_probs: Tensor,
                weights: NodeWeights,
                laplacian: Tensor | None,
                channels: Tensor | None = None) -> GCNLossOutput:
        """Compute the losses.

        Args:
            log_probs (Tensor): (B, N, C). Channels that an image does not
                have are 0 throughout.
            weights (NodeWeights): Of :meth:`weights`.
            laplacian (Tensor, optional): Sparse (B * N, B * N), see
                :func:`~wsss_plugins.ops.graph.laplacian.stack_laplacians`.
                None leaves L_lap out.
            channels (Tensor, optional): Number of channels of each image,
                (B,); None is C.

        Returns:
            GCNLossOutput: float32 (float64 if ``log_probs`` are), (B,) each.
        """
        with torch.autocast(log_probs.device.type, enabled=False):
            log_probs = log_probs.to(
                torch.promote_types(log_probs.dtype, torch.float32))
            foreground = label_loss(log_probs, weights.columns,
                                    weights.foreground)
            background = label_loss(log_probs, weights.columns,
                                    weights.background)
            entropy = entropy_loss(log_probs, weights.unlabeled)
            if self.entropy_mean == 'channel':
                entropy = entropy / (
                    log_probs.shape[2] if channels is None else channels)
            smooth = self._smoothness(log_probs, weights, laplacian)
            total = (self.weight_fg * foreground +
                     self.weight_bg * background +
                     self.weight_ent * entropy + self.weight_lap * smooth)
            return GCNLossOutput(total, foreground, background, entropy,
                                 smooth)

    def _smoothness(self, log_probs: Tensor, weights: NodeWeights,
                    laplacian: Tensor | None) -> Tensor:
        if laplacian is None:
            return log_probs.new_zeros(len(log_probs))
        values = (log_probs
                  if self.laplacian_on == 'logprob' else log_probs.exp())
        return laplacian_energy(values, laplacian) / weights.nodes
