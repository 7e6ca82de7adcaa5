"""Checks of EXITS' and MAL's golden files through the package's own parts."""
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.logging import MessageHub
from mmengine.optim import build_optim_wrapper
from mmengine.structures import BaseDataElement
from torch import Tensor, nn

from ..evaluation.object_masks import object_mask
from ..models import CRFConsistencyLoss, ExitsGenerator, MILLoss
from ..models.losses.dice import (
    dice_loss,
)
from ..models.losses.mil_loss import (
    mil_loss,
)
from ..ops.crf.mean_field import mean_field, whole_window, window_weights
from ..registry import PARAM_SCHEDULERS
from ..structures import encode_mask
from .checks import Check, Checker, compare, equal
from .configs import config_path
from .golden_exits_data import DATA_CHECKERS
from .golden_exits_nets import check_decoder, check_shapes, check_vit
from .golden_exits_points import check_large, check_points

_MODEL = '_base_/models/mal_vitb.py'
_LOSS = dict(rtol=1e-5, atol=1e-7)
_GRADIENT = dict(rtol=0, atol=1e-6)
_KERNEL = dict(rtol=0, atol=1e-6)
_SOFT = dict(rtol=0, atol=1e-4)
_EXACT = dict(rtol=0, atol=0)
_SCHEDULE = '_base_/schedules/exits_adamw.py'
_LR = dict(rtol=0, atol=1e-12)


def _tensors(path: Path) -> dict[str, Tensor]:
    with np.load(path, allow_pickle=False) as file:
        return {
            key: torch.from_numpy(file[key])
            for key in file.files if file[key].dtype.kind != 'U'
        }


def check_mean_field(path: Path) -> Iterator[Check]:
    """``mal_meanfield.npz``: weights, probabilities, masks."""
    data = _tensors(path)
    images, probs, box = data['img'], data['prob'], data['box']
    for key, golden in data.items():
        if key.startswith('kernel'):
            window = int(key.removeprefix('kernel'))
            found = whole_window(window_weights(images, window), window)
            yield compare(key, found.flatten(2), golden, **_KERNEL)
    start = mean_field(probs, box, window_weights(images), iterations=0)
    yield compare('x0_box', start, data['x0_box'], **_KERNEL)
    for key in data:
        kind, _, rest = key.partition('_')
        if kind != 'soft':
            continue
        region, _, iterations = rest.rpartition('_it')
        window = int(region.partition('_k')[2] or 3)
        gate = torch.ones_like(box) if region == 'nobox' else box
        soft = mean_field(
            probs, gate, window_weights(images, window), window,
            iterations=int(iterations))
        yield compare(key, soft, data[key], **_SOFT)
        for stop in (None, 1e-4):
            mask = CRFConsistencyLoss(
                window=window, iterations=int(iterations), stop=stop).target(
                    probs, gate, images)
            yield compare(f'hard_{rest}, stop {stop}', mask,
                          data[f'hard_{rest}'], **_EXACT)
    yield from _check_changes(data)


def _check_changes(data: dict[str, Tensor]) -> Iterator[Check]:
    """Pixels of the mask that change with each iteration."""
    golden = data['changed_px_per_iter_box']
    weights, masks = window_weights(data['img']), []
    state = data['prob']
    for _ in range(golden.shape[1] + 1):
        state = mean_field(state, data['box'], weights, iterations=1)
        masks.append(state > .5)
    changed = [(a != b).flatten(1).sum(dim=1)
               for a, b in zip(masks, masks[1:])]
    # Each call starts by limiting to the box what is limited already, up to
    # soft edges of the box; those samples are not compared.
    hard = (data['box'] == data['box'].round()).flatten(1).all(dim=1)
    yield compare('changed_px_per_iter_box',
                  torch.stack(changed, dim=1)[hard], golden[hard], **_EXACT)


class _Given(nn.Module):
    """A network whose logits are known, also for mirrored crops."""

    def __init__(self, logits: Tensor, flipped: Tensor | None = None) -> None:
        super().__init__()
        self.logits, self.flipped = logits, flipped

    def forward(self, images: Tensor, areas: list[float]) -> Tensor:
        """Logits; mirrored crops are those whose last column is marked."""
        mirrored = self.flipped is not None and images[..., -1].any()
        return self.flipped if mirrored else self.logits


def _generator(student: nn.Module, teacher: nn.Module | None = None,
               **options) -> ExitsGenerator:
    """MAL's generator of the ViT-B config around given networks."""
    model = Config.fromfile(config_path(_MODEL)).model
    model.update(network=dict(type=nn.Identity), data_preprocessor=None,
                 **options)
    model.pop('type')
    generator = ExitsGenerator(**model)
    generator.student, generator.teacher = student, teacher
    return generator.eval()


def _objects(boxes: Tensor, **meta) -> list[BaseDataElement]:
    samples = []
    for number, box in enumerate(boxes):
        sample = BaseDataElement(
            metainfo=dict(
                ann_id=number, box_area=float(box.sum()),
                **{k: v[number] for k, v in meta.items()}))
        sample.box_mask = box
        samples.append(sample)
    return samples


