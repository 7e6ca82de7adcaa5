"""CAMs and masks over their images."""
import os
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from PIL import Image

from ...structures.classes import IGNORE_INDEX, background_index
from ...structures.image_files import open_image
from ...structures.masks import read_mask

# Control points of a dark-to-bright color map; lightness rises all the way,
# so that more is brighter to every eye and in gray print.
_HEAT = np.array([(8, 6, 40), (84, 18, 110), (170, 40, 94), (230, 92, 48),
                  (250, 172, 32), (252, 250, 190)])


@lru_cache(1)
def heat_colors() -> np.ndarray:
    """Color table of CAMs, uint8 (256, 3), dark to bright."""
    position = np.linspace(0, len(_HEAT) - 1, 256)
    return np.stack([
        np.interp(position, np.arange(len(_HEAT)), _HEAT[:, c])
        for c in range(3)
    ], axis=1).astype(np.uint8)


def overlay_map(image: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """A CAM in heat colors over its image.

    Args:
        image (np.ndarray): RGB, uint8 (H, W, 3).
        scores (np.ndarray): Map in [0, 1], (h, w); resized to the image.

    Returns:
        np.ndarray: RGB, uint8 (H, W, 3).
    """
    height, width = image.shape[:2]
    scores = Image.fromarray(np.asarray(scores, dtype=np.float32))
    scores = np.asarray(
        scores.resize((width, height), Image.Resampling.BILINEAR))
    scores = np.clip(scores, 0, 1)
    heat = heat_colors()[np.round(scores * 255).astype(np.uint8)]
    # The image loses its colors, which would read as heat, and shows
    # through where the map is low.
    gray = image.mean(axis=2, keepdims=True)
    weight = (.3 + .5 * scores)[..., None]
    return np.round(heat * weight + gray * (1 - weight)).astype(np.uint8)


def overlay_mask(image: np.ndarray, mask: np.ndarray, palette: np.ndarray,
                 background: int | None = 0) -> np.ndarray:
    """A label mask over its image, with firm outlines.

    Args:
        image (np.ndarray): RGB, uint8 (H, W, 3).
        mask (np.ndarray): Labels, uint8 (h, w); resized to the image. 255 is
            painted in pale gray.
        palette (np.ndarray): RGB colors, uint8 (256, 3).
        background (int, optional): Label that is left clear.

    Returns:
        np.ndarray: RGB, uint8 (H, W, 3).
    """
    height, width = image.shape[:2]
    if mask.shape != (height, width):
        mask = np.asarray(
            Image.fromarray(mask).resize((width, height),
                                         Image.Resampling.NEAREST))
    clear = mask == (-1 if background is None else background)
    # What is left clear is dimmed a little, so that colors stand out.
    weight = np.where(clear, .25, .6)[..., None]
    colors = np.where(clear[..., None], 128, palette[mask])
    drawn = image * (1 - weight) + colors * weight
    drawn[outline(mask)] = 255
    drawn[mask == IGNORE_INDEX] = (226, 226, 222)
    return np.round(drawn).astype(np.uint8)


def outline(mask: np.ndarray) -> np.ndarray:
    """Pixels whose right or lower neighbor has another label, bool."""
    edge = np.zeros(mask.shape, dtype=bool)
    edge[:, :-1] |= mask[:, :-1] != mask[:, 1:]
    edge[:-1] |= mask[:-1] != mask[1:]
    return edge


def read_palette_mask(
        path: str | os.PathLike) -> tuple[np.ndarray, np.ndarray]:
    """A mask, uint8 (H, W), and the file's own palette, uint8 (256, 3).

    Gray files get a palette of grays.

    Raises:
        UserError: If the file is missing or not a mask.
    """
    mask = read_mask(path)
    palette = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    with open_image(path, 'mask') as image:
        colors = image.getpalette() or []
    palette.flat[:len(colors)] = colors
    return mask, palette


def class_name(names: Sequence[str], label: int) -> str:
    """Name of a dataset class index; ``class 7`` if names do not reach."""
    return names[label] if 0 <= label < len(names) else f'class {label}'


def shown_labels(mask: np.ndarray, names: Sequence[str] = ()) -> list[int]:
    """Labels of a mask that are worth a caption: no background, no 255."""
    hidden = (background_label(names), IGNORE_INDEX)
    return [int(v) for v in np.unique(mask) if v not in hidden]


def background_label(names: Sequence[str] = ()) -> int:
    """Dataset class index of the background; 0 if the names do not tell."""
    return background_index(names) or 0
