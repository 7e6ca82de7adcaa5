"""IRNet: CAMs propagated between class boundaries, and instances."""
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
from ..utils.resizing import resized
from .walk_segmentor import WalkSegmentor, at_size, original_size

_NORMS = ('image', 'class')
_INSTANCES = dict(iterations=300, threshold=2.5, min_area=.01)


@MODELS.register_module()
class IRSegmentor(WalkSegmentor):
    """IRNet: trains boundaries and displacements, predicts pseudo labels.

    Training is that of the stock class with an :class:`wsss_plugins.IRHead`.
    For prediction the data samples carry CAMs (``LoadClassMaps``). The
    boundaries of the image and of its mirror image are averaged; a random
    walk that does not cross them propagates the CAMs. Each sample gets

    - ``pred_edge``: PixelData float32 (1, h, w), boundary probabilities;
    - ``pred_cam``: PixelData float32 (K, h, w), propagated CAMs in [0, 1] at
      the size of the feature map; ``pred_cam_label`` stays;
    - ``pred_sem_seg``: PixelData int64 (1, H, W): the class whose propagated
      CAM is greatest, if above ``bg_threshold``, else the background;
    - with ``instances``: ``pred_instances``: InstanceData with ``masks``
      bool (n, H, W), ``labels`` (dataset class indices) and ``scores``.

    Images may have any size: nothing is cropped to 512 pixels, and time and
    memory of the random walk are linear in the area of the image.

    Args:
        bg_threshold (float): Background threshold. Defaults to 0.25.
        edge_gating (bool): Whether CAMs are multiplied by one minus the
            boundary probability before the random walk. Defaults to True.
        norm (str): What propagated CAMs are divided by: ``'image'``, their
            maximum over the image, as the reference, so that a weak class
            beside a strong one may vanish; or ``'class'``, each by its own
            maximum.
        walk_radius (int): Pairs of the random walk are closer than this, in
            pixels of the feature map. Defaults to 5; training uses 10.
        walk (dict, optional): As in :class:`WalkSegmentor`; IRNet's is
            ``dict(beta=10, steps=256)``, the default.
        instances (dict, optional): Find instances: ``iterations`` (300),
            ``threshold`` (2.5 pixels of the feature map: where displacements
            are shorter, a centroid is near) and ``min_area`` (0.01 of the
            image: smaller instances get the score 0). Defaults to None:
            semantic labels only.
        frozen_backbone (bool): Defaults to True.
        pad_divisor (int): Defaults to 16.
        min_size (int): Defaults to 512: the reference pads its images to
            that, and the padding influences the head's group normalization.
        **kwargs: Of :class:`WalkSegmentor`.
    """
    refiner_inputs = (*WalkSegmentor.refiner_inputs, 'edge')

    def __init__(self,
                 bg_threshold: float = .25,
                 edge_gating: bool = True,
                 norm: str = 'image',
                 walk_radius: int = 5,
                 walk: dict | None = None,
                 instances: dict | None = None,
                 frozen_backbone: bool = True,
                 pad_divisor: int = 16,
                 min_size: int = 512,
                 **kwargs) -> None:
        super().__init__(
            walk=dict(dict(beta=10., steps=256), **(walk or {})),
            frozen_backbone=frozen_backbone,
            pad_divisor=pad_divisor,
            min_size=min_size,
            **kwargs)
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

    @torch.no_grad()
    def predict(self, inputs: Tensor,
                data_samples: SampleList) -> SampleList:
        """Predict boundaries, propagated CAMs and labels of a batch.

        Args:
            inputs (Tensor): Images, (N, 3, H, W).
            data_samples (list[SegDataSample]): With CAMs.

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
        given = []
        for number, (sample, size) in enumerate(zip(data_samples, sizes)):
            rows, columns = self._grid(size)
            edge, mirrored = edges[number::len(sizes), :, :rows, :columns]
            edge = self.boundary(edge, mirrored)
            sample.set_data(dict(pred_edge=PixelData(data=edge)))
            maps, labels = self.class_maps_of(sample, edge.device)
            if self.instances is not None:
                self._set_instances(sample, resized(maps, edge.shape[1:]),
                                    labels, edge,
                                    fields[number, :, :rows, :columns], size)
            if self.walk_first:
                maps, labels = self._refine(
                    sample, resized(maps, edge.shape[1:]), labels, edge, size)
            if len(self.refiners):
                given.append(
                    self.refiner_sample(
                        sample, inputs[number], maps, labels, edge=edge,
                        **self._graph_inputs(nodes, number, len(sizes),
                                             edge)))
        self.apply_refiners(data_samples, given)
        return data_samples

    def _grid(self, size: tuple[int, int]) -> tuple[int, int]:
        """Height and width of the feature map of an image."""
        stride = self.decode_head.stride
        return -(-size[0] // stride), -(-size[1] // stride)

    def _graph_inputs(self, nodes: Tensor | None, number: int, images: int,
                      edge: Tensor) -> dict[str, Tensor]:
        """Features of an image, averaged with its mirror, and affinities."""
        inputs = {}
        if nodes is not None:
            rows, columns = edge.shape[1:]
            plain, mirrored = nodes[number::images, :, :rows, :columns].float()
            inputs['features'] = plain / 2 + mirrored.flip(-1) / 2
        if self.refiners.needs_affinity:
            inputs['affinity'] = edge_affinity(edge, self.walk_radius)[0]
        return inputs

    @staticmethod
    def boundary(edge: Tensor, mirrored: Tensor) -> Tensor:
        """Boundary probabilities from logits of an image and its mirror.

        Args:
            edge, mirrored (Tensor): (1, h, w), the latter still mirrored.

        Returns:
            Tensor: float32 (1, h, w).
        """
        return (edge.float() / 2 + mirrored.float().flip(-1) / 2).sigmoid()

    def propagated(self, maps: Tensor, edge: Tensor) -> Tensor:
        """Maps after the random walk.

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

    def whole(self, maps: Tensor, size: tuple[int, int]) -> Tensor:
        """Propagated maps at the size of the image, in [0, 1].

        Args:
            maps (Tensor): (M, h, w).
            size (tuple[int, int]): Height and width in pixels.

        Returns:
            Tensor: (M, H, W).
        """
        stride = self.decode_head.stride
        maps = resized(maps, [side * stride for side in maps.shape[1:]])
        return self.scaled(maps[:, :size[0], :size[1]])

    def scaled(self, maps: Tensor) -> Tensor:
        """Maps (M, ., .), divided by their maximum as ``norm`` says."""
        if not len(maps):
            return maps
        dims = (0, 1, 2) if self.norm == 'image' else (1, 2)
        peak = maps.amax(dim=dims, keepdim=True)
        # A class whose map is zero everywhere stays zero.
        return maps / peak.clamp(min=torch.finfo(maps.dtype).tiny)

    def with_background(self, whole: Tensor) -> Tensor:
        """Background score and maps (M, H, W) in one, (1 + M, H, W)."""
        background = whole.new_full((1, *whole.shape[1:]), self.bg_threshold)
        return torch.cat([background, whole])

    def winners(self, whole: Tensor) -> Tensor:
        """Index of the greatest map plus one; 0 where the background wins.

        Args:
            whole (Tensor): (M, H, W) in [0, 1].

        Returns:
            Tensor: int64 (H, W).
        """
        return self.with_background(whole).argmax(dim=0)

    def _refine(self, sample: SegDataSample, maps: Tensor, labels: Tensor,
                edge: Tensor,
                size: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """Propagate; scores (1 + K, H, W) at image size, and labels."""
        propagated = self.propagated(maps, edge)
        scores = self.with_background(self.whole(propagated, size))
        names = torch.cat([labels.new_tensor([self.background]), labels])
        self.set_refined(sample, self.scaled(propagated), labels,
                         names[scores.argmax(dim=0)])
        return scores, names

    def _set_instances(self, sample: SegDataSample, maps: Tensor,
                       labels: Tensor, edge: Tensor, field: Tensor,
                       size: tuple[int, int]) -> None:
        options = self.instances
        centroids = find_centroids(field, options['iterations'])
        clusters = cluster_centroids(centroids, field, options['threshold'])
        parts = (maps[:, None] * clusters).flatten(0, 1)
        whole = self.whole(self.propagated(parts, edge), size)
        masks, owner, scores = split_instances(
            whole.cpu().numpy(),
            self.winners(whole).cpu().numpy(),
            options['min_area'] * size[0] * size[1])
        sample.set_data(
            dict(
                pred_instances=InstanceData(
                    masks=at_size(torch.from_numpy(masks),
                                  original_size(sample, size)),
                    labels=labels.cpu()[owner // len(clusters)],
                    scores=torch.from_numpy(scores))))


def _mirrored(inputs: Tensor, sizes: list[tuple[int, int]]) -> Tensor:
    """Images of a batch, each mirrored within its own size."""
    out = torch.zeros_like(inputs)
    for image, target, (height, width) in zip(inputs, out, sizes):
        target[:, :height, :width] = image[:, :height, :width].flip(-1)
    return out
