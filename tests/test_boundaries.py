"""Borders of label maps: the boundary experiment of EPS."""
import itertools

import numpy as np
import pytest
import torch
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from wsss_plugins.evaluation import BoundaryMetric
from wsss_plugins.ops.cam.boundaries import (
    fill_ignored,
    label_edges,
    match_boundaries,
)
from wsss_plugins.structures import UserError

NUMBERS = itertools.count()


def square(low, high, label=3, size=20):
    mask = np.zeros((size, size), dtype=np.uint8)
    mask[low:high, low:high] = label
    return mask


def test_edges_are_on_both_sides():
    labels = np.array([[0, 0, 5, 5], [0, 0, 5, 5], [7, 0, 5, 5]])
    assert label_edges(labels).tolist() == [
        [False, True, True, False], [True, True, True, False],
        [True, True, True, False]]
    assert not label_edges(np.full((3, 3), 4)).any()


def test_edges_are_where_a_laplacian_is_not_zero():
    labels = np.random.default_rng(0).integers(0, 4, (9, 11)) ** 5
    padded = np.pad(labels, 1, mode='edge')
    laplacian = 4 * labels - padded[:-2, 1:-1] - padded[2:, 1:-1] - (
        padded[1:-1, :-2] + padded[1:-1, 2:])
    edges = label_edges(labels)
    assert edges[laplacian != 0].all()
    # The few others have neighbors that cancel out.
    assert (edges & (laplacian == 0)).sum() < .05 * edges.sum()


def test_edges_of_unsigned_labels_do_not_wrap():
    assert label_edges(np.array([[200, 72]], np.uint8)).all()


def test_ignored_pixels_get_the_nearest_label():
    labels = np.array([[1, 255, 255, 255, 255, 2]])
    assert fill_ignored(labels).tolist() == [[1, 1, 1, 2, 2, 2]]
    for same in (np.full((2, 2), 255), np.zeros((2, 2), int)):
        assert fill_ignored(same) is same


def test_counterparts_within_a_distance():
    a, b = np.zeros((2, 9, 9), dtype=bool)
    a[4, 4], b[4, 6], b[0, 0] = True, True, True
    assert match_boundaries(a, b, 2) == (1, 1, 2, 1)
    assert match_boundaries(a, b, 1.9) == (1, 0, 2, 0)
    assert match_boundaries(a, np.zeros_like(a), 9) == (1, 0, 0, 0)


def sample(pred, gt):
    out = SegDataSample(metainfo=dict(
        img_path=f'{next(NUMBERS)}.jpg', ori_shape=gt.shape))
    out.set_data(dict(
        pred_sem_seg=PixelData(data=torch.from_numpy(pred)[None]),
        gt_sem_seg=PixelData(data=torch.from_numpy(gt)[None])))
    return out.to_dict()


def evaluate(samples, **options):
    metric = BoundaryMetric(**options)
    metric.dataset_meta = dict(classes=('background', 'a', 'b', 'c'))
    for one in samples:
        metric.process({}, [one])
    return metric.evaluate(len(samples))


def test_metric_is_class_agnostic_and_skips_void():
    gt = square(5, 15)
    void = gt.copy()
    void[label_edges(gt)] = 255
    # Corners of the filled strip are rounded, by a pixel.
    for truth, tolerance in ((gt, 0.), (void, 1.5 / np.hypot(20, 20))):
        assert evaluate([sample(square(5, 15, 1), truth)],
                        tolerance=tolerance) == {
            'boundary/precision': 100., 'boundary/recall': 100.,
            'boundary/f1': 100.}


def test_metric_values():
    """A shift by two pixels, and an image whose object is not found."""
    near = sample(square(7, 17), square(5, 15))
    missed = sample(square(0, 0), square(5, 15))
    found = evaluate([near, missed], tolerance=.1)
    assert found['boundary/precision'] == 100
    assert found['boundary/recall'] == 50
    assert found['boundary/f1'] == pytest.approx(200 / 3)
    exact = evaluate([near], tolerance=0.)
    # Squares of 10 have 36 pixels of border inside and 40 outside. Rows and
    # columns 4, 5, 14, 15 meet 6, 7, 16, 17 in 16 pixels on either diagonal.
    both = label_edges(square(7, 17)) & label_edges(square(5, 15))
    assert exact['boundary/precision'] == 100 * (both.sum() / 76)


def test_mistakes():
    with pytest.raises(UserError, match='tolerance=-1'):
        BoundaryMetric(tolerance=-1)
    with pytest.raises(UserError, match='the size of images'):
        evaluate([sample(square(0, 2, size=4), square(5, 15))])


@pytest.mark.parametrize('stage', [
    'cam/eval_cams_voc12', 'cam/eval_cams_coco14', 'masks/eval_masks_voc12'])
def test_stages_evaluate_borders(repo_root, stage):
    from mmengine.config import Config
    cfg = Config.fromfile(repo_root / f'configs/{stage}.py')
    assert 'wsss_plugins.BoundaryMetric' in [
        e.type for e in cfg.test_evaluator]
