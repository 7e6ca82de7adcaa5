"""Checks of IRNet's golden files through the package's public parts."""
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from mmengine.registry import DefaultScope
from torch import Tensor

from ..datasets.transforms import MakeIRLabel
from ..models.tta.strided import merge_on_grid
from ..ops.walk.affinity import edge_affinity
from ..ops.walk.displacement import cluster_centroids, find_centroids
from ..ops.walk.pairs import (
    cells_at,
    other_ends,
    pad_for_pairs,
    pair_labels,
    pair_offsets,
    pair_paths,
    path_order,
)
from ..registry import MODELS
from .checks import Check, Checker, compare, equal
from .given_backbone import GivenBackbone  # noqa: F401 (registers it)
from .golden_irn_heads import check_head_inputs, check_heads, check_poly
from .golden_shapes import check_irn_shapes
from .stencils import dense_affinity, radius_of, transition_power

# What the reference counts as a class; other labels are ignored.
_NUM_CLASSES = 21
_WALK_TOLERANCE = 2e-4


def _tensors(path: Path) -> dict[str, Tensor]:
    with np.load(path, allow_pickle=False) as file:
        return {key: torch.from_numpy(file[key]) for key in file.files}


def check_path_index(path: Path) -> Iterator[Check]:
    """``path_index_*.npz``: offsets and paths, grouped by length."""
    data = _tensors(path)
    radius, size = int(data['radius']), tuple(data['size'].tolist())
    order = path_order(radius)
    cells = torch.arange(size[0] * size[1]).reshape(size)
    yield compare('search_dst', pair_offsets(radius)[order],
                  data['search_dst'], 0, 0)
    yield compare('src_indices', cells_at(cells, (0, 0), radius).flatten(),
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
                cells_at(cells, tuple(cell), radius).flatten()
                for cell in one.tolist()
            ]) for one in group
        ])
        yield compare(f'path_indices_{number}', indices,
                      data[f'path_indices_{number}'], 0, 0)


def _model(**options: object) -> torch.nn.Module:
    with DefaultScope.overwrite_default_scope('mmseg'):
        return MODELS.build(
            dict(
                type='wsss_plugins.IRSegmentor',
                backbone=dict(type='wsss_plugins.GivenBackbone'),
                decode_head=dict(
                    type='wsss_plugins.IRHead', in_channels=[8, 8],
                    strides=[4, 8], dp_channels=[8, 8], dp_joint_channels=8,
                    num_classes=2),
                **options)).eval()


def check_random_walk(path: Path) -> Iterator[Check]:
    """``random_walk.npz``: boundaries to affinities, walk and labels."""
    data = _tensors(path)
    edge, size = data['edge'], tuple(data['edge'].shape[1:])
    model = _model()
    radius, beta = model.walk_radius, model.walk['beta']
    # The reference pads by one cell more than the pairs reach.
    padded = pad_for_pairs(edge, radius + 1, 1.)
    yield compare('edge_padded', padded, data['edge_padded'], 0, 0)
    sparse = edge_affinity(padded, radius, 'reference').flatten(2)
    yield compare('aff_sparse_padded', sparse[:, path_order(radius)],
                  data['aff_sparse_padded'], 1e-4)
    affinity = edge_affinity(edge, radius)[0]
    yield compare('aff_dense', dense_affinity(affinity, size, radius),
                  data['aff_dense'], 1e-4)
    for key, steps in (('T', 1), ('T256', 256)):
        yield _close(key, transition_power(affinity, size, radius, beta,
                                           steps), data[key])
    for options, key in ((dict(steps=8), 'rw_times3'),
                         (dict(degree=80), 'rw'), ({}, 'rw')):
        walked = _model(walk=options).walked(data['cam'], edge)
        yield _close(key, walked, data[key][:, 0])
    parts = data['inst_cam'].flatten(0, 1)
    yield _close('rw_inst', model.walked(parts, edge), data['rw_inst'][:, 0])
    whole = model.whole(walked, tuple(data['orig_size'].tolist()))
    yield _close('rw_up', whole, data['rw_up'])
    yield compare('sem_seg', data['keys'][model.winners(whole)],
                  data['sem_seg'], 0, 0)


def _close(name: str, found: Tensor, golden: Tensor) -> Check:
    """Compare what went through a walk in 32 bits."""
    return compare(name, found, golden, 1e-4,
                   _WALK_TOLERANCE * float(golden.max()))


def check_affinity_labels(path: Path) -> Iterator[Check]:
    """``affinity_labels.npz``: labels of pairs for each radius."""
    data = _tensors(path)
    for key in [k for k in data if k.startswith('bg_pos')]:
        suffix = key[len('bg_pos'):]
        radius = radius_of(len(data[key]))
        found = pair_labels(
            data['label'][None], radius, num_classes=_NUM_CLASSES)
        for name, values in zip(('bg_pos', 'fg_pos', 'neg'), found):
            yield compare(name + suffix,
                          values[0].flatten(1)[path_order(radius)],
                          data[name + suffix], 0, 0)


def check_ir_label(path: Path) -> Iterator[Check]:
    """``cam_to_ir_label.npz``: class maps to the label through CRFs."""
    with np.load(path, allow_pickle=False) as file:
        data = {key: file[key] for key in file.files}
    make, maps = MakeIRLabel(), data['cam_high_res']
    names = np.append(0, data['keys0'] + 1)
    names = np.append(names, np.full(256 - len(names), 255))
    masks = make.masks(maps)
    refined = make.crf(data['img'], make.scores(maps)).argmax(axis=1)
    for number, kind in enumerate(('fg', 'bg')):
        yield compare(f'pre_crf_{kind}', masks[number],
                      data[f'pre_crf_{kind}'], 0, 0)
        yield compare(f'{kind}_conf', names[refined[number]],
                      data[f'{kind}_conf'], 0, 0)
    yield compare('ir_label', names[make.label_slots(data['img'], maps)],
                  data['ir_label'], 0, 0)


def check_instances(path: Path) -> Iterator[Check]:
    """``instances.npz``: a displacement field to clusters."""
    data = _tensors(path)
    centroids = find_centroids(data['dp'])
    yield compare('centroids', centroids, data['centroids'], 0, 0)
    yield compare('clusters_onehot',
                  cluster_centroids(centroids, data['dp']),
                  data['clusters_onehot'], 0, 0)


def check_cam_merge(path: Path) -> Iterator[Check]:
    """``cam_merge.npz``: views of four scales on both grids."""
    data = _tensors(path)
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


CHECKERS: dict[str, Checker] = {
    'path_index*.npz': check_path_index,
    'random_walk*.npz': check_random_walk,
    'affinity_labels*.npz': check_affinity_labels,
    'heads_inputs*.npz': check_head_inputs,
    'heads_losses*.npz': check_heads,
    'cam_to_ir_label*.npz': check_ir_label,
    'instances*.npz': check_instances,
    'cam_merge*.npz': check_cam_merge,
    'poly_optimizer*.npz': check_poly,
    'state_dict_shapes*.json': check_irn_shapes,
}
