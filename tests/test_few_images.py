"""Choices by few images with ground truth, and how sure they are."""
import json

import numpy as np
import pytest
import torch
from mmengine.structures import PixelData

from wsss_plugins.datasets.transforms.candidates import MakeCandidateMasks
from wsss_plugins.evaluation.few_images import (
    FewImagesMetric,
    ValueChoiceMetric,
)
from wsss_plugins.ops.cam.confusion import confusion_matrix
from wsss_plugins.ops.cam.few_images import (
    bootstrap_interval,
    choose_by_folds,
    mean_iou,
)
from wsss_plugins.refiners.crf_refiner import DenseCRFRefiner
from wsss_plugins.structures import ClassMaps, UserError
from wsss_plugins.structures.chosen_value import ChosenValue


def matrix(hits, misses):
    """Two classes; so many pixels of the second are found, or lost."""
    return np.array([[100, 0, 0], [misses, hits, 0]])


def test_mean_iou_leaves_out_what_is_nowhere():
    three = np.zeros((3, 4), int)
    three[:2, :3] = [[80, 20, 0], [0, 100, 0]]
    assert mean_iou(three) == pytest.approx((80 / 100 + 100 / 120) / 2)
    assert mean_iou(np.zeros((3, 4))) == 0


def test_interval_is_that_of_drawn_images():
    """Against drawing by hand; equal images leave no doubt."""
    rng = np.random.default_rng(1)
    images = np.stack([matrix(h, 50 - h) for h in rng.integers(5, 45, 12)])
    low, high = bootstrap_interval(images, repeats=4000)
    drawn = [mean_iou(images[rng.integers(12, size=12)].sum(0))
             for _ in range(4000)]
    wanted = np.quantile(drawn, [.025, .975])
    assert [low, high] == pytest.approx(wanted, abs=.01)
    same = np.stack([matrix(30, 20)] * 5)
    low, high = bootstrap_interval(same)
    assert low == high == pytest.approx(mean_iou(matrix(30, 20)))


def test_interval_of_a_difference_is_paired():
    rng = np.random.default_rng(0)
    hits = rng.integers(5, 40, 10)
    worse = np.stack([matrix(h, 50 - h) for h in hits])
    better = np.stack([matrix(h + 5, 45 - h) for h in hits])
    low, high = bootstrap_interval(better, worse)
    assert 0 < low < high


def test_held_out_images_did_not_choose():
    """Two candidates that are each right on half of the images.

    Which is better is decided by what is held out: by leave-one-out each
    image gets the candidate that is wrong on it.
    """
    good, bad = matrix(50, 0), matrix(0, 50)
    images = np.array([[good, bad] * 3, [bad, good] * 3])
    found = choose_by_folds(images, folds=6)
    assert found.best == 0
    # Of the five others, three are of the other kind.
    np.testing.assert_array_equal(found.held_out, [bad] * 6)


def test_a_clear_choice_is_the_same_in_every_fold():
    images = np.stack([[matrix(10 * v, 50 - 10 * v)] * 7 for v in range(5)])
    found = choose_by_folds(images, folds=5)
    assert found.best == 4 and found.picks == [4] * 5
    assert choose_by_folds(images[:, :1]).picks == [4]


def sample(name, truth, masks):
    key = 'pred_sem_seg' if masks.ndim == 2 else 'pred_candidates'
    masks = masks[None] if masks.ndim == 2 else masks
    return dict(img_path=f'{name}.jpg',
                gt_sem_seg=dict(data=torch.tensor(truth[None]).long()),
                **{key: dict(data=torch.tensor(masks))})


def evaluated(metric, samples):
    metric.dataset_meta = dict(classes=('background', 'cat', 'dog'))
    metric.process({}, samples)
    return metric.evaluate(len(samples))


