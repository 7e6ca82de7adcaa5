"""SC-CAM's clustering and sub-category labels."""
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from wsss_plugins.ops.cluster.kmeans import KMeans
from wsss_plugins.ops.cluster.sub_labels import (
    assign_by_class,
    class_major_order,
    cluster_by_class,
    mutual_information,
    sub_targets,
    table_of_targets,
    used_columns,
)
from wsss_plugins.testing.arrays import load_tensors
from wsss_plugins.testing.checks import Check, checks, compare, equal

from ._labels import installed_labels

# A clustering may be worse than the reference's by this share of inertia:
# where clusters are plain to see, and in noise with many near-best answers.
_INERTIA_RTOL = {True: 1e-5, False: 1e-2}


@checks('cluster_*.npz')
def check_clusters(path: Path) -> Iterator[Check]:
    """``cluster_*.npz``: clustering, assignment, label files."""
    data = load_tensors(path)
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


@checks('sub_labels*.npz')
def check_labels(path: Path) -> Iterator[Check]:
    """``sub_labels.npz``: assignments to targets and back."""
    data = load_tensors(path)
    num_sub, table = int(data['K']), data['assignment']
    present = data['parent_label'] > 0
    yield equal('present', (table >= 0).tolist(), present.tolist())
    labels = installed_labels(table, num_sub)
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




@checks('degenerate*.json')
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
