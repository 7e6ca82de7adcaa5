"""Colors for label masks."""
import numpy as np


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
