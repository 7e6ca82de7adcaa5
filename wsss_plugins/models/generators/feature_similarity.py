"""Which patches are alike, by the features of any backbone."""
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor

from ...ops.points.cosine import cosine_similarity
from ...registry import MODELS

IMAGENET_MEAN = (123.675, 116.28, 103.53)
IMAGENET_STD = (58.395, 57.12, 57.375)


@MODELS.register_module()
class FeatureSimilarity(BaseModule):
    """Similarity extractor of EXITS from a backbone instead of attention.

    The paper reads the attention of a transformer that has learned from the
    data set's boxes (:class:`PatchViT`). This reads ``exp((cos - 1) / t)`` of
    the features of any backbone, which needs no training on boxes: ImageNet's
    are enough. It takes the extractor's place in :class:`ExitsGenerator`, and
    goes through the same Sinkhorn scalings and propagation.

    Args:
        backbone (dict): Config of a backbone that gives a tuple of maps, with
            its weights in ``init_cfg``.
        temperature (float): Of the similarity, see
            :func:`wsss_plugins.ops.points.cosine.cosine_similarity`. Defaults
            to 0.2.
        grid (tuple[int, int], optional): Rows and columns of patches that the
            maps are averaged or interpolated to. Defaults to the size of the
            first of them.
        mean, std (Sequence[float], optional): Of the images that the
            backbone was trained on, RGB, in levels of 0 to 255. Defaults to
            those of ``input_mean`` and ``input_std``.
        input_mean, input_std (Sequence[float]): Those that the crops come
            with, of the generator's data preprocessor. Default to ImageNet's.
        init_cfg (dict, optional): Config of initial weights.

    Raises:
        ValueError: If the temperature is not positive.
    """

    def __init__(self,
                 backbone: dict,
                 temperature: float = .2,
                 grid: tuple[int, int] | None = None,
                 mean: Sequence[float] | None = None,
                 std: Sequence[float] | None = None,
                 input_mean: Sequence[float] = IMAGENET_MEAN,
                 input_std: Sequence[float] = IMAGENET_STD,
                 init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg)
        if temperature <= 0:
            raise ValueError(f'temperature={temperature} must be positive')
        self.backbone = MODELS.build(backbone)
        self.temperature = temperature
        self.size = None if grid is None else tuple(grid)
        mean, std, input_mean, input_std = (
            torch.tensor(values, dtype=torch.float32).view(-1, 1, 1)
            for values in (mean or input_mean, std or input_std, input_mean,
                           input_std))
        self.register_buffer('scale', input_std / std, persistent=False)
        self.register_buffer(
            'shift', (input_mean - mean) / std, persistent=False)

    def features(self, images: Tensor,
                 levels: Sequence[int] = (-1, )) -> list[Tensor]:
        """Maps of some levels of the backbone, (B, C, h, w) at one size.

        Args:
            images (Tensor): Normalized crops, (B, 3, S, S).
            levels (Sequence[int]): Indices of the backbone's outputs.

        Raises:
            ValueError: If there is no such output.
        """
        maps = self.backbone(images * self.scale + self.shift)
        count = len(maps)
        if not levels or not all(-count <= i < count for i in levels):
            raise ValueError(f'layers={tuple(levels)} must name some of '
                             f'{count} outputs of the backbone')
        chosen = [maps[i] for i in levels]
        size = self.size or tuple(chosen[0].shape[2:])
        return [_at_size(x, size) for x in chosen]

    def similarity(self,
                   images: Tensor,
                   layers: Sequence[int] = (-1, )) -> Tensor:
        """Similarity of patches, averaged over levels.

        Args:
            images (Tensor): Normalized crops, (B, 3, S, S).
            layers (Sequence[int]): Indices of the backbone's outputs.
                Defaults to the last.

        Returns:
            Tensor: Positive, (B, h * w, h * w), rows of patches row by row.

        Raises:
            ValueError: If there is no such output.
        """
        return self.similarity_and_grid(images, layers)[0]

    def similarity_and_grid(
            self,
            images: Tensor,
            layers: Sequence[int] = (-1, )
    ) -> tuple[Tensor, tuple[int, int]]:
        """The similarity, and rows and columns of its patches."""
        maps = self.features(images, layers)
        total = sum(cosine_similarity(x, self.temperature) for x in maps)
        return total / len(maps), tuple(maps[0].shape[2:])


def _at_size(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Maps at a size: the mean where it is less, else interpolated."""
    if tuple(x.shape[2:]) == size:
        return x
    smaller = all(a <= b for a, b in zip(size, x.shape[2:]))
    return F.interpolate(x, size, mode='area' if smaller else 'bilinear')
