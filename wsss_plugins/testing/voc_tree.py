"""A few small images in VOC layout, for tests."""
from pathlib import Path

import numpy as np
from PIL import Image

from ..structures import ImageLabels, voc_palette, write_mask


def make_voc_tree(folder: Path, count: int = 4) -> Path:
    """Write images of different sizes with masks, saliency and labels.

    Args:
        folder (Path): Where to make the folder ``voc``.
        count (int): Number of images; even ones show a cat, odd ones a dog.

    Returns:
        Path: Root of the tree; the list of images is ``train.txt``.
    """
    rng = np.random.default_rng(0)
    root = Path(folder) / 'voc'
    for name in ('JPEGImages', 'saliency'):
        (root / name).mkdir(parents=True)
    labels = {}
    for i in range(count):
        name, height, width = f'pic_{i}', 40 + 3 * i, 56 - 2 * i
        image = rng.integers(0, 255, (height, width, 3), dtype=np.uint8)
        mask = np.zeros((height, width), dtype=np.uint8)
        mask[8:24, 10:30] = 1 + i % 2
        image[mask > 0] //= 4
        Image.fromarray(image).save(root / 'JPEGImages' / f'{name}.jpg')
        Image.fromarray((mask > 0).astype(np.uint8) * 200).save(
            root / 'saliency' / f'{name}.png')
        write_mask(root / 'SegmentationClass' / f'{name}.png', mask,
                   voc_palette(3))
        labels[name] = ('cat', ) if i % 2 == 0 else ('dog', )
    ImageLabels(('cat', 'dog'), labels).save(root / 'image_labels.json')
    (root / 'train.txt').write_text('\n'.join(sorted(labels)) + '\n')
    return root
