"""Masks and CAMs to label maps, by both rules."""
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from wsss_plugins.ops.cam.resizing import resize_maps
from wsss_plugins.ops.proposals.levels import filter_levels
from wsss_plugins.ops.proposals.overlaps import OverlapRule
from wsss_plugins.refiners.proposal_rules import OverlapLabels, VoteRule
from wsss_plugins.structures.proposal_folder import load_mask_folder
from wsss_plugins.structures.proposals import Proposals
from wsss_plugins.testing.arrays import load_arrays
from wsss_plugins.testing.checks import Check, checks, compare, equal

_EXACT = dict(rtol=0, atol=0)
_NORMS = dict(main='relu', nofirst='late', double='double', nonorm='none',
              no='none')
_RULES = dict(
    b_fma=OverlapRule(inclusive=True, all_masks=True),
    b_strict=OverlapRule())


def masks_of(data: dict[str, np.ndarray]) -> np.ndarray:
    """Unpacked masks of a golden file, bool (S, H, W)."""
    shape = data['masks_shape']
    bits = np.unpackbits(data['masks'], axis=1)[:, :shape[1] * shape[2]]
    return bits.reshape(shape).astype(bool)


def proposals_of(data: dict[str, np.ndarray]) -> Proposals:
    """The same as proposals."""
    return Proposals.of_masks(masks_of(data), tuple(data['size'].tolist()),
                              data['levels'])


@checks('p*.npz')
def check_merging(path: Path) -> Iterator[Check]:
    """``pNAME.npz``: every variant of both rules."""
    data = load_arrays(path)
    proposals, masks = proposals_of(data), masks_of(data)
    yield compare('area', proposals.areas, data['area'], **_EXACT)
    yield compare('masks', np.concatenate(list(proposals.chunks())), masks,
                  **_EXACT)
    pictures = path.with_name(f'{path.stem}_png')
    if pictures.is_dir():
        found = load_mask_folder(pictures, proposals.size)
        yield compare('masks of the folder',
                      np.concatenate(list(found.chunks())), masks, **_EXACT)
    yield compare('cam_fullres', resize_maps(data['cam'], proposals.size),
                  data['cam_fullres'], 0, 1e-6)
    means = VoteRule(rest=False).vote(data['cam'], proposals).means
    yield compare('mean_relu_cam', means, data['mean_relu_cam'], 0, 1e-6)
    variants = {key.partition('/')[0] for key in data if '/' in key}
    for variant in sorted(variants):
        yield from _check_variant(variant, data, proposals)
    for key, rule in _RULES.items():
        if key in data:
            merged = OverlapLabels(rule).merge(data['b_in'], proposals)
            yield compare(key, merged, data[key], **_EXACT)
    for key in data:
        found = re.fullmatch(r'level_filter_([\d.]+)_kept', key)
        if found:
            kept = filter_levels(masks, data['levels'], float(found[1]))
            yield compare(key, kept, data[key], **_EXACT)


def _rule(variant: str) -> VoteRule:
    """The rule that a variant's name tells.

    Raises:
        ValueError: If it tells none.
    """
    found = re.fullmatch(
        r'([a-z]+)_(pow|thresh)([\d.]+)(?:_(area|conf|level))?', variant)
    if not found or found[1] not in _NORMS:
        raise ValueError(f'{variant} is no known variant')
    value = float(found[3])
    given = dict(power=value) if found[2] == 'pow' else dict(threshold=value)
    priority = (found[4], ) if found[4] else ('level', 'conf')
    return VoteRule(norm=_NORMS[found[1]], priority=priority, rest=False,
                    **given)


def _check_variant(variant: str, data: dict[str, np.ndarray],
                   proposals: Proposals) -> Iterator[Check]:
    vote = _rule(variant).vote(data['cam'], proposals)
    golden = {key.partition('/')[2]: value for key, value in data.items()
              if key.startswith(f'{variant}/')}
    numbers = np.concatenate([[0], data['fg_cls'].astype(int) + 1])
    actual = dict(score=vote.scores, label=numbers[vote.labels],
                  conf=vote.confidence, order=vote.order,
                  seed=numbers[vote.painted])
    yield equal(f'{variant}: what is there', sorted(golden), sorted(actual))
    for name, value in golden.items():
        tolerance = dict(rtol=0, atol=1e-4) if name in ('score', 'conf') else (
            _EXACT)
        yield compare(f'{variant}/{name}', actual[name], value, **tolerance)
