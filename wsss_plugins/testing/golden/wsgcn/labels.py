"""WSGCN's partial labels and final CRF."""
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from wsss_plugins.ops.graph.labels import vote
from wsss_plugins.refiners import GCNRefiner
from wsss_plugins.refiners.gcn.partial_labeler import (
    PartialLabeler,
    shrink_image,
)
from wsss_plugins.structures import IGNORE_INDEX
from wsss_plugins.testing.arrays import load_arrays
from wsss_plugins.testing.checks import Check, checks, compare, equal

# After 256 steps of a walk in float32 and 250 epochs of Adam.
_RTOL = 1e-4
_PROBS_ATOL = 1e-4


@checks('partial_label*.npz')
def check_partial_label(path: Path) -> Iterator[Check]:
    """``partial_label.npz``: image, both CRFs, labels of each ratio."""
    data = load_arrays(path)
    cam = data['cam']
    small = shrink_image(data['img_bgr'], cam.shape[1:])
    yield compare('img_dn', small, data['img_dn'], 0, 0)
    ids = np.array([0, *(data['keys0'] + 1), IGNORE_INDEX])
    low, high = PartialLabeler().crf_scores(cam, data['img_dn'])
    yield compare('crf_la', low, data['crf_la'], _RTOL, _PROBS_ATOL)
    yield compare('crf_ha', high, data['crf_ha'], _RTOL, _PROBS_ATOL)
    for key in sorted(data):
        if not key.startswith('label_before_vote_'):
            continue
        ratio = key.rpartition('_')[2]
        # The reference cannot be run with all pixels, only with almost all.
        labeler = PartialLabeler(ratio=min(float(ratio), .999))
        labels = labeler.label(cam, data['img_dn'])
        yield compare(key, ids[labels.indices], data[key], 0, 0)
        yield compare(f'label_{ratio}', ids[vote(labels)],
                      data[f'label_{ratio}'], 0, 0)
        slots = labeler(cam, data['img_bgr'], cam.shape[1:])
        slots = np.where(slots == IGNORE_INDEX, -1, slots)
        yield compare(f'label_{ratio}, in one go', ids[slots],
                      data[f'label_{ratio}'], 0, 0)
    scores = np.zeros(data['score_21'].shape)
    scores[ids[:-1]] = labels.scores
    yield compare('score_21', scores, data['score_21'], _RTOL, _PROBS_ATOL)


@checks('final_crf*.npz')
def check_final_crf(path: Path) -> Iterator[Check]:
    """``final_crf.npz``: softmax of probabilities, CRF, labels."""
    data = load_arrays(path)
    refiner = GCNRefiner(num_classes=len(data['prob']))
    found = refiner.refined(data['img_rgb'], torch.from_numpy(data['prob']))
    yield compare('crf', found, data['crf'], _RTOL, _PROBS_ATOL)
    ordered = np.sort(data['crf'], axis=0)
    clear = ordered[-1] - ordered[-2] > 2 * _PROBS_ATOL
    # The file has classes of labels, not of channels: one for each channel,
    # in order.
    best = found.argmax(axis=0)[clear]
    pairs = np.unique(
        np.stack([best, data['label'][clear]]), axis=1)
    yield equal('label', [len(set(p)) for p in pairs.tolist()],
                [pairs.shape[1]] * 2)
    yield equal('order of labels', pairs[1].tolist(),
                sorted(pairs[1].tolist()))
