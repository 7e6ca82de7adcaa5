import numpy as np
import pytest

from wsss_plugins.ops.confusion import (
    ThresholdSweep,
    alpha_thresholds,
    confusion_matrix,
    scores_from_confusion,
)


def naive_confusion(gt, pred, classes, ignore=255):
    matrix = np.zeros((classes, classes + 1), dtype=np.int64)
    for g, p in zip(gt.ravel().tolist(), pred.ravel().tolist()):
        if 0 <= g < classes and g != ignore:
            matrix[g, p if 0 <= p < classes else classes] += 1
    return matrix


@pytest.mark.parametrize('classes', [2, 21, 81, 200, 254, 255])
@pytest.mark.parametrize('dtype', [np.uint8, np.int64])
def test_matrix_against_loops(classes, dtype):
    rng = np.random.default_rng(classes)
    gt = rng.integers(0, 256, (31, 40)).astype(dtype)
    pred = rng.integers(0, 256, (31, 40)).astype(dtype)
    expected = naive_confusion(gt, pred, classes)
    assert (confusion_matrix(gt, pred, classes) == expected).all()


def test_negative_labels_and_another_ignore_index():
    gt = np.array([[-1, 0, 1, 2]])
    pred = np.array([[0, 1, -5, 2]])
    expected = naive_confusion(gt, pred, 3, ignore=2)
    assert (confusion_matrix(gt, pred, 3, ignore_index=2) == expected).all()
    assert expected.sum() == 2
    with pytest.raises(ValueError, match='differ in size'):
        confusion_matrix(gt, pred[:, :2], 3)


def test_counts_are_exact_beyond_float32():
    size = 2**24 + 5
    gt = np.zeros((1, size), dtype=np.uint8).reshape(-1, 1)
    assert confusion_matrix(gt, gt, 2)[0, 0] == size


@pytest.mark.parametrize('thresholds', [
    np.linspace(0, 1, 60),
    np.arange(.15, .35, .01),
    [.2],
    [.1, .5, .51],
    np.sort(np.random.default_rng(1).random(17)),
])
def test_sweep_equals_one_evaluation_a_threshold(thresholds):
    rng = np.random.default_rng(0)
    sweep = ThresholdSweep(thresholds, 5, background=2)
    pairs = []
    for _ in range(3):
        gt = rng.choice([0, 1, 2, 3, 4, 255], (40, 30)).astype(np.uint8)
        best = rng.choice([0, 1, 3, 4], gt.shape).astype(np.uint8)
        score = rng.random(gt.shape, dtype=np.float32)
        # Scores exactly at a threshold, and the next float on either side.
        exact = rng.choice(sweep.thresholds, 400)
        score.ravel()[:400] = exact
        score.ravel()[400:600] = np.nextafter(exact[:200], np.float32(2))
        score.ravel()[600:800] = np.nextafter(exact[200:], np.float32(-2))
        score.ravel()[800:806] = [0, 1, -np.inf, np.inf, -3, 7]
        sweep.update(gt, best, score)
        pairs.append((gt, best, score))
    for threshold, matrix in zip(sweep.thresholds, sweep.matrices()):
        expected = sum(
            naive_confusion(gt, np.where(score > threshold, best, 2), 5)
            for gt, best, score in pairs)
        assert (matrix == expected).all(), threshold


def test_sweep_refuses():
    for thresholds in ([], [.2, .2], [.3, .1]):
        with pytest.raises(ValueError, match='increase'):
            ThresholdSweep(thresholds, 3)


def test_alpha_is_a_threshold():
    rng = np.random.default_rng(0)
    score = rng.random(20000)
    for alpha, threshold in zip((1, 4, 8, 32),
                                alpha_thresholds((1, 4, 8, 32))):
        assert ((score > (1 - score)**alpha) == (score > threshold)).all()


def test_scores_by_hand():
    matrix = np.array([[6, 2, 0, 0], [1, 3, 0, 2], [0, 0, 0, 0]])
    scores = scores_from_confusion(matrix)
    assert scores['iou'][:2].tolist() == pytest.approx([6 / 9, 3 / 8])
    assert scores['precision'][:2].tolist() == pytest.approx([6 / 7, 3 / 5])
    assert scores['recall'][:2].tolist() == pytest.approx([6 / 8, 3 / 6])
    assert all(np.isnan(values[2]) for values in scores.values())
