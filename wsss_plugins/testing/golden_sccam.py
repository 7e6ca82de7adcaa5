"""Checks of SC-CAM's golden files through the package's public parts."""
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from mmseg.structures import SegDataSample
from torch import Tensor

from ..models import SubCategoryHead
from ..models.utils.sub_labels import SubLabels
from ..ops.cluster.kmeans import KMeans
from ..ops.cluster.sub_labels import (
    assign_by_class,
    class_major_order,
    cluster_by_class,
    mutual_information,
    sub_targets,
    table_of_targets,
    used_columns,
)
from .checks import Check, Checker, compare, equal
from .golden_sccam_cams import check_infer
from .golden_sccam_facts import (
    check_data_facts,
    check_model_facts,
    check_poly_lr,
)

# A clustering may be worse than the reference's by this share of inertia:
# where clusters are plain to see, and in noise with many near-best answers.
_INERTIA_RTOL = {True: 1e-5, False: 1e-2}


def _tensors(path: Path) -> dict[str, Tensor]:
    with np.load(path, allow_pickle=False) as file:
        return {key: torch.from_numpy(file[key]) for key in file.files}


def check_clusters(path: Path) -> Iterator[Check]:
    """``cluster_*.npz``: clustering, assignment, label files."""
    data = _tensors(path)
    num_sub, table = int(data['K']), data['sub_table']
    present = data['parent_labels'] > 0
    yield from _own_clusters(data, present, num_sub)
    counts = (table.amax(dim=0) + 1).clamp(min=0)
    assigned = assign_by_class(data['features'].double(), present,
                               data['centers'].double(), counts)
    yield equal('sub_table from centers', assigned.tolist(), table.tolist())
    yield equal('class_counts', present.sum(dim=0).tolist(),
                data['class_counts'].tolist())
    merged = present.T.nonzero()[:, 1]
    yield equal('merged_index', merged.tolist(),
                data['merged_index'].tolist())
    order = class_major_order(present)
    yield equal('file_order', order.tolist(), data['file_order'].tolist())
    targets = sub_targets(table, num_sub)
    yield compare('file_label_sub', targets[order], data['file_label_sub'],
                  0, 0)
    yield compare('file_label_parent', present[order].double(),
                  data['file_label_parent'], 0, 0)
    yield equal('sub_table from file_label_sub',
                table_of_targets(data['file_label_sub'], num_sub).tolist(),
                table[order].tolist())


def _own_clusters(data: dict[str, Tensor], present: Tensor,
                  num_sub: int) -> Iterator[Check]:
    """Ours may be better, and is the same where clusters are plain to see."""
    kmeans = KMeans(num_sub, n_init=int(data['n_init']))
    found = cluster_by_class(data['features'], present, kmeans)
    ours, golden = found.inertia.sum(), data['inertia'].sum()
    excess = ((ours - golden) / golden).item()
    yield Check('inertia beyond the reference', max(0., excess),
                max(0., excess), excess <= _INERTIA_RTOL['blob' in data])
    if 'blob' not in data:
        return
    same = [
        mutual_information(found.table[rows, c], data['sub_table'][rows, c])
        for c, rows in enumerate(present.T) if rows.any()
    ]
    yield compare('partitions, NMI by class', same, np.ones(len(same)),
                  atol=1e-9)
    shift = _center_shift(found.centers, data['centers'], found.counts)
    yield compare('centers, up to their order', shift, 0 * shift, atol=1e-4)


def _center_shift(ours: Tensor, golden: Tensor, counts: Tensor) -> Tensor:
    """Distance of each golden center to the nearest of ours."""
    return torch.cat([
        torch.cdist(golden[c, :k].double(), ours[c, :k].double()).amin(dim=1)
        for c, k in enumerate(counts.tolist())
    ])


