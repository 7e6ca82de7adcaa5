"""What a network trains on: an image with its labels, maps and points."""
from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image, ImageDraw

from ...structures.classes import IGNORE_INDEX
from .images import fit, with_chips
from .overlays import (
    background_label,
    class_name,
    overlay_map,
    overlay_mask,
    shown_labels,
)

_POINT = (255, 214, 10)


def sample_row(title: str, image: np.ndarray, labels: Sequence[int],
               maps: dict[str, np.ndarray], points: np.ndarray | None,
               names: Sequence[str], palette: np.ndarray,
               side: int) -> list[np.ndarray]:
    """An image and everything that goes with it, side by side.

    Args:
        title (str): Above the image.
        image (np.ndarray): RGB, uint8 (H, W, 3), after the pipeline.
        labels (Sequence[int]): Dataset class indices of the image.
        maps (dict[str, np.ndarray]): By name, (h, w) or (C, h, w): label
            masks are integers, scores are floats in [0, 1], one map a class
            is multi-hot, an image is uint8 (3, h, w).
        points (np.ndarray, optional): x and y in pixels of the image, (P, 2).
        names (Sequence[str]): Of the dataset's classes.
        palette (np.ndarray): RGB colors of classes, uint8 (256, 3).
        side (int): Longer side of a cell in pixels.

    Returns:
        list[np.ndarray]: RGB images, uint8.
    """
    chips = [(class_name(names, i), palette[i]) for i in labels]
    shown = fit(image, side)
    if points is not None:
        shown = _with_points(shown, points * side / max(image.shape[:2]))
    row = [with_chips(shown, [(title, None), *chips])]
    for name, data in maps.items():
        drawn, labels = _drawn(fit(image, side), data, names, palette)
        chips = [(class_name(names, i), palette[i]) for i in labels]
        row.append(with_chips(drawn, [(name, None), *chips]))
    return row


def _drawn(image: np.ndarray, data: np.ndarray, names: Sequence[str],
           palette: np.ndarray) -> tuple[np.ndarray, Iterator[int]]:
    """A map over the image, and the classes to be named above it."""
    data = data[None] if data.ndim == 2 else data
    if np.issubdtype(data.dtype, np.floating):
        return overlay_map(image, data.max(axis=0)), []
    if len(data) == 3 and data.max() > 1:
        return fit(np.ascontiguousarray(data.transpose(1, 2, 0)),
                   max(image.shape[:2])), []
    mask = data[0].astype(np.uint8)
    if len(data) > 1:
        mask = np.where(data.any(axis=0), data.argmax(axis=0), IGNORE_INDEX)
        mask = mask.astype(np.uint8)
    drawn = overlay_mask(image, mask, palette, background_label(names))
    return drawn, shown_labels(mask, names) if names else []


def _with_points(image: np.ndarray, points: np.ndarray) -> np.ndarray:
    canvas = Image.fromarray(image)
    draw = ImageDraw.Draw(canvas)
    for x, y in points.tolist():
        draw.ellipse((x - 4, y - 4, x + 4, y + 4), fill=_POINT,
                     outline=(0, 0, 0))
    return np.asarray(canvas)
