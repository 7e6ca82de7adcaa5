"""Image-level data sets and their transforms."""
from . import transforms
from .coco import COCO14ImageLevelDataset
from .image_level import ImageLevelDataset
from .object_dataset import ObjectCropDataset, collate_objects
from .samplers import SameSizeBatchSampler
from .tinyvoc_dataset import TinyVOCDataset
from .voc import VOC12ImageLevelDataset

__all__ = [
    'COCO14ImageLevelDataset', 'ImageLevelDataset', 'ObjectCropDataset',
    'SameSizeBatchSampler', 'collate_objects',
    'TinyVOCDataset', 'VOC12ImageLevelDataset', 'transforms'
]
