"""TinyVOC: a generated data set in VOC's layout, small enough for a laptop.

It is a demonstration and a test bed: every image shows why some paper
exists. It is no evidence that a method works; that takes real images.
"""
from .classes import (
    CONTEXT_CLASSES,
    CONTEXT_PALETTE,
    STUFF,
    TINYVOC_CLASSES,
    TINYVOC_FOREGROUND,
    TINYVOC_PALETTE,
)
from .options import TinyVOCOptions
from .saliency import SALIENCY_ERRORS, make_saliency
from .scene import Scene, SceneObject, make_scene
from .writer import make_tinyvoc

__all__ = [
    'CONTEXT_CLASSES', 'CONTEXT_PALETTE', 'SALIENCY_ERRORS', 'STUFF', 'Scene',
    'SceneObject', 'TINYVOC_CLASSES', 'TINYVOC_PALETTE', 'TINYVOC_FOREGROUND',
    'TinyVOCOptions', 'make_saliency', 'make_scene', 'make_tinyvoc'
]
