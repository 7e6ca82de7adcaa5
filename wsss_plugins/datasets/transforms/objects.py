"""From an image with objects to a crop for each of them."""
import random
from collections.abc import Sequence

import cv2
import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmengine.structures import BaseDataElement

from ...ops.points.extreme_points import jitter_points, random_mask_points
from ...ops.points.object_crop import (
    BACKENDS,
    PADS,
    box_edges,
    box_mask,
    box_to_crop,
    crop_array,
    crop_box,
    draw_margins,
    flip_points,
    outside_strip,
    points_to_crop,
    resize_crop,
    valid_mask,
)
from ...registry import TRANSFORMS
from ...structures import UserError, decode_mask

_MARGINS = ('train', 'test')
_NOISES = ('uniform', 'normal', 'mask')
# A box that fills its image has no outside, however often margins are drawn.
_TRIES = 20


def _generator() -> np.random.Generator:
    """Randomness that follows the seed of the worker, and of the sample."""
    return np.random.default_rng(random.getrandbits(63))


@TRANSFORMS.register_module()
class JitterExtremePoints(BaseTransform):
    """Imitate inexact clicks; the box follows the points.

    Required Keys:

    - img
    - objects (``points``, and for ``'mask'`` ``segmentation``)

    Modified Keys:

    - objects (``points``, ``box``)

    Args:
        amount (float): In pixels of the image: greatest shift of each
            coordinate for ``'uniform'``, standard deviation for ``'normal'``,
            greatest distance from the border of the object for ``'mask'``.
        noise (str): ``'mask'`` is DEXTR's: any pixel of the object near
            enough, which needs its mask. Defaults to ``'uniform'``.
    """

    def __init__(self, amount: float, noise: str = 'uniform') -> None:
        if noise not in _NOISES or amount < 0:
            raise ValueError(f'noise={noise!r}, amount={amount}: noise is one '
                             f'of {", ".join(_NOISES)}, the amount at least '
                             '0')
        self.amount = amount
        self.noise = noise

    def transform(self, results: dict) -> dict:
        """Move the points of all objects that have some."""
        rng, size = _generator(), results['img'].shape[:2]
        results['objects'] = [
            item if item['points'] is None else self._moved(
                item, size, rng) for item in results['objects']
        ]
        return results

    def _moved(self, item: dict, size: tuple[int, int],
               rng: np.random.Generator) -> dict:
        if self.noise != 'mask':
            points = jitter_points(item['points'], self.amount, size, rng,
                                   self.noise)
        else:
            points = random_mask_points(
                _object_mask(item, size), self.amount, rng)
        points = points.astype(np.float64)
        # Of all four: those drawn from a mask may be out of order.
        low, high = points.min(axis=0), points.max(axis=0)
        if (high <= low).any():
            return item  # nothing would be left of it
        return dict(item, points=points, box=(*low.tolist(), *high.tolist()))


