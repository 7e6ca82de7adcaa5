"""IRNet's two branches and their losses."""
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from torch import Tensor

from wsss_plugins.models import IRHead, IRSegmentor
from wsss_plugins.models.losses.affinity_loss import (
    affinity_errors,
    affinity_terms,
)
from wsss_plugins.models.losses.displacement_loss import (
    displacement_errors,
    displacement_terms,
)
from wsss_plugins.ops.walk.affinity import edge_affinity
from wsss_plugins.ops.walk.pairs import pair_labels, path_order
from wsss_plugins.testing.arrays import load_tensors
from wsss_plugins.testing.checks import Check, checks, compare, equal
from wsss_plugins.testing.stencils import radius_of

_LEVELS = 5
_NUM_CLASSES = 21


def _names() -> dict[str, str]:
    """Our names of the head's weights to the reference's."""
    names = {
        'edge.fuse.weight': 'fc_edge6.weight',
        'edge.fuse.bias': 'fc_edge6.bias',
        'displacement.field.weight': 'fc_dp7.3.weight'
    }
    layers = {
        **{f'edge.levels.{i}': f'fc_edge{i + 1}' for i in range(_LEVELS)},
        **{f'displacement.levels.{i}': f'fc_dp{i + 1}'
           for i in range(_LEVELS)},
        'displacement.join': f'fc_dp{_LEVELS + 1}',
        'displacement.last': f'fc_dp{_LEVELS + 2}',
    }
    for ours, theirs in layers.items():
        names[f'{ours}.conv.weight'] = f'{theirs}.0.weight'
        names[f'{ours}.norm.weight'] = f'{theirs}.1.weight'
        names[f'{ours}.norm.bias'] = f'{theirs}.1.bias'
    return names


def _inputs(path: Path) -> tuple[IRHead, list[Tensor], list[str]]:
    """Head with the file's weights, its feature maps, weights left over."""
    with np.load(path, allow_pickle=False) as file:
        data = {k: torch.from_numpy(file[k]).float() for k in file.files}
    maps = [data[f'x{i + 1}'] for i in range(_LEVELS)]
    weights = {k[2:]: v for k, v in data.items() if k.startswith('w.')}
    head = IRHead(
        in_channels=[m.shape[1] for m in maps],
        strides=[4 * maps[0].shape[2] // m.shape[2] for m in maps],
        num_classes=_NUM_CLASSES,
        edge_channels=len(weights['fc_edge1.0.weight']),
        dp_channels=[
            len(weights[f'fc_dp{i + 1}.0.weight']) for i in range(_LEVELS)
        ],
        dp_joint_channels=len(weights[f'fc_dp{_LEVELS + 1}.0.weight']))
    state = {ours: weights.pop(theirs) for ours, theirs in _names().items()}
    head.load_state_dict({**head.state_dict(), **state})
    return head, maps, sorted(weights)


@checks('heads_inputs*.npz')
def check_head_inputs(path: Path) -> Iterator[Check]:
    """``heads_inputs*.npz``: all weights find their place."""
    head, maps, left = _inputs(path)
    yield equal('weights left over', left, [])
    yield equal(
        'trainable',
        sorted(n for n, p in head.named_parameters() if p.requires_grad),
        sorted(_names()))
    out = head.train()(maps)
    size = maps[0].shape[2:]
    yield equal('shapes', [tuple(o.shape[1:]) for o in out],
                [(1, *size), (2, *size)])


@checks('heads_losses*.npz')
def check_heads(path: Path) -> Iterator[Check]:
    """``heads_losses*.npz``: both branches, every loss, gradients."""
    data = load_tensors(path)
    siblings = sorted(path.parent.glob(
        path.name.replace('losses', 'inputs').replace('.npz', '*.npz')))
    head, maps, _ = _inputs(siblings[0])
    head.radius = radius = radius_of(data['bg_pos'].shape[1])
    out = head.train()(maps)
    yield compare('edge_logit', out.edge.detach(), data['edge_logit'], 1e-4,
                  1e-5)
    yield compare('dp', out.displacement.detach(), data['dp'], 1e-4, 1e-5)
    labels = pair_labels(data['label'], radius, num_classes=_NUM_CLASSES)
    order = path_order(radius)
    for key, values in zip(('bg_pos', 'fg_pos', 'neg'), labels):
        yield compare(key, values[:, order].flatten(2), data[key], 0, 0)
    yield from _loss_maps(data, out.edge, out.displacement, radius)
    yield from _loss_terms(data, out.edge, out.displacement, radius)
    yield from _gradients(data, head, out)
    merged = IRSegmentor.boundary(*out.edge.detach())
    yield compare('edge_flipmerged', merged, data['edge_flipmerged'], 1e-4)


def _loss_maps(data: dict[str, Tensor], edge: Tensor, displacement: Tensor,
               radius: int) -> Iterator[Check]:
    """Losses of single pairs; the file has those of the first sources."""
    affinity = edge_affinity(edge[:, 0].sigmoid(), radius, 'reference')
    found = dict(
        zip(('pos_aff_loss', 'neg_aff_loss', 'dp_fg_loss', 'dp_bg_loss'),
            (*affinity_errors(affinity),
             *displacement_errors(displacement, radius))))
    order = path_order(radius)
    for key, values in found.items():
        flat = values.detach().flatten(-2)[..., order, :]
        shown = data[key].shape[-1]
        yield compare(key, flat[..., :shown], data[key], 1e-4, 1e-5)


def _loss_terms(data: dict[str, Tensor], edge: Tensor, displacement: Tensor,
                radius: int) -> Iterator[Check]:
    labels = pair_labels(data['label'], radius, num_classes=_NUM_CLASSES)
    affinity = edge_affinity(edge[:, 0].sigmoid(), radius, 'reference')
    aff = affinity_terms(affinity, labels)
    field = displacement_terms(displacement, labels, radius)
    for key, value in (('l_bg_pos', aff.bg), ('l_fg_pos', aff.fg),
                       ('l_pos', (aff.bg + aff.fg) / 2), ('l_neg', aff.neg),
                       ('l_dp_fg', field.fg), ('l_dp_bg', field.bg)):
        yield compare(key, value.detach(), data[key], 1e-4)


def _gradients(data: dict[str, Tensor], head: IRHead,
               out: tuple[Tensor, Tensor]) -> Iterator[Check]:
    """The head's own losses, as training adds them up."""
    samples = []
    for label in data['label']:
        sample = SegDataSample()
        sample.set_data(dict(gt_affinity=PixelData(data=label[None])))
        samples.append(sample)
    total = sum(head.loss_by_feat(out, samples).values())
    total.backward()
    yield compare('l_total', total.detach(), data['l_total'], 1e-4)
    for key, parameter in (
        ('grad_fc_edge6_weight', head.edge.fuse.weight),
        ('grad_fc_edge6_bias', head.edge.fuse.bias),
        ('grad_fc_dp7_last', head.displacement.field.weight)):
        yield compare(key, parameter.grad, data[key], 1e-4, 1e-5)
