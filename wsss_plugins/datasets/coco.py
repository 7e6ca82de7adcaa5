"""COCO 2014 with image-level labels."""
from ..registry import DATASETS
from ..structures import voc_palette
from .coco_classes import COCO_CLASSES
from .image_level import ImageLevelDataset


@DATASETS.register_module()
class COCO14ImageLevelDataset(ImageLevelDataset):
    """COCO 2014: 80 classes in category order behind the background.

    Masks are index PNGs as ``tools/dataset_converters/coco_masks.py`` writes
    them.
    """
    METAINFO = dict(
        classes=COCO_CLASSES, palette=voc_palette(len(COCO_CLASSES)))
