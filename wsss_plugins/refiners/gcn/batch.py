"""Images of a graph network: what comes in, and batches of like size."""
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ...ops.graph.graphs import Graph
from ...ops.graph.laplacian import laplacian, stack_laplacians, window_offsets
from ...ops.graph.large import stack_graphs
from ...structures import IGNORE_INDEX, ClassMaps
from .loss import PADDING, GCNLoss
from .network import GCNBatch


@dataclass(frozen=True, eq=False)
class GraphSample:
    """One image for a graph refiner.

    Args:
        maps (ClassMaps): Class maps without the background, at any stride.
        image (np.ndarray): RGB, uint8 (H, W, 3), of size ``maps.size``.
        features (Tensor): Of the cells, float (D, h, w), on the device that
            is to do the work.
        affinity (Tensor): Stencil (P, hs, ws) in [0, 1] of pairs of cells,
            before beta and the walk; or the walked matrix (N, N), N = h * w.
        name (str): Of the image, without folder and suffix: its seed.

    Raises:
        ValueError: If the image is not of the maps' size, or features have
            no grid.
    """
    maps: ClassMaps
    image: np.ndarray
    features: Tensor
    affinity: Tensor
    name: str = ''

    def __post_init__(self) -> None:
        if tuple(self.image.shape[:2]) != self.maps.size:
            raise ValueError(f'{self.name}: the image is '
                             f'{self.image.shape[:2]}, its class maps are of '
                             f'{self.maps.size}')
        if self.features.ndim != 3:
            raise ValueError(f'{self.name}: features '
                             f'{tuple(self.features.shape)} are not (D, h, w)')

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the grid of cells."""
        return tuple(self.features.shape[1:])

    @property
    def nodes(self) -> int:
        """Number of cells."""
        return self.features[0].numel()


@dataclass(frozen=True)
class LaplacianOptions:
    """Of :func:`~wsss_plugins.ops.graph.laplacian.laplacian`.

    Args:
        window (int): Side of the window of pairs. 5; 3 in early experiments.
        var_rgb (float): Divides squared color distances.
        var_xy (float): Divides squared distances in cells.
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
        budget (int): Most bytes of the graphs of a batch; one image alone
            may have more.
        cost (Callable): Bytes of a graph by its nodes, rising.
        most (int, optional): Images of a batch at most.

    Returns:
        list[list[int]]: Numbers of the images of each batch, the largest
        image first. No image has less than half the nodes of the largest
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


def make_batch(samples: Sequence[GraphSample], graphs: Sequence[Graph],
               labels: Sequence[Tensor], laplacians: Sequence[Tensor] | None,
               channels: Sequence[int], keys: Sequence[int],
               background: int, loss: GCNLoss) -> GCNBatch:
    """Pad images to one number of nodes.

    Args:
        samples (Sequence[GraphSample]): The images, on one device.
        graphs (Sequence[Graph]): Of each.
        labels (Sequence[Tensor]): Channels of nodes, int64 (N_b,), 255
            without one.
        laplacians (Sequence[Tensor], optional): Of each, sparse (N_b, N_b).
        channels (Sequence[int]): Outputs of each image's network.
        keys (Sequence[int]): Of each image's noise.
        background (int): Channel of the background.
        loss (GCNLoss): Gives the weights of nodes.

    Returns:
        GCNBatch: On the device of the features.
    """
    device = samples[0].features.device
    nodes = max(sample.nodes for sample in samples)
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
