"""Transforms of image-level data."""
from .dense_maps import DenseMapSpec, register_dense_map
from .formatting import PackWSSSInputs
from .geometry import RandomPlaceCrop, RandomResizeLong, Rescale, Resize
from .loading import (
    LoadClassMaps,
    LoadContextMask,
    LoadDenseMap,
    LoadPseudoMask,
)
from .photometric import ColorJitter
from .refining import MakePseudoMask, RefineClassMaps

__all__ = [
    'ColorJitter', 'DenseMapSpec', 'LoadClassMaps', 'LoadContextMask',
    'LoadDenseMap', 'LoadPseudoMask', 'MakePseudoMask', 'PackWSSSInputs',
    'RandomPlaceCrop', 'RandomResizeLong', 'RefineClassMaps', 'Rescale',
    'Resize',
    'register_dense_map'
]
