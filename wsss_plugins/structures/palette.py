"""Colors for label masks."""
import colorsys

import numpy as np

# Saturation and brightness of each turn around the circle of hues: clear of
# black, of white and of the gray of ignored pixels.
_TURNS = ((.95, .95), (.60, 1.), (.95, .65), (.75, .80))
_HUES = 12
_GOLDEN = (5**.5 - 1) / 2


def voc_palette(num_colors: int) -> list[list[int]]:
    """PASCAL VOC's color map: bits of the index spread over R, G and B.

    Args:
        num_colors (int): How many colors, 1 to 256.

    Returns:
        list[list[int]]: RGB triples in 0..255; index 0 is black.
    """
    index = np.arange(num_colors)
    palette = np.zeros((num_colors, 3), dtype=np.int64)
    for bit in range(8):
        for channel in range(3):
            palette[:, channel] |= (index >> channel & 1) << (7 - bit)
        index = index >> 3
    return palette.tolist()


def photo_palette(num_colors: int) -> list[list[int]]:
    """Colors that stand out from photos, and from each other.

    Hues follow each other by the golden section, so that neighboring classes
    differ most; every :data:`_HUES` colors saturation and brightness change.
    A color depends on its index only.

    Args:
        num_colors (int): How many colors, 1 to 256, with the background's.

    Returns:
        list[list[int]]: RGB triples in 0..255; index 0 is black. The others
            are all different.
    """
    palette, taken = [[0, 0, 0]], set()
    for index in range(num_colors - 1):
        saturation, value = _TURNS[index // _HUES % len(_TURNS)]
        hue = index * _GOLDEN % 1
        color = _color(hue, saturation, value)
        while color in taken:
            hue += 1 / 256
            color = _color(hue, saturation, value)
        taken.add(color)
        palette.append(list(color))
    return palette[:num_colors]


def _color(hue: float, saturation: float,
           value: float) -> tuple[int, int, int]:
    rgb = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return tuple(round(255 * part) for part in rgb)
