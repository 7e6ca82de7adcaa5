"""Affinity labels: confident pixels, grids, and the transforms of both."""
import numpy as np
import pytest
import torch

from wsss_plugins.datasets.transforms import (
    LoadAffinityScores,
    MakeAffinityGrid,
    MakeAffinityLabel,
    MakeIRLabel,
    PackAffinityInputs,
    RandomRescale,
)
from wsss_plugins.ops.crf.dense_crf import DenseCRF
from wsss_plugins.ops.walk.affinity_labels import (
    confident_labels,
    grid_labels,
    hard_label_scores,
    pooled_labels,
)
from wsss_plugins.structures import ClassMaps, UserError


def test_confident_labels():
    foreground = np.array([[0, 1, 2, 0]])
    background = np.array([[0, 0, 2, 1]])
    assert confident_labels(foreground, background, True).tolist() == [
        [0, 0, 2, 255]]
    assert confident_labels(foreground, background, False).tolist() == [
        [0, 1, 2, 255]]


def test_pooled_labels_against_loops():
    rng = np.random.default_rng(0)
    low, high = rng.random((2, 3, 16, 24)).astype(np.float32)
    low[:, :, 16:] = high[:, :, 16:] = 0
    found = pooled_labels(low, high, 8)
    for y in range(2):
        for x in range(3):
            cell = np.s_[:, 8 * y:8 * y + 8, 8 * x:8 * x + 8]
            first = low[cell].mean(axis=(1, 2)).argmax()
            second = high[cell].mean(axis=(1, 2)).argmax()
            wanted = 0 if second == 0 else first or 255
            assert found[y, x] == (255 if x == 2 else wanted)
    with pytest.raises(ValueError, match='smaller than the stride'):
        pooled_labels(low, high, 32)
    with pytest.raises(ValueError, match='not both'):
        pooled_labels(low, high[:2], 8)


def test_grid_labels():
    label = np.full((5, 9), 7, np.uint8)
    label[:3, :2] = 1
    label[2, 2] = 3
    assert grid_labels(label, 4).tolist() == [[3, 7, 7], [7, 7, 7]]
    assert grid_labels(label, 4, 'majority').tolist() == [[7, 7, 255],
                                                          [255, 255, 255]]
    assert grid_labels(label, 1).tolist() == label.tolist()
    with pytest.raises(ValueError, match='sampling='):
        grid_labels(label, 4, 'mean')


def test_majority_against_counts():
    rng = np.random.default_rng(1)
    label = rng.choice([0, 3, 255], (24, 32)).astype(np.uint8)
    found = grid_labels(label, 8, 'majority')
    for y in range(3):
        for x in range(4):
            cell = label[8 * y:8 * y + 8, 8 * x:8 * x + 8]
            values, counts = np.unique(cell, return_counts=True)
            assert found[y, x] == values[counts.argmax()]


def test_hard_label_scores():
    scores = hard_label_scores(np.array([[0, 2]]), 3, .7)
    np.testing.assert_allclose(scores[:, 0, 1], [.15, .15, .7])
    np.testing.assert_allclose(scores.sum(axis=0), 1)
    for options in ((1, .7), (3, 1.)):
        with pytest.raises(ValueError, match='num_labels='):
            hard_label_scores(np.array([[0, 2]]), *options)


def picture(labels=(2, 5), size=(24, 32)):
    rng = np.random.default_rng(2)
    image = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
    maps = rng.random((len(labels), 6, 8)).astype(np.float32)
    return dict(img=image, img_path='a.jpg', cam_path='a.npz',
                ori_shape=size, img_shape=size,
                class_maps=ClassMaps(np.array(labels, int), maps, size))


def at_size(maps, size):
    return torch.nn.functional.interpolate(
        torch.from_numpy(maps)[None], size, mode='bilinear')[0].numpy()


def test_psa_label_is_that_of_two_crfs():
    results = picture()
    found = MakeAffinityLabel(4, 32)(dict(results))['pred_mask']
    maps = at_size(results['class_maps'].maps, (24, 32))
    slots = []
    for alpha in (4, 32):
        background = (1 - maps.max(axis=0, keepdims=True))**alpha
        rgb = np.ascontiguousarray(results['img'][..., ::-1])
        slots.append(DenseCRF()(
            rgb, np.concatenate([background, maps])).argmax(axis=0))
    wanted = np.array([255, 2, 5])[slots[0]]
    wanted[slots[1] == 0] = 0
    assert (found == wanted).all() and found.dtype == np.uint8


