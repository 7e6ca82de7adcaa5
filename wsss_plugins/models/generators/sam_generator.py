"""SAM, prompted by boxes or extreme points, as a generator of masks."""
import torch
import torch.nn.functional as F
from mmengine.model import BaseModel
from mmengine.structures import BaseDataElement
from torch import Tensor, nn

from ...registry import MODELS
from ...structures import UserError
from .objects import ObjectBatch, at_size

PROMPTS = ('box', 'points')
_INSTALL = ('SAMGenerator needs transformers; run "pip install transformers" '
            '(weights of SAM are Apache-2.0)')


@MODELS.register_module()
class SAMGenerator(BaseModel):
    """Masks of objects by SAM, for the same COCO json as EXITS.

    A. Kirillov et al.: Segment Anything, ICCV 2023,
    https://arxiv.org/abs/2304.02643, by transformers. There is nothing to
    train; ``tools/model_converters/sam.py`` writes the checkpoint. Crops are
    normalized with ImageNet's mean and deviation, as SAM was trained.

    Args:
        sam (dict, optional): Of ``transformers.SamConfig``. Defaults to
            ViT-B.
        prompt (str): ``'box'``, or ``'points'``, the box and the four
            extreme points. Defaults to ``'box'``.
        data_preprocessor (dict, optional): Gives ``inputs`` as a dict with
            ``teacher``, the normalized crops (B, 3, S, S).
        init_cfg (dict, optional): Config of initial weights.

    Raises:
        ValueError: If the prompt is not known.
        UserError: When it is used, if transformers is missing.
    """

    def __init__(self,
                 sam: dict | None = None,
                 prompt: str = 'box',
                 data_preprocessor: dict | None = None,
                 init_cfg: dict | None = None) -> None:
        super().__init__(data_preprocessor, init_cfg)
        if prompt not in PROMPTS:
            raise ValueError(f'prompt={prompt!r} is not one of '
                             f'{", ".join(PROMPTS)}')
        self.prompt = prompt
        self.network = sam_network(sam)

    def forward(self,
                inputs: dict[str, Tensor],
                data_samples: list[BaseDataElement],
                mode: str = 'predict') -> list[BaseDataElement]:
        """Add ``pred_prob``, see :meth:`predict`.

        Raises:
            ValueError: If the mode is another one.
            UserError: If transformers is missing, or an object has no point
                where points are wanted.
        """
        if mode != 'predict':
            raise ValueError(f'mode={mode!r}: there is nothing to train')
        return self.predict(inputs, data_samples)

    def _load_from_state_dict(self, *args) -> None:
        if isinstance(self.network, nn.Identity):
            raise UserError(_INSTALL)
        super()._load_from_state_dict(*args)

    @torch.no_grad()
    def predict(self, inputs: dict[str, Tensor],
                data_samples: list[BaseDataElement]
                ) -> list[BaseDataElement]:
        """Add ``pred_prob`` to the samples.

        float32 (S, S) in [0, 1]: probability of the object, 0 outside its
        box. Of SAM's masks for a prompt the one of the highest quality is
        taken.
        """
        if isinstance(self.network, nn.Identity):
            raise UserError(_INSTALL)
        objects, images = ObjectBatch(data_samples), inputs['teacher'].float()
        own = self.network.config.vision_config.image_size
        factor = own / images.shape[-1]
        found = self.network(
            pixel_values=F.interpolate(images, (own, own), mode='bilinear'),
            **self._prompts(objects, images.device, factor))
        best = found.iou_scores[:, 0].argmax(dim=1)
        logits = found.pred_masks[torch.arange(len(best)), 0, best]
        probs = at_size(logits, tuple(images.shape[-2:])).sigmoid()
        probs = probs * (objects.boxes.to(images.device) > 0)
        for sample, prob in zip(data_samples, probs):
            sample.pred_prob = prob
        return data_samples

    def _prompts(self, objects: ObjectBatch, device: torch.device,
                 factor: float) -> dict[str, Tensor]:
        """Prompts in pixels of the network's input."""
        boxes = objects.crop_boxes()
        if boxes is None:
            boxes = torch.stack([_box(mask) for mask in objects.boxes])
        found = dict(input_boxes=boxes[:, None].to(device).float() * factor)
        if self.prompt == 'points':
            points = objects.points()[:, None].to(device) * factor
            found.update(
                input_points=points,
                input_labels=torch.ones(points.shape[:3], dtype=torch.long,
                                        device=device))
        return found


def sam_network(sam: dict | None = None) -> nn.Module:
    """The network with random weights; an identity without transformers.

    So a config is read and built where the library is not installed.

    Args:
        sam (dict, optional): Of ``transformers.SamConfig``.
    """
    try:
        from transformers import SamConfig, SamModel
    except ImportError:
        return nn.Identity()
    return SamModel(SamConfig(**(sam or {})))


def _box(mask: Tensor) -> Tensor:
    """Edges of a box mask, (4,)."""
    rows, columns = (mask > 0).nonzero(as_tuple=True)
    return torch.stack([columns.min(), rows.min(), columns.max() + 1,
                        rows.max() + 1]).float()
