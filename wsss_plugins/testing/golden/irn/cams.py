"""IRNet's CAMs, merged over scales and flips."""
import re
from collections.abc import Iterator
from pathlib import Path

from wsss_plugins.models.tta.strided import merge_on_grid
from wsss_plugins.testing.arrays import load_tensors
from wsss_plugins.testing.checks import Check, checks, compare


@checks('cam_merge*.npz')
def check_cam_merge(path: Path) -> Iterator[Check]:
    """``cam_merge.npz``: views of four scales on both grids."""
    data = load_tensors(path)
    size, present = tuple(data['size'].tolist()), data['keys']
    views = [
        data[key][present]
        for key in sorted(k for k in data if re.fullmatch(r'out\d+', k))
    ]
    flips = [False] * len(views)
    yield compare('cam', merge_on_grid(views, flips, size, 4), data['cam'],
                  1e-4)
    yield compare('high_res', merge_on_grid(views, flips, size, 1, 16),
                  data['high_res'], 1e-4)
