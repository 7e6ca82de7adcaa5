"""GCNs of many images, trained side by side (WSGCN Sec. 3).

The weights of B GCNs are stacked, and a batched product runs them all.
Adam works element by element, so one optimizer over the stack is B optimizers.
"""
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ...ops.graph.counter_noise import uniform_noise
from ...ops.graph.graphs import Graph
from .loss import GCNLoss, NodeWeights

FEATURES = ('raw', 'unit')


@dataclass(frozen=True)
class GCNOptions:
    """Network and training; the defaults are the release's.

    Args:
        hidden (int): Channels between the layers. 16; 40 in earlier
            experiments.
        dropout (float): Of the hidden channels, in [0, 1).
        lr (float): Of Adam.
        weight_decay (float): L2, on biases too.
        epochs (int): Full-batch steps.
        features (str): ``'raw'``, as the release. ``'unit'``: those of each
            image divided by the root of their mean square, so that few
            epochs fit the seeds whatever the scale of the features.

    Raises:
        ValueError: If an argument is out of its range.
    """
    hidden: int = 16
    dropout: float = .3
    lr: float = .01
    weight_decay: float = 5e-4
    epochs: int = 250
    features: str = 'raw'

    def __post_init__(self) -> None:
        if self.features not in FEATURES:
            raise ValueError(f'features={self.features!r}; choose one of '
                             f'{", ".join(FEATURES)}')
        if self.hidden < 1 or self.epochs < 0:
            raise ValueError(f'hidden={self.hidden} must be positive, '
                             f'epochs={self.epochs} not negative')
        if not 0 <= self.dropout < 1:
            raise ValueError(f'dropout={self.dropout} is not in [0, 1)')


@dataclass(frozen=True, eq=False)
class GCNWeights:
    """Weights of the two layers of B GCNs.

    Attributes:
        first (Tensor): (B, D, hidden).
        first_bias (Tensor): (B, 1, hidden).
        second (Tensor): (B, hidden, C).
        second_bias (Tensor): (B, 1, C).
    """
    first: Tensor
    first_bias: Tensor
    second: Tensor
    second_bias: Tensor

    def tensors(self) -> list[Tensor]:
        """All four, in the order of the attributes."""
        return [self.first, self.first_bias, self.second, self.second_bias]


def initial_weights(features: int, hidden: int, channels: Sequence[int],
                    seeds: Sequence[int],
                    device: torch.device | str = 'cpu') -> GCNWeights:
    """Draw the weights of each network from a generator of its own.

    Weights and biases are uniform within one over the root of a layer's
    outputs. They are drawn on the CPU, so they are the same on every device.

    Args:
        features (int): Channels D of the nodes.
        hidden (int): Hidden channels.
        channels (Sequence[int]): Outputs of each network, (B,).
        seeds (Sequence[int]): Of each network, (B,).
        device (torch.device): Of the result.

    Returns:
        GCNWeights: Channels that a network does not have are 0.
    """
    wide = max(channels)
    stacks = [torch.zeros((len(seeds), *shape))
              for shape in ((features, hidden), (1, hidden), (hidden, wide),
                            (1, wide))]
    for number, (count, seed) in enumerate(zip(channels, seeds)):
        generator = torch.Generator().manual_seed(seed)
        for stack, outputs in zip(stacks, (hidden, hidden, count, count)):
            bound = outputs**-.5
            drawn = torch.empty(stack.shape[1], outputs).uniform_(
                -bound, bound, generator=generator)
            stack[number, :, :outputs] = drawn
    return GCNWeights(*(stack.to(device) for stack in stacks))


@dataclass(frozen=True, eq=False)
class GCNBatch:
    """Graphs, features and labels of B images, padded to N nodes.

    Attributes:
        graph (Graph): A_hat of each image.
        features (Tensor): Node features V, (B, N, D), 0 on padding.
        weights (NodeWeights): Of the labels.
        laplacian (Tensor, optional): Block-diagonal, (B * N, B * N).
        missing (Tensor, optional): Channels that an image does not have,
            bool (B, 1, C).
        keys (Tensor): Of the noise of each image, int64 (B,).
    """
    graph: Graph
    features: Tensor
    weights: NodeWeights
    laplacian: Tensor | None
    missing: Tensor | None
    keys: Tensor