@TRANSFORMS.register_module()
class CropObjects(BaseTransform):
    """Cut out each object with a margin, at one size.

    Required Keys:

    - img (uint8 (H, W, 3), of the size that the json says)
    - objects
    - height, width (optional)

    Modified Keys:

    - objects. Added to each: ``crop`` (uint8 (S, S, 3)), ``box_mask``
      (uint8 (S, S), 1 in the box), ``valid_mask`` (bool (S, S), False where
      the crop shows padding), ``ext_box`` (the crop in the image, x0, y0, x1,
      y1, right and bottom excluded), ``crop_box`` (edges of the box in the
      crop, float64 (4,), where pixel i reaches from i to i + 1),
      ``crop_points`` (pixel indices of the crop, float64 (4, 2), or None),
      ``gt_mask`` (uint8 (S, S), with a ``segmentation``), ``flip`` (False).

    Removed Keys:

    - img

    Args:
        size (int): Height and width S of the crops. Defaults to 512.
        margin (str): ``'train'``: random, anew each time; ``'test'``: fixed.
        train_margin (tuple[float, float]): Range of a side's random margin
            before it is shared with the opposite side, in halves of the box.
            Defaults to (0, 1.2), MAL's.
        test_margin (float): In halves of the box. Defaults to 0.3, MAL's.
        pad (str): What lies beyond the image. ``'reflect'``: the image
            mirrored, marked in ``valid_mask``. ``'constant'``: ``fill``,
            likewise. ``'wrap'``: the opposite side as in MAL, where it counts
            as image: all is valid and the training box mask wraps with it.
        fill (Sequence[float]): Color for ``'constant'`` in the channel order
            of the image. Defaults to ImageNet's mean in BGR.
        backend (str): ``'pillow'`` as the reference, or ``'cv2'``, faster.
        outside_patch (int, optional): Draw margins again until on some side
            a strip of at least so many pixels of the crop shows the image
            outside the box: one patch, so that EXITS has background seeds.
            Defaults to None, which never draws again, as MAL.
    """

    def __init__(self,
                 size: int = 512,
                 margin: str = 'train',
                 train_margin: tuple[float, float] = (0., 1.2),
                 test_margin: float = .3,
                 pad: str = 'reflect',
                 fill: Sequence[float] = (104, 116, 124),
                 backend: str = 'pillow',
                 outside_patch: int | None = None) -> None:
        for name, value, known in (('margin', margin, _MARGINS),
                                   ('pad', pad, PADS),
                                   ('backend', backend, BACKENDS)):
            if value not in known:
                raise ValueError(f'{name}={value!r}; choose one of '
                                 f'{", ".join(known)}')
        self.size = size
        self.margin = margin
        self.train_margin = tuple(train_margin)
        self.test_margin = test_margin
        self.pad = pad
        self.fill = fill
        self.backend = backend
        self.outside_patch = outside_patch

    def transform(self, results: dict) -> dict:
        """Crop all objects of the image."""
        image = results.pop('img')
        size = image.shape[:2]
        said = results.get('height', size[0]), results.get('width', size[1])
        if size != said:
            raise UserError(
                f'{results["img_path"]}: read as {size[1]}x{size[0]}, but the '
                f'json says {said[1]}x{said[0]}; if an EXIF orientation '
                'turns it, load it with wsss_plugins.LoadUprightImage')
        rng = _generator() if self.margin == 'train' else None
        results['objects'] = [
            self.crop_object(image, item, self._crop(item['box'], size, rng))
            for item in results['objects']
        ]
        return results

    def _crop(self, box: Sequence[float], size: tuple[int, int],
              rng: np.random.Generator | None) -> tuple[int, ...]:
        if rng is None:
            return crop_box(box, self.test_margin)
        for _ in range(_TRIES):
            crop = crop_box(box, draw_margins(rng, self.train_margin))
            if self.outside_patch is None or outside_strip(
                    box, crop, size, self.size,
                    self.pad) >= self.outside_patch:
                break
        return crop

    def crop_object(self, image: np.ndarray, item: dict,
                    crop: tuple[int, ...]) -> dict:
        """One object in a given crop.

        Args:
            image (np.ndarray): uint8 (H, W, 3).
            item (dict): With ``box``, and ``points`` and ``segmentation`` if
                there are some.
            crop (tuple[int, ...]): x0, y0, x1, y1; may leave the image.

        Returns:
            dict: ``item`` and what the class adds to it.
        """
        size, wraps = image.shape[:2], self.pad == 'wrap'
        box, points = item['box'], item.get('points')
        cropped = dict(
            item,
            crop=self._resized(image, crop, self.pad, self.fill),
            # Inference has no box beyond the image, also in the reference.
            box_mask=box_mask(
                box, crop, size, self.size,
                'wrap' if wraps and self.margin == 'train' else 'constant'),
            valid_mask=(np.ones((self.size, ) * 2, dtype=bool) if wraps else
                        valid_mask(crop, size, self.size)),
            ext_box=crop,
            crop_box=box_to_crop(box_edges(box, size), crop, self.size),
            crop_points=(None if points is None else points_to_crop(
                points, crop, self.size)),
            ori_shape=size,
            flip=False)
        if item.get('segmentation') is not None:
            mask = _object_mask(item, size).astype(np.uint8)
            cropped['gt_mask'] = self._resized(mask, crop, 'constant', 0)
        return cropped

    def _resized(self, array: np.ndarray, crop: tuple[int, ...], pad: str,
                 fill: float | Sequence[float]) -> np.ndarray:
        part = crop_array(array, crop, pad, fill)
        return resize_crop(
            np.ascontiguousarray(part), self.size, self.backend)


def _object_mask(item: dict, size: tuple[int, int]) -> np.ndarray:
    if item.get('segmentation') is None:
        raise UserError(f'annotation {item["ann_id"]} has no segmentation; '
                        'keep_masks=True of the data set keeps it if the file '
                        'has it')
    return decode_mask(item['segmentation'], size,
                       f'annotation {item["ann_id"]}')


