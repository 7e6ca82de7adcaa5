"""Confusion matrices against loops over pixels and EPS' golden file."""
import numpy as np
import pytest
import torch

from wsss_plugins.ops.cam import confusion
from wsss_plugins.ops.cam.cams import seed_scores
from wsss_plugins.ops.cam.confusion import (
    ThresholdSweep,
    alpha_thresholds,
    best_class,
    confusion_matrix,
    scores_from_confusion,
)


def naive_matrix(gt, pred, num_classes, ignore_index=255):
    """Pixel by pixel; predictions that are no class go to the last column."""
    matrix = np.zeros((num_classes, num_classes + 1), dtype=np.int64)
    for true, guess in zip(gt.ravel().tolist(), pred.ravel().tolist()):
        if true == ignore_index or not 0 <= true < num_classes:
            continue
        column = guess if 0 <= guess < num_classes else num_classes
        matrix[true, column] += 1
    return matrix


def naive_sweep(gt, maps, labels, thresholds, num_classes, background):
    """The rule again at each threshold, in float32."""
    matrices = []
    for threshold in np.asarray(thresholds, dtype=np.float32):
        pred = np.full(gt.shape, background)
        for y, x in np.ndindex(gt.shape):
            column = maps[:, y, x]
            if len(column) and column.max() > threshold:
                pred[y, x] = labels[column.argmax()]
        matrices.append(naive_matrix(gt, pred, num_classes))
    return np.stack(matrices)


@pytest.mark.parametrize('dtype', [np.uint8, np.int64])
@pytest.mark.parametrize('ignore_index', [255, 0])
def test_matrix_is_that_of_a_loop(dtype, ignore_index):
    rng = np.random.default_rng(0)
    values = [0, 1, 2, 3, 4, 5, 200, 255]
    gt = rng.choice(values, (13, 17)).astype(dtype)
    pred = rng.choice(values, (13, 17)).astype(dtype)
    actual = confusion_matrix(gt, pred, 5, ignore_index)
    assert actual.dtype == np.int64
    np.testing.assert_array_equal(
        actual, naive_matrix(gt, pred, 5, ignore_index))


@pytest.mark.parametrize('num_classes', [2, 81, 254, 255])
@pytest.mark.parametrize('dtype', [np.uint8, np.int64])
def test_matrix_at_the_edges_of_bytes(num_classes, dtype):
    rng = np.random.default_rng(num_classes)
    gt, pred = rng.integers(0, 256, (2, 31, 40)).astype(dtype)
    np.testing.assert_array_equal(
        confusion_matrix(gt, pred, num_classes),
        naive_matrix(gt, pred, num_classes))


def test_undecided_prediction_is_a_miss():
    gt = np.array([[1, 1, 1, 255, 0]])
    pred = np.array([[1, 255, -1, 1, 0]])
    np.testing.assert_array_equal(
        confusion_matrix(gt, pred, 2), [[1, 0, 0], [0, 1, 2]])
    recall = scores_from_confusion(confusion_matrix(gt, pred, 2))['recall']
    np.testing.assert_allclose(recall, [1, 1 / 3])


def test_many_classes_and_negative_labels():
    rng = np.random.default_rng(1)
    gt = rng.integers(-3, 320, (20, 30))
    pred = rng.integers(-3, 320, (20, 30))
    np.testing.assert_array_equal(
        confusion_matrix(gt, pred, 300, ignore_index=7),
        naive_matrix(gt, pred, 300, ignore_index=7))


def test_large_images_are_counted_in_parts(monkeypatch):
    rng = np.random.default_rng(2)
    gt, pred = rng.integers(0, 4, (2, 23, 11)).astype(np.uint8)
    monkeypatch.setattr(confusion, '_EXACT_PIXELS', 40)
    np.testing.assert_array_equal(
        confusion_matrix(gt, pred, 4), naive_matrix(gt, pred, 4))


def test_counts_are_exact_beyond_float32():
    pixels = 2**24 + 5
    gt = np.zeros((pixels, 1), dtype=np.uint8)
    assert confusion_matrix(gt, gt, 2).tolist() == [[pixels, 0, 0], [0, 0, 0]]


def test_sizes_must_agree():
    with pytest.raises(ValueError, match='differ in size'):
        confusion_matrix(np.zeros((2, 3)), np.zeros((3, 2)), 2)


def test_golden_evaluation(shared):
    data = np.load(shared / 'golden/eps/evaluate.npz')
    num_classes = len(data['hist'])
    matrix = sum(
        confusion_matrix(data[f'gt_{i}'], data[f'pred_{i}'], num_classes)
        for i in range(3))
    # The reference leaves out pixels that are predicted as no class.
    counted = matrix[:, :num_classes]
    np.testing.assert_array_equal(counted, data['hist'])
    scores = scores_from_confusion(counted)
    for key in ('iou', 'precision', 'recall'):
        np.testing.assert_allclose(scores[key], data[key], rtol=1e-12)
    np.testing.assert_allclose(np.nanmean(scores['iou']), data['miou'])


