"""The reference's GCN of an image (WSGCN): whole matrices, loops over pixels.

Re-created from its description; the dropout is the package's, so that both
sides can be compared.
"""
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from wsss_plugins.ops.graph.counter_noise import uniform_noise
from wsss_plugins.refiners.gcn.network import GCNWeights

HIDDEN, RATE = 16, .3


@dataclass(frozen=True, eq=False)
class Scene:
    """An image's affinities T^n, features, labels and colors."""
    affinity: Tensor
    features: Tensor
    labels: Tensor
    image: Tensor
    size: tuple[int, int]
    key: int = 0

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return self.size[0] * self.size[1]


def dense_adjacency(affinity: Tensor) -> Tensor:
    """Rows of the greater of both directions, scaled by a matrix product."""
    larger = affinity.t() > affinity
    both = affinity + affinity.t() * larger - affinity * larger
    both = both + torch.eye(len(both))
    scale = both.sum(dim=1).pow(-1)
    return torch.mm(torch.diagflat(scale), both)


def dense_laplacian(image: Tensor) -> Tensor:
    """Loops over pixels and the later half of the window, then dense."""
    _, height, width = image.shape
    nodes = height * width
    place = torch.stack(torch.meshgrid(
        torch.arange(height), torch.arange(width), indexing='ij')).float()
    phi = torch.zeros((nodes, nodes), dtype=torch.float64)
    for y in range(height):
        for x in range(width):
            for dy in range(3):
                for dx in range(-2, 3):
                    ny, nx = y + dy, x + dx
                    if ny >= height or not 0 <= nx < width:
                        continue
                    color = (image[:, y, x] - image[:, ny, nx])**2
                    apart = (place[:, y, x] - place[:, ny, nx])**2
                    phi[y * width + x, ny * width + nx] = torch.exp(
                        -color.sum() / 12 - apart.sum() / 20)
    larger = phi.t() > phi
    phi = phi + phi.t() * larger - phi * larger
    return torch.diagflat(phi.sum(dim=1)) - phi


class DenseGCN:
    """Full training with dense matrices."""

    def __init__(self, scene: Scene, adjacency: Tensor, lap: Tensor) -> None:
        self.scene, self.adjacency, self.lap = scene, adjacency, lap

    def log_probs(self, weights: list[Tensor],
                  mask: Tensor | None) -> Tensor:
        """Of the nodes, (N, C); without dropout if there is no mask."""
        first, bias1, second, bias2 = weights
        hidden = torch.spmm(self.adjacency,
                            self.scene.features @ first) + bias1
        hidden = F.relu(hidden)
        hidden = hidden if mask is None else hidden * mask
        return F.log_softmax(
            torch.spmm(self.adjacency, hidden @ second) + bias2, dim=1)

    def loss(self, log_probs: Tensor) -> Tensor:
        """All four terms."""
        labels = self.scene.labels
        foreground = labels.where(labels > 0, 255)
        background = labels.where(labels == 0, 255)
        unknown = log_probs[labels == 255]
        smooth = torch.trace(
            log_probs.t() @ (self.lap.float() @ log_probs)) / len(labels)
        return (F.nll_loss(log_probs, foreground, ignore_index=255) +
                F.nll_loss(log_probs, background, ignore_index=255) -
                10 * (unknown.exp() * unknown).mean() + .01 * smooth)

    def train(self, weights: GCNWeights, epochs: int) -> Tensor:
        """Log probabilities after so many epochs, (N, C)."""
        parts = [w[0].clone().requires_grad_() for w in weights.tensors()]
        optimizer = torch.optim.Adam(parts, .01, weight_decay=5e-4)
        for epoch in range(epochs):
            optimizer.zero_grad()
            self.loss(self.log_probs(parts, _mask(self.scene, epoch))
                      ).backward()
            optimizer.step()
        with torch.no_grad():
            return self.log_probs(parts, None)


def _mask(scene: Scene, epoch: int) -> Tensor:
    """The dropout that the package has for the scene's key."""
    noise = uniform_noise(torch.tensor([scene.key]), epoch,
                          scene.nodes * HIDDEN)
    return ((noise >= RATE).float() / (1 - RATE)).view(-1, HIDDEN)
