"""Partial labels of WSGCN against a pixel-by-pixel reading of its steps."""
import numpy as np
import pytest

from wsss_plugins.ops.crf.dense_crf import DenseCRF
from wsss_plugins.ops.graph.labels import (
    PartialLabelRule,
    PartialLabels,
    vote,
)
from wsss_plugins.refiners.gcn.partial_labeler import (
    PartialLabeler,
    resize_maps,
    shrink_image,
)


def case(seed, classes=3, size=(7, 9)):
    """Maps with a peak each, and two made-up CRF results."""
    rng = np.random.default_rng(seed)
    maps = rng.random((classes, *size)).astype(np.float32)**3
    maps /= maps.max(axis=(1, 2), keepdims=True)
    results = []
    for alpha in (4, 32):
        scores = np.concatenate([(1 - maps.max(0, keepdims=True))**alpha,
                                 maps])
        scores = scores**4 + .05 * rng.random(scores.shape)
        results.append(scores / scores.sum(axis=0))
    return maps, *results


def by_pixel(maps, low, high, ratio, confidence, floor, alpha):
    """Steps 1 to 6 of the released procedure with loops."""
    classes, height, width = maps.shape
    background = (1 - maps.max(axis=0))**alpha
    best_low, best_high = low.argmax(axis=0), high.argmax(axis=0)
    winner = np.zeros((height, width), int)
    for y, x in np.ndindex(height, width):
        scores = [background[y, x], *maps[:, y, x]]
        winner[y, x] = scores.index(max(scores))
    bounds = {}
    for c in range(1, classes + 1):
        values = sorted(
            maps[c - 1, y, x] for y, x in np.ndindex(height, width)
            if winner[y, x] == c and maps[c - 1, y, x] > floor)
        if (best_low == c).any() and values:
            bounds[c] = values[int(len(values) * (1 - ratio))]
    label = np.full((height, width), -1)
    voted = label.copy()
    for y, x in np.ndindex(height, width):
        here = best_low[y, x] if best_low[y, x] else -1
        if best_high[y, x] == 0:
            here = 0
        w = winner[y, x]
        if w == 0:
            sure = (best_low == 0).any() and background[y, x] > confidence
        else:
            sure = w in bounds and maps[w - 1, y, x] > bounds[w]
        mix = [high[0, y, x], *low[1:, y, x]]
        if sure and max(mix) >= confidence:
            label[y, x] = here
            if mix.index(max(mix)) == here:
                voted[y, x] = here
    return label, voted


@pytest.mark.parametrize('seed', range(6))
@pytest.mark.parametrize('ratio', [.1, .3, .5, 1.])
@pytest.mark.parametrize('classes', [1, 3])
def test_rule(seed, ratio, classes):
    maps, low, high = case(seed, classes)
    rule = PartialLabelRule(ratio, .6, .1, 32.)
    labels = rule(maps, low, high)
    golden, voted = by_pixel(maps, low, high, ratio, .6, .1, 32.)
    np.testing.assert_array_equal(labels.indices, golden)
    np.testing.assert_array_equal(vote(labels), voted)
    assert (golden == -1).any() and (golden >= 0).any()


def test_more_ratio_more_labels():
    maps, low, high = case(0)
    shares = [(PartialLabelRule(ratio, .5)(maps, low, high).indices > 0).sum()
              for ratio in (.1, .4, 1.)]
    assert shares[0] < shares[1] < shares[2]


def test_hand_made_vote():
    scores = np.array([[[.9, .1, .2]], [[.1, .9, .8]]])
    slots = np.array([[0, 0, 1]])
    assert vote(PartialLabels(slots, scores)).tolist() == [[0, -1, 1]]


def test_a_class_that_the_crf_made_up():
    """The released code stops with an index error here."""
    maps = np.zeros((2, 1, 3), np.float32)
    maps[0, 0] = [.9, .05, 0]
    low = np.array([[[0, 0, 1]], [[1, 0, 0]], [[0, 1, 0]]], float)
    high = low.copy()
    slots = PartialLabelRule(1., .8)(maps, low, high).indices
    # Of class 1 only values above the least one are sure: none is.
    assert slots.tolist() == [[-1, -1, 0]]


def test_no_class():
    none = np.zeros((0, 2, 2), np.float32)
    only = np.ones((1, 2, 2), np.float32)
    assert not PartialLabelRule()(none, only, only).indices.any()


@pytest.mark.parametrize('options', [dict(ratio=0), dict(ratio=1.1),
                                     dict(alpha=0)])
def test_rule_refuses(options):
    with pytest.raises(ValueError):
        PartialLabelRule(**options)


def picture(size=(40, 52)):
    """A red disc on green, a map that is strong inside it."""
    y, x = np.mgrid[:size[0], :size[1]]
    disc = (y - 18)**2 + (x - 24)**2 < 120
    image = np.full((*size, 3), (30, 160, 40), np.uint8)
    image[disc] = (220, 30, 30)
    near = np.exp(-((y - 18)**2 + (x - 24)**2) / 60).astype(np.float32)
    return image, near[None], disc


@pytest.mark.parametrize('scale', ['grid', 'image'])
def test_labeler_is_right_where_it_says_something(scale):
    image, maps, disc = picture()
    size = (10, 13)
    crf = None if scale == 'grid' else dict(pos_sxy=3, bi_sxy=80, bi_srgb=13)
    label = PartialLabeler(.4, scale=scale, crf=crf)(maps, image, size)
    truth = resize_maps(disc[None], size)[0]
    assert label.shape == size and set(np.unique(label)) == {0, 1, 255}
    assert (truth[label == 1] > .5).all()
    assert (truth[label == 0] < .5).mean() > .95
    assert (label == 1).sum() >= 2 and (label == 0).sum() >= 20


def test_both_crf_runs():
    image, maps, _ = picture((12, 14))
    found = PartialLabeler().crf_scores(maps, image)
    crf = DenseCRF(pos_sxy=4, bi_sxy=20, bi_srgb=3)
    for alpha, one in zip((4, 32), found):
        scores = np.stack([(1 - maps[0])**alpha, maps[0]])
        np.testing.assert_allclose(one, crf(image, scores), atol=2e-4)


def test_vote_is_an_option():
    image, maps, _ = picture((20, 26))
    labeled = [
        (PartialLabeler(1., .5, vote=v)(maps, image, (20, 26)) != 255).sum()
        for v in (True, False)
    ]
    assert labeled[0] <= labeled[1]


def test_without_foreground():
    image, maps, _ = picture()
    weak = maps * .099
    keep = PartialLabeler()(weak, image, (10, 13))
    assert not ((keep > 0) & (keep < 255)).any()
    filled = PartialLabeler(without_foreground='maps')(
        weak, image, (10, 13))
    best = resize_maps(weak, (10, 13))[0]
    golden = best > (1 - best)**32
    np.testing.assert_array_equal(filled, golden)
    assert golden.any()


def test_shrinking_keeps_what_fits():
    image = picture()[0]
    np.testing.assert_array_equal(shrink_image(image, (40, 52)), image)
    assert shrink_image(image, (5, 6)).shape == (5, 6, 3)


@pytest.mark.parametrize('options', [dict(scale='half'),
                                     dict(without_foreground='cam')])
def test_labeler_refuses(options):
    with pytest.raises(ValueError):
        PartialLabeler(**options)
