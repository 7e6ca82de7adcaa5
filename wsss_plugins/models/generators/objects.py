"""The objects of a batch, as a generator reads them."""
import torch
import torch.nn.functional as F
from mmengine.structures import BaseDataElement
from torch import Tensor

from ...structures import UserError

# Minimum share of a pixel of the feature map that shows the image.
_SHARE = .5


def at_size(masks: Tensor, size: tuple[int, int]) -> Tensor:
    """Masks resized with soft edges, float32 ``(B, *size)``, as MAL does."""
    return F.interpolate(masks[:, None].float(), size, mode='bilinear')[:, 0]


class ObjectBatch:
    """Objects of a batch, stacked.

    Args:
        samples (list[BaseDataElement]): One for each crop, with ``box_mask``,
            0 and 1 (S, S); ``valid_mask``, bool (S, S), where the crop shows
            its image, optional; ``points``, float (4, 2): x and y of top,
            left, bottom and right in pixels of the crop, optional;
            ``crop_box``, float (4,): x0, y0, x1, y1 there, optional;
            ``gt_mask``, 0 and 1 (S, S), optional; and in its meta
            information ``box_area``, square pixels of the image, and
            ``ann_id``.

    Attributes:
        areas (list[float]): Of the boxes.
        boxes (Tensor): Box masks, (B, S, S).
    """

    def __init__(self, samples: list[BaseDataElement]) -> None:
        self.samples = samples
        self.areas = [float(sample.box_area) for sample in samples]
        self.boxes = torch.stack([sample.box_mask for sample in samples])

    def points(self) -> Tensor:
        """Extreme points, (B, 4, 2).

        Raises:
            UserError: If an object has none.
        """
        for sample in self.samples:
            if 'points' not in sample:
                raise UserError(
                    f'annotation {sample.get("ann_id")}: no extreme points; '
                    'add them with tools/dataset_converters/'
                    'extreme_points.py, or train with boxes (mil, mal)')
        return torch.stack([sample.points for sample in self.samples]).float()

    def crop_boxes(self) -> Tensor | None:
        """Edges of the boxes in the crops, (B, 4); None if not all known."""
        if not all('crop_box' in sample for sample in self.samples):
            return None
        return torch.stack([sample.crop_box for sample in self.samples])

    def true_masks(self) -> Tensor | None:
        """Ground truth in the crops, 0 and 1, (B, S, S); None if not known.

        It is there if the data set has ``keep_masks=True``.
        """
        if not all('gt_mask' in sample for sample in self.samples):
            return None
        return torch.stack([sample.gt_mask for sample in self.samples])

    def valid_at(self, size: tuple[int, int],
                 device: torch.device) -> Tensor | None:
        """Pixels that show the image, bool ``(B, *size)``; None: all."""
        if not all('valid_mask' in sample for sample in self.samples):
            return None
        masks = torch.stack([sample.valid_mask for sample in self.samples])
        small = F.interpolate(
            masks[:, None].to(device, torch.float32), size, mode='area')
        return small[:, 0] >= _SHARE
