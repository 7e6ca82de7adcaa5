"""How maps other than label masks travel through the pipeline.

A dense map is an array beside the image: saliency, edges, a prior. It lies in
``results[key]`` and is listed in ``results['seg_fields']``, so the stock
flips and crops, which need no interpolation, move it with the image. What
stock transforms cannot know, how to interpolate it and what to fill beside
the image, is in ``results['dense_maps'][key]``; the transforms of this
package read it.
"""
from typing import NamedTuple

import mmcv
import numpy as np


class DenseMapSpec(NamedTuple):
    """Interpolation (an mmcv name) and fill value of a dense map."""
    interpolation: str
    fill: float


def register_dense_map(results: dict, key: str, array: np.ndarray,
                       spec: DenseMapSpec) -> None:
    """Put a dense map of the size of the image into ``results``."""
    results[key] = array
    results.setdefault('seg_fields', []).append(key)
    results.setdefault('dense_maps', {})[key] = spec


def moving_maps(results: dict) -> dict[str, DenseMapSpec]:
    """All maps that move with the image: label masks and dense maps."""
    label_mask = DenseMapSpec('nearest', 255)
    dense = results.get('dense_maps', {})
    return {
        key: dense.get(key, label_mask)
        for key in results.get('seg_fields', [])
    }


def resize_array(array: np.ndarray, size: tuple[int, int], interpolation: str,
                 backend: str) -> np.ndarray:
    """Resize an image or map with mmcv.

    Args:
        array (np.ndarray): (H, W) or (H, W, 3).
        size (tuple[int, int]): Height and width.
        interpolation (str): mmcv name.
        backend (str): ``'pillow'`` (antialiased, as the reference
            implementations) or ``'cv2'``.
    """
    height, width = size
    return mmcv.imresize(
        array, (width, height), interpolation=interpolation, backend=backend)