def test_scores_by_hand():
    # Class 2 is neither there nor predicted; class 1 is never predicted.
    matrix = [[6, 0, 0, 1], [2, 0, 0, 0], [0, 0, 0, 0]]
    scores = scores_from_confusion(np.array(matrix))
    np.testing.assert_allclose(scores['iou'], [6 / 9, 0, np.nan])
    np.testing.assert_allclose(scores['precision'], [6 / 8, np.nan, np.nan])
    np.testing.assert_allclose(scores['recall'], [6 / 7, 0, np.nan])


def grids():
    slowing = np.concatenate([[0], np.linspace(1.0009, 1, 199).cumsum()])
    rng = np.random.default_rng(3)
    return dict(
        even=np.linspace(.01, .6, 60),
        uneven=np.unique(rng.random(40, dtype=np.float32)),
        nearly_even=slowing / slowing[-1],
        one=[.2],
        two=[.2, .6],
        crowded=np.linspace(.3, .3001, 31),
        many=np.linspace(.001, .999, 400),
        beyond=[-1., -.5, 0., 1., 2.])


@pytest.mark.parametrize('name', grids())
def test_bins_are_exact_on_thresholds(name):
    """Also for scores equal to, just above and just below a threshold."""
    thresholds = np.asarray(grids()[name], dtype=np.float32)
    rng = np.random.default_rng(4)
    score = np.concatenate([
        thresholds,
        np.nextafter(thresholds, np.float32(9)),
        np.nextafter(thresholds, np.float32(-9)),
        rng.random(40_000, dtype=np.float32),
        np.float32([-np.inf, np.inf, 0, 1])
    ])
    expected = (score[:, None] > thresholds).sum(axis=1)
    actual = ThresholdSweep(thresholds, 3).bins(score)
    np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize('name', ['even', 'uneven', 'one', 'many'])
@pytest.mark.parametrize('background', [0, 2])
def test_sweep_is_a_loop_over_thresholds(name, background):
    thresholds = grids()[name][:12]
    rng = np.random.default_rng(5)
    sweep = ThresholdSweep(thresholds, 4, background)
    expected = 0
    foreground = [c for c in range(4) if c != background]
    for size, count in (((9, 11), 1), ((8, 5), 2), ((6, 13), 3)):
        labels = rng.permutation(foreground)[:count]
        maps = rng.random((count, *size), dtype=np.float32)
        maps[:, :2] = rng.choice(np.float32(thresholds), (count, 2, size[1]))
        gt = rng.choice([0, 1, 2, 3, 77, 255], size)
        sweep.update(gt, *best_class(maps, labels))
        expected = expected + naive_sweep(gt, maps, labels, thresholds, 4,
                                          background)
    np.testing.assert_array_equal(sweep.matrices(), expected)


def test_shards_add_up():
    rng = np.random.default_rng(6)
    whole, *shards = (ThresholdSweep([.1, .4, .5], 3) for _ in range(3))
    for number in range(5):
        maps = rng.random((2, 7, 8), dtype=np.float32)
        gt = rng.integers(0, 3, (7, 8))
        best = best_class(maps, np.array([1, 2]))
        whole.update(gt, *best)
        shards[number % 2].update(gt, *best)
    shards[0].histogram += shards[1].histogram
    np.testing.assert_array_equal(shards[0].matrices(), whole.matrices())
    assert whole.matrices().sum(axis=(1, 2)).tolist() == [5 * 7 * 8] * 3


@pytest.mark.parametrize('thresholds', [[], [.2, .1], [.2, .2]])
def test_thresholds_must_increase(thresholds):
    with pytest.raises(ValueError, match='do not increase'):
        ThresholdSweep(thresholds, 3)


def test_best_class_takes_the_first_of_equals():
    maps = np.float32([[[.5, .2, .1]], [[.5, .3, .1]], [[.4, .3, .2]]])
    best, score = best_class(maps, np.array([7, 2, 5]))
    assert best.tolist() == [[7, 2, 5]]
    np.testing.assert_array_equal(score, np.float32([[.5, .3, .2]]))
    assert maps[0, 0, 1] == np.float32(.2)  # the input is left alone
    with pytest.raises(ValueError, match='3 maps with 2 labels'):
        best_class(maps, np.array([1, 2]))
    with pytest.raises(ValueError, match='0 maps'):
        best_class(maps[:0], np.array([], dtype=int))


def test_powers_of_the_background_are_thresholds():
    golden_section = (3 - 5**.5) / 2
    np.testing.assert_allclose(
        alpha_thresholds([1, 2]), [.5, golden_section], rtol=1e-12)
    rng = np.random.default_rng(7)
    maps = torch.from_numpy(rng.random((2, 60, 60), dtype=np.float32))
    score = maps.amax(dim=0)
    for alpha in (1, 4, 8, 16, 24, 32):
        threshold = alpha_thresholds([alpha])[0]
        clear = (score - threshold).abs() > 1e-6
        foreground = seed_scores(maps, alpha=alpha).argmax(dim=0) > 0
        assert foreground[clear].equal((score > threshold)[clear])
