"""What is known about an image, in the formats of VOC and COCO."""
import xml.etree.ElementTree as ET
from collections.abc import Iterable

import numpy as np
from PIL import Image, ImageFilter

from ...structures import IGNORE_INDEX
from .classes import TINYVOC_FOREGROUND, class_index
from .scene import Scene, SceneObject

# An object whose telling part is mostly hidden is 'difficult' in VOC's sense.
_DIFFICULT_BELOW = .5


def void_border(instances: np.ndarray) -> np.ndarray:
    """Thin border around objects, bool (H, W), as VOC masks have it.

    One pixel wide at 128 pixels, on the far side of a border: in the
    background, or in the object of the smaller number. Objects keep their
    outermost pixels where they border on background.

    Args:
        instances (np.ndarray): Number of the object, 0 for none, uint8.
    """
    reach = max(1, round(instances.shape[0] / 128))
    nearby = Image.fromarray(instances).filter(
        ImageFilter.MaxFilter(2 * reach + 1))
    return np.asarray(nearby) > instances


def with_void(mask: np.ndarray, instances: np.ndarray) -> np.ndarray:
    """A mask with the void border set to 255."""
    return np.where(void_border(instances), IGNORE_INDEX,
                    mask).astype(np.uint8)


def bounding_box(mask: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of a mask; right and bottom exclusive."""
    columns = np.flatnonzero(mask.any(axis=0))
    rows = np.flatnonzero(mask.any(axis=1))
    return (int(columns[0]), int(rows[0]), int(columns[-1]) + 1,
            int(rows[-1]) + 1)


def is_difficult(item: SceneObject) -> bool:
    """Whether less than half of the object's telling part can be seen."""
    return item.part_visible < _DIFFICULT_BELOW


def _touches_edge(mask: np.ndarray) -> bool:
    return bool(mask[[0, -1]].any() or mask[:, [0, -1]].any())


def run_lengths(mask: np.ndarray) -> dict:
    """A mask as COCO's uncompressed RLE.

    Runs go down the columns and start with background, which may be 0 long.

    Args:
        mask (np.ndarray): bool (H, W).

    Returns:
        dict: ``counts`` (list[int]) and ``size`` ([H, W]).
    """
    flat = mask.ravel(order='F').astype(np.int8)
    changes = np.flatnonzero(np.diff(flat, prepend=0))
    counts = np.diff(changes, prepend=0, append=flat.size)
    return dict(counts=counts.tolist(), size=list(mask.shape))


def coco_objects(scene: Scene) -> list[dict]:
    """COCO annotations of an image, without ``id`` and ``image_id``.

    An object that is cut in two is one annotation of two pieces, and says so:
    ``is_occluded_split``. ``is_difficult`` is VOC's flag.
    """
    found = []
    for item in scene.objects:
        left, top, right, bottom = bounding_box(item.mask)
        found.append(
            dict(
                category_id=class_index(item.name),
                segmentation=run_lengths(item.mask),
                area=int(item.mask.sum()),
                bbox=[left, top, right - left, bottom - top],
                iscrowd=0,
                is_occluded_split=item.split,
                is_difficult=is_difficult(item)))
    return found


def coco_dataset(records: Iterable[dict], size: int) -> dict:
    """A COCO data set from the records of its images.

    Args:
        records (Iterable[dict]): With ``name`` and ``objects`` (what
            :func:`coco_objects` gives).
        size (int): Height and width of the images in pixels.
    """
    images, annotations = [], []
    for record in records:
        images.append(
            dict(
                id=len(images) + 1,
                file_name=f'{record["name"]}.jpg',
                height=size,
                width=size))
        for item in record['objects']:
            annotations.append(
                dict(
                    id=len(annotations) + 1,
                    image_id=len(images),
                    **item))
    categories = [dict(id=class_index(n), name=n) for n in TINYVOC_FOREGROUND]
    return dict(
        info=dict(description='TinyVOC'),
        licenses=[],
        images=images,
        annotations=annotations,
        categories=categories)


def voc_xml(scene: Scene) -> bytes:
    """VOC's XML of an image; boxes count from 1 and include both ends."""
    height, width = scene.instances.shape
    root = ET.Element('annotation')
    _add(root, folder='VOC2012', filename=f'{scene.name}.jpg')
    _add(ET.SubElement(root, 'source'), database='TinyVOC',
         annotation='TinyVOC', image='generated')
    _add(ET.SubElement(root, 'size'), width=width, height=height, depth=3)
    _add(root, segmented=1)
    for item in scene.objects:
        left, top, right, bottom = bounding_box(item.mask)
        element = ET.SubElement(root, 'object')
        _add(
            element,
            name=item.name,
            pose='Unspecified',
            truncated=int(_touches_edge(item.mask)),
            difficult=int(is_difficult(item)),
            occluded=int(item.split))
        _add(ET.SubElement(element, 'bndbox'), xmin=left + 1, ymin=top + 1,
             xmax=right, ymax=bottom)
    ET.indent(root, space='\t')
    return ET.tostring(root) + b'\n'


def _add(parent: ET.Element, **values: object) -> None:
    for tag, value in values.items():
        ET.SubElement(parent, tag).text = str(value)
