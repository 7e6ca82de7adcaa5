"""Refinement of class maps by a graph network for each image (WSGCN)."""
from collections.abc import Sequence

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
from .batch import GraphSample, LaplacianOptions, like_size_batches, make_batch
from .graphs import GraphMaker
from .network import GCNOptions, GCNTrainer, initial_weights
from .partial_labeler import PartialLabeler, shrink_image

OUTPUTS = ('all', 'present')
# The release's last step; its bilateral weight is 3, not 10 as PSA's.
FINAL_CRF = dict(pos_sxy=3, pos_compat=3, bi_sxy=50, bi_srgb=5, bi_compat=3)


@REFINERS.register_module()
class GCNRefiner:
    """Class maps to class probabilities by a graph network.

    S.-Y. Pan et al.: Weakly-Supervised Image Semantic Segmentation Using
    Graph Convolutional Networks, ICME 2021. The cells of a map are nodes,
    joined by a random walk on their affinities. A network of two layers is
    trained on the few sure labels of that image, and labels the rest. The
    defaults are those of the released WSGCN-I.

    The result for an image depends on its input, its name and the seed, not
    on other images, their order, or the device's random numbers; in a batch
    with others it may differ by rounding, see ``batch_images``.

    Args:
        num_classes (int): Dataset classes, background included.
        background (int): Dataset class index of the background.
        graph (dict, optional): Arguments of
            :class:`~wsss_plugins.refiners.gcn.graphs.GraphMaker`.
        labels (dict, optional): Arguments of
            :class:`~.partial_labeler.PartialLabeler`.
        gcn (dict, optional): Arguments of
            :class:`~.gcn_network.GCNOptions`.
        loss (dict, optional): Config of the loss, a
            :class:`~wsss_plugins.models.losses.GCNLoss`.
        laplacian (dict, optional): Arguments of
            :class:`~.gcn_batch.LaplacianOptions`.
        outputs (str): Channels of a network. ``'all'``: one for each dataset
            class, as the release. ``'present'``: background and the classes
            of the image; the loss' mean of the entropy over channels is then
            over fewer, so ``weight_ent`` should be less by as much.
        classes (str): Classes of the result: ``'present'``, with the
            background, or ``'all'`` channels.
        align_corners (bool): How log probabilities are brought to the size
            of the image.
        softmax_again (bool): Whether the CRF starts from the softmax of the
            probabilities, as the release, which makes its start very flat.
        crf (dict, optional): Arguments of
            :class:`~wsss_plugins.ops.crf.dense_crf.DenseCRF` other than the
            release's: pos_sxy=3, bi_sxy=50, bi_srgb=5, bi_compat=3.
        final_crf (bool): Whether a CRF comes last.
        seed (int): Of initial weights and dropout.
        seed_by_name (bool): Whether the name of an image enters its seed.
            False: all have ``seed``, with which the release starts.
        batch_bytes (int): Most memory of the graphs of a batch, in bytes.
        batch_images (int, optional): Most images of a batch; 1 makes a
            result independent of the others to the last bit. Defaults to
            None: 1 on a CPU, where a batch is no faster than its images one
            by one; elsewhere as many as fit.

    Raises:
        UserError: If an argument is out of its range.

    Example:
        >>> refiner = GCNRefiner(num_classes=3, gcn=dict(epochs=5))
        >>> maps = ClassMaps([1], np.random.rand(1, 9, 12), (36, 48))
        >>> image = np.zeros((36, 48, 3), np.uint8)
        >>> out = refiner(maps, image, torch.rand(8, 9, 12),
        ...               torch.rand(34, 9, 12), name='a')
        >>> out.labels, out.maps.shape
        (array([0, 1]), (2, 36, 48))
    """

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
            raise UserError(f'num_classes={num_classes}: labels of cells '
                            f'are below {IGNORE_INDEX}, which is ignored')
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
            # These parts know no config; what they refuse, a config said.
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

    def __call__(self, maps: ClassMaps, image: np.ndarray, features: Tensor,
                 affinity: Tensor, name: str = '') -> ClassMaps:
        """Refine the maps of one image; see :class:`GraphSample`.

        Returns:
            ClassMaps: Probabilities at full resolution, background first.
        """
        return self.refine([GraphSample(maps, image, features, affinity,
                                        name)])[0]

    def refine(self, samples: Sequence[GraphSample],
               progress: bool = False) -> list[ClassMaps]:
        """Refine images, those of like size together.

        Args:
            samples (Sequence[GraphSample]): Of any sizes, on one device.
            progress (bool): Whether to show a progress bar of batches.

        Returns:
            list[ClassMaps]: Of each, in order; see :meth:`__call__`.

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
        batches = like_size_batches([samples[i].nodes for i in busy],
                                    self.batch_bytes, self.graph.bytes_of,
                                    self._most_images(samples))
        for batch in tqdm(batches, desc='graph networks',
                          disable=not progress):
            numbers = [busy[i] for i in batch]
            chosen = [samples[i] for i in numbers]
            for number, sample, log_probs in zip(
                    numbers, chosen, self.log_probs(chosen)):
                results[number] = self.finish(sample, log_probs)
        return results

    def _most_images(self, samples: Sequence[GraphSample]) -> int | None:
        if self.batch_images is None and all(
                s.features.device.type == 'cpu' for s in samples):
            return 1
        return self.batch_images

    def log_probs(self, samples: Sequence[GraphSample]) -> list[Tensor]:
        """Train a batch of networks and predict on the cells.

        Args:
            samples (Sequence[GraphSample]): Of like size, with classes.

        Returns:
            list[Tensor]: Log probabilities of each image, float32 (C_b, h,
            w); the channels are :meth:`channel_classes`.
        """
        small = [shrink_image(s.image, s.size) for s in samples]
        labels = [self._node_labels(sample) for sample in samples]
        device = samples[0].features.device
        laplacians = None
        if self.trainer.loss.weight_lap:
            laplacians = [self.laplacian(image, device) for image in small]
        channels = [len(self.channel_classes(s.maps)) for s in samples]
        seeds = [seed_of(s.name, self.seed) if self.seed_by_name else
                 self.seed for s in samples]
        batch = make_batch(
            samples, [self.graph(s.affinity, s.size) for s in samples],
            labels, laplacians, channels, seeds,
            self.channel_classes(samples[0].maps).index(self.background),
            self.trainer.loss)
        weights = initial_weights(batch.features.shape[2],
                                  self.options.hidden, channels, seeds,
                                  device)
        _, found = self.trainer.train(batch, weights)
        return [
            z[:s.nodes, :count].t().reshape(count, *s.size)
            for z, s, count in zip(found, samples, channels)
        ]

    def channel_classes(self, maps: ClassMaps) -> list[int]:
        """Dataset class index of each channel of an image's network."""
        if self.outputs == 'all':
            return list(range(self.num_classes))
        return [self.background, *maps.labels.tolist()]

    def finish(self, sample: GraphSample, log_probs: Tensor) -> ClassMaps:
        """From log probabilities on cells to the refined maps.

        Args:
            sample (GraphSample): The image.
            log_probs (Tensor): (C, h, w), see :meth:`log_probs`.

        Returns:
            ClassMaps: Probabilities at full resolution, background first.
            Without a CRF they are not made to sum to one.
        """
        maps = sample.maps
        if not torch.isfinite(log_probs).all():
            # Only where the loss was let be not a number (empty='nan').
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
        """The last CRF: probabilities (L, H, W) to float32 (L, H, W)."""
        scores = probs.softmax(dim=0) if self.softmax_again else probs
        return self.crf(image, scores.numpy())

    def _result_classes(self, maps: ClassMaps) -> list[int]:
        if self.classes == 'all' and self.outputs == 'all':
            return [self.background, *self.foreground]
        return [self.background, *maps.labels.tolist()]

    def _node_labels(self, sample: GraphSample) -> Tensor:
        """Channel of each node's label, int64 (N,), 255 without one."""
        slots = self.labels(sample.maps.maps, sample.image, sample.size)
        classes = self.channel_classes(sample.maps)
        # 255 stays 255: it is beyond any slot, see _check.
        table = np.arange(256)
        for slot, label in enumerate(
            [self.background, *sample.maps.labels.tolist()]):
            table[slot] = classes.index(label)
        return torch.from_numpy(table[slots].ravel())

    def _only_background(self, sample: GraphSample) -> ClassMaps:
        labels = self._result_classes(sample.maps)
        probs = np.zeros((len(labels), *sample.maps.size), dtype=np.float32)
        probs[0] = 1
        return ClassMaps(np.array(labels), probs, sample.maps.size)

    def _check(self, sample: GraphSample) -> None:
        unknown = set(sample.maps.labels.tolist()) - set(self.foreground)
        if unknown:
            raise UserError(
                f'{sample.name}: class maps of {sorted(unknown)}, which are '
                f'no foreground classes of {self.num_classes} with '
                f'background={self.background}; set num_classes of '
                'GCNRefiner to that of the data set')
