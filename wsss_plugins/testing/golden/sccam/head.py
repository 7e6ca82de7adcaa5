"""SC-CAM's two classifiers and their losses."""
from collections.abc import Iterator
from pathlib import Path

import torch
from mmseg.structures import SegDataSample
from torch import Tensor

from wsss_plugins.models import SubCategoryHead
from wsss_plugins.ops.cluster.sub_labels import table_of_targets
from wsss_plugins.testing.arrays import load_tensors
from wsss_plugins.testing.checks import Check, checks, compare

from ._labels import installed_labels


@checks('heads_loss*.npz')
def check_heads(path: Path) -> Iterator[Check]:
    """``heads_loss.npz``: both classifiers, their losses and gradients."""
    data = load_tensors(path)
    num_sub, num_fg = int(data['K']), data['label_parent'].shape[1]
    head = SubCategoryHead(
        dict(
            type='wsss_plugins.CAMHead',
            in_channels=data['conv6'].shape[1],
            num_classes=num_fg + 1),
        num_sub=num_sub,
        loss_sub=dict(
            type='wsss_plugins.SubCategoryLoss',
            loss_weight=float(data['lambda_sub'])))
    weights = head.parent.conv_seg.weight, head.conv_sub.weight
    with torch.no_grad():
        weights[0].copy_(data['w_parent'])
        weights[1].copy_(data['w_sub'])
    head.eval()
    head.labels = installed_labels(
        table_of_targets(data['label_sub'], num_sub), num_sub)
    conv6 = data['conv6'].clone().requires_grad_()
    losses = head.loss((conv6, ), _samples(data['label_parent']), None)
    (losses['loss_cls'] + losses['loss_sub']).backward()
    yield compare('feature', head.pooled_features((conv6, )).detach(),
                  data['feature'])
    maps, sub_maps = head.classify((conv6.detach(), ))
    yield compare('logit_parent', head.scores(maps).detach(),
                  data['logit_parent'])
    yield compare('logit_sub', sub_maps.mean(dim=(2, 3)).detach(),
                  data['logit_sub'])
    loss_sub = losses['loss_sub'].item()
    yield compare('loss_parent', losses['loss_cls'].item(),
                  data['loss_parent'])
    yield compare('loss_sub', loss_sub / float(data['lambda_sub']),
                  data['loss_sub'])
    yield compare('loss', losses['loss_cls'].item() + loss_sub, data['loss'])
    for name, value in (('grad_w_parent', weights[0]),
                        ('grad_w_sub', weights[1]), ('grad_conv6', conv6)):
        yield compare(name, value.grad, data[name], 1e-5, 1e-7)
    yield from _head_maps(head, conv6.detach(), data)


def _head_maps(head: SubCategoryHead, conv6: Tensor,
               data: dict[str, Tensor]) -> Iterator[Check]:
    """What the head gives to segmentors for either kind of CAMs."""
    for key, sub in (('cam_parent', False), ('cam_sub', True)):
        head.predicts_sub_maps = sub
        maps = head.class_maps(head((conv6, )))
        yield compare(key, maps.detach(), data[key])


def _samples(labels: Tensor) -> list[SegDataSample]:
    """Data samples of images named 0, 1, ..."""
    samples = []
    for number, score in enumerate(labels):
        sample = SegDataSample(metainfo=dict(sample_name=str(number)))
        sample.set_data(dict(gt_score=score))
        samples.append(sample)
    return samples
