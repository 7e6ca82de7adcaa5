"""PASCAL VOC 2012 with image-level labels."""
from mmseg.datasets import PascalVOCDataset

from ..registry import DATASETS
from .image_level import ImageLevelDataset


@DATASETS.register_module()
class VOC12ImageLevelDataset(ImageLevelDataset):
    """PASCAL VOC 2012: 20 classes behind the background, VOC's colors.

    Splits (``train``, ``train_aug``, ``val``) are list files; whether
    'difficult' objects count is decided where the labels are made
    (``tools/dataset_converters/image_labels.py voc-xml --no-difficult``). The
    papers' labels count them.
    """
    METAINFO = PascalVOCDataset.METAINFO
