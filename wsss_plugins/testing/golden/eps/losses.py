"""EPS' saliency loss and its head."""
from collections.abc import Iterator
from pathlib import Path

import torch
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from wsss_plugins.models import EPSHead
from wsss_plugins.models.losses.eps_loss import eps_loss
from wsss_plugins.models.losses.multilabel_loss import MultiLabelSoftMarginLoss
from wsss_plugins.testing.arrays import load_tensors
from wsss_plugins.testing.checks import Check, checks, compare, equal

_GRADIENT_RTOL = 1e-4


@checks('loss*.npz', 'blob*.npz')
def check_loss(path: Path) -> Iterator[Check]:
    """``loss_*.npz`` and ``blob_*.npz``: the saliency loss and its parts."""
    data = load_tensors(path)
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


@checks('head_loss*.npz')
def check_head(path: Path) -> Iterator[Check]:
    """``head_loss.npz``: the head's forward and both losses."""
    data = load_tensors(path)
    num_maps, in_channels = data['weight'].shape[:2]
    head = EPSHead(in_channels=in_channels, num_classes=num_maps)
    with torch.no_grad():
        head.conv_seg.weight.copy_(data['weight'])
    feat = data['feat'].clone().requires_grad_()
    samples = []
    for labels, saliency in zip(data['label'], data['saliency'], strict=True):
        sample = SegDataSample()
        sample.set_data(
            dict(gt_score=labels, gt_saliency=PixelData(data=saliency)))
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
