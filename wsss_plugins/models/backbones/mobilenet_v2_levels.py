"""MobileNetV2 with features of several strides."""
from collections.abc import Sequence

from torch import Tensor

from ...registry import MODELS
from .mobilenet_v2 import MobileNetV2Top


@MODELS.register_module()
class MobileNetV2Levels(MobileNetV2Top):
    """``MobileNetV2Top`` that also returns features of earlier stages.

    For heads that read several levels, such as those of AffinityNet and
    IRNet. Weights of :class:`MobileNetV2Top` load.

    Args:
        levels (Sequence[int]): Stages to return, 1 to 7 in order: with
            ``widen_factor=1`` their channels are 16, 24, 32, 64, 96, 160 and
            320, their strides 2, 4, 8, 16, 16, 32 and 32 but not above
            ``output_stride``. The top follows them. Defaults to (2, 3, 5).
        **kwargs: Of :class:`MobileNetV2Top`.

    Raises:
        ValueError: If the levels are unknown or not in order.
    """

    def __init__(self, levels: Sequence[int] = (2, 3, 5), **kwargs) -> None:
        super().__init__(**kwargs)
        known = range(1, len(self.layers) + 1)
        if not set(levels) <= set(known) or list(levels) != sorted(levels):
            raise ValueError(f'levels={tuple(levels)}; choose from 1 to '
                             f'{known[-1]}, in order')
        self.levels = tuple(levels)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Features of the chosen stages and of the top."""
        x = self.conv1(x)
        features = []
        for stage, name in enumerate(self.layers, 1):
            x = getattr(self, name)(x)
            if stage in self.levels:
                features.append(x)
        return (*features, self.conv2(x))
