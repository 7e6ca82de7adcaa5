"""Merging of views against float64 loops and EPS' golden files."""
import numpy as np
import pytest
import torch

from wsss_plugins.ops.cam.cams import merge_cams, seed_labels, seed_scores
from wsss_plugins.ops.cam.pseudo_mask import class_map_labels


def naive_resize(array, size):
    """Bilinear with pixel centers at one half, from the definition."""
    for axis, length in zip((1, 2), size):
        old = array.shape[axis]
        place = (np.arange(length) + .5) * old / length - .5
        place = np.clip(place, 0, old - 1)
        low = np.floor(place).astype(int)
        high = np.minimum(low + 1, old - 1)
        share = (place - low).reshape((-1, 1) if axis == 1 else (1, -1))
        array = (np.take(array, low, axis) * (1 - share) +
                 np.take(array, high, axis) * share)
    return array


def naive_merge(views, flips, size, eps=1e-5):
    """As the references: each view by itself, turned back at full size."""
    total = 0
    for view, flip in zip(views, flips):
        resized = naive_resize(view.numpy().astype(np.float64), size)
        total = total + (resized[..., ::-1] if flip else resized)
    return total / (total.max(axis=(1, 2), keepdims=True) + eps)


def make_views(*shapes):
    generator = torch.Generator().manual_seed(0)
    return [torch.rand(shape, generator=generator) for shape in shapes]


@pytest.mark.parametrize('size', [(23, 31), (5, 7), (2, 3)])
@pytest.mark.parametrize('flips', [[False, True, False, True, False],
                                   [True, True, False, False, True]])
def test_merge_is_that_of_full_size_views(size, flips):
    views = make_views((3, 5, 7), (3, 5, 7), (3, 9, 14), (3, 9, 14),
                       (3, 3, 4))
    kept = [view.clone() for view in views]
    merged = merge_cams(views, flips, size)
    np.testing.assert_allclose(
        merged, naive_merge(views, flips, size), rtol=1e-5, atol=1e-6)
    assert all(a.equal(b) for a, b in zip(views, kept))


def test_merge_gradient():
    views = [v.double().requires_grad_()
             for v in make_views((2, 3, 4), (2, 3, 4), (2, 5, 6))]
    assert torch.autograd.gradcheck(
        lambda *v: merge_cams(v, [False, True, False], (6, 7)), views)


def test_single_view_of_the_same_size_is_scaled_only():
    view = torch.tensor([[[1., 2.], [4., 0.]]])
    merged = merge_cams([view], [True], (2, 2))
    expected = torch.tensor([[[2., 1.], [0., 4.]]]) / (4 + 1e-5)
    torch.testing.assert_close(merged, expected)


def test_map_of_zeros_and_no_map():
    merged = merge_cams([torch.zeros(1, 3, 4)], [False], (6, 8))
    assert merged.equal(torch.zeros(1, 6, 8))
    assert merge_cams([torch.zeros(0, 3, 4)], [False], (6, 8)).shape == (
        0, 6, 8)


@pytest.mark.parametrize('views, flips', [([], []),
                                          ([torch.ones(1, 2, 2)], [])])
def test_views_need_flips(views, flips):
    with pytest.raises(ValueError, match='views with'):
        merge_cams(views, flips, (2, 2))


@pytest.mark.parametrize('name', ['infer_eps', 'infer_cls'])
def test_golden_inference(shared, name):
    data = np.load(shared / f'golden/eps/{name}.npz')
    tags = np.flatnonzero(data['label'])
    np.testing.assert_array_equal(tags, data['keys'])
    views = [torch.from_numpy(data[f'pass_{i}']) for i in range(8)]
    if name == 'infer_eps':
        views = [view.softmax(dim=0) for view in views]
    maps = merge_cams([view[tags] for view in views], [False, True] * 4,
                      data['image'].shape[:2])
    np.testing.assert_allclose(maps, data['cam'], rtol=1e-5, atol=1e-6)
    labels = torch.from_numpy(tags) + 1
    mask = seed_labels(maps, labels, float(data['thr']), background=0)
    np.testing.assert_array_equal(mask, data['pred'])
    np.testing.assert_allclose(
        seed_scores(maps, alpha=4),
        data['crf_score_alpha4'],
        rtol=1e-5,
        atol=1e-6)


def test_scores_by_hand():
    maps = torch.tensor([[[.5, 0.]], [[.25, 1.]]])
    constant = seed_scores(maps, threshold=.3)
    torch.testing.assert_close(constant[0], torch.tensor([[.3, .3]]))
    assert constant[1:].equal(maps)
    power = seed_scores(maps, alpha=2)
    torch.testing.assert_close(power[0], torch.tensor([[.25, 0.]]))
    assert power[1:].equal(maps)


def test_scores_without_classes_are_background():
    scores = seed_scores(torch.zeros(0, 2, 3), threshold=.2)
    torch.testing.assert_close(scores, torch.full((1, 2, 3), .2))


@pytest.mark.parametrize('options', [{}, dict(threshold=.1, alpha=2.)])
def test_scores_need_one_rule(options):
    with pytest.raises(ValueError, match='one of them'):
        seed_scores(torch.ones(1, 2, 2), **options)


def test_background_wins_ties():
    threshold = np.float32(.2)
    above = np.nextafter(threshold, np.float32(1))
    maps = torch.tensor(
        np.float32([[[threshold, above, 0, .9]], [[.1, .1, .7, .9]]]))
    mask = seed_labels(maps, torch.tensor([4, 1]), .2, background=3)
    assert mask.dtype == torch.int64
    assert mask.tolist() == [[3, 4, 1, 4]]


def test_labels_of_maps_at_a_stride():
    maps = np.float32([[[0., 1.]]])
    # Bilinear, at the centers of pixels: 0, .25, .75, 1.
    mask = class_map_labels(maps, np.array([4]), (1, 4), threshold=.5)
    assert mask.tolist() == [[0, 0, 4, 4]]
    both = np.float32([[[.6, .4]], [[.4, .6]]])
    with_background = class_map_labels(both, np.array([0, 2]), (1, 2))
    assert with_background.tolist() == [[0, 2]]
    # Near the threshold nothing is said, on either side; bounds included.
    for margin, expected in ((.25, [0, 255, 255, 4]), (.2, [0, 0, 4, 4])):
        unsure = class_map_labels(maps, np.array([4]), (1, 4), threshold=.5,
                                  margin=margin)
        assert unsure.tolist() == [expected]
    nothing = class_map_labels(np.zeros((0, 1, 1)), np.array([]), (2, 2))
    assert nothing.tolist() == [[0, 0], [0, 0]]
