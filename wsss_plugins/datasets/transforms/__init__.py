"""Transforms of image-level data."""
from .affinity_grid import (
    LoadAffinityScores,
    MakeAffinityGrid,
    PackAffinityInputs,
)
from .affinity_labels import MakeAffinityLabel, MakeIRLabel
from .crf_image import MakeCRFImage
from .cues import LoadCues, LoadGradientMap, MakeCues
from .dense_maps import DenseMapSpec, register_dense_map
from .formatting import PackWSSSInputs
from .geometry import RandomPlaceCrop, RandomResizeLong, Rescale, Resize
from .loading import (
    LoadClassMaps,
    LoadContextMask,
    LoadDenseMap,
    LoadPseudoMask,
)
from .objects import (
    CropObjects,
    FlipObjects,
    JitterExtremePoints,
    PackObjects,
)
from .photometric import ColorJitter
from .random_rescale import RandomRescale
from .refining import MakePseudoMask, RefineClassMaps
from .zoom import ZoomResize

__all__ = [
    'CropObjects', 'FlipObjects', 'JitterExtremePoints', 'PackObjects',
    'LoadAffinityScores', 'MakeAffinityGrid', 'MakeAffinityLabel',
    'MakeIRLabel', 'PackAffinityInputs', 'RandomRescale',
    'ColorJitter', 'DenseMapSpec', 'LoadClassMaps', 'LoadContextMask',
    'LoadCues', 'LoadDenseMap', 'LoadGradientMap', 'LoadPseudoMask',
    'MakeCues', 'MakePseudoMask', 'PackWSSSInputs',
    'RandomPlaceCrop', 'RandomResizeLong', 'RefineClassMaps', 'Rescale',
    'Resize',
    'MakeCRFImage', 'ZoomResize', 'register_dense_map'
]
