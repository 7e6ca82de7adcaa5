"""Masks of objects from boxes or clicks, as result objects."""
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from mmengine.config import Config
from PIL import Image

from ..reports.drawing.images import with_chips
from ..reports.drawing.objects import overlay_objects
from ..structures import (
    UserError,
    atomic_path,
    encode_mask,
    rle_area,
    rle_box,
    write_json,
    write_mask,
)
from ..structures.palette import voc_palette
from .labeler import MaskLabeler
from .segmentor import pixels_of
from .segmentor_files import CLASSES, CONFIG, WEIGHTS

_FOLDER = 'generator'
_COLORS = voc_palette(256)[1:]


class ObjectMasks:
    """Masks of the objects of an image.

    Args:
        masks (np.ndarray): bool (N, H, W).
        image (np.ndarray): RGB, uint8 (H, W, 3).
        labels (Sequence[str]): Name of each object's class; empty names
            where they are unknown.
        path (Path, optional): File of the image.
    """

    def __init__(self, masks: np.ndarray, image: np.ndarray,
                 labels: Sequence[str], path: Path | None = None) -> None:
        self.masks, self.image = masks, image
        self.labels, self.path = list(labels), path

    @property
    def classes(self) -> list[str]:
        """Names of the classes, by the alphabet."""
        return sorted(set(self.labels))

    def overlay(self) -> np.ndarray:
        """The masks over the image, class names above it, RGB uint8."""
        size = self.masks.shape[1:]
        entries = [dict(segmentation=encode_mask(mask), size=size)
                   for mask in self.masks]
        colors = [tuple(_COLORS[i % len(_COLORS)])
                  for i in range(len(entries))]
        drawn = overlay_objects(self.image, entries, colors)
        return with_chips(drawn, list(zip(self.labels, colors))
                          or [('no object', None)])

    def save(self, path: str | os.PathLike,
             format: str | None = None) -> Path:
        """Write the masks, or what is drawn of them.

        Args:
            path (str | PathLike): Target.
            format (str, optional): ``'coco'``, a json; ``'png'``, a palette
                PNG whose values are the numbers of the objects from 1, later
                ones on top; ``'overlay'``. Defaults to that of the suffix
                ``.json``, ``.png`` or ``.jpg``.

        Raises:
            UserError: If there is no such format, or it cannot be written.
        """
        path = Path(path)
        kind = format or _BY_SUFFIX.get(path.suffix.lower())
        if kind not in _WRITERS:
            raise UserError(f'{path}: format {kind!r} is unknown; choose one '
                            f'of {", ".join(_WRITERS)}')
        _WRITERS[kind](self, path)
        return path

    def show(self) -> None:
        """Open the overlay in the desktop's viewer of images."""
        Image.fromarray(self.overlay()).show()

    def __len__(self) -> int:
        return len(self.masks)

    def __repr__(self) -> str:
        height, width = self.image.shape[:2]
        return f'ObjectMasks({width}x{height}: {", ".join(self.labels)})'


class ObjectLabeler:
    """Draws masks of objects that are told by boxes or four clicks each.

    Args:
        model (str | PathLike | Config): Folder of a generator, as ``wsss
            label-objects`` writes one, or that which has it as
            ``generator``; or a config, with its checkpoint.
        weights (str | PathLike, optional): Checkpoint of a config.
        device (str): Where to compute. Defaults to ``'cpu'``.
        threshold (float, optional): Probability that a mask must exceed.
            Defaults to the config's.

    Raises:
        UserError: If a file is missing or they do not belong together.

    Example:
        >>> labeler = ObjectLabeler('OUT/generator')
        >>> found = labeler('image.jpg', boxes=[[10, 20, 90, 80]])
        >>> found.save('masks.json')
    """

    def __init__(self,
                 model: str | os.PathLike | Config,
                 weights: str | os.PathLike | None = None,
                 device: str = 'cpu',
                 threshold: float | None = None) -> None:
        if isinstance(model, (str, os.PathLike)) and Path(model).is_dir():
            folder = _generator_folder(Path(model))
            model, weights = folder / CONFIG, folder / WEIGHTS
        elif weights is None:
            raise UserError(f'{model}: give the folder of a generator, or a '
                            'config and its checkpoint')
        self.labeler = MaskLabeler(model, weights, device, threshold)

    def __call__(self, image: str | os.PathLike | np.ndarray,
                 boxes: Sequence | np.ndarray | None = None,
                 points: Sequence | np.ndarray | None = None,
                 labels: Sequence[str] | None = None) -> ObjectMasks:
        """Masks of the objects of an image.

        Args:
            image (str | PathLike | np.ndarray): Path, or RGB, uint8
                (H, W, 3).
            boxes (Sequence, optional): x0, y0, x1, y1 of each object, pixel
                indices, both ends included, (N, 4).
            points (Sequence, optional): x and y of top, left, bottom and
                right of each object, (N, 4, 2). Either boxes or points.
            labels (Sequence[str], optional): Class of each object.

        Raises:
            UserError: Naming each object and what is wrong with it.
        """
        pixels = pixels_of(image)
        masks = self.labeler.predict(pixels, points, boxes)
        if labels is not None and len(labels) != len(masks):
            raise UserError(f'{len(labels)} labels for {len(masks)} objects; '
                            'give one for each')
        path = None if isinstance(image, np.ndarray) else Path(image)
        return ObjectMasks(masks, pixels, labels or ['object'] * len(masks),
                           path)


def _generator_folder(folder: Path) -> Path:
    for place in (folder, folder / _FOLDER):
        if (place / CONFIG).is_file() and (place / CLASSES).is_file():
            return place
    raise UserError(f'{folder}: no generator in it (no {CONFIG} and '
                    f'{CLASSES}); name the folder that "wsss label-objects" '
                    'wrote, or a config and its checkpoint')


def _save_coco(found: ObjectMasks, path: Path) -> None:
    numbers = {name: i for i, name in enumerate(found.classes, 1)}
    height, width = found.image.shape[:2]
    annotations = []
    for ident, (mask, name) in enumerate(zip(found.masks, found.labels), 1):
        runs = encode_mask(mask)
        annotations.append(
            dict(id=ident, image_id=1, category_id=numbers[name],
                 segmentation=runs, area=rle_area(runs), bbox=rle_box(runs),
                 iscrowd=0))
    file = found.path.name if found.path else 'image.jpg'
    write_json(path, dict(
        images=[dict(id=1, file_name=file, height=height, width=width)],
        annotations=annotations,
        categories=[dict(id=i, name=name) for name, i in numbers.items()]))


def _save_numbers(found: ObjectMasks, path: Path) -> None:
    if len(found) > 254:
        raise UserError(f'{path}: {len(found)} objects, a PNG has room for '
                        '254; save them as coco')
    mask = np.zeros(found.image.shape[:2], dtype=np.uint8)
    for number, one in enumerate(found.masks, 1):
        mask[one] = number
    write_mask(path, mask, voc_palette(255))


def _save_overlay(found: ObjectMasks, path: Path) -> None:
    with atomic_path(path) as temporary:
        Image.fromarray(found.overlay()).save(temporary, quality=90)


_WRITERS = dict(coco=_save_coco, png=_save_numbers, overlay=_save_overlay)
_BY_SUFFIX = {'.json': 'coco', '.png': 'png', '.jpg': 'overlay',
              '.jpeg': 'overlay'}
