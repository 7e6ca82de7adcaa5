"""Pictures of class maps and masks over images: numpy and PIL only."""
from functools import lru_cache

import numpy as np
from PIL import Image

from ..structures import IGNORE_INDEX

# Control points of a dark-to-bright colour map with even lightness steps.
_HEAT = np.array([(8, 6, 40), (84, 18, 110), (170, 40, 94), (230, 92, 48),
                  (250, 172, 32), (252, 250, 190)])


@lru_cache(1)
def heat_colours() -> np.ndarray:
    """Colour table of class maps, uint8 (256, 3), dark to bright."""
    position = np.linspace(0, len(_HEAT) - 1, 256)
    return np.stack([
        np.interp(position, np.arange(len(_HEAT)), _HEAT[:, c])
        for c in range(3)
    ], axis=1).astype(np.uint8)


def overlay_map(image: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """A class map in heat colours over its image.

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
    heat = heat_colours()[(scores * 255).astype(np.uint8)]
    # Where the map is low the picture shows through.
    weight = (.25 + .5 * scores)[..., None]
    return (heat * weight + image * (1 - weight)).astype(np.uint8)


def overlay_mask(image: np.ndarray, mask: np.ndarray,
                 palette: np.ndarray) -> np.ndarray:
    """A label mask over its image, with firm outlines.

    Args:
        image (np.ndarray): RGB, uint8 (H, W, 3).
        mask (np.ndarray): Labels, uint8 (H, W); 0 is left clear, 255 white.
        palette (np.ndarray): RGB colours, uint8 (256, 3).

    Returns:
        np.ndarray: RGB, uint8 (H, W, 3).
    """
    colours = palette[mask].astype(np.float64)
    weight = np.where(mask == 0, .0, .55)[..., None]
    picture = image * (1 - weight) + colours * weight
    picture[outline(mask)] = 255
    picture[mask == IGNORE_INDEX] = (230, 230, 230)
    return picture.astype(np.uint8)


def outline(mask: np.ndarray) -> np.ndarray:
    """Pixels whose right or lower neighbour has another label, bool."""
    edge = np.zeros(mask.shape, dtype=bool)
    edge[:, :-1] |= mask[:, :-1] != mask[:, 1:]
    edge[:-1] |= mask[:-1] != mask[1:]
    return edge


def fit(image: np.ndarray, side: int) -> np.ndarray:
    """Scale a picture so that its longer side is given.

    Args:
        image (np.ndarray): RGB, uint8 (H, W, 3).
        side (int): Longer side in pixels.
    """
    height, width = image.shape[:2]
    factor = side / max(height, width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return np.asarray(
        Image.fromarray(image).resize(size, Image.Resampling.LANCZOS))


def contact_sheet(rows: list[list[np.ndarray]], gap: int = 6) -> np.ndarray:
    """Pictures in rows, each in a cell of the greatest size.

    Args:
        rows (list[list[np.ndarray]]): RGB pictures, uint8.
        gap (int): Space between cells in pixels.

    Returns:
        np.ndarray: RGB, uint8, on white.
    """
    cells = [picture for row in rows for picture in row]
    height = max(p.shape[0] for p in cells) + gap
    width = max(p.shape[1] for p in cells) + gap
    columns = max(len(row) for row in rows)
    sheet = np.full((height * len(rows) + gap, width * columns + gap, 3), 255,
                    dtype=np.uint8)
    for r, row in enumerate(rows):
        for c, picture in enumerate(row):
            top, left = gap + r * height, gap + c * width
            sheet[top:top + picture.shape[0],
                  left:left + picture.shape[1]] = picture
    return sheet
