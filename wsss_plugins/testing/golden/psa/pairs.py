"""PSA's pairs of pixels and their labels."""
import re
from collections.abc import Iterator
from pathlib import Path

import torch

from wsss_plugins.ops.walk.pairs import other_ends, pair_offsets, pixels_at
from wsss_plugins.testing.arrays import load_tensors
from wsss_plugins.testing.checks import Check, checks, compare

from ._pairs import compare_pair_labels

_RADIUS = 5


@checks('indices*.npz')
def check_indices(path: Path) -> Iterator[Check]:
    """``indices.npz``: offsets, and indices of both ends of all pairs."""
    data = load_tensors(path)
    for key, golden in data.items():
        if match := re.fullmatch(r'search_dist_r(\d+)', key):
            yield compare(key, pair_offsets(int(match[1])), golden, 0, 0)
            continue
        match = re.fullmatch(r'ind_(from|to)_(?:r(\d+)_)?(\d+)x(\d+)', key)
        radius = int(match[2] or _RADIUS)
        size = int(match[3]), int(match[4])
        cells = torch.arange(size[0] * size[1]).reshape(size)
        found = pixels_at(cells, (0, 0), radius) if match[1] == 'from' else (
            other_ends(cells, radius, 0))
        yield compare(key, found.flatten(), golden, 0, 0)


@checks('affinity_labels*.npz')
def check_affinity_labels(path: Path) -> Iterator[Check]:
    """``affinity_labels.npz``: labels of pairs."""
    data = load_tensors(path)
    yield from compare_pair_labels(data, data['label'])
