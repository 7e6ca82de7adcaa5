"""Checks of EPS' golden files through the package's public parts."""
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.model import BaseModule
from mmengine.optim import OptimWrapper, build_optim_wrapper
from mmengine.registry import PARAM_SCHEDULERS, DefaultScope
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from ..datasets.transforms import (
    DenseMapSpec,
    RandomPlaceCrop,
    RandomResizeLong,
)
from ..datasets.transforms.dense_maps import (
    register_dense_map,
)
from ..models import EPSHead, WSSSDataPreProcessor
from ..models.losses.eps_loss import eps_loss
from ..models.losses.multilabel_loss import MultiLabelSoftMarginLoss
from ..registry import MODELS
from .checks import Check, Checker, compare, equal
from .configs import config_path
from .golden_eps_cams import check_evaluate, check_infer

_IMAGENET_MEAN = (123.675, 116.28, 103.53)
_IMAGENET_STD = (58.395, 57.12, 57.375)
_GRADIENT_RTOL = 1e-4


def _tensors(path: Path) -> dict[str, torch.Tensor]:
    with np.load(path, allow_pickle=False) as file:
        return {key: torch.from_numpy(file[key]) for key in file.files}


def check_loss(path: Path) -> Iterator[Check]:
    """``loss_*.npz`` and ``blob_*.npz``: the saliency loss and its parts."""
    data = _tensors(path)
    maps = data['cam'].clone().requires_grad_()
    out = eps_loss(maps, data['saliency'], data['label'],
                   float(data['tau']), float(data['lam']))
    out.loss.backward()
    values = {
        'loss': out.loss,
        'loss_sal': out.loss,
        'fg_map': out.foreground,
        'one_minus_bg': 1 - out.background,
        'bg_map': 1 - out.background,
        'est_saliency': out.estimate,
        'estimated_saliency': out.estimate,
        'sal_small': out.saliency,
        'ratio': out.overlap,
        'overlap_ratio': out.overlap,
    }
    for key, value in values.items():
        if key in data:
            yield compare(key, value.detach(), data[key])
    if 'selected' in data:
        yield equal('selected', out.selected.tolist(),
                    data['selected'].tolist())
    yield compare(
        'grad_cam', maps.grad, data['grad_cam'], _GRADIENT_RTOL, atol=1e-8)
    if 'loss_cls' in data:
        scores = data['cam'][:, :-1].mean(dim=(2, 3))
        loss = MultiLabelSoftMarginLoss()(scores, data['label'])
        yield compare('loss_cls', loss, data['loss_cls'])


def check_head(path: Path) -> Iterator[Check]:
    """``head_loss.npz``: the head's forward and both losses."""
    data = _tensors(path)
    num_maps, in_channels = data['weight'].shape[:2]
    head = EPSHead(in_channels=in_channels, num_classes=num_maps)
    with torch.no_grad():
        head.conv_seg.weight.copy_(data['weight'])
    feat = data['feat'].clone().requires_grad_()
    samples = []
    for tags, saliency in zip(data['label'], data['saliency'], strict=True):
        sample = SegDataSample()
        sample.set_data(
            dict(gt_score=tags, gt_saliency=PixelData(data=saliency)))
        samples.append(sample)
    maps = head((feat, ))
    losses = head.loss_by_feat(maps, samples)
    (losses['loss_cls'] + losses['loss_sal']).backward()
    yield compare('cam', maps.detach(), data['cam'])
    yield compare('pred', head.scores(maps).detach(),
                  data['pred'][:, :head.num_foreground])
    for key in ('loss_cls', 'loss_sal'):
        yield compare(key, losses[key].detach(), data[key])
    yield compare('grad_weight', head.conv_seg.weight.grad,
                  data['grad_weight'], _GRADIENT_RTOL)
    yield compare('grad_feat', feat.grad, data['grad_feat'], _GRADIENT_RTOL)


def check_transforms(path: Path) -> Iterator[Check]:
    """``transforms.npz`` with its json: resize, flip, crop, normalize."""
    data = np.load(path, allow_pickle=False)
    crop = int(data['crop'])
    resize = RandomResizeLong(int(data['resize_min']), int(data['resize_max']))
    place = RandomPlaceCrop((crop, crop), _IMAGENET_MEAN)
    normalize = WSSSDataPreProcessor(mean=_IMAGENET_MEAN, std=_IMAGENET_STD)
    for case in json.loads(path.with_suffix('.json').read_text()):
        number = case['case']
        results = dict(img=data['image'])
        register_dense_map(results, 'gt_saliency', data['saliency'],
                           DenseMapSpec('bicubic', 0))
        results = resize.resize_long(results, case['target_long'])
        if case['hflip']:
            for key in ('img', 'gt_saliency'):
                results[key] = results[key][:, ::-1]
        height, width = results['img'].shape[:2]
        results = place.crop(results,
                             _place(case['randrange_h'], height, crop),
                             _place(case['randrange_w'], width, crop))
        image = torch.from_numpy(results['img'].transpose(2, 0, 1).copy())
        image = normalize(dict(inputs=[image]))['inputs'][0]
        yield compare(f'img_{number}', image, data[f'img_{number}'])
        yield compare(f'sal_{number}', results['gt_saliency'][None] / 255,
                      data[f'sal_{number}'])


