"""CAMs from the names of classes, without training."""
import numpy as np
import torch
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from mmseg.utils import OptSampleList, SampleList
from torch import Tensor

from ...ops.attention.affinity import (
    BLOCKS,
    ROUNDS,
    STEPS,
    AttentionAffinity,
    mean_attention,
)
from ...ops.cam.boxes import box_mask
from ...ops.cam.grad_cam import (
    channel_weights,
    damped_maps,
    probability_gradients,
    scaled_maps,
    weighted_activations,
)
from ...registry import MODELS
from ..utils.image_labels import check_numbering
from ..utils.text_cams import TextCAMs, batched_gradients
from .cam_segmentor import CAMSegmentor, bare_samples


@MODELS.register_module()
class TextCAMSegmentor(CAMSegmentor):
    """CLIP-ES: Grad-CAM of words, spread along the network's attention.

    Y. Lin et al.: CLIP is Also an Efficient Segmenter, CVPR 2023,
    https://arxiv.org/abs/2212.09506. Data samples get what
    :class:`wsss_plugins.CAMSegmentor` gives them. All classes of an image
    take one pass; images of a batch take one each, since none is padded. An
    image without labels gets the classes that the words find.

    Args:
        box_threshold (float): Share of a CAM's maximum above which it gives
            to others. Defaults to 0.4, the reference's for VOC (0.7 for
            COCO).
        blocks (int): Last blocks whose attention is averaged. Defaults to 8.
        rounds (int): Of balancing the attention. Defaults to 3.
        steps (int): Of the walk. Defaults to 2; 0 leaves the Grad-CAMs.
        score_unlabeled (bool): Also score images whose labels are known to
            be none. Defaults to False.
        exclusive_edge (bool): Boxes lack the last row and column, as the
            reference's do. Defaults to False.
        damped (bool): Scale maps with 1e-7 in the divisor, Grad-CAMs twice,
            as the reference. Defaults to False.
        parity (bool): All of the reference's ways, those of
            :class:`wsss_plugins.CLIPViT` included. Defaults to False.
        **kwargs: Of :class:`wsss_plugins.CAMSegmentor`; the backbone is a
            :class:`wsss_plugins.CLIPViT`, the head a
            :class:`wsss_plugins.TextCAMHead`.
    """

    def __init__(self,
                 box_threshold: float = .4,
                 blocks: int = BLOCKS,
                 rounds: int = ROUNDS,
                 steps: int = STEPS,
                 score_unlabeled: bool = False,
                 exclusive_edge: bool = False,
                 damped: bool = False,
                 parity: bool = False,
                 **kwargs) -> None:
        super().__init__(**kwargs)
        self.box_threshold = box_threshold
        self.blocks = blocks
        self.rounds = rounds
        self.steps = steps
        self.score_unlabeled = score_unlabeled
        self.exclusive_edge = exclusive_edge or parity
        self.damped = damped or parity
        if parity:
            self.backbone.half_positions = True
            self.backbone.text_length_slip = True

    def predict(self,
                inputs: Tensor,
                data_samples: OptSampleList = None) -> SampleList:
        """Predict CAMs.

        Args:
            inputs (Tensor): Images, (N, 3, H, W), sides multiples of the
                patch.
            data_samples (list[SegDataSample], optional): Image-level
                labels in ``gt_score`` where known.

        Returns:
            list[SegDataSample]: As of :class:`wsss_plugins.CAMSegmentor`.
        """
        if data_samples is None:
            data_samples = bare_samples(inputs)
        check_numbering(data_samples, self.decode_head)
        with torch.autocast(inputs.device.type, enabled=False):
            for image, sample in zip(inputs.float(), data_samples):
                height, width = sample.img_shape[:2]
                self._predict_one(image[None, :, :height, :width], sample)
        return data_samples

    def _predict_one(self, image: Tensor, sample: SegDataSample) -> None:
        tokens, attentions = self.backbone.before_last(image, self.blocks - 1)
        block = self.backbone.last_block(tokens)
        head = self.decode_head
        prob = head.probabilities(block.class_embedding.detach())
        present = self.present_classes(sample, prob)
        grid = self.backbone.grid(image)
        if len(present):
            found = self.class_cams(block, attentions, grid, present)
            view = found.raw.relu()
            maps = found.refined if self.steps else found.cams
        else:
            view = maps = image.new_zeros((0, *grid))
        foreground = torch.tensor(head.foreground, device=image.device)
        every = image.new_zeros((head.num_foreground, *grid))
        every[present] = view
        sample.set_data(
            dict(
                cam_view=PixelData(data=every),
                pred_score=prob,
                pred_cam=PixelData(data=maps),
                pred_cam_label=foreground[present]))
        if self.predicts_masks:
            self.set_mask(sample)

    def class_cams(self, block, attentions: list[Tensor],
                   grid: tuple[int, int], present: Tensor) -> TextCAMs:
        """CAMs of the classes of an image.

        Args:
            block (LastBlock): Of :meth:`wsss_plugins.CLIPViT.last_block`.
            attentions (list[Tensor]): Of the blocks before it.
            grid (tuple[int, int]): Rows and columns of the patches.
            present (Tensor): Foreground indices, int64 (K,), K at least 1.
        """
        with torch.enable_grad():
            logits = self.decode_head.logits(
                block.embedding, self.decode_head.rows(present))
        gradients = self._gradients(block, logits, len(present))
        gradients = gradients.mT.unflatten(2, grid)
        activations = block.activations[0, 1:].detach().T.unflatten(1, grid)
        weights = channel_weights(gradients)
        raw = weighted_activations(activations, weights)
        cams = self._scaled(raw.relu(), 2)
        boxes = self._boxes(cams)
        affinity = AttentionAffinity.of(
            mean_attention([*attentions, block.attention], self.blocks),
            self.rounds)
        spread = affinity.spread(cams, boxes, self.steps)
        return TextCAMs(block, logits.detach(), activations, gradients,
                        weights, raw, cams, boxes, affinity, spread,
                        self._scaled(spread, 1))

    def _gradients(self, block, logits: Tensor, count: int) -> Tensor:
        """Of the first probabilities by the patches, (K, N, D)."""
        directions = probability_gradients(logits.detach(), count)
        tokens = len(block.attention)
        heads = self.backbone.layers[-1].attn.num_heads
        memory = 4 * tokens * (2 * heads * tokens
                               + 12 * block.activations.shape[-1])
        found = batched_gradients(logits, block.activations, directions,
                                  memory)
        return found[:, 0, 1:]

    def _scaled(self, maps: Tensor, passes: int) -> Tensor:
        return damped_maps(maps, passes) if self.damped else scaled_maps(maps)

    def _boxes(self, cams: Tensor) -> Tensor:
        masks = [box_mask(cam, self.box_threshold, self.exclusive_edge)
                 for cam in cams.cpu().numpy()]
        return torch.from_numpy(np.stack(masks)).to(cams.device)

    def present_classes(self, sample: SegDataSample, prob: Tensor) -> Tensor:
        """Foreground indices of the labels, or of the classes found, (K,)."""
        if 'gt_score' in sample and (
                sample.gt_score.any() or not self.score_unlabeled):
            return sample.gt_score.nonzero()[:, 0].to(prob.device)
        threshold = torch.clamp(prob.max(), max=self.score_threshold)
        return (prob >= threshold).nonzero()[:, 0]
