"""Encoder and decoder of one object's mask."""
from mmengine.model import BaseModule
from torch import Tensor

from ...registry import MODELS


@MODELS.register_module()
class ObjectMaskNet(BaseModule):
    """From crops to logits: student and teacher of a generator.

    Args:
        backbone (dict): Config of an encoder that gives a tuple of maps.
        decode_head (dict): Config of a decoder that takes them and the areas
            of the boxes, such as :class:`MALMaskDecoder`.
        init_cfg (dict, optional): Config of initial weights.
    """

    def __init__(self,
                 backbone: dict,
                 decode_head: dict,
                 init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg)
        self.backbone = MODELS.build(backbone)
        self.decode_head = MODELS.build(decode_head)

    def forward(self, images: Tensor, areas: list[float]) -> Tensor:
        """Logits of the masks.

        Args:
            images (Tensor): Normalized crops, (B, 3, S, S).
            areas (list[float]): Area of each box in its image, in square
                pixels.

        Returns:
            Tensor: (B, h, w).
        """
        return self.decode_head(self.backbone(images), areas)
