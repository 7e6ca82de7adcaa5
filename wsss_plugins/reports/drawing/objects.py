"""Masks of objects over their image."""
from collections.abc import Sequence

import numpy as np
from PIL import Image

from ...structures.errors import UserError
from ...structures.rle import decode_mask
from .overlays import outline

_FILL = .5


def overlay_objects(image: np.ndarray, objects: Sequence[dict],
                    colors: Sequence[tuple[int, ...]]) -> np.ndarray:
    """Masks with white outlines; the image is dimmed a little.

    Args:
        image (np.ndarray): RGB, uint8 (H, W, 3); may be scaled.
        objects (Sequence[dict]): ``segmentation`` as in COCO's files and
            ``size``, height and width of the image that it is of.
        colors (Sequence[tuple]): RGB, one for each object.

    Returns:
        np.ndarray: RGB, uint8 (H, W, 3).

    Raises:
        UserError: If a mask is damaged.
    """
    drawn = image * .85
    size = image.shape[1], image.shape[0]
    # The largest first, so that small ones are seen on top.
    masks = [_mask(entry, size) for entry in objects]
    for i in sorted(range(len(masks)), key=lambda i: -masks[i].sum()):
        mask = masks[i]
        drawn[mask] = (1 - _FILL) * drawn[mask] + _FILL * np.array(colors[i])
        drawn[outline(mask.astype(np.uint8))] = 255
    return np.round(drawn).astype(np.uint8)


def _mask(entry: dict, size: tuple[int, int]) -> np.ndarray:
    if not entry.get('segmentation'):
        return np.zeros(size[::-1], dtype=bool)
    mask = decode_mask(entry['segmentation'], tuple(entry['size']),
                       f'annotation {entry.get("id")}')
    small = Image.fromarray(mask.astype(np.uint8) * 255)
    return np.asarray(small.resize(size, Image.Resampling.BILINEAR)) > 127


def image_scale(entry: dict, image: np.ndarray) -> np.ndarray:
    """Factors of x and y from an object's image to its scaled copy.

    Args:
        entry (dict): The object, with ``size``.
        image (np.ndarray): The copy, (H, W, 3).

    Raises:
        UserError: If the size is not known.
    """
    height, width = entry['size']
    if not height or not width:
        raise UserError(f'annotation {entry.get("id")}: its image has no '
                        'height and width; fix the file')
    return np.array([image.shape[1] / width, image.shape[0] / height])
