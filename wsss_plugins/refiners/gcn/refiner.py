"""Refinement of CAMs by a graph convolutional network per image (WSGCN)."""
from collections.abc import Sequence
from math import prod

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from ...ops.crf.dense_crf import DenseCRF
from ...ops.graph.counter_noise import seed_of
from ...registry import MODELS, REFINERS
from ...structures import (
    IGNORE_INDEX,
    ClassMaps,
    UserError,
    foreground_indices,
)
from ..base import Refiner, RefinerSample
from .batch import LaplacianOptions, like_size_batches, make_batch
from .graphs import GraphMaker
from .network import GCNOptions, GCNTrainer, initial_weights
from .partial_labeler import PartialLabeler, shrink_image

OUTPUTS = ('all', 'present')
# The release's last step; its bilateral weight is 3, not 10 as PSA's.
FINAL_CRF = dict(pos_sxy=3, pos_compat=3, bi_sxy=50, bi_srgb=5, bi_compat=3)


@REFINERS.register_module()
class GCNRefiner(Refiner):
    """CAMs to class probabilities by a graph convolutional network (GCN).

    S.-Y. Pan et al.: Weakly-Supervised Image Semantic Segmentation Using
    Graph Convolutional Networks, ICME 2021. The pixels of the feature map are
    nodes; their edges are transition probabilities of a random walk on the
    affinities. For every image a GCN of two layers is trained on the
    confident seeds of that image and labels the remaining nodes. The defaults
    are those of the released WSGCN-I.

    The result for an image depends on its input, its name and the seed, not
    on other images, their order, or the random state of the device; in a
    batch with others it may differ by rounding, see ``batch_images``.

    Args:
        num_classes (int): Dataset classes, background included.
        background (int): Dataset class index of the background.
        graph (dict, optional): Arguments of
            :class:`~wsss_plugins.refiners.gcn.graphs.GraphMaker`.
        labels (dict, optional): Arguments of
            :class:`~.partial_labeler.PartialLabeler`.
        gcn (dict, optional): Arguments of
            :class:`~.network.GCNOptions`.
        loss (dict, optional): Config of the loss, a
            :class:`~wsss_plugins.refiners.gcn.loss.GCNLoss`.
        laplacian (dict, optional): Arguments of
            :class:`~.batch.LaplacianOptions`.
        outputs (str): Output channels of a GCN. ``'all'``: one for each
            dataset class, as the release. ``'present'``: background and the
            classes of the image; the entropy loss then averages over fewer
            channels, so lower ``weight_ent`` by the same factor.
        classes (str): Classes of the result: ``'present'``, with the
            background, or ``'all'`` channels.
        align_corners (bool): How log probabilities are resized to the image.
        softmax_again (bool): Whether the CRF starts from the softmax of the
            probabilities, as the release, which flattens them strongly.
        crf (dict, optional): Arguments of
            :class:`~wsss_plugins.ops.crf.dense_crf.DenseCRF` other than the
            release's: pos_sxy=3, bi_sxy=50, bi_srgb=5, bi_compat=3.
        final_crf (bool): Whether a CRF follows the GCN.
        seed (int): Seed of the initial weights and of dropout.
        seed_by_name (bool): Whether the name of an image enters its seed.
            False: all images use ``seed``, as the release.
        batch_bytes (int): Maximum memory of the graphs of a batch, in bytes.
        batch_images (int, optional): Maximum number of images in a batch; 1
            makes a result independent of the other images to the last bit.
            Defaults to None: 1 on a CPU, where batches are not faster than
            single images; elsewhere as many as fit.

    Raises:
        UserError: If an argument is out of its range.

    Example:
        >>> refiner = GCNRefiner(num_classes=3, gcn=dict(epochs=5))
        >>> maps = ClassMaps([1], np.random.rand(1, 9, 12), (36, 48))
        >>> image = np.zeros((36, 48, 3), np.uint8)
        >>> sample = RefinerSample(
        ...     maps, image, features=torch.rand(8, 9, 12),
        ...     affinity=torch.rand(34, 9, 12), name='a')
        >>> out, = refiner.refine([sample])
        >>> out.labels, out.maps.shape
        (array([0, 1]), (2, 36, 48))
    """
    needs_image = True
    needs_features = True
    needs_affinity = True
    foreground_only = True

    def __init__(self,
                 num_classes: int,
                 background: int = 0,
                 graph: dict | None = None,
                 labels: dict | None = None,
                 gcn: dict | None = None,
                 loss: dict | None = None,
                 laplacian: dict | None = None,
                 outputs: str = 'all',
                 classes: str = 'present',
                 align_corners: bool = True,
                 softmax_again: bool = True,
                 crf: dict | None = None,
                 final_crf: bool = True,
                 seed: int = 42,
                 seed_by_name: bool = True,
                 batch_bytes: int = 2 * 10**9,
                 batch_images: int | None = None) -> None:
        for name, value in (('outputs', outputs), ('classes', classes)):
            if value not in OUTPUTS:
                raise UserError(f'{name}={value!r}; choose one of '
                                f'{", ".join(OUTPUTS)}')
        if batch_images is not None and batch_images < 1:
            raise UserError(f'batch_images={batch_images} is not positive')
        if num_classes > IGNORE_INDEX:
            raise UserError(f'num_classes={num_classes}: class indices must '
                            f'be below {IGNORE_INDEX}, which is ignored')
        self.foreground = foreground_indices(num_classes, background)
        self.num_classes = num_classes
        self.background = background
        try:
            self.graph = GraphMaker(**(graph or {}))
            self.labels = PartialLabeler(**(labels or {}))
            self.options = GCNOptions(**(gcn or {}))
            self.laplacian = LaplacianOptions(**(laplacian or {}))
            self.trainer = GCNTrainer(
                self.options,
                MODELS.build(loss or dict(type='wsss_plugins.GCNLoss')))
        except (TypeError, ValueError) as error:
            # These parts know no config; the values they refuse are from one.
            raise UserError(f'GCNRefiner: {error}') from None
        self.outputs = outputs
        self.classes = classes
        self.align_corners = align_corners
        self.softmax_again = softmax_again
        self.crf = DenseCRF(**{**FINAL_CRF, **(crf or {})})
        self.final_crf = final_crf
        self.seed = seed
        self.seed_by_name = seed_by_name
        self.batch_bytes = batch_bytes
        self.batch_images = batch_images

    def refine(self, samples: Sequence[RefinerSample],
               progress: bool = False) -> list[ClassMaps]:
        """Refine the CAMs of images, those of similar size together.

        Args:
            samples (Sequence[RefinerSample]): CAMs without the background,
                images, features and affinities before beta and the random
                walk; or, as matrix, after it. Of any sizes, on one device.
            progress (bool): Whether to show a progress bar of batches.

        Returns:
            list[ClassMaps]: Probabilities at full resolution, background
            first.

        Raises:
            UserError: If maps hold the background or a class that the
                dataset does not have.
        """
        results: list[ClassMaps | None] = [None] * len(samples)
        busy = []
        for number, sample in enumerate(samples):
            self._check(sample)
            if len(sample.maps.labels):
                busy.append(number)
            else:
                results[number] = self._only_background(sample)
        batches = like_size_batches([prod(samples[i].grid) for i in busy],
                                    self.batch_bytes, self.graph.bytes_of,
                                    self._most_images(samples))
        for batch in tqdm(batches, desc='GCNs',
                          disable=not progress):
            numbers = [busy[i] for i in batch]
            chosen = [samples[i] for i in numbers]
            for number, sample, log_probs in zip(
                    numbers, chosen, self.log_probs(chosen)):
                results[number] = self.finish(sample, log_probs)
        return results

    def _most_images(self, samples: Sequence[RefinerSample]) -> int | None:
        if self.batch_images is None and all(
                s.features.device.type == 'cpu' for s in samples):
            return 1
        return self.batch_images

    def log_probs(self, samples: Sequence[RefinerSample]) -> list[Tensor]:
        """Train a batch of GCNs and predict the classes of the nodes.

        Args:
            samples (Sequence[RefinerSample]): Of similar size, each with at
                least one class.

        Returns:
            list[Tensor]: Log probabilities of each image, float32 (C_b, h,
            w); the channels are :meth:`channel_classes`.
        """
        small = [shrink_image(s.image, s.grid) for s in samples]
        labels = [self._node_labels(sample) for sample in samples]
        device = samples[0].features.device
        laplacians = None
        if self.trainer.loss.weight_lap:
            laplacians = [self.laplacian(image, device) for image in small]
        channels = [len(self.channel_classes(s.maps)) for s in samples]
        seeds = [seed_of(s.name, self.seed) if self.seed_by_name else
                 self.seed for s in samples]
        batch = make_batch(
            samples, [self.graph(s.affinity, s.grid) for s in samples],
            labels, laplacians, channels, seeds,
            self.channel_classes(samples[0].maps).index(self.background),
            self.trainer.loss)
        weights = initial_weights(batch.features.shape[2],
                                  self.options.hidden, channels, seeds,
                                  device)
        _, found = self.trainer.train(batch, weights)
        return [
            z[:prod(s.grid), :count].t().reshape(count, *s.grid)
            for z, s, count in zip(found, samples, channels)
        ]

    def channel_classes(self, maps: ClassMaps) -> list[int]:
        """Dataset class index of each output channel of an image's GCN."""
        if self.outputs == 'all':
            return list(range(self.num_classes))
        return [self.background, *maps.labels.tolist()]

    def finish(self, sample: RefinerSample, log_probs: Tensor) -> ClassMaps:
        """From log probabilities of the nodes to the refined maps.

        Args:
            sample (RefinerSample): The image.
            log_probs (Tensor): (C, h, w), see :meth:`log_probs`.

        Returns:
            ClassMaps: Probabilities at full resolution, background first.
            Without a CRF they are not normalized to a sum of 1.
        """
        maps = sample.maps
        if not torch.isfinite(log_probs).all():
            # Only with empty='nan' of the loss.
            return self._only_background(sample)
        labels = self._result_classes(maps)
        channels = self.channel_classes(maps)
        chosen = log_probs[[channels.index(c) for c in labels]]
        probs = F.interpolate(
            chosen[None], maps.size, mode='bilinear',
            align_corners=self.align_corners)[0].exp()
        if self.final_crf:
            probs = self.refined(sample.image, probs.cpu())
        else:
            probs = probs.cpu().numpy()
        return ClassMaps(np.array(labels), probs, maps.size)

    def refined(self, image: np.ndarray, probs: Tensor) -> np.ndarray:
        """The final CRF: probabilities (L, H, W) to float32 (L, H, W)."""
        scores = probs.softmax(dim=0) if self.softmax_again else probs
        return self.crf(image, scores.numpy())

    def _result_classes(self, maps: ClassMaps) -> list[int]:
        if self.classes == 'all' and self.outputs == 'all':
            return [self.background, *self.foreground]
        return [self.background, *maps.labels.tolist()]

    def _node_labels(self, sample: RefinerSample) -> Tensor:
        """Channel of each node's label, int64 (N,); 255 where it has none."""
        local = self.labels(sample.maps.maps, sample.image, sample.grid)
        classes = self.channel_classes(sample.maps)
        # 255 stays 255: it is above all local class indices, see _check.
        table = np.arange(256)
        for index, label in enumerate(
            [self.background, *sample.maps.labels.tolist()]):
            table[index] = classes.index(label)
        return torch.from_numpy(table[local].ravel())

    def _only_background(self, sample: RefinerSample) -> ClassMaps:
        labels = self._result_classes(sample.maps)
        probs = np.zeros((len(labels), *sample.maps.size), dtype=np.float32)
        probs[0] = 1
        return ClassMaps(np.array(labels), probs, sample.maps.size)

    def _check(self, sample: RefinerSample) -> None:
        unknown = set(sample.maps.labels.tolist()) - set(self.foreground)
        if unknown:
            raise UserError(
                f'{sample.name}: CAMs of classes {sorted(unknown)}, which '
                f'are no foreground classes of {self.num_classes} with '
                f'background={self.background}; set num_classes of '
                'GCNRefiner to that of the data set')
