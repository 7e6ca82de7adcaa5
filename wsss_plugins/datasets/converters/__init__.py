"""From other label formats to :class:`wsss_plugins.structures.ImageLabels`."""
from .clicks_csv import convert_clicks_csv
from .coco_json import from_coco_json
from .coco_masks import write_coco_masks
from .csv_labels import from_csv
from .extreme_points import (
    add_extreme_points,
    annotation_points,
    voc_extreme_points,
)
from .label_masks import from_label_masks
from .numpy_labels import from_numpy
from .sec_cues import convert_sec_cues
from .select import select_images
from .voc_xml import VOC_CLASSES, from_voc_xml

__all__ = [
    'VOC_CLASSES', 'add_extreme_points', 'annotation_points',
    'convert_clicks_csv', 'convert_sec_cues', 'from_coco_json', 'from_csv',
    'from_label_masks', 'from_numpy', 'from_voc_xml', 'select_images',
    'voc_extreme_points', 'write_coco_masks'
]
