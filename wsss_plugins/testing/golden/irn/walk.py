"""IRNet's random walk."""
from collections.abc import Iterator
from pathlib import Path

import torch
from mmengine.registry import DefaultScope
from torch import Tensor

import wsss_plugins.testing.backbones  # noqa: F401 (registers one)
from wsss_plugins.ops.walk.affinity import edge_affinity
from wsss_plugins.ops.walk.pairs import pad_for_pairs, path_order
from wsss_plugins.registry import MODELS
from wsss_plugins.testing.arrays import load_tensors
from wsss_plugins.testing.checks import Check, checks, compare
from wsss_plugins.testing.stencils import dense_affinity, transition_power

_WALK_TOLERANCE = 2e-4


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


@checks('random_walk*.npz')
def check_random_walk(path: Path) -> Iterator[Check]:
    """``random_walk.npz``: boundaries to affinities, walk and labels."""
    data = load_tensors(path)
    edge, size = data['edge'], tuple(data['edge'].shape[1:])
    model = _model()
    radius, beta = model.walk_radius, model.walk['beta']
    # The reference pads by one pixel more than the pairs reach.
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
        walked = _model(walk=options).propagated(data['cam'], edge)
        yield _close(key, walked, data[key][:, 0])
    parts = data['inst_cam'].flatten(0, 1)
    yield _close('rw_inst', model.propagated(parts, edge),
                 data['rw_inst'][:, 0])
    whole = model.whole(walked, tuple(data['orig_size'].tolist()))
    yield _close('rw_up', whole, data['rw_up'])
    yield compare('sem_seg', data['keys'][model.winners(whole)],
                  data['sem_seg'], 0, 0)


def _close(name: str, found: Tensor, golden: Tensor) -> Check:
    """Compare what went through a walk in 32 bits."""
    return compare(name, found, golden, 1e-4,
                   _WALK_TOLERANCE * float(golden.max()))