def check_losses(path: Path) -> Iterator[Check]:
    """``mal_losses.npz``: three losses, their gradients, their sum."""
    data = _tensors(path)

    def losses(name: str, function) -> Iterator[Check]:
        logits = data['logits'].clone().requires_grad_()
        loss = function((2 * logits).sigmoid())
        loss.sum().backward()
        yield compare(name, loss.detach(), data[name], **_LOSS)
        yield compare(f'grad_{name}', logits.grad, data[f'grad_{name}'],
                      **_GRADIENT)

    crf = CRFConsistencyLoss()
    yield from losses('dice', lambda x: dice_loss(x, data['target']))
    yield from losses('mil', lambda x: mil_loss(x, data['box']))
    yield from losses(
        'crf', lambda x: crf(x, data['box'], data['img'], data['teacher_prob']
                             )['loss_crf'])
    mean = (data['pred'] + data['teacher_prob']) / 2
    yield compare('crf_target', crf.target(mean, data['box'], data['img']),
                  data['crf_target'], **_EXACT)
    mil = MILLoss()(data['pred'], data['box'])['loss_mil']
    yield compare('mil of the module', mil,
                  data['mil'].sum() / (len(data['mil']) + 1e-4), **_LOSS)
    edges = [dice_loss(torch.full((1, 4), float(a)),
                       torch.full((1, 4), float(b)))
             for a in (0, 1) for b in (0, 1)]
    # How many ones the reference's maps have shows in the last one only.
    golden = data['dice_edge_00_01_10_11']
    yield compare('dice_edge', torch.cat(edges)[:3], golden[:3], **_LOSS)
    ones = round(float(1e-3 * (1 / golden[3] - 1)))
    full = torch.ones(1, ones)
    yield compare('dice_edge of ones', dice_loss(full, full), golden[3:],
                  rtol=0, atol=1e-6)
    yield from _check_totals(data)


def _check_totals(data: dict[str, Tensor]) -> Iterator[Check]:
    """Weighted and rising losses, through the generator."""
    logits = 2 * data['logits']
    generator = _generator(
        _Given(logits), _Given(data['teacher_prob'].logit()))
    samples = _objects(data['box'])
    inputs = dict(student=data['img'], teacher=data['img'])
    hub = MessageHub.get_instance('golden_exits')
    for key, golden in data.items():
        if not key.startswith('total_step'):
            continue
        step, _, epoch = key.removeprefix('total_step').partition('_ep')
        hub.update_info_dict(dict(iter=int(step), epoch=int(epoch)))
        losses = generator.loss(inputs, samples)
        found = [losses['loss_mil'].item(), losses['loss_crf'].item()]
        yield compare(key, [*found, sum(found)], golden, rtol=1e-5,
                      atol=1e-6)
    hub.update_info_dict(dict(iter=0, epoch=0))


def check_pseudo_label(path: Path) -> Iterator[Check]:
    """``mal_pseudo_label.npz``: logits to masks in the image and codes."""
    data = _tensors(path)
    codes = np.load(path, allow_pickle=False)
    boxes, logits = data['boxmask'][:, 0], data['logits'][:, 0]
    size = int(data['height']), int(data['width'])
    count = len(boxes)
    images = boxes.new_zeros(count, 3, *boxes.shape[1:])
    images[..., 0] = 1
    network = _Given(logits, data['logits_on_flipped'][:, 0])
    for kind in ('plain', 'flip'):
        samples = _objects(
            boxes, ori_shape=[size] * count,
            ext_box=[tuple(ext) for ext in data['ext'].tolist()])
        generator = _generator(network, flip_test=kind == 'flip')
        generator.predict(dict(teacher=images), samples)
        masks = [object_mask(sample, float(data['mask_thres']))
                 for sample in (s.to_dict() for s in samples)]
        yield compare(f'mask_{kind}', np.stack(masks), data[f'mask_{kind}'],
                      **_EXACT)
        found = [encode_mask(mask)['counts'] for mask in masks]
        yield equal(f'rle_{kind}', found, codes[f'rle_{kind}'].tolist())


def check_rates(path: Path) -> Iterator[Check]:
    """``mal_lr.npz``: rates of the config's schedule, step by step."""
    data = _tensors(path)
    cfg = Config.fromfile(config_path(_SCHEDULE))
    length, golden = int(data['iters_per_epoch']), data['rows'].numpy()
    cfg.optim_wrapper.optimizer.lr = float(data['lr'])
    wrapper = build_optim_wrapper(nn.Linear(1, 1), cfg.optim_wrapper)
    schedules = cfg.param_scheduler
    schedulers = [
        PARAM_SCHEDULERS.build(
            dict(schedule),
            default_args=dict(optimizer=wrapper, epoch_length=length))
        for schedule in (schedules if isinstance(schedules, list) else
                         [schedules])
    ]
    rates = []
    for _ in range(int(golden[:, 0].max() + 1) * length):
        rates.append(wrapper.param_groups[0]['lr'])
        wrapper.step()
        for scheduler in schedulers:
            scheduler.step()
    steps = (golden[:, 0] * length + golden[:, 1]).astype(int)
    yield compare('lr', np.array(rates)[steps], golden[:, 2], **_LR)
    least = schedules[-1] if isinstance(schedules, list) else schedules
    yield compare('min_lr', least.eta_min_ratio * data['lr'], data['min_lr'],
                  **_LR)


CHECKERS: dict[str, Checker] = {
    'mal_meanfield*.npz': check_mean_field,
    'mal_losses*.npz': check_losses,
    'mal_decoder*.npz': check_decoder,
    'mal_vit_*.npz': check_vit,
    'mal_vitb_state_dict_shapes*.json': check_shapes,
    'mal_lr*.npz': check_rates,
    'mal_pseudo_label*.npz': check_pseudo_label,
    'exits_n8*.npz': check_points,
    'exits_n32*.npz': check_large,
    **DATA_CHECKERS,
}
