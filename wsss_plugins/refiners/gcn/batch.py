"""Batches of images of similar size for the GCNs."""
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
import torch
from torch import Tensor

from ...ops.graph.graphs import Graph
from ...ops.graph.laplacian import laplacian, stack_laplacians, window_offsets
from ...ops.graph.large import stack_graphs
from ...structures import IGNORE_INDEX
from ..base import RefinerSample
from .loss import PADDING, GCNLoss
from .network import GCNBatch


@dataclass(frozen=True)
class LaplacianOptions:
    """Options of :func:`~wsss_plugins.ops.graph.laplacian.laplacian`.

    Args:
        window (int): Side of the window of pairs. 5; 3 in early experiments.
        var_rgb (float): Divides squared color distances.
        var_xy (float): Divides squared distances on the feature map.
        rgb_range (float): Colors are in [0, rgb_range]: 1 in the release,
            so that they hardly count; 255 lets edges count.

    Raises:
        ValueError: If the window is even, or a number is not positive.
    """
    window: int = 5
    var_rgb: float = 12.
    var_xy: float = 20.
    rgb_range: float = 1.

    def __post_init__(self) -> None:
        window_offsets(self.window)
        for name in ('var_rgb', 'var_xy', 'rgb_range'):
            if not getattr(self, name) > 0:
                raise ValueError(f'{name}={getattr(self, name)} is not '
                                 'positive')

    def __call__(self, image: np.ndarray, device: torch.device) -> Tensor:
        """Sparse Laplacian of an image uint8 (h, w, 3) on the grid."""
        colors = torch.from_numpy(image).to(device).permute(2, 0, 1).float()
        return laplacian(colors / 255 * self.rgb_range, self.window,
                         self.var_rgb, self.var_xy)


def like_size_batches(nodes: Sequence[int], budget: int,
                      cost: Callable[[int], int],
                      most: int | None = None) -> list[list[int]]:
    """Group images so that padding is small and memory is bounded.

    Args:
        nodes (Sequence[int]): Number of nodes of each image.
        budget (int): Maximum memory of the graphs of a batch, in bytes; a
            single image may exceed it.
        cost (Callable): Bytes of a graph from its number of nodes,
            increasing.
        most (int, optional): Maximum number of images in a batch.

    Returns:
        list[list[int]]: Indices of the images of each batch, the largest
        image first. Every image has at least half the nodes of the largest
        one of its batch.
    """
    batches = []
    for number in sorted(range(len(nodes)), key=lambda i: (-nodes[i], i)):
        batch = batches[-1] if batches else []
        largest = nodes[batch[0]] if batch else 0
        fits = (len(batch) + 1) * cost(largest) <= budget and (
            most is None or len(batch) < most)
        if batch and fits and 2 * nodes[number] >= largest:
            batch.append(number)
        else:
            batches.append([number])
    return batches


def pad_nodes(rows: Sequence[Tensor], nodes: int, fill: float) -> Tensor:
    """Stack (N_b, ...) to (B, N, ...)."""
    out = rows[0].new_full((len(rows), nodes, *rows[0].shape[1:]), fill)
    for place, values in zip(out, rows):
        place[:len(values)] = values
    return out


def make_batch(samples: Sequence[RefinerSample], graphs: Sequence[Graph],
               labels: Sequence[Tensor], laplacians: Sequence[Tensor] | None,
               channels: Sequence[int], keys: Sequence[int],
               background: int, loss: GCNLoss) -> GCNBatch:
    """Pad images to one number of nodes.

    Args:
        samples (Sequence[RefinerSample]): The images, on one device.
        graphs (Sequence[Graph]): Of each.
        labels (Sequence[Tensor]): Channel of each node's label, int64
            (N_b,); 255 where it has none.
        laplacians (Sequence[Tensor], optional): Of each, sparse (N_b, N_b).
        channels (Sequence[int]): Output channels of each image's GCN.
        keys (Sequence[int]): Seeds of each image's dropout noise.
        background (int): Channel of the background.
        loss (GCNLoss): Computes the weights of the nodes.

    Returns:
        GCNBatch: On the device of the features.
    """
    device = samples[0].features.device
    nodes = max(prod(sample.grid) for sample in samples)
    features = [s.features.float().flatten(1).t() for s in samples]
    padded = pad_nodes(labels, nodes, PADDING).to(device)
    # A label that is no channel would be an index out of range later on.
    for number, count in enumerate(channels):
        known = padded[number][padded[number] != IGNORE_INDEX]
        if len(known) and int(known.max()) >= count:
            raise ValueError(f'{samples[number].name}: label '
                             f'{int(known.max())} for {count} channels')
    counts = torch.tensor(channels, device=device)[:, None, None]
    missing = torch.arange(max(channels), device=device) >= counts
    return GCNBatch(
        graph=stack_graphs(graphs),
        features=pad_nodes(features, nodes, 0.),
        weights=loss.weights(padded, background),
        laplacian=None if laplacians is None else stack_laplacians(
            laplacians, nodes),
        missing=missing if len(set(channels)) > 1 else None,
        keys=torch.tensor(keys, device=device))
