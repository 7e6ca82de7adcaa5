"""IRNet's pairs of pixels, their paths and labels."""
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from wsss_plugins.ops.walk.pairs import (
    other_ends,
    pair_labels,
    pair_offsets,
    pair_paths,
    path_order,
    pixels_at,
)
from wsss_plugins.testing.arrays import load_tensors
from wsss_plugins.testing.checks import Check, checks, compare, equal
from wsss_plugins.testing.stencils import radius_of

# What the reference counts as a class; other labels are ignored.
_NUM_CLASSES = 21


@checks('path_index*.npz')
def check_path_index(path: Path) -> Iterator[Check]:
    """``path_index_*.npz``: offsets and paths, grouped by length."""
    data = load_tensors(path)
    radius, size = int(data['radius']), tuple(data['size'].tolist())
    order = path_order(radius)
    cells = torch.arange(size[0] * size[1]).reshape(size)
    yield compare('search_dst', pair_offsets(radius)[order],
                  data['search_dst'], 0, 0)
    yield compare('src_indices', pixels_at(cells, (0, 0), radius).flatten(),
                  data['src_indices'], 0, 0)
    yield compare('dst_indices', other_ends(cells, radius, 0)[order].flatten(
        1), data['dst_indices'], 0, 0)
    paths = [pair_paths(radius)[number] for number in order]
    groups = {len(p): [] for p in paths}
    for cells_of in paths:
        groups[len(cells_of)].append(cells_of)
    golden = [k for k in data if re.fullmatch(r'search_paths_\d+', k)]
    yield equal('number of groups', len(groups), len(golden))
    for number, group in enumerate(groups.values()):
        yield compare(f'search_paths_{number}', np.stack(group),
                      data[f'search_paths_{number}'], 0, 0)
        indices = torch.stack([
            torch.stack([
                pixels_at(cells, tuple(cell), radius).flatten()
                for cell in one.tolist()
            ]) for one in group
        ])
        yield compare(f'path_indices_{number}', indices,
                      data[f'path_indices_{number}'], 0, 0)


@checks('affinity_labels*.npz')
def check_affinity_labels(path: Path) -> Iterator[Check]:
    """``affinity_labels.npz``: labels of pairs for each radius."""
    data = load_tensors(path)
    for key in [k for k in data if k.startswith('bg_pos')]:
        suffix = key[len('bg_pos'):]
        radius = radius_of(len(data[key]))
        found = pair_labels(
            data['label'][None], radius, num_classes=_NUM_CLASSES)
        for name, values in zip(('bg_pos', 'fg_pos', 'neg'), found):
            yield compare(name + suffix,
                          values[0].flatten(1)[path_order(radius)],
                          data[name + suffix], 0, 0)
