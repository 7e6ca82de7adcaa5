"""How right the retrieved patches are, where ground truth is at hand."""
import torch
import torch.nn.functional as F
from torch import Tensor

from ...ops.cam.components import num_parts
from ...ops.points.seeds import PatchSets, Retrieved


def patch_truth(masks: Tensor, grid: tuple[int, int]) -> Tensor:
    """Patches of which at least half is the object, bool (B, h * w).

    Args:
        masks (Tensor): Ground truth in the crop, 0 and 1, (B, S, S).
        grid (tuple[int, int]): Rows and columns of patches.
    """
    share = F.interpolate(masks[:, None].float(), grid, mode='area')
    return share.flatten(1) >= .5


def split_objects(masks: Tensor) -> Tensor:
    """Objects whose mask has several large parts, bool (B,).

    Args:
        masks (Tensor): 0 and 1, (B, S, S).
    """
    parts = [num_parts(mask) > 1 for mask in masks.cpu().numpy() > 0]
    return torch.tensor(parts, device=masks.device)


def true_patches(truth: Tensor, box: Tensor,
                 valid: Tensor | None = None) -> Retrieved:
    """A perfect retrieval: the patches of the box by their ground truth.

    Args:
        truth (Tensor): Of :func:`patch_truth`, (B, n).
        box (Tensor): P_Box, bool (B, n).
        valid (Tensor | None): Patches that show the image, bool (B, n).
    """
    if valid is not None:
        box = box & valid
    return Retrieved(box & truth, box & ~truth)


def retrieval_quality(found: Retrieved, seeds: PatchSets, truth: Tensor,
                      split: Tensor | None = None) -> dict[str, Tensor]:
    """Precision and recall of retrieved patches.

    Args:
        found (Retrieved): The retrieved sets, before dropout.
        seeds (PatchSets): Of the crops; its box is what could be retrieved.
        truth (Tensor): Of :func:`patch_truth`, (B, n).
        split (Tensor | None): Objects cut in two or more, bool (B,), whose
            numbers are given apart.

    Returns:
        dict[str, Tensor]: ``precision_fg``, ``recall_fg``, ``precision_bg``,
        ``recall_bg``: scalars over the patches of all objects, left out
        where there is nothing to divide by; of split objects with ``_split``
        behind the name.
    """
    sides = dict(fg=(found.foreground, truth), bg=(found.background, ~truth))
    values = {}
    for side, (chosen, right) in sides.items():
        right = right & seeds.box
        chosen = chosen & seeds.box
        for suffix, rows in _groups(split):
            hits = (chosen & right)[rows].sum()
            for name, of in (('precision', chosen), ('recall', right)):
                count = of[rows].sum()
                if count:
                    values[f'{name}_{side}{suffix}'] = hits / count
    return values


def _groups(split: Tensor | None) -> list[tuple[str, slice | Tensor]]:
    groups = [('', slice(None))]
    if split is not None and split.any():
        groups.append(('_split', split))
    return groups
