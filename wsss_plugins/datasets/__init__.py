"""Image-level data sets and their transforms."""
from . import transforms
from .coco import COCO14ImageLevelDataset
from .image_level import ImageLevelDataset
from .samplers import SameSizeBatchSampler
from .tinyvoc_dataset import TinyVOCDataset
from .voc import VOC12ImageLevelDataset

__all__ = [
    'COCO14ImageLevelDataset', 'ImageLevelDataset', 'SameSizeBatchSampler',
    'TinyVOCDataset', 'VOC12ImageLevelDataset', 'transforms'
]