def check_labels(path: Path) -> Iterator[Check]:
    """``sub_labels.npz``: assignments to targets and back."""
    data = _tensors(path)
    num_sub, table = int(data['K']), data['assignment']
    present = data['parent_label'] > 0
    yield equal('present', (table >= 0).tolist(), present.tolist())
    labels = _installed(table, num_sub)
    names = [str(i) for i in reversed(range(len(table)))]
    rows = labels.table[labels.rows(names)].flip(0)
    yield compare('sub_label', sub_targets(rows, num_sub), data['sub_label'],
                  0, 0)
    yield equal('assignment', table_of_targets(data['sub_label'],
                                               num_sub).tolist(),
                table.tolist())
    found = cluster_by_class(data['feature'], present, KMeans(num_sub))
    few = present.sum(dim=0).clamp(max=num_sub)
    yield equal('clusters of each class', found.counts.tolist(),
                few.tolist())
    yield equal('rows of own labels',
                sub_targets(found.table, num_sub).sum(dim=1).tolist(),
                data['parent_label'].sum(dim=1).tolist())
    unused = ~used_columns(found.counts, num_sub)
    yield equal('labels in unused columns',
                sub_targets(found.table, num_sub)[:, unused].sum().item(), 0.)


def _installed(table: Tensor, num_sub: int) -> SubLabels:
    """Labels as a model holds them, of images named 0, 1, ..."""
    labels = SubLabels(table.shape[1])
    labels.reserve([str(i) for i in range(len(table))])
    counts = torch.full((table.shape[1], ), num_sub)
    labels.install(table, counts, 1)
    return labels


def check_degenerate(path: Path) -> Iterator[Check]:
    """``degenerate.json``: where the reference dies or warns, we do not."""
    cases = json.loads(path.read_text())
    samples, wanted = map(int, re.findall(r'\d+', cases['n<K']['case']))
    features = torch.eye(samples)
    present = torch.ones(samples, 1, dtype=torch.bool)
    found = cluster_by_class(features, present, KMeans(wanted))
    yield equal('n<K: clusters', found.counts.tolist(), [samples])
    yield equal('n<K: one image each', sorted(found.table[:, 0].tolist()),
                list(range(samples)))
    golden = cases['duplicates']['labels']
    points = torch.ones(len(golden), 4)
    found = KMeans(
        int(re.findall(r'K=(\d+)', cases['duplicates']['case'])[0]))(points)
    yield equal('duplicates: labels', found.labels.tolist(), golden)
    yield equal('duplicates: clusters', len(found.centers),
                len(set(golden)))
    nobody = cluster_by_class(features, ~present, KMeans(wanted))
    yield equal('empty: clusters', nobody.counts.tolist(), [0])
    yield equal('empty: labels', nobody.table.unique().tolist(), [-1])


def check_heads(path: Path) -> Iterator[Check]:
    """``heads_loss.npz``: both classifiers, their losses and gradients."""
    data = _tensors(path)
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
    head.labels = _installed(
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
    """What the head gives to segmentors for either kind of class maps."""
    for key, sub in (('cam_parent', False), ('cam_sub', True)):
        head.predicts_sub_maps = sub
        maps = head.class_maps(head((conv6, )))
        yield compare(key, maps.detach(), data[key])


def _samples(tags: Tensor) -> list[SegDataSample]:
    """Data samples of images named 0, 1, ..."""
    samples = []
    for number, score in enumerate(tags):
        sample = SegDataSample(metainfo=dict(sample_name=str(number)))
        sample.set_data(dict(gt_score=score))
        samples.append(sample)
    return samples


CHECKERS: dict[str, Checker] = {
    'cluster_*.npz': check_clusters,
    'sub_labels*.npz': check_labels,
    'degenerate*.json': check_degenerate,
    'heads_loss*.npz': check_heads,
    'cam_infer*.npz': check_infer,
    'poly_lr*.npz': check_poly_lr,
    'model_facts*.json': check_model_facts,
    'data_facts*.json': check_data_facts,
}
