"""IRNet: class maps walked between class boundaries, and instances."""
from collections.abc import Sequence

import torch
from mmengine.structures import InstanceData, PixelData
from mmseg.structures import SegDataSample
from mmseg.utils import SampleList
from torch import Tensor

from ...ops.walk.affinity import edge_affinity
from ...ops.walk.displacement import (
    cluster_centroids,
    find_centroids,
    split_instances,
)
from ...ops.walk.random_walk import random_walk
from ...registry import MODELS
from ...structures import UserError
from .walk_segmentor import WalkSegmentor, resized

_NORMS = ('image', 'class')
_INSTANCES = dict(iterations=300, threshold=2.5, min_area=.01)


@MODELS.register_module()
class IRSegmentor(WalkSegmentor):
    """IRNet: trains boundaries and displacements, predicts pseudo labels.

    Training is that of the stock class with an :class:`wsss_plugins.IRHead`.
    For prediction the data samples carry class maps (``LoadClassMaps``).
    The boundaries of the image and of its mirror image are averaged; class
    maps, less the boundaries, walk along affinities. Each sample gets

    - ``pred_edge``: PixelData float32 (1, h, w), boundary probabilities;
    - ``pred_cam``: PixelData float32 (K, h, w), walked class maps in [0, 1]
      on the head's grid; ``pred_cam_label`` stays;
    - ``pred_sem_seg``: PixelData int64 (1, H, W): the class with the
      greatest walked map above ``bg_threshold``, else the background;
    - with ``instances``: ``pred_instances``: InstanceData with ``masks``
      bool (n, H, W), ``labels`` (dataset class indices) and ``scores``.

    Images of any size: nothing is cut at 512 pixels, and the walk is linear
    in the image's area.

    Args:
        bg_threshold (float): Score of the background. Defaults to 0.25.
        edge_gating (bool): Whether class maps are multiplied by one minus
            the boundary before the walk. Defaults to True.
        norm (str): What walked maps are divided by: ``'image'``, their
            greatest value in the image, as the reference, so that a weak
            class beside a strong one may vanish; or ``'class'``, each by
            its own.
        walk_radius (int): Pairs of the walk are closer than this, in cells.
            Defaults to 5; training has 10.
        walk (dict, optional): As in :class:`WalkSegmentor`; IRNet's is
            ``dict(beta=10, steps=256)``, the default.
        instances (dict, optional): Find instances: ``iterations`` (300),
            ``threshold`` (2.5 cells: shorter displacements are calm) and
            ``min_area`` (0.01 of the image: smaller pieces score 0).
            Defaults to None: semantic labels only.
        pad_divisor (int): Defaults to 16.
        min_size (int): Defaults to 512: the reference pads its images to
            that, and the head's group normalization sees the padding.
        backbone, decode_head, neck, auxiliary_head, train_cfg, test_cfg,
            data_preprocessor, init_cfg, background, frozen_backbone,
            refiners, walk_first: As in :class:`WalkSegmentor`. The backbone
            is frozen by default.
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
                 bg_threshold: float = .25,
                 edge_gating: bool = True,
                 norm: str = 'image',
                 walk_radius: int = 5,
                 walk: dict | None = None,
                 instances: dict | None = None,
                 background: int = 0,
                 frozen_backbone: bool = True,
                 pad_divisor: int = 16,
                 min_size: int = 512,
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
            walk=dict(dict(beta=10., steps=256), **(walk or {})),
            background=background,
            frozen_backbone=frozen_backbone,
            pad_divisor=pad_divisor,
            min_size=min_size,
            refiners=refiners,
            walk_first=walk_first)
        if norm not in _NORMS:
            raise UserError(f'norm={norm!r}; choose one of '
                            f'{", ".join(_NORMS)}')
        if instances is not None and not set(instances) <= set(_INSTANCES):
            raise UserError(f'instances={dict(instances)}; it may hold '
                            f'{", ".join(_INSTANCES)}')
        if instances is not None and self.decode_head.displacement is None:
            raise UserError('instances need the displacement branch; set '
                            'displacement=True of IRHead')
        self.bg_threshold = bg_threshold
        self.edge_gating = edge_gating
        self.norm = norm
        self.walk_radius = walk_radius
        self.instances = None if instances is None else dict(
            _INSTANCES, **instances)

    def predict(self, inputs: Tensor,
                data_samples: SampleList) -> SampleList:
        """Predict boundaries, walked class maps and labels of a batch.

        Args:
            inputs (Tensor): Images, (N, 3, H, W).
            data_samples (list[SegDataSample]): With class maps.

        Returns:
            list[SegDataSample]: The samples with the fields above.
        """
        sizes = [tuple(sample.img_shape[:2]) for sample in data_samples]
        batch = self.padded(torch.cat([inputs, _mirrored(inputs, sizes)]))
        features = self.extract_feat(batch)
        edges, fields = self.decode_head(features)
        nodes = None
        if self.refiners.needs_features:
            nodes = self.decode_head.node_features(features)
        graphs = []
        for number, (sample, size) in enumerate(zip(data_samples, sizes)):
            rows, columns = self._cells(size)
            edge, mirrored = edges[number::len(sizes), :, :rows, :columns]
            edge = self.boundary(edge, mirrored)
            sample.set_data(dict(pred_edge=PixelData(data=edge)))
            maps, labels = self.class_maps_of(sample, edge.device,
                                              self.background)
            if self.instances is not None:
                self._set_instances(sample, resized(maps, edge.shape[1:]),
                                    labels, edge,
                                    fields[number, :, :rows, :columns], size)
            if self.walk_first:
                maps, labels = self._refine(
                    sample, resized(maps, edge.shape[1:]), labels, edge, size)
            if len(self.refiners):
                graphs.append(
                    self.graph_sample(
                        sample, inputs[number], maps, labels,
                        self._nodes_of(nodes, number, len(sizes), edge),
                        edge_affinity(edge, self.walk_radius)[0]))
        self.apply_refiners(data_samples, graphs)
        return data_samples

    def _cells(self, size: tuple[int, int]) -> tuple[int, int]:
        """Height and width of the grid of an image."""
        stride = self.decode_head.stride
        return -(-size[0] // stride), -(-size[1] // stride)

    @staticmethod
    def _nodes_of(nodes: Tensor | None, number: int, images: int,
                  edge: Tensor) -> Tensor:
        """Features of the cells of an image, averaged with its mirror."""
        if nodes is None:
            return edge
        rows, columns = edge.shape[1:]
        plain, mirrored = nodes[number::images, :, :rows, :columns].float()
        return plain / 2 + mirrored.flip(-1) / 2

    @staticmethod
    def boundary(edge: Tensor, mirrored: Tensor) -> Tensor:
        """Boundary probabilities from logits of an image and its mirror.

        Args:
            edge, mirrored (Tensor): (1, h, w), the latter still mirrored.

        Returns:
            Tensor: float32 (1, h, w).
        """
        return (edge.float() / 2 + mirrored.float().flip(-1) / 2).sigmoid()

    def walked(self, maps: Tensor, edge: Tensor) -> Tensor:
        """Maps after the walk.

        Args:
            maps (Tensor): (M, h, w).
            edge (Tensor): Boundary probabilities, (1, h, w).

        Returns:
            Tensor: (M, h, w).
        """
        if self.edge_gating:
            maps = maps * (1 - edge)
        affinity = edge_affinity(edge, self.walk_radius)
        return random_walk(maps[None], affinity, self.walk_radius,
                           **self.walk)[0]

    def whole(self, walked: Tensor, size: tuple[int, int]) -> Tensor:
        """Walked maps at the size of the image, in [0, 1].

        Args:
            walked (Tensor): (M, h, w).
            size (tuple[int, int]): Height and width in pixels.

        Returns:
            Tensor: (M, H, W).
        """
        stride = self.decode_head.stride
        maps = resized(walked, [side * stride for side in walked.shape[1:]])
        return self.scaled(maps[:, :size[0], :size[1]])

    def scaled(self, maps: Tensor) -> Tensor:
        """Maps (M, ., .), divided by their greatest value as ``norm``."""
        if not len(maps):
            return maps
        dims = (0, 1, 2) if self.norm == 'image' else (1, 2)
        peak = maps.amax(dim=dims, keepdim=True)
        # A class whose maps are zero stays so.
        return maps / peak.clamp(min=torch.finfo(maps.dtype).tiny)

    def with_background(self, whole: Tensor) -> Tensor:
        """Maps (M, H, W) behind the score of the background, (1 + M, ...)."""
        background = whole.new_full((1, *whole.shape[1:]), self.bg_threshold)
        return torch.cat([background, whole])

    def winners(self, whole: Tensor) -> Tensor:
        """Which map is greatest, plus one; 0: none exceeds the background.

        Args:
            whole (Tensor): (M, H, W) in [0, 1].

        Returns:
            Tensor: int64 (H, W).
        """
        return self.with_background(whole).argmax(dim=0)

    def _refine(self, sample: SegDataSample, maps: Tensor, labels: Tensor,
                edge: Tensor,
                size: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """Walk; scores (1 + K, H, W) at the size of the image, and labels."""
        walked = self.walked(maps, edge)
        scores = self.with_background(self.whole(walked, size))
        names = torch.cat([labels.new_tensor([self.background]), labels])
        self.set_refined(sample, self.scaled(walked), labels,
                         names[scores.argmax(dim=0)])
        return scores, names

    def _set_instances(self, sample: SegDataSample, maps: Tensor,
                       labels: Tensor, edge: Tensor, field: Tensor,
                       size: tuple[int, int]) -> None:
        options = self.instances
        centroids = find_centroids(field, options['iterations'])
        clusters = cluster_centroids(centroids, field, options['threshold'])
        parts = (maps[:, None] * clusters).flatten(0, 1)
        whole = self.whole(self.walked(parts, edge), size)
        masks, owner, scores = split_instances(
            whole.cpu().numpy(),
            self.winners(whole).cpu().numpy(),
            options['min_area'] * size[0] * size[1])
        sample.set_data(
            dict(
                pred_instances=InstanceData(
                    masks=torch.from_numpy(masks),
                    labels=labels.cpu()[owner // len(clusters)],
                    scores=torch.from_numpy(scores))))


def _mirrored(inputs: Tensor, sizes: list[tuple[int, int]]) -> Tensor:
    """Images of a batch, mirrored inside their own sizes."""
    out = torch.zeros_like(inputs)
    for image, target, (height, width) in zip(inputs, out, sizes):
        target[:, :height, :width] = image[:, :height, :width].flip(-1)
    return out
