"""From other label formats to :class:`wsss_plugins.structures.ImageLabels`."""
from .coco_json import from_coco_json
from .csv_tags import from_csv
from .label_masks import from_label_masks
from .numpy_labels import from_numpy
from .select import select_images
from .voc_xml import from_voc_xml

__all__ = [
    'from_coco_json', 'from_csv', 'from_label_masks', 'from_numpy',
    'from_voc_xml', 'select_images'
]
