"""Label maps that meet mask proposals: masks go to the class they overlap.

The rule of T. Chen et al.: Segment Anything Model Enhanced Pseudo Labels for
Weakly Supervised Semantic Segmentation, https://arxiv.org/abs/2305.05803,
written from its description.
"""
from dataclasses import dataclass

import numpy as np

from .runs import MaskRuns

VARIANTS = ('max_iou', 'max_iou_imp', 'max_iou_imp2')
_IGNORE = 255


@dataclass(frozen=True)
class OverlapRule:
    """When a mask belongs to a class.

    Args:
        variant (str): ``'max_iou'``, masks that lie in the class;
            ``'max_iou_imp'``, and pixels of the class that no mask covers;
            ``'max_iou_imp2'``, masks that cover most of the class as well.
        inside (float): Least share of a mask within the class.
        covered (float): Least share of the class within a mask.
        inclusive (bool): Whether the first share itself counts. Defaults to
            False.
        all_masks (bool): Pixels keep their class where none of all masks
            covers them; otherwise where none that no class took before does.
            Defaults to False.

    Raises:
        ValueError: If the variant is not known.
    """
    variant: str = 'max_iou_imp2'
    inside: float = .5
    covered: float = .85
    inclusive: bool = False
    all_masks: bool = False

    def __post_init__(self) -> None:
        if self.variant not in VARIANTS:
            raise ValueError(f'variant={self.variant!r} is not one of '
                             f'{", ".join(VARIANTS)}')

    def takes(self, common: np.ndarray, areas: np.ndarray,
              size: int) -> np.ndarray:
        """Which masks a class takes, bool (S,).

        Args:
            common (np.ndarray): Pixels that each mask shares with the class.
            areas (np.ndarray): Of the masks.
            size (int): Pixels of the class.
        """
        shares = common / areas
        taken = shares >= self.inside if self.inclusive else (
            shares > self.inside)
        if self.variant == 'max_iou_imp2':
            taken |= common / size >= self.covered
        return taken


def merge_by_overlap(labels: np.ndarray, masks: MaskRuns,
                     rule: OverlapRule) -> np.ndarray:
    """Give masks to classes, in the order of their indices.

    A mask goes to the first class that takes it; later classes paint over
    earlier ones.

    Args:
        labels (np.ndarray): Class indices, uint8 (H, W): 0 is the
            background, 255 nothing.
        masks (MaskRuns): None of them empty.
        rule (OverlapRule): The rule.

    Returns:
        np.ndarray: uint8 (H, W), without 255.
    """
    areas = masks.areas
    free = np.ones(len(areas), dtype=bool)
    bare = masks.cover() == 0
    result = np.zeros_like(labels)
    for label in np.unique(labels):
        if label in (0, _IGNORE):
            continue
        own = labels == label
        taken = free & rule.takes(masks.sums(own[None])[0], areas,
                                  int(own.sum()))
        region = masks.cover(taken) > 0
        if rule.variant != 'max_iou':
            region |= own & bare
        free &= ~taken
        if not rule.all_masks:
            bare = masks.cover(free) == 0
        result[region] = label
    return result
