import json

import numpy as np
import pytest
import torch

from wsss_plugins.evaluation import (
    CAMSweepMetric,
    CAMWriter,
    PseudoMaskMetric,
    PseudoMaskWriter,
    claim_folder,
)
from wsss_plugins.structures import ClassMaps, UserError, read_mask

META = dict(
    classes=('background', 'boat', 'cat'),
    palette=[[0, 0, 0], [1, 2, 3], [4, 5, 6]])


def sample(name, seed=0, size=(20, 30)):
    rng = np.random.default_rng(seed)
    gt = rng.choice([0, 1, 2, 255], size, p=[.5, .2, .2, .1])
    return dict(
        img_path=f'some/{name}.jpg',
        ori_shape=size,
        pred_cam=dict(data=torch.rand(
            2, 5, 8, generator=torch.Generator().manual_seed(seed))),
        pred_cam_label=torch.tensor([1, 2]),
        pred_sem_seg=dict(data=torch.tensor(rng.integers(0, 3, (1, *size)))),
        gt_sem_seg=dict(data=torch.tensor(gt[None])))


def evaluate(metric, samples):
    metric.dataset_meta = META
    for item in samples:
        metric.process({}, [item])
    return metric.evaluate(len(samples))


def naive_miou(samples, predict):
    inter, union = np.zeros(3), np.zeros(3)
    for item in samples:
        gt, pred = item['gt_sem_seg']['data'][0].numpy(), predict(item)
        for c in range(3):
            counted = gt != 255
            inter[c] += ((gt == c) & (pred == c) & counted).sum()
            union[c] += (((gt == c) | (pred == c)) & counted).sum()
    return np.nanmean(inter / union)


def test_sweep_against_one_threshold_at_a_time(tmp_path):
    samples = [sample(f'p{i}', i) for i in range(3)]

    def mask(item, threshold):
        maps = torch.nn.functional.interpolate(
            item['pred_cam']['data'][None], item['ori_shape'],
            mode='bilinear')[0].numpy()
        best = maps.argmax(0) + 1
        return np.where(maps.max(0) > np.float32(threshold), best, 0)

    metric = CAMSweepMetric(.1, .9, 9, report_threshold=.55,
                            out_file=str(tmp_path / 'sweep.json'))
    out = evaluate(metric, samples)
    data = json.loads((tmp_path / 'sweep.json').read_text())
    assert len(data['thresholds']) == 10
    for threshold, miou in zip(data['thresholds'], data['miou']):
        expected = naive_miou(samples, lambda s, t=threshold: mask(s, t))
        assert miou == pytest.approx(expected, abs=1e-12)
    assert out['cam/miou_best'] == max(data['miou'])
    assert out['cam/miou_at_report'] == pytest.approx(
        naive_miou(samples, lambda s: mask(s, .55)))
    assert set(data['best']['per_class']) == set(META['classes'])


def test_images_without_classes_are_background():
    item = sample('p')
    item['pred_cam'] = dict(data=torch.zeros(0, 5, 8))
    item['pred_cam_label'] = torch.zeros(0, dtype=torch.int64)
    out = evaluate(CAMSweepMetric(), [item])
    assert out['cam/miou_best'] == pytest.approx(
        naive_miou([item], lambda s: np.zeros(s['ori_shape'])))


def test_mask_metric_and_confusion_ratio(tmp_path):
    samples = [sample(f'p{i}', i) for i in range(2)]
    context = ('background', 'boat', 'cat', 'water')
    for i, item in enumerate(samples):
        item['gt_context'] = dict(data=torch.tensor(
            np.random.default_rng(9 + i).integers(0, 4, (1, 20, 30))))
    metric = PseudoMaskMetric([('water', 'boat')], context,
                              str(tmp_path / 'masks.json'))
    out = evaluate(metric, samples)
    pred = [s['pred_sem_seg']['data'][0].numpy() for s in samples]
    gt = [s['gt_sem_seg']['data'][0].numpy() for s in samples]
    water = [s['gt_context']['data'][0].numpy() == 3 for s in samples]
    wrong = sum(((p == 1) & w).sum() for p, w in zip(pred, water))
    hits = sum(((p == 1) & (g == 1)).sum() for p, g in zip(pred, gt))
    assert out['mask/confusion_water_boat'] == pytest.approx(wrong / hits)
    assert out['mask/miou'] == pytest.approx(
        naive_miou(samples, lambda s: s['pred_sem_seg']['data'][0].numpy()))
    row = json.loads((tmp_path / 'masks.json').read_text())
    assert row['confusion_ratio'][0]['of'] == 'water'


def test_confusion_among_the_datasets_own_classes():
    out = evaluate(PseudoMaskMetric([('background', 'cat')]), [sample('p')])
    item = sample('p')
    pred = item['pred_sem_seg']['data'][0].numpy()
    gt = item['gt_sem_seg']['data'][0].numpy()
    expected = (((pred == 2) & (gt == 0)).sum() /
                ((pred == 2) & (gt == 2)).sum())
    assert out['mask/confusion_background_cat'] == pytest.approx(expected)
    with pytest.raises(UserError, match="'sea'"):
        evaluate(PseudoMaskMetric([('sea', 'cat')]), [sample('p')])


def test_counting_refuses():
    with pytest.raises(UserError, match='counted twice'):
        evaluate(PseudoMaskMetric(), [sample('p'), sample('p')])
    with pytest.raises(UserError, match='no images'):
        evaluate(PseudoMaskMetric(), [])
    bare = sample('p')
    del bare['gt_sem_seg']
    with pytest.raises(UserError, match=r'p\.jpg: no gt_sem_seg'):
        evaluate(PseudoMaskMetric(), [bare])
    small = sample('p')
    small['pred_sem_seg'] = dict(data=torch.zeros(1, 3, 3))
    with pytest.raises(UserError, match=r'p\.jpg: the mask'):
        evaluate(PseudoMaskMetric(), [small])


def test_writers(tmp_path):
    item = sample('p')
    out = evaluate(CAMWriter(str(tmp_path / 'cam')), [item])
    assert out['written'] == 1
    maps = ClassMaps.load(tmp_path / 'cam/p.npz')
    assert maps.labels.tolist() == [1, 2] and maps.size == (20, 30)
    evaluate(PseudoMaskWriter(str(tmp_path / 'mask')), [item])
    assert (read_mask(tmp_path / 'mask/p.png') ==
            item['pred_sem_seg']['data'][0].numpy()).all()
    with pytest.raises(UserError, match='out_dir'):
        PseudoMaskWriter()


def test_folders_remember(tmp_path):
    folder = tmp_path / 'out'
    claim_folder(folder, dict(config='a'))
    claim_folder(folder, dict(config='a'))
    with pytest.raises(UserError, match="config='a', not 'b'"):
        claim_folder(folder, dict(config='b'))
    (tmp_path / 'photo.png').touch()
    with pytest.raises(UserError, match='another origin'):
        claim_folder(tmp_path, {})
    (folder / '.stamp.json').write_text('{"conf')
    with pytest.raises(UserError, match='not readable'):
        claim_folder(folder, dict(config='a'))
