import numpy as np
import pytest
import torch
import torch.nn.functional as F

from wsss_plugins.ops.cam import merge_cams, seed_labels, seed_scores
from wsss_plugins.ops.pseudo_mask import class_map_labels


def reference_merge(views, flips, size):
    """Every view to the full size, then turned back, then summed."""
    total = torch.zeros(len(views[0]), *size, dtype=torch.float64)
    for view, flip in zip(views, flips):
        big = F.interpolate(view.double()[None], size, mode='bilinear')[0]
        total += big.flip(-1) if flip else big
    return total / (total.amax(dim=(1, 2), keepdim=True) + 1e-5)


@pytest.mark.parametrize('size', [(45, 61), (6, 8)])
def test_merge_equals_the_long_way(size):
    generator = torch.Generator().manual_seed(0)
    shapes = [(3, 4), (3, 4), (6, 8), (6, 8), (12, 16), (12, 16)]
    views = [torch.rand(3, *s, generator=generator) for s in shapes]
    flips = [False, True] * 3
    merged = merge_cams(views, flips, size)
    expected = reference_merge(views, flips, size)
    torch.testing.assert_close(merged.double(), expected, rtol=0, atol=2e-6)
    assert merged.amax(dim=(1, 2)).tolist() == pytest.approx([1.] * 3,
                                                             abs=1e-5)


def test_merge_without_classes_and_bad_input():
    assert merge_cams([torch.zeros(0, 3, 4)], [False], (6, 8)).shape == (0, 6,
                                                                         8)
    with pytest.raises(ValueError, match='2 views with 1 flips'):
        merge_cams([torch.ones(1, 2, 2)] * 2, [True], (2, 2))
    with pytest.raises(ValueError):
        merge_cams([], [], (2, 2))


def test_seed_scores_by_hand():
    maps = torch.tensor([[[.5, .1]], [[.2, .3]]])
    assert seed_scores(maps, threshold=.25)[0].tolist() == [[.25, .25]]
    power = seed_scores(maps, alpha=2.)
    assert power[0, 0].tolist() == pytest.approx([.25, .49])
    assert torch.equal(power[1:], maps)
    with pytest.raises(ValueError, match='one of them'):
        seed_scores(maps)
    with pytest.raises(ValueError, match='one of them'):
        seed_scores(maps, threshold=.1, alpha=1.)


def test_threshold_wins_ties_and_first_class_wins_ties():
    maps = torch.tensor([[[.2, .21, .5]], [[.1, .05, .5]]])
    labels = seed_labels(maps, torch.tensor([7, 3]), .2, background=9)
    assert labels.tolist() == [[9, 7, 7]]


def test_class_map_labels():
    maps = np.array([[[0., 1.]]], dtype=np.float32)
    mask = class_map_labels(maps, np.array([4]), (1, 4), threshold=.5)
    # Bilinear, cell centres: 0, .25, .75, 1.
    assert mask.tolist() == [[0, 0, 4, 4]]
    both = np.array([[[.6, .4]], [[.4, .6]]], dtype=np.float32)
    with_background = class_map_labels(both, np.array([0, 2]), (1, 2))
    assert with_background.tolist() == [[0, 2]]
    assert class_map_labels(np.zeros((0, 1, 1)), np.array([]),
                            (2, 2)).tolist() == [[0, 0], [0, 0]]
