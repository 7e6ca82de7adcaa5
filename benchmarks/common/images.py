"""Photographs that come with scikit-learn, and unaries for them."""
import functools

import numpy as np
from PIL import Image
from sklearn.datasets import load_sample_images

from common.synthetic import smooth_maps


@functools.cache
def image_of(index: int, height: int, width: int) -> np.ndarray:
    """A photograph, resized; uint8 (H, W, 3)."""
    images = load_sample_images().images
    image = Image.fromarray(images[index % len(images)])
    if index // len(images) % 2:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    # More images: parts of the two.
    shrink = 1 - .1 * (index // (2 * len(images)))
    box = (0, 0, shrink * image.width, shrink * image.height)
    return np.array(image.resize((width, height), Image.BICUBIC, box))


def energies(seed: int, labels: int, height: int,
             width: int) -> np.ndarray:
    """Unaries as of CAMs and a background, float32 (L, H, W)."""
    maps = smooth_maps(seed, labels - 1, (height, width)).numpy()
    background = (1 - maps.max(axis=0))**4
    scores = np.concatenate([background[None], maps])
    return -np.log(np.clip(scores, 1e-5, 1)).astype(np.float32)
