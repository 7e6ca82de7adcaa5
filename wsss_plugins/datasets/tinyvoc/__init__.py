"""TinyVOC: a generated data set that shows why each paper exists."""
from .classes import (
    CO_OCCURRING,
    CONTEXT_CLASSES,
    TINYVOC_CLASSES,
    TINYVOC_PALETTE,
)
from .options import TinyVOCOptions
from .scene import Scene, Thing, make_scene
from .writer import make_tinyvoc

__all__ = [
    'CONTEXT_CLASSES', 'CO_OCCURRING', 'Scene', 'TINYVOC_CLASSES',
    'TINYVOC_PALETTE', 'Thing', 'TinyVOCOptions', 'make_scene', 'make_tinyvoc'
]
