"""MAL's way of labeling objects: all of the image again for each of them."""
import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from pycocotools import mask as coco_masks
from torch import nn

from common.photos import Photos
from common.reference_cams import network_input
from wsss_plugins.ops.points.object_crop import crop_array, crop_box

OBJECTS = 4  # of an image


def crop_of_object(path: Path, box: Sequence[float],
                   side: int) -> tuple[np.ndarray, np.ndarray]:
    """Decode the image, draw its box, crop both; uint8, BGR and 0 or 1."""
    image = cv2.imread(str(path))
    mask = np.zeros(image.shape[:2])
    x0, y0, x1, y1 = map(int, box)
    mask[y0:y1 + 1, x0:x1 + 1] = 1
    crop = crop_box(box, .3)
    return (_resized(crop_array(image.astype(np.float64), crop).astype(
        np.uint8), side),
            _resized(crop_array(mask, crop, 'constant').astype(np.uint8),
                     side))


def _resized(array: np.ndarray, side: int) -> np.ndarray:
    return np.asarray(Image.fromarray(array).resize((side, side)))


def boxes_of(index: int, size: tuple[int, int]) -> np.ndarray:
    """Boxes of objects whose crops lie in the image, xywh (N, 4)."""
    rng = np.random.default_rng(index)
    side = rng.uniform(.15, .35, (OBJECTS, 2))
    corner = rng.uniform(.15, .45, (OBJECTS, 2))
    boxes = np.hstack([corner, side]) * np.tile(size[::-1], 2)
    return boxes.astype(int)


def write_annotations(photos: Photos) -> Path:
    """COCO json of boxes of all images, beside them."""
    images, annotations = [], []
    for index, name in enumerate(photos.names):
        height, width = photos.size
        images.append(dict(id=index + 1, file_name=f'{name}.jpg',
                           height=height, width=width))
        for box in boxes_of(index, photos.size).tolist():
            annotations.append(
                dict(id=len(annotations) + 1, image_id=index + 1, bbox=box,
                     category_id=1, iscrowd=0, area=box[2] * box[3]))
    path = photos.root / 'objects.json'
    path.write_text(json.dumps(dict(
        images=images, annotations=annotations,
        categories=[dict(id=1, name='object')])))
    return path


@torch.no_grad()
def label_objects(network: nn.Module, photos: Photos, source: Path,
                  out: Path, side: int, threshold: float) -> Path:
    """Masks of all objects; annotations in memory, then one dump."""
    data = json.loads(source.read_text())
    names = {image['id']: image['file_name'] for image in data['images']}
    for one in data['annotations']:
        x, y, width, height = one['bbox']
        box = (x, y, x + width, y + height)
        image, box_mask = crop_of_object(
            photos.path('JPEGImages', names[one['image_id']]), box, side)
        inputs = network_input(Image.fromarray(image[..., ::-1]))
        logits = network(inputs, [float(one['area'])])
        prob = F.interpolate(logits[:, None], (side, side), mode='bilinear'
                             )[0, 0].sigmoid() * torch.from_numpy(box_mask)
        mask = _pasted(prob, crop_box(box, .3), photos.size) > threshold
        runs = coco_masks.encode(np.asfortranarray(mask.astype(np.uint8)))
        runs['counts'] = runs['counts'].decode('ascii')
        one.update(segmentation=runs, area=int(mask.sum()))
    out.mkdir(parents=True, exist_ok=True)
    path = out / 'instances.json'
    path.write_text(json.dumps(data))
    return path


def _pasted(prob: torch.Tensor, crop: tuple[int, ...],
            size: tuple[int, int]) -> np.ndarray:
    """Map of a crop in a float64 map of the image's size."""
    x0, y0, x1, y1 = crop
    whole = np.zeros(size)
    part = F.interpolate(
        prob[None, None], (y1 - y0, x1 - x0), mode='bilinear')[0, 0].numpy()
    rows = slice(max(y0, 0), min(y1, size[0]))
    columns = slice(max(x0, 0), min(x1, size[1]))
    whole[rows, columns] = part[rows.start - y0:rows.stop - y0,
                                columns.start - x0:columns.stop - x0]
    return whole


def mean_iou(reference: Path, ours: Path) -> dict[str, float]:
    """Of the masks of two files, object by object."""
    pairs = zip(*(json.loads(path.read_text())['annotations']
                  for path in (reference, ours)), strict=True)
    scores = [coco_masks.iou([a['segmentation']], [b['segmentation']], [0])
              for a, b in pairs]
    return dict(iou=float(np.mean(scores)), objects=len(scores))
