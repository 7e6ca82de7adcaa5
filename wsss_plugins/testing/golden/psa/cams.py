"""PSA's CAMs, merged over scales and flips."""
from collections.abc import Iterator
from pathlib import Path

from wsss_plugins.ops.cam.cams import merge_cams
from wsss_plugins.ops.cam.pseudo_mask import class_map_labels
from wsss_plugins.testing.arrays import load_tensors
from wsss_plugins.testing.checks import Check, checks, compare


@checks('cam_merge*.npz')
def check_cam_merge(path: Path) -> Iterator[Check]:
    """``cam_merge.npz``: eight views to CAMs and a mask."""
    data = load_tensors(path)
    size = tuple(data['size'].tolist())
    present = data['label'].nonzero()[:, 0]
    views = [data[f'raw{i}'][present] for i in range(8)]
    merged = merge_cams(views, [i % 2 == 1 for i in range(8)], size)
    yield compare('norm_cam', merged, data['norm_cam'], 1e-4)
    mask = class_map_labels(merged.numpy(), present.numpy() + 1, size, .2)
    yield compare('pred', mask, data['pred'], 0, 0)
