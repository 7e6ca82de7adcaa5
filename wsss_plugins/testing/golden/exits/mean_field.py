"""MAL's mean-field CRF."""
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from wsss_plugins.models import CRFConsistencyLoss
from wsss_plugins.ops.crf.mean_field import (
    mean_field,
    whole_window,
    window_weights,
)
from wsss_plugins.testing.arrays import load_tensors
from wsss_plugins.testing.checks import Check, checks, compare

_KERNEL = dict(rtol=0, atol=1e-6)
_SOFT = dict(rtol=0, atol=1e-4)
_EXACT = dict(rtol=0, atol=0)


@checks('mal_meanfield*.npz')
def check_mean_field(path: Path) -> Iterator[Check]:
    """``mal_meanfield.npz``: weights, probabilities, masks."""
    data = load_tensors(path)
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
