"""A backbone whose features are given."""
from mmengine.model import BaseModule
from torch import Tensor

from ..registry import MODELS


@MODELS.register_module()
class GivenBackbone(BaseModule):
    """Give ``features`` back, whatever the image: for checks of heads."""

    def __init__(self) -> None:
        super().__init__()
        self.features: tuple[Tensor, ...] = ()

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """The features."""
        return self.features
