"""Image files, scaled, labeled and laid out in a grid."""
import os
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ... import structures

_INK, _PAPER = (24, 27, 31), (255, 255, 255)


def fit(image: np.ndarray, side: int) -> np.ndarray:
    """Scale an image so that its longer side is given.

    Args:
        image (np.ndarray): RGB, uint8 (H, W, 3).
        side (int): Longer side in pixels.
    """
    height, width = image.shape[:2]
    factor = side / max(height, width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return np.asarray(
        Image.fromarray(image).resize(size, Image.Resampling.LANCZOS))


def read_image(path: str | os.PathLike, side: int) -> np.ndarray:
    """An upright image, RGB, uint8, its longer side scaled to ``side``.

    Raises:
        UserError: If the file is missing or damaged.
    """
    return fit(structures.read_image(path), side)


def with_chips(image: np.ndarray,
               chips: Sequence[tuple[str, Sequence[int] | None]],
               height: int = 22) -> np.ndarray:
    """An image below a strip of labels.

    Args:
        image (np.ndarray): RGB, uint8 (H, W, 3).
        chips (Sequence): Text and color of each label; None for plain text.
            What does not fit the width is cut off with a dot.
        height (int): Of the strip, in pixels.
    """
    width = image.shape[1]
    strip = Image.new('RGB', (width, height), _PAPER)
    draw = ImageDraw.Draw(strip)
    font = ImageFont.load_default(size=12)
    left = 2
    for text, color in chips:
        right = left + draw.textlength(text, font=font) + 10
        if right > width:
            draw.text((width - 8, 3), '…', fill=_INK, font=font)
            break
        ink = _INK
        if color is not None:
            draw.rounded_rectangle((left, 2, right, height - 3), 5,
                                   fill=tuple(int(c) for c in color))
            ink = _INK if np.dot(color, (.3, .59, .11)) > 140 else _PAPER
        draw.text((left + 5, 3), text, fill=ink, font=font)
        left = right + 4
    return np.concatenate([np.asarray(strip), image])


def image_grid(rows: list[list[np.ndarray]], gap: int = 6) -> np.ndarray:
    """Images in rows, each in a cell of the greatest size.

    Args:
        rows (list[list[np.ndarray]]): RGB images, uint8.
        gap (int): Space between cells in pixels.

    Returns:
        np.ndarray: RGB, uint8, on white.
    """
    cells = [image for row in rows for image in row]
    height = max(c.shape[0] for c in cells) + gap
    width = max(c.shape[1] for c in cells) + gap
    columns = max(len(row) for row in rows)
    grid = np.full((height * len(rows) + gap, width * columns + gap, 3), 255,
                   dtype=np.uint8)
    for r, row in enumerate(rows):
        for c, image in enumerate(row):
            top, left = gap + r * height, gap + c * width
            grid[top:top + image.shape[0],
                 left:left + image.shape[1]] = image
    return grid
