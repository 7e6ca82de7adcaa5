"""Fixtures that the tests share."""
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import wsss_plugins  # noqa: F401 (registers the scopes of configs)
from wsss_plugins.structures import ImageLabels, voc_palette, write_mask
from wsss_plugins.testing import golden_eps_cams  # noqa: F401 (a backbone)

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / 'shared'


@pytest.fixture
def repo_root():
    return ROOT


@pytest.fixture
def shared():
    """Folder of golden files and photos, where a checkout has one."""
    if not SHARED.is_dir():
        pytest.skip(f'no folder {SHARED.name} beside the repository')
    return SHARED


@pytest.fixture
def voc_tree(tmp_path):
    """Four small pictures in VOC's layout: image, mask, saliency, tags."""
    rng = np.random.default_rng(0)
    root = tmp_path / 'voc'
    for folder in ('JPEGImages', 'saliency'):
        (root / folder).mkdir(parents=True)
    tags = {}
    for i in range(4):
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
        tags[name] = ('cat', ) if i % 2 == 0 else ('dog', )
    ImageLabels(('cat', 'dog'), tags).save(root / 'image_labels.json')
    (root / 'train.txt').write_text('\n'.join(sorted(tags)) + '\n')
    return root


@pytest.fixture
def read_json():
    return lambda path: json.loads(Path(path).read_text())
