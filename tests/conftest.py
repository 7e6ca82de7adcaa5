"""Fixtures that the tests share."""
from pathlib import Path

import pytest

import wsss_plugins
import wsss_plugins.testing.backbones  # noqa: F401 (registers stand-ins)
from wsss_plugins.testing.voc_tree import make_voc_tree

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / 'shared'


@pytest.fixture
def repo_root():
    return ROOT


@pytest.fixture
def shared():
    """Folder of golden files and images, where a checkout has one."""
    if not SHARED.is_dir():
        pytest.skip(f'no folder {SHARED.name} beside the repository')
    return SHARED


@pytest.fixture
def golden_data():
    """The small reference set: a folder of golden files for each method."""
    return ROOT / 'tests' / 'data' / 'golden'


@pytest.fixture
def voc_tree(tmp_path):
    """Four small images in VOC layout with masks, saliency and labels."""
    return make_voc_tree(tmp_path)
