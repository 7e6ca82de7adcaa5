"""Folders of small photos, as people have them."""
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

COLORS = dict(sheep=(200, 60, 60), bus=(60, 200, 60), cat=(60, 60, 200))


def write_photos(root: Path, photos: Mapping[str, str],
                 size: tuple[int, int] = (40, 48)) -> Path:
    """Write a photo of the color of each class.

    Args:
        root (Path): Folder; is made.
        photos (Mapping[str, str]): Class by path below the folder.
        size (tuple[int, int]): Height and width.
    """
    for number, (name, label) in enumerate(photos.items()):
        noise = np.random.default_rng(number).integers(-40, 40, (*size, 3))
        pixels = np.clip(np.array(COLORS[label]) + noise, 0, 255)
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels.astype(np.uint8)).save(path)
    return root
