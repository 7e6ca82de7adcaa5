"""Refiners in a row."""
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..registry import REFINERS
from ..structures import ClassMaps
from .base import INPUTS, Refiner, RefinerSample, build_refiner


@REFINERS.register_module()
class RefinerChain(Refiner):
    """Apply refiners one after the other.

    The chain is a refiner itself and needs whatever one of its refiners
    needs. Those with ``foreground_only`` get CAMs without the background,
    scaled to a maximum of 1 each.

    Args:
        refiners (Sequence[dict]): Their configs, first to last.
        background (int): Dataset class index of the background.

    Raises:
        UserError: If a type is no refiner.
    """

    def __init__(self, refiners: Sequence[dict], background: int = 0) -> None:
        self.refiners = [build_refiner(one) for one in refiners]
        self.background = background
        for name in INPUTS:
            setattr(self, f'needs_{name}',
                    any(name in one.needs for one in self.refiners))

    def __len__(self) -> int:
        return len(self.refiners)

    @property
    def parts(self) -> list[Refiner]:
        """The refiners of the chain, those of inner chains among them."""
        return [part for one in self.refiners for part in one.parts]

    def refine(self, samples: Sequence[RefinerSample]) -> list[ClassMaps]:
        """Refine the CAMs of images; see :class:`Refiner`."""
        samples = list(samples)
        for refiner in self.refiners:
            maps = [sample.maps for sample in samples]
            if refiner.foreground_only:
                maps = [foreground_maps(m, self.background) for m in maps]
            samples = _with_maps(samples, refiner.refine(
                _with_maps(samples, maps)))
        return [sample.maps for sample in samples]


def _with_maps(samples: Sequence[RefinerSample],
               maps: Sequence[ClassMaps]) -> list[RefinerSample]:
    return [replace(sample, maps=one)
            for sample, one in zip(samples, maps, strict=True)]


def foreground_maps(maps: ClassMaps, background: int) -> ClassMaps:
    """CAMs as a CAM network gives them: no background, maxima of 1.

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