class GCNTrainer:
    """Train a GCN of two layers for each image and predict with it.

        H = dropout(relu(A_hat V W1 + b1)),  Z = log softmax(A_hat H W2 + b2)

    A_hat V does not change, so it is computed once; and A_hat meets H, with
    its few channels, before W2 does. Neither changes a result.

    Args:
        options (GCNOptions): Network and training.
        loss (GCNLoss): The loss.
    """

    def __init__(self, options: GCNOptions, loss: GCNLoss) -> None:
        self.options = options
        self.loss = loss

    def log_probs(self, batch: GCNBatch, smoothed: Tensor,
                  weights: GCNWeights, mask: Tensor | None = None) -> Tensor:
        """Forward pass.

        Args:
            batch (GCNBatch): The images.
            smoothed (Tensor): A_hat V, (B, N, D).
            weights (GCNWeights): Of the networks.
            mask (Tensor, optional): Factors of the hidden channels (dropout),
                (B, N, hidden).

        Returns:
            Tensor: Z, (B, N, C); 0 in channels that an image does not have.
        """
        hidden = torch.baddbmm(weights.first_bias, smoothed, weights.first)
        hidden = hidden.relu()
        if mask is not None:
            hidden = hidden * mask
        logits = torch.baddbmm(weights.second_bias,
                               batch.graph.propagate(hidden), weights.second)
        if batch.missing is None:
            return logits.log_softmax(dim=2)
        logits = logits.masked_fill(batch.missing, -torch.inf)
        return logits.log_softmax(dim=2).masked_fill(batch.missing, 0)

    def train(self, batch: GCNBatch, weights: GCNWeights,
              smoothed: Tensor | None = None) -> tuple[GCNWeights, Tensor]:
        """Train in float32, with all nodes in every step.

        Args:
            batch (GCNBatch): The images.
            weights (GCNWeights): To start from; they stay as they are.
            smoothed (Tensor, optional): A_hat V, if it is known.

        Returns:
            tuple: Trained weights, and their log probabilities (B, N, C)
            without dropout. If the loss of an image is NaN, so are its
            weights.
        """
        with torch.autocast(batch.features.device.type, enabled=False), \
                torch.enable_grad():
            if smoothed is None:
                smoothed = batch.graph.propagate(self.node_features(batch))
            weights = GCNWeights(
                *(w.detach().clone().requires_grad_()
                  for w in weights.tensors()))
            optimizer = torch.optim.Adam(
                weights.tensors(), self.options.lr,
                weight_decay=self.options.weight_decay)
            channels = None if batch.missing is None else (
                ~batch.missing).sum(dim=(1, 2))
            for epoch in range(self.options.epochs):
                optimizer.zero_grad()
                log_probs = self.log_probs(batch, smoothed, weights,
                                           self._mask(batch, epoch))
                # A sum, not a mean: each network has the gradient that it
                # would have alone.
                self.loss(log_probs, batch.weights, batch.laplacian,
                          channels).total.sum().backward()
                optimizer.step()
            weights = GCNWeights(*(w.detach() for w in weights.tensors()))
            with torch.no_grad():
                return weights, self.log_probs(batch, smoothed, weights)

    def node_features(self, batch: GCNBatch) -> Tensor:
        """V as the option says, (B, N, D)."""
        if self.options.features == 'raw':
            return batch.features
        count = batch.weights.nodes * batch.features.shape[2]
        square = batch.features.square().sum(dim=(1, 2)) / count
        tiny = torch.finfo(square.dtype).tiny
        return batch.features / square.clamp(min=tiny).sqrt()[:, None, None]

    def _mask(self, batch: GCNBatch, epoch: int) -> Tensor | None:
        """Dropout that does not depend on the other images of the batch."""
        rate, hidden = self.options.dropout, self.options.hidden
        if not rate:
            return None
        count, nodes = batch.features.shape[:2]
        noise = uniform_noise(batch.keys, epoch, nodes * hidden)
        return (noise >= rate).float().div_(1 - rate).view(
            count, nodes, hidden)
