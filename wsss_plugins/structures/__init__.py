"""What travels between stages: read, write, check. No OpenMMLab here."""
from .atomic import atomic_path, write_json
from .class_maps import ClassMaps
from .classes import (
                      BACKGROUND,
                      IGNORE_INDEX,
                      ClassSpace,
                      foreground_indices,
                      num_foreground,
)
from .cues import Cues
from .errors import UserError
from .gradient_map import GradientMap
from .image_files import checked_size
from .image_labels import ImageLabels
from .masks import read_mask, write_mask
from .palette import voc_palette
from .safe_pickle import load_npy, load_pickle
from .sub_categories import SubCategories

__all__ = [
    'BACKGROUND', 'IGNORE_INDEX', 'ClassMaps', 'ClassSpace', 'Cues',
    'GradientMap', 'ImageLabels', 'SubCategories', 'UserError',
    'atomic_path', 'checked_size', 'foreground_indices', 'load_npy',
    'load_pickle', 'num_foreground', 'read_mask', 'voc_palette',
    'write_json', 'write_mask'
]
