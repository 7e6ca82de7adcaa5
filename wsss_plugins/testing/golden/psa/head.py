"""PSA's affinity head and its losses."""
from collections.abc import Iterator
from pathlib import Path

from wsss_plugins.models.losses.affinity_loss import (
    AffinityLoss,
    affinity_terms,
)
from wsss_plugins.ops.walk.pairs import pair_labels
from wsss_plugins.testing.arrays import load_tensors
from wsss_plugins.testing.checks import Check, checks, compare
from wsss_plugins.testing.stencils import dense_affinity

from ._head import affinity_head, features
from ._pairs import compare_pair_labels


@checks('affinity_head*.npz')
def check_affinity_head(path: Path) -> Iterator[Check]:
    """``affinity_head.npz``: features, affinities, losses, gradient."""
    data = load_tensors(path)
    head = affinity_head(data)
    size = tuple(data['label'].shape)
    affinity = head.affinity(head(features(data)), 'reference')
    yield compare('aff', affinity.detach().flatten(2), data['aff'], 1e-4)
    yield compare('aff_dense',
                  dense_affinity(affinity[0].detach(), size, head.radius),
                  data['aff_dense'], 1e-4)
    flat = {k: v[0] for k, v in data.items() if k in ('bg_pos', 'fg_pos',
                                                      'neg')}
    yield from compare_pair_labels(flat, data['label'])
    labels = pair_labels(data['label'][None], head.radius)
    terms = affinity_terms(affinity, labels)
    for key, value in zip(('l_bg', 'l_fg', 'l_neg'), terms):
        yield compare(key, value.detach(), data[key], 1e-4)
    loss = sum(AffinityLoss()(affinity, labels).values())
    loss.backward()
    yield compare('loss', loss.detach(), data['loss'], 1e-4)
    yield compare('grad_f9', head.fuse.weight.grad, data['grad_f9'], 1e-4)
