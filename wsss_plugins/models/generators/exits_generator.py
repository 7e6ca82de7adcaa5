"""Generator of masks from extreme points or boxes: MAL and EXITS."""
import logging

import torch
from mmengine.logging import MessageHub, print_log
from mmengine.model import BaseModel, BaseModule
from mmengine.structures import BaseDataElement
from torch import Tensor

from ...ops.points.paste_masks import crop_probability
from ...registry import MODELS
from ...structures import UserError
from .objects import ObjectBatch, at_size
from .point_retriever import Retrieval

NETS = ('student', 'teacher', 'mean')
CRF_IMAGES = ('student', 'teacher', 'rgb')
_LOSSES = ('mil', 'point', 'crf')


def warmup_factor(iteration: int, length: int, epoch: int = 0) -> float:
    """Linear rise of a loss weight in the first epoch, MAL's rule.

    Args:
        iteration (int): Steps done.
        length (int): Steps of the rise; 0 for none.
        epoch (int): From the second (1) on there is none. Defaults to 0.

    Returns:
        float: In [0, 1].
    """
    if length <= 0 or epoch > 0:
        return 1.
    return min(1., iteration / length)


@MODELS.register_module()
class ExitsGenerator(BaseModel):
    """A student, the teacher that averages it, and the losses.

    S. Lan et al.: Vision Transformers Are Good Mask Auto-Labelers, CVPR 2023,
    https://arxiv.org/abs/2301.03992 (MAL), and H. Lee et al.: Extreme Point
    Supervised Instance Segmentation, CVPR 2024,
    https://arxiv.org/abs/2405.20729 (EXITS). The losses define the method:
    ``mil`` alone trains the similarity extractor, ``mil`` and ``crf`` are
    MAL, ``point`` and ``crf`` are EXITS. Labeling needs boxes only.

    Args:
        network (dict): Config of student and teacher, such as
            :class:`ObjectMaskNet`; the teacher has weights of its own until
            ``TeacherHook`` copies or moves them.
        teacher (bool): Whether there is a teacher; the ``crf`` loss then
            starts from the mean of both. Defaults to True.
        extractor (dict, optional): Config of the encoder whose similarity
            the retriever reads: :class:`PatchViT`, the paper's, with the
            weights of a ``mil`` run in its ``init_cfg``; or
            :class:`FeatureSimilarity`, of any backbone. It is never trained.
        retriever (dict, optional): Config of a :class:`PointRetriever`.
        loss_mil, loss_point, loss_crf (dict, optional): Configs; None for
            none. The point loss needs extractor and retriever.
        warmup (dict, optional): Steps over which the weights of the losses
            ``mil``, ``point`` and ``crf`` rise in the first epoch. MAL's are
            1000 for mil and 4000 for crf. Defaults to none.
        crf_image (str): Colors of the mean field: ``'student'`` (default,
            MAL's), the normalized and jittered crop; ``'teacher'``, the
            normalized crop; ``'rgb'``, the jittered one in [0, 1].
        predict_net (str): ``'student'`` (default), ``'teacher'`` or
            ``'mean'``, the mean of both logits.
        flip_test (bool): Average with the mirrored crop. Defaults to False.
        data_preprocessor (dict, optional): Gives ``inputs`` as a dict of
            ``student``, ``teacher`` and ``rgb``, (B, 3, S, S) each.
        init_cfg (dict, optional): Config of initial weights.

    Raises:
        ValueError: If options do not fit together.
    """

    def __init__(self,
                 network: dict,
                 teacher: bool = True,
                 extractor: dict | None = None,
                 retriever: dict | None = None,
                 loss_mil: dict | None = None,
                 loss_point: dict | None = None,
                 loss_crf: dict | None = None,
                 warmup: dict | None = None,
                 crf_image: str = 'student',
                 predict_net: str = 'student',
                 flip_test: bool = False,
                 data_preprocessor: dict | None = None,
                 init_cfg: dict | None = None) -> None:
        super().__init__(data_preprocessor, init_cfg)
        self.warmup = dict(warmup or {})
        _check_options(predict_net, crf_image, teacher, self.warmup)
        if loss_point and not (extractor and retriever):
            raise ValueError('loss_point needs an extractor and a retriever')
        self.crf_image = crf_image
        self.predict_net = predict_net
        self.flip_test = flip_test
        self.student = MODELS.build(network)
        self.teacher = MODELS.build(network) if teacher else None
        self.extractor = MODELS.build(extractor) if extractor else None
        self.retriever = MODELS.build(retriever) if retriever else None
        self.loss_mil, self.loss_point, self.loss_crf = (
            MODELS.build(loss) if loss else None
            for loss in (loss_mil, loss_point, loss_crf))
        for frozen in self._frozen():
            frozen.requires_grad_(False)

    def _frozen(self) -> list[torch.nn.Module]:
        return [part for part in (self.teacher, self.extractor) if part]

    def train(self, mode: bool = True) -> 'ExitsGenerator':
        """Switch the mode of the student; the other networks stay frozen."""
        super().train(mode)
        for frozen in self._frozen():
            frozen.eval()
        return self

    def init_weights(self) -> None:
        """Initial weights; warn if the extractor was not pretrained."""
        super().init_weights()
        if self.extractor is not None and not _names_weights(self.extractor):
            print_log(
                'the similarity extractor has random weights: set '
                'model.extractor.init_cfg to the checkpoint of a mil run',
                'current', logging.WARNING)

    def forward(self,
                inputs: dict[str, Tensor],
                data_samples: list[BaseDataElement],
                mode: str = 'tensor'
                ) -> dict | list[BaseDataElement] | Tensor:
        """Losses, samples with predictions, or logits.

        Args:
            inputs (dict[str, Tensor]): ``student`` and ``rgb`` for training,
                ``teacher`` always, (B, 3, S, S).
            data_samples (list[BaseDataElement]): Objects, see
                :class:`.objects.ObjectBatch`.
            mode (str): ``'loss'``, ``'predict'`` or ``'tensor'``.

        Raises:
            ValueError: If the mode is not known.
        """
        if mode == 'loss':
            return self.loss(inputs, data_samples)
        if mode == 'predict':
            return self.predict(inputs, data_samples)
        if mode == 'tensor':
            areas = ObjectBatch(data_samples).areas
            return self.student(inputs['teacher'], areas)
        raise ValueError(f'mode={mode!r} must be loss, predict or tensor')

    def loss(self, inputs: dict[str, Tensor],
             data_samples: list[BaseDataElement]) -> dict[str, Tensor]:
        """Losses, with their warm-up, and values to log."""
        objects = ObjectBatch(data_samples)
        images = inputs['student']
        logits = self.student(images, objects.areas)
        probs = logits.float().sigmoid()
        size = probs.shape[-2:]
        box = at_size(objects.boxes.to(images.device), size)
        losses = {}
        if self.loss_mil is not None:
            losses.update(self.loss_mil(probs, box))
        if self.loss_point is not None:
            retrieval = self.retrieve(inputs['teacher'], objects)
            losses.update(
                self.loss_point(probs, box, retrieval.labels,
                                retrieval.known, retrieval.empty))
            losses.update(retrieval.statistics())
        if self.loss_crf is not None:
            losses.update(
                self.loss_crf(probs, box, inputs[self.crf_image],
                              self._teacher_probs(inputs, objects),
                              objects.valid_at(size, images.device)))
        return self._risen(losses)

    def _risen(self, losses: dict[str, Tensor]) -> dict[str, Tensor]:
        hub = MessageHub.get_current_instance()
        step, epoch = hub.get_info('iter', 0), hub.get_info('epoch', 0)
        for name, length in self.warmup.items():
            if f'loss_{name}' in losses:
                losses[f'loss_{name}'] = losses[
                    f'loss_{name}'] * warmup_factor(step, length, epoch)
        return losses

    @torch.no_grad()
    def _teacher_probs(self, inputs: dict[str, Tensor],
                       objects: ObjectBatch) -> Tensor | None:
        if self.teacher is None:
            return None
        logits = self.teacher(inputs['teacher'], objects.areas)
        return logits.float().sigmoid()

    @torch.no_grad()
    def retrieve(self, images: Tensor, objects: ObjectBatch) -> Retrieval:
        """Labeled patches of crops.

        Args:
            images (Tensor): Crops without jitter, (B, 3, S, S).
            objects (ObjectBatch): With their extreme points.

        Returns:
            Retrieval: See :class:`PointRetriever`.

        Raises:
            UserError: If an object has no points.
        """
        similarity, grid = self.extractor.similarity_and_grid(
            images, self.retriever.layers)
        masks = objects.true_masks()
        valid = objects.valid_at(grid, images.device)
        boxes = objects.crop_boxes()
        return self.retriever(
            similarity,
            objects.points().to(images.device),
            grid,
            tuple(images.shape[-2:]),
            boxes=None if boxes is None else boxes.to(images.device),
            valid=None if valid is None else valid.flatten(1),
            masks=None if masks is None else masks.to(images.device))

    def predict(self, inputs: dict[str, Tensor],
                data_samples: list[BaseDataElement]
                ) -> list[BaseDataElement]:
        """Add ``pred_prob`` to the samples.

        float32 (S, S) in [0, 1]: probability of the object, 0 outside its
        box.
        """
        objects = ObjectBatch(data_samples)
        images = inputs['teacher']
        logits = self._mean_logits(images, objects.areas)
        flipped = None
        if self.flip_test:
            flipped = self._mean_logits(images.flip(-1), objects.areas)
        probs = self.predict_by_logits(
            logits, objects.boxes.to(images.device), flipped)
        for sample, prob in zip(data_samples, probs):
            sample.pred_prob = prob
        return data_samples

    @staticmethod
    def predict_by_logits(logits: Tensor, boxes: Tensor,
                          flipped: Tensor | None = None) -> Tensor:
        """See :func:`wsss_plugins.ops.points.paste_masks.crop_probability`."""
        return crop_probability(logits, boxes, flipped)

    def _mean_logits(self, images: Tensor, areas: list[float]) -> Tensor:
        nets = dict(
            student=[self.student],
            teacher=[self.teacher],
            mean=[self.student, self.teacher])[self.predict_net]
        return sum(net(images, areas).float() for net in nets) / len(nets)


def _names_weights(model: BaseModule) -> bool:
    """Whether a part of a network starts from a file."""
    for part in model.modules():
        entries = getattr(part, 'init_cfg', None) or []
        for entry in [entries] if isinstance(entries, dict) else entries:
            if entry.get('type') == 'Pretrained':
                return True
    return False


def _check_options(predict_net: str, crf_image: str, teacher: bool,
                   warmup: dict) -> None:
    if predict_net not in NETS or crf_image not in CRF_IMAGES:
        raise ValueError(f'predict_net={predict_net!r} must be one of {NETS} '
                         f'and crf_image={crf_image!r} one of {CRF_IMAGES}')
    if predict_net != 'student' and not teacher:
        raise UserError(f'predict_net={predict_net!r} needs a teacher; set '
                        'model.teacher=True, or predict_net=\'student\'')
    if not set(warmup) <= set(_LOSSES):
        raise ValueError(f'warmup={warmup}: losses are {_LOSSES}')