def test_irn_label_is_that_of_two_crfs():
    results = picture()
    found = MakeIRLabel(.6, .4)(dict(results))['pred_mask']
    maps = at_size(results['class_maps'].maps, (24, 32))
    slots = []
    for threshold in (.6, .4):
        background = np.full((1, 24, 32), threshold, np.float32)
        mask = np.concatenate([background, maps]).argmax(axis=0)
        rgb = np.ascontiguousarray(results['img'][..., ::-1])
        slots.append(DenseCRF(bi_sxy=50, bi_srgb=5)(
            rgb, hard_label_scores(mask, 3, .7)).argmax(axis=0))
    wanted = np.array([255, 2, 5])[slots[0]]
    wanted[(slots[0] == 0) & (slots[1] == 0)] = 0
    assert (found == wanted).all()


@pytest.mark.parametrize('make', [MakeAffinityLabel, MakeIRLabel])
def test_labels_without_classes_or_with_a_background(make):
    assert not make()(picture(labels=()))['pred_mask'].any()
    with pytest.raises(UserError, match='a.npz: holds a background'):
        make()(picture(labels=(0, 5)))


@pytest.mark.parametrize('make, options, text', [
    (MakeAffinityLabel, dict(alpha_low=32, alpha_high=4), 'alpha_low'),
    (MakeIRLabel, dict(fg_threshold=.05, bg_threshold=.3), 'not below'),
    (MakeAffinityGrid, dict(stride=0), 'stride=0'),
    (MakeAffinityGrid, dict(stride=8, sampling='x'), "sampling='x'"),
    (RandomRescale, dict(min_factor=0, max_factor=1), 'min_factor=0')])
def test_mistakes(make, options, text):
    with pytest.raises(UserError, match=text):
        make(**options)


def score_files(folder, labels=((0, 2), (0, 2)), size=(16, 24)):
    paths = {}
    for key, one in zip(('low', 'high'), labels):
        maps = np.random.default_rng(len(paths)).random((len(one), *size))
        ClassMaps(np.array(one), maps, size).save(folder / f'{key}.npz',
                                                  'float32')
        paths[f'{key}_path'] = str(folder / f'{key}.npz')
    return dict(ori_shape=(16, 24), img_path='a.jpg', **paths)


def test_scores_move_with_the_image_and_become_labels(tmp_path):
    results = LoadAffinityScores()(score_files(tmp_path))
    results['img'] = np.zeros((16, 24, 3), np.uint8)
    found = MakeAffinityGrid(8)(results)['gt_affinity']
    low, high = (ClassMaps.load(tmp_path / f'{k}.npz').maps
                 for k in ('low', 'high'))
    wanted = pooled_labels(low, high, 8)
    assert (found == np.where(wanted == 1, 2, wanted)).all()
    packed = PackAffinityInputs(meta_keys=())(results)
    sample = packed['data_samples']
    assert sample.gt_affinity.data.dtype == torch.uint8
    assert sample.gt_affinity.data.shape == (1, 2, 3)
    assert set(sample.keys()) == {'gt_affinity'}


@pytest.mark.parametrize('change, text', [
    (dict(labels=((2, 0), (2, 0))), 'background 0 must be the first'),
    (dict(labels=((0, 2), (0, 3))), 'both files must agree'),
    (dict(size=(8, 12)), 'refine at full size')])
def test_scores_that_do_not_fit(tmp_path, change, text):
    with pytest.raises(UserError, match=text):
        LoadAffinityScores()(score_files(tmp_path, **change))


def test_no_scores_and_no_labels():
    with pytest.raises(UserError, match='no low_path'):
        LoadAffinityScores()(dict(ori_shape=(4, 4), img_path='a.jpg'))
    with pytest.raises(UserError, match='a.jpg: no affinity label'):
        MakeAffinityGrid(8)(dict(img_path='a.jpg'))
    with pytest.raises(UserError, match='put MakeAffinityGrid before'):
        PackAffinityInputs()(dict(img_path='a.jpg'))


def test_random_rescale_moves_the_mask():
    results = dict(img=np.zeros((20, 30, 3), np.uint8), img_shape=(20, 30),
                   gt_seg_map=np.full((20, 30), 3, np.uint8),
                   seg_fields=['gt_seg_map'])
    sizes = set()
    for _ in range(20):
        found = RandomRescale(.5, 1.5)(dict(
            results, seg_fields=['gt_seg_map']))
        assert found['img'].shape[:2] == found['gt_seg_map'].shape
        assert (found['gt_seg_map'] == 3).all()
        assert 10 <= len(found['img']) <= 30
        sizes.add(found['img'].shape)
    assert len(sizes) > 5