def test_metric_of_few_images(tmp_path):
    rng = np.random.default_rng(0)
    truths = rng.integers(0, 2, (6, 8, 9), dtype=np.uint8)
    masks = np.where(rng.random(truths.shape) < .8, truths, 0)
    file = tmp_path / 'masks.json'
    found = evaluated(FewImagesMetric(str(file)), [
        sample(i, t, m) for i, (t, m) in enumerate(zip(truths, masks))])
    total = confusion_matrix(truths.reshape(1, -1), masks.reshape(1, -1), 3)
    assert found['mask/miou'] == pytest.approx(mean_iou(total))
    assert found['mask/miou_low'] < found['mask/miou'] < found[
        'mask/miou_high']
    data = json.loads(file.read_text())
    assert data['images_by_class'] == dict(background=6, cat=6, dog=0)


def choices(wrong, count=6):
    """Truth, and a mask with so many wrong pixels by each candidate."""
    truth = np.zeros((10, 10), np.uint8)
    truth[:, :5] = 1
    masks = np.stack([truth] * len(wrong))
    for mask, number in zip(masks, wrong):
        mask.ravel()[:10 * number:10] = 0
    return [sample(i, truth, masks) for i in range(count)]


def test_choice_that_is_better_is_taken(tmp_path):
    file = tmp_path / 'chosen.json'
    metric = ValueChoiceMetric('alpha', (4, 8, 16), 8, out_file=str(file))
    found = evaluated(metric, choices([9, 5, 2]))
    choice = ChosenValue.load(file)
    assert (choice.value, choice.default, choice.images) == (16, 8, 6)
    assert found['choice/miou'] == pytest.approx(choice.miou[2])
    assert choice.gain[0] > 0
    assert 'alpha 16 in place of 8' in choice.told()
    assert DenseCRFRefiner(alpha=8, chosen=str(file)).alpha == 16


def test_choice_that_is_luck_is_not_taken(tmp_path):
    """One value is best on each half only; the default is steady."""
    first, second = choices([0, 5, 9], 3), choices([9, 5, 0], 3)
    for k, each in enumerate(second):
        each['img_path'] = f'other{k}.jpg'
    metric = ValueChoiceMetric('alpha', (4, 8, 16), 8, folds=6,
                               out_file=str(tmp_path / 'c.json'))
    evaluated(metric, first + second)
    choice = ChosenValue.load(tmp_path / 'c.json')
    assert choice.value == 8 and choice.gain == [0, 0]
    assert 'alpha stays 8' in choice.told()


def test_choice_of_something_else_is_refused(tmp_path):
    file = tmp_path / 'chosen.json'
    ChosenValue('radius', 3, 2).save(file)
    with pytest.raises(UserError, match='radius.*alpha or threshold'):
        DenseCRFRefiner(alpha=8, chosen=str(file))
    file.write_text('{"kind": "masks"}')
    with pytest.raises(UserError, match='not a chosen value'):
        ChosenValue.load(file)


def test_candidate_masks_are_those_of_each_value():
    ramp = np.linspace(0, 1, 20, dtype=np.float32).reshape(1, 4, 5)
    maker = MakeCandidateMasks(
        [dict(type='wsss_plugins.MakePseudoMask', threshold=.5)],
        '0.threshold', (.2, .5, .8))
    found = maker(dict(class_maps=ClassMaps([2], ramp, (4, 5))))
    for mask, threshold in zip(found['candidate_masks'], (.2, .5, .8)):
        np.testing.assert_array_equal(mask == 2, ramp[0] > threshold)
    with pytest.raises(UserError, match='not in transforms'):
        MakeCandidateMasks([dict(type='wsss_plugins.MakePseudoMask')],
                           '0.alpha', (1, 2))


def test_masks_are_packed():
    from wsss_plugins.datasets.transforms import PackWSSSInputs
    masks = np.zeros((3, 4, 5), np.uint8)
    packed = PackWSSSInputs(meta_keys=())(dict(
        img=np.zeros((4, 5, 3), np.uint8), candidate_masks=masks))
    assert isinstance(packed['data_samples'].pred_candidates, PixelData)