def _place(draw: list[int], length: int, crop: int) -> tuple[int, int]:
    """From a recorded ``randrange(n) -> value`` to a place of the crop."""
    value = draw[1]
    return (value, 0) if length < crop else (0, value)


class _TwoLayers(BaseModule):
    """A model with the parameter names that the schedule groups by."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = torch.nn.Conv2d(1, 1, 1)
        self.decode_head = torch.nn.Module()
        self.decode_head.conv_seg = torch.nn.Conv2d(1, 1, 1)


def _schedule(**options: object) -> tuple[OptimWrapper, object, _TwoLayers]:
    """Optimizer and scheduler as ``tools/train.py`` builds them."""
    cfg = Config.fromfile(config_path('_base_/schedules/sgd_poly_psa.py'))
    cfg.merge_from_dict(options)
    model = _TwoLayers()
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    with DefaultScope.overwrite_default_scope('mmengine'):
        scheduler = PARAM_SCHEDULERS.build(
            cfg.param_scheduler[0], default_args=dict(optimizer=wrapper))
    return wrapper, scheduler, model


def check_poly_lr(path: Path) -> Iterator[Check]:
    """``poly_lr.npz``: rates of the four groups, momentum, weight decay."""
    data = np.load(path, allow_pickle=False)
    for name, horizon in (('voc', 20000), ('coco_log', 76950)):
        if f'{name}_steps' not in data:
            continue
        wrapper, scheduler, model = _schedule(
            **{'param_scheduler.0.end': horizon + 1})
        groups = _groups_by_parameter(wrapper, model)
        steps = data[f'{name}_steps'].tolist()
        rates, step = {}, 0
        for wanted in sorted(set(steps)):
            while step < min(wanted, horizon - 1):
                scheduler.step()
                step += 1
            rates[wanted] = [group['lr'] for group in groups]
        yield compare(f'{name}_lr', [rates[s] for s in steps],
                      data[f'{name}_lr'], rtol=1e-6, atol=1e-12)
    yield compare('momentum', [g['momentum'] for g in groups],
                  data['momentum'])
    yield compare('weight_decay', [g['weight_decay'] for g in groups],
                  data['weight_decay'])


def _groups_by_parameter(wrapper: OptimWrapper,
                         model: _TwoLayers) -> list[dict]:
    """Groups in PSA's order: backbone W and b, head W and b."""
    head = model.decode_head.conv_seg
    order = (model.backbone.weight, model.backbone.bias, head.weight,
             head.bias)
    return [
        next(group for group in wrapper.param_groups
             if any(p is wanted for p in group['params'])) for wanted in order
    ]


def check_sgd_trace(path: Path) -> Iterator[Check]:
    """``sgd_trace.npz``: four steps of a scalar with a constant gradient."""
    data = np.load(path, allow_pickle=False)
    decay, rate = float(data['wd']), float(data['lr'])
    wrapper, scheduler, model = _schedule(
        **{
            'optim_wrapper.optimizer.lr': rate,
            'optim_wrapper.optimizer.momentum': decay,
            'optim_wrapper.optimizer.weight_decay': decay,
            'param_scheduler.0.end': int(data['T']) + 1
        })
    weight = model.backbone.weight
    trace = []
    with torch.no_grad():
        weight.fill_(float(data['w0']))
    for _ in data['w_after']:
        wrapper.update_params((weight * float(data['grad'])).sum())
        scheduler.step()
        trace.append(weight.item())
    yield compare('w_after', trace, data['w_after'])


def check_model_facts(path: Path) -> Iterator[Check]:
    """``model_facts.json``: names, shapes and counts of the VOC network."""
    facts = json.loads(path.read_text())
    cfg = Config.fromfile(
        config_path('eps/eps_resnet38_1xb8-20k_voc12-448.py'))
    cfg.model.backbone.init_cfg = None
    with torch.device('meta'), DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(cfg.model)
    model.train()
    names = {'decode_head.conv_seg.weight': 'fc8.weight'}

    def reference_name(name: str) -> str:
        return names.get(name, name.removeprefix('backbone.'))

    shapes = {
        reference_name(name): list(value.shape)
        for name, value in model.state_dict().items()
    }
    yield equal('state_dict', shapes, facts['state_dict'])
    trainable = {
        reference_name(name): p.numel()
        for name, p in model.named_parameters() if p.requires_grad
    }
    yield equal('trainable', sorted(trainable), sorted(facts['trainable']))
    yield equal('n_params', sum(p.numel() for p in model.parameters()),
                facts['n_params'])
    yield equal('n_trainable', sum(trainable.values()), facts['n_trainable'])
    dropout = {
        reference_name(name): module.p
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Dropout2d) and module.p
    }
    yield equal('dropout', dropout, facts['dropout'])


CHECKERS: dict[str, Checker] = {
    'loss*.npz': check_loss,
    'blob*.npz': check_loss,
    'head_loss*.npz': check_head,
    'transforms*.npz': check_transforms,
    'infer_*.npz': check_infer,
    'evaluate*.npz': check_evaluate,
    'poly_lr*.npz': check_poly_lr,
    'sgd_trace*.npz': check_sgd_trace,
    'model_facts*.json': check_model_facts,
}