@TRANSFORMS.register_module()
class FlipObjects(BaseTransform):
    """Mirror crops, each on its own; left and right points change roles.

    Required Keys:

    - objects (as ``CropObjects`` leaves them)

    Modified Keys:

    - objects

    Args:
        prob (float): Of a crop to be mirrored. Defaults to 0.5.
    """

    def __init__(self, prob: float = .5) -> None:
        if not 0 <= prob <= 1:
            raise ValueError(f'prob={prob} is not in [0, 1]')
        self.prob = prob

    def transform(self, results: dict) -> dict:
        """Mirror some crops."""
        results['objects'] = [
            self.flip_object(item) if random.random() < self.prob else item
            for item in results['objects']
        ]
        return results

    @staticmethod
    def flip_object(item: dict) -> dict:
        """Mirror a crop and all that lies in it."""
        side = item['crop'].shape[1]
        flipped = dict(item, flip=not item['flip'])
        for key in ('crop', 'box_mask', 'valid_mask', 'gt_mask'):
            if key in item:
                flipped[key] = item[key][:, ::-1]
        x0, y0, x1, y1 = item['crop_box']
        flipped['crop_box'] = np.array([side - x1, y0, side - x0, y1])
        if item['crop_points'] is not None:
            flipped['crop_points'] = flip_points(item['crop_points'], side)
        return flipped


@TRANSFORMS.register_module()
class PackObjects(BaseTransform):
    """Pack the crops of an image; ``collate_objects`` joins images.

    Required Keys:

    - objects (as ``CropObjects`` leaves them)
    - img_id, img_path, file_name, sample_name (optional)

    Packed:

    - inputs: uint8 (K, 3, S, S), RGB
    - data_samples: list of K ``BaseDataElement``, each with

      - ``box_mask`` uint8 (S, S), ``valid_mask`` bool (S, S)
      - ``crop_box`` float32 (4,), edges x0, y0, x1, y1 of the box
      - ``points`` float32 (4, 2), only with extreme points: x and y of top,
        left, bottom, right
      - ``gt_mask`` uint8 (S, S), only with a mask of the ground truth
      - metainfo ``ann_id``, ``image_id``, ``category_id``, ``file_name``,
        ``img_path``, ``sample_name``, ``ori_shape`` (H, W), ``ext_box``,
        ``box`` (x0, y0, x1, y1 in the image), ``box_area`` (square pixels of
        the image), ``flip``

    Coordinates of ``crop_box`` and ``points`` are pixels of the crop, 0 at
    the outer edge of the first one, so its center is at 0.5.

    Args:
        to_rgb (bool): Whether the image is BGR, as ``LoadImageFromFile``
            reads it. Defaults to True.
    """
    _IMAGE_KEYS = ('img_path', 'file_name', 'sample_name')

    def __init__(self, to_rgb: bool = True) -> None:
        self.to_rgb = to_rgb

    def transform(self, results: dict) -> dict:
        """Pack the crops."""
        items = results['objects']
        height, width = items[0]['crop'].shape[:2]
        inputs = np.empty((len(items), 3, height, width), dtype=np.uint8)
        for planes, item in zip(inputs, items):
            order = planes[::-1] if self.to_rgb else planes
            # Much faster than a transposed copy.
            cv2.split(np.ascontiguousarray(item['crop']), list(order))
        return dict(
            inputs=torch.from_numpy(inputs),
            data_samples=[
                self._element(results, item) for item in results['objects']
            ])

    def _element(self, results: dict, item: dict) -> BaseDataElement:
        x0, y0, x1, y1 = item['box']
        meta = {key: results.get(key) for key in self._IMAGE_KEYS}
        element = BaseDataElement(
            metainfo=dict(
                meta,
                ann_id=item['ann_id'],
                image_id=results['img_id'],
                category_id=item['category_id'],
                ori_shape=item['ori_shape'],
                ext_box=item['ext_box'],
                box=item['box'],
                box_area=(x1 - x0) * (y1 - y0),
                flip=item['flip']))
        data = {
            key: torch.from_numpy(np.array(item[key]))
            for key in ('box_mask', 'valid_mask', 'gt_mask') if key in item
        }
        data['crop_box'] = torch.tensor(
            item['crop_box'], dtype=torch.float32)
        if item['crop_points'] is not None:
            data['points'] = torch.tensor(
                item['crop_points'] + .5, dtype=torch.float32)
        element.set_data(data)
        return element
