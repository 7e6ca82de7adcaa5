"""The generated demonstration data set."""
from ..registry import DATASETS
from .image_level import ImageLevelDataset
from .tinyvoc import TINYVOC_CLASSES, TINYVOC_PALETTE


@DATASETS.register_module()
class TinyVOCDataset(ImageLevelDataset):
    """TinyVOC as ``tools/dataset_converters/make_tinyvoc.py`` makes it."""
    METAINFO = dict(classes=TINYVOC_CLASSES, palette=TINYVOC_PALETTE)
