"""Golden heads, losses and optimizer of IRNet."""
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.model import BaseModule
from mmengine.optim import build_optim_wrapper
from mmengine.registry import PARAM_SCHEDULERS, DefaultScope
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from torch import Tensor

from ..models import IRHead, IRSegmentor
from ..models.losses.affinity_loss import affinity_errors, affinity_terms
from ..models.losses.displacement_loss import (
    displacement_errors,
    displacement_terms,
)
from ..ops.walk.affinity import edge_affinity
from ..ops.walk.pairs import pair_labels, path_order
from .checks import Check, compare, equal
from .configs import config_path
from .stencils import radius_of

_LEVELS = 5
_FINE = 2
_NUM_CLASSES = 21
_DECAY = 1e-4
_RATES = (.1, 1.)


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


def check_heads(path: Path) -> Iterator[Check]:
    """``heads_losses*.npz``: both branches, every loss, gradients."""
    with np.load(path, allow_pickle=False) as file:
        data = {k: torch.from_numpy(file[k]) for k in file.files}
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


class _TwoBranches(BaseModule):
    """A model with the parameter names that the schedule groups by."""

    def __init__(self, start: np.ndarray) -> None:
        super().__init__()
        self.decode_head = torch.nn.Module()
        for name, values in (('edge', start[:2]), ('displacement',
                                                   start[2:])):
            part = torch.nn.Module()
            part.value = torch.nn.Parameter(torch.from_numpy(values).clone())
            setattr(self.decode_head, name, part)


def check_poly(path: Path) -> Iterator[Check]:
    """``poly_optimizer.npz``: rates and steps on a quadratic function.

    It is ``p0^2 + p1^2 + (q - 1)^2 / 10``, p at the base rate and q at ten
    times of it; the rows after ``max_step`` keep its last rate.
    """
    data = np.load(path, allow_pickle=False)
    rows = data['traj']
    horizon = 1 + int(np.flatnonzero(np.diff(rows[:, 0]) == 0).min(
        initial=len(rows) - 1))
    cfg = Config.fromfile(config_path('irn/irn_resnet50_1xb32-1k_voc12-512.py'
                                      ))
    yield compare('momentum', cfg.optim_wrapper.optimizer.momentum,
                  data['momentum'])
    # The file has no start; undo the first step, which is linear.
    rate_p, rate_q = _RATES
    start = np.append(rows[0, 2:4] / (1 - rate_p * (2 + _DECAY)),
                      (rows[0, 4] - .2 * rate_q) /
                      (1 - rate_q * (.2 + _DECAY)))
    model = _TwoBranches(start)
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    with DefaultScope.overwrite_default_scope('mmengine'):
        scheduler = PARAM_SCHEDULERS.build(
            dict(cfg.param_scheduler[0], end=horizon + 1),
            default_args=dict(optimizer=wrapper))
    head, found = model.decode_head, []
    for step in range(len(rows)):
        p, q = head.edge.value, head.displacement.value
        rates = sorted(group['lr'] for group in wrapper.param_groups)
        wrapper.update_params((p**2).sum() + .1 * ((q - 1)**2).sum())
        found.append([rates[0], rates[-1], *p.tolist(), *q.tolist()])
        # Trainings end at the horizon; the reference's goes on beyond it.
        if step < horizon - 1:
            scheduler.step()
    yield compare('traj', found, rows, 1e-6, 1e-9)
