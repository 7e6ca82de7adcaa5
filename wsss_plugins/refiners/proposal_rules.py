"""How mask proposals get classes: two published rules, behind one method."""
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..ops.cam.pseudo_mask import class_map_labels
from ..ops.cam.resizing import resize_maps
from ..ops.proposals.overlaps import OverlapRule, merge_by_overlap
from ..ops.proposals.runs import MaskRuns
from ..ops.proposals.scores import (
    mask_scores,
    painting_order,
    prepared_maps,
    with_background,
)
from ..structures import ClassMaps
from ..structures.proposals import Proposals


@dataclass(frozen=True, eq=False)
class Vote:
    """What the masks of an image were given.

    Attributes:
        means (np.ndarray): Of the classes over the masks, (P, S).
        scores (np.ndarray): (1 + P, S), the background first.
        order (np.ndarray): In which masks are painted, the last on top.
        painted (np.ndarray): Number of the class of each pixel, uint8
            (H, W): 0 for the background and where there is no mask.
    """
    means: np.ndarray
    scores: np.ndarray
    order: np.ndarray
    painted: np.ndarray

    @property
    def labels(self) -> np.ndarray:
        """Number of the class of each mask, (S,)."""
        return self.scores.argmax(axis=0)

    @property
    def confidence(self) -> np.ndarray:
        """Score of that class, (S,)."""
        return self.scores.max(axis=0)


@dataclass(frozen=True)
class VoteRule:
    """Masks get the class whose CAM is greatest on average.

    As in FMA-WSSS (https://arxiv.org/abs/2312.03585).

    Args:
        norm (str): See :func:`.prepared_maps`. Defaults to ``'relu'``.
        power (float, optional): Of the background's score. Defaults to 0.7.
        threshold (float, optional): Background score, in place of a power.
        priority (Sequence[str]): Which masks are painted last, see
            :func:`.painting_order`.
        rest (bool): Let the pixels in no mask take part in the scaling, so
            that a lone mask has a score; False for the published rule.
    """
    norm: str = 'relu'
    power: float | None = .7
    threshold: float | None = None
    priority: Sequence[str] = ('level', 'conf')
    rest: bool = True

    def vote(self, maps: np.ndarray, proposals: Proposals) -> Vote:
        """Label masks and paint them.

        Args:
            maps (np.ndarray): CAMs, float (P, h, w), of any stride and sign.
            proposals (Proposals): At least one.
        """
        full = prepared_maps(resize_maps(maps, proposals.size), self.norm)
        masks = proposals.mask_runs()
        means = masks.sums(full) / masks.areas
        scores = with_background(
            mask_scores(means, self.norm, self._rest(full, masks)),
            None if self.threshold is not None else self.power,
            self.threshold)
        order = painting_order(self.priority, proposals.levels,
                               scores.max(axis=0), proposals.areas)
        return Vote(means, scores, order,
                    masks.painted(scores.argmax(axis=0), order))

    def label_map(self, maps: ClassMaps, background: int,
                  proposals: Proposals) -> np.ndarray:
        """Dataset class indices, uint8 (H, W).

        Args:
            maps (ClassMaps): CAMs or class probabilities.
            background (int): Its dataset class index.
            proposals (Proposals): At least one.
        """
        own = maps.labels != background
        vote = self.vote(maps.maps[own], proposals)
        indices = np.concatenate([[background], maps.labels[own]])
        return indices[vote.painted].astype(np.uint8)

    def _rest(self, full: np.ndarray, masks: MaskRuns) -> np.ndarray | None:
        bare = masks.cover() == 0
        if not self.rest or not bare.any():
            return None
        return full[:, bare].mean(axis=1)


@dataclass(frozen=True)
class OverlapLabels:
    """A label map's classes take the masks that they overlap.

    Args:
        rule (OverlapRule): When they do.
        threshold (float): Background threshold of the label map of CAMs
            without background. Defaults to 0.5.
    """
    rule: OverlapRule = OverlapRule()
    threshold: float = .5

    def merge(self, labels: np.ndarray, proposals: Proposals) -> np.ndarray:
        """Merge a label map, uint8 (H, W), with masks; 0 is the background."""
        return merge_by_overlap(labels, proposals.mask_runs(), self.rule)

    def label_map(self, maps: ClassMaps, background: int,
                  proposals: Proposals) -> np.ndarray:
        """Dataset class indices, uint8 (H, W); see :class:`VoteRule`."""
        labels = self.labels_of(maps, background)
        # The rule counts from the background on, wherever that is.
        order = np.arange(256)
        order[:background + 1] = np.roll(order[:background + 1], 1)
        merged = self.merge(np.argsort(order)[labels].astype(np.uint8),
                            proposals)
        return order[merged].astype(np.uint8)

    def labels_of(self, maps: ClassMaps, background: int) -> np.ndarray:
        """Dataset class indices by the maps alone, uint8 (H, W)."""
        return class_map_labels(maps.maps, maps.labels, maps.size,
                                self.threshold, background)
