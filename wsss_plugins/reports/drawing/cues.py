"""Pictures of localization cues and of gradient saliency over images."""
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from ...structures import (
    IGNORE_INDEX,
    Cues,
    GradientMap,
    UserError,
    voc_palette,
)
from ...structures.cues import EXCLUSIVE_SUFFIX
from .overlays import class_name, outline, overlay_map, read_palette_mask

_Chip = tuple[str, tuple[int, ...]]
_BLANK = 256, 256, 3


def cue_picture(path: str | os.PathLike, image: np.ndarray | None,
                classes: Sequence[str]) -> tuple[np.ndarray, list[_Chip]]:
    """Cues over their image: the picture shows where there is none.

    Args:
        path (str | PathLike): Cue file, ``NAME.png`` or ``NAME.npz``.
        image (np.ndarray, optional): RGB, uint8 (H, W, 3). Defaults to gray.
        classes (Sequence[str]): Dataset class names, for captions; needed
            for ``.npz`` files.

    Returns:
        tuple[np.ndarray, list]: RGB, uint8 (H, W, 3), and the name and color
        of each class that has cues, the background included.

    Raises:
        UserError: If the file is missing or damaged.
    """
    labels, palette = _labels(Path(path), len(classes))
    chips = [(class_name(classes, v), tuple(palette[v].tolist()))
             for v in np.unique(labels).tolist() if v != IGNORE_INDEX]
    return overlay_cues(_or_blank(image), labels, palette), chips


def overlay_cues(image: np.ndarray, labels: np.ndarray,
                 palette: np.ndarray) -> np.ndarray:
    """Cells of cues in the colors of their classes, the rest in gray.

    Args:
        image (np.ndarray): RGB, uint8 (H, W, 3).
        labels (np.ndarray): Classes of cells, uint8 (h, w), 255 for none;
            resized to the image.
        palette (np.ndarray): RGB colors, uint8 (256, 3).

    Returns:
        np.ndarray: RGB, uint8 (H, W, 3).
    """
    size = image.shape[1], image.shape[0]
    labels = np.asarray(
        Image.fromarray(labels).resize(size, Image.Resampling.NEAREST))
    none = (labels == IGNORE_INDEX)[..., None]
    # Without colors of its own the picture cannot be taken for a class.
    gray = .6 * image.mean(axis=2, keepdims=True) + 90
    cue = .3 * image + .7 * palette[labels]
    picture = np.where(none, gray, cue)
    picture[outline(labels)] = 255
    return np.round(picture).astype(np.uint8)


def gradient_picture(path: str | os.PathLike,
                     image: np.ndarray | None) -> np.ndarray:
    """Gradient saliency in heat colors, RGB, uint8 (H, W, 3).

    Its scale means nothing, and a few pixels outshine the others, so colors
    follow the rank: a tenth of the picture is darker than 0.1.

    Args:
        path (str | PathLike): A file of :class:`GradientMap`.
        image (np.ndarray, optional): RGB, uint8 (H, W, 3). Defaults to gray.

    Raises:
        UserError: If the file is missing or damaged.
    """
    values = GradientMap.load(path).values
    order = np.sort(values, axis=None)
    rank = np.searchsorted(order, values) / max(1, order.size - 1)
    return overlay_map(_or_blank(image), rank)


def _or_blank(image: np.ndarray | None) -> np.ndarray:
    return np.full(_BLANK, 128, dtype=np.uint8) if image is None else image


def _labels(path: Path, num_classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Classes of cells, and colors, of either kind of file."""
    if path.suffix == EXCLUSIVE_SUFFIX and path.is_file():
        return read_palette_mask(path)
    if num_classes == 0:
        raise UserError(f'{path}: drawn with the classes of the report; set '
                        'its labels')
    masks = Cues.load(path, num_classes).masks
    labels = np.full(masks.shape[1:], IGNORE_INDEX, dtype=np.uint8)
    # Of several classes the smaller region is seen.
    for label in np.argsort(-masks.sum(axis=(1, 2)), kind='stable'):
        labels[masks[label]] = label
    return labels, np.array(voc_palette(256), dtype=np.uint8)
