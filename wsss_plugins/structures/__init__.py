"""What travels between stages: read, write, check. No OpenMMLab here."""
from .atomic import atomic_path, sweep_partial, write_json
from .class_maps import ClassMaps
from .classes import (
    BACKGROUND,
    IGNORE_INDEX,
    ClassSpace,
    background_index,
    check_background,
    foreground_indices,
    num_foreground,
)
from .coco_json import CocoFile, CocoWriter, coco_head, iter_annotations
from .cues import Cues
from .errors import UserError
from .extreme_points import ObjectAnnotations
from .gradient_map import GradientMap
from .image_files import (
    IMAGE_SUFFIXES,
    ImageFolder,
    ImageHeader,
    checked_size,
    read_image,
    read_reduced,
)
from .image_labels import ImageLabels
from .image_list import read_image_list
from .instances import ImageInstances
from .masks import read_mask, write_mask
from .palette import photo_palette, voc_palette
from .problems import Problem
from .record_shards import RecordShards
from .rle import (
    box_rle,
    decode_mask,
    encode_mask,
    rle_area,
    rle_box,
    rle_iou,
    segment_rle,
)
from .safe_pickle import load_npy, load_pickle
from .sub_categories import SubCategories
from .text_files import read_json, read_text

__all__ = [
    'BACKGROUND', 'IGNORE_INDEX', 'IMAGE_SUFFIXES', 'ClassMaps', 'ClassSpace',
    'CocoFile', 'CocoWriter', 'Cues', 'GradientMap', 'ImageFolder',
    'ImageHeader', 'ImageInstances', 'ImageLabels', 'ObjectAnnotations',
    'Problem', 'RecordShards', 'SubCategories', 'UserError', 'atomic_path',
    'background_index', 'box_rle', 'check_background', 'checked_size',
    'coco_head', 'decode_mask', 'encode_mask', 'foreground_indices',
    'iter_annotations', 'load_npy', 'load_pickle', 'num_foreground',
    'photo_palette', 'read_image', 'read_image_list', 'read_json', 'read_mask',
    'read_reduced', 'read_text', 'rle_area', 'rle_box', 'rle_iou',
    'segment_rle', 'sweep_partial', 'voc_palette', 'write_json', 'write_mask'
]
