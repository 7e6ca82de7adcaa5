"""Refiners in a row, on the images of a batch."""
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..registry import REFINERS
from ..structures import ClassMaps
from .gcn.batch import GraphSample


class RefinerChain:
    """Apply refiners one after the other.

    Two kinds are known. Those that work on a graph of cells have a method
    ``refine(samples) -> list[ClassMaps]``, such as
    :class:`wsss_plugins.GCNRefiner`; they get the class maps without the
    background, each scaled to a maximum of 1. Others are called with the
    class maps and the image, such as :class:`wsss_plugins.FinalCRFRefiner`.

    Args:
        refiners (Sequence[dict]): Their configs, first to last.
        background (int): Dataset class index of the background.
    """

    def __init__(self,
                 refiners: Sequence[dict],
                 background: int = 0) -> None:
        self.refiners = [REFINERS.build(dict(one)) for one in refiners]
        self.background = background

    def __len__(self) -> int:
        return len(self.refiners)

    @property
    def needs_features(self) -> bool:
        """Whether one of the refiners works on a graph of cells."""
        return any(hasattr(one, 'refine') for one in self.refiners)

    def __call__(self, samples: Sequence[GraphSample]) -> list[ClassMaps]:
        """Refine the class maps of a batch, in order.

        Args:
            samples (Sequence[GraphSample]): Their maps may hold the
                background.
        """
        samples = list(samples)
        for refiner in self.refiners:
            found = self._apply(refiner, samples)
            samples = [
                replace(sample, maps=maps)
                for sample, maps in zip(samples, found, strict=True)
            ]
        return [sample.maps for sample in samples]

    def _apply(self, refiner: object,
               samples: list[GraphSample]) -> list[ClassMaps]:
        if hasattr(refiner, 'refine'):
            return refiner.refine([
                replace(one, maps=foreground_maps(one.maps, self.background))
                for one in samples
            ])
        return [refiner(one.maps, one.image) for one in samples]


def foreground_maps(maps: ClassMaps, background: int) -> ClassMaps:
    """Class maps as a CAM network gives them: no background, maxima of 1.

    Args:
        maps (ClassMaps): Returned as they are if they hold no background.
        background (int): Dataset class index of the background.
    """
    keep = maps.labels != background
    if keep.all():
        return maps
    kept = maps.maps[keep]
    if len(kept):
        peak = kept.max(axis=(1, 2), keepdims=True)
        kept = kept / np.maximum(peak, np.finfo(np.float32).tiny)
    return ClassMaps(maps.labels[keep], kept, maps.size)
