"""Masks of a segmentor that keep to the labels of their image."""
from pathlib import Path

import torch
from torch import Tensor

from ..registry import METRICS
from ..structures import ClassSpace, write_mask
from .folder_writer import FolderWriter


@METRICS.register_module()
class LabeledMaskWriter(FolderWriter):
    """Write masks in which only the background and the labels are found.

    A segmentor that was trained on pseudo masks knows the classes of the
    whole set; where the labels of an image are known, the others cannot be
    in it. Each pixel gets the best of those that can.

    Args:
        out_dir (str, optional): Folder for the masks. Defaults to ``files``
            in the work dir.
        stamp (dict, optional): See :func:`claim_folder`.
        keep_to_labels (bool): Whether labels count. Defaults to True.
    """
    suffix = '.png'

    def __init__(self, out_dir: str | None = None,
                 stamp: dict | None = None,
                 keep_to_labels: bool = True) -> None:
        super().__init__(out_dir, stamp)
        self.keep_to_labels = keep_to_labels

    def write(self, sample: dict, path: Path) -> None:
        """Write one mask; without labels, of all classes."""
        logits = sample['seg_logits']['data']
        if self.keep_to_labels and 'gt_label' in sample:
            mask = labeled_argmax(logits, sample['gt_label'], ClassSpace(
                self.dataset_meta['classes']))
        else:
            mask = logits.argmax(dim=0)
        write_mask(path, mask.cpu().numpy(), self.dataset_meta['palette'])


def labeled_argmax(logits: Tensor, labels: Tensor,
                   space: ClassSpace) -> Tensor:
    """Best class of each pixel among the background and the labels.

    Args:
        logits (Tensor): Of all dataset classes, float (C, H, W).
        labels (Tensor): Foreground indices of the labels, int64 (K,).
        space (ClassSpace): Numbering of the classes.

    Returns:
        Tensor: Dataset class indices, int64 (H, W).
    """
    foreground = torch.as_tensor(space.foreground, device=logits.device)
    allowed = torch.cat([
        torch.tensor([space.background], device=logits.device),
        foreground[labels.to(logits.device)]
    ])
    return allowed[logits[allowed].argmax(dim=0)]
