"""Metrics and writers of the test loop, on one process and on two."""
import json
import multiprocessing
import os

import numpy as np
import pytest
import torch
import torch.distributed as dist
import torch.nn.functional as F
from mmengine.config import Config
from PIL import Image

from wsss_plugins.apis.launch import stamp_writers
from wsss_plugins.evaluation import FolderWriter
from wsss_plugins.evaluation.stamp import claim_folder
from wsss_plugins.registry import METRICS
from wsss_plugins.structures import ClassMaps, UserError, voc_palette

CLASSES = ('cat', 'background', 'dog', 'boat')
BACKGROUND = 1


def build(kind, **options):
    metric = METRICS.build(dict(type=f'wsss_plugins.{kind}', **options))
    metric.dataset_meta = dict(classes=CLASSES, palette=voc_palette(4))
    return metric


def make_sample(number, labels=(0, 2), size=(14, 18)):
    """As an evaluator hands it on, with tensors in plain dicts."""
    generator = torch.Generator().manual_seed(number)

    def integers(high):
        return torch.randint(high, (1, *size), generator=generator)

    gt = integers(4)
    gt[:, :2] = 255
    return dict(
        img_path=f'photos/image_{number}.jpg',
        ori_shape=size,
        pred_cam=dict(data=torch.rand((len(labels), 5, 6),
                                      generator=generator)),
        pred_cam_label=torch.tensor(labels, dtype=torch.long),
        pred_sem_seg=dict(data=integers(4)),
        gt_sem_seg=dict(data=gt),
        gt_context=dict(data=integers(6)))


def make_samples():
    return [
        make_sample(0),
        make_sample(1, labels=(3, )),
        make_sample(2, labels=()),
        make_sample(3, labels=(2, 0, 3), size=(5, 6)),
        make_sample(4, labels=(1, 3)),
    ]


def evaluate(metric, samples):
    for sample in samples:
        metric.process({}, [sample])
    return metric.evaluate(len(samples))


def class_scores(gts, preds):
    """IoU, precision and recall of each class from sets of pixels."""
    gt = np.concatenate([g.ravel() for g in gts])
    pred = np.concatenate([p.ravel() for p in preds])
    pred = pred[gt != 255]
    gt = gt[gt != 255]

    def share(hits, all_):
        return hits / all_ if all_ else np.nan

    scores = dict(iou=[], precision=[], recall=[])
    for c in range(len(CLASSES)):
        hits = ((gt == c) & (pred == c)).sum()
        scores['iou'].append(share(hits, ((gt == c) | (pred == c)).sum()))
        scores['precision'].append(share(hits, (pred == c).sum()))
        scores['recall'].append(share(hits, (gt == c).sum()))
    return {key: np.array(values) for key, values in scores.items()}


def seeds_at(sample, threshold):
    """The mask of a sample at one threshold, class by class."""
    size = sample['gt_sem_seg']['data'].shape[1:]
    best = np.full(size, np.float32(threshold))
    mask = np.full(size, BACKGROUND)
    for scores, label in zip(sample['pred_cam']['data'],
                             sample['pred_cam_label'].tolist()):
        if label == BACKGROUND:
            continue
        full = F.interpolate(
            scores[None, None], size, mode='bilinear')[0, 0].numpy()
        mask[full > best] = label
        best = np.maximum(best, full)
    return mask


def truths(samples):
    return [sample['gt_sem_seg']['data'][0].numpy() for sample in samples]


@pytest.mark.parametrize('report', [.2, .25, .1])
def test_sweep_is_a_loop_over_thresholds(tmp_path, report):
    samples = make_samples()
    file = tmp_path / 'sweep.json'
    metric = build(
        'CAMSweepMetric',
        start=.1,
        stop=.9,
        num=9,
        report_threshold=report,
        out_file=str(file))
    values = evaluate(metric, samples)
    thresholds = sorted({*(np.arange(1, 10) / 10).tolist(), report})
    scores = [
        class_scores(truths(samples), [seeds_at(s, t) for s in samples])
        for t in thresholds
    ]
    miou = [np.nanmean(s['iou']) for s in scores]
    best = int(np.argmax(miou))
    data = json.loads(file.read_text())
    assert data['kind'] == 'sweep'
    np.testing.assert_allclose(data['thresholds'], thresholds)
    np.testing.assert_allclose(data['miou'], miou)
    foreground = [i for i in range(4) if i != BACKGROUND]
    for key in ('precision', 'recall'):
        curve = [np.nanmean(s[key][foreground]) for s in scores]
        np.testing.assert_allclose(data[key], np.nan_to_num(curve))
        np.testing.assert_allclose(values[f'cam/{key}_best'],
                                   100 * curve[best])
        for i, name in enumerate(CLASSES):
            np.testing.assert_allclose(
                data['best']['per_class'][name][key], scores[best][key][i])
    assert values['cam/threshold_best'] == data['best']['threshold']
    np.testing.assert_allclose(
        [values['cam/threshold_best'], values['cam/miou_best']],
        [thresholds[best], 100 * miou[best]])
    np.testing.assert_allclose(values['cam/miou_at_report'],
                               100 * miou[thresholds.index(report)])


@pytest.mark.parametrize('percent', range(1, 61))
def test_any_percent_can_be_reported(percent):
    metric = build('CAMSweepMetric', report_threshold=percent / 100)
    values = evaluate(metric, [make_sample(0)])
    expected = class_scores(
        truths([make_sample(0)]), [seeds_at(make_sample(0), percent / 100)])
    np.testing.assert_allclose(values['cam/miou_at_report'],
                               100 * np.nanmean(expected['iou']))


def test_masks_and_confusion_ratio_by_hand(tmp_path):
    gt = torch.tensor([[[0, 0, 0, 3, 3, 1, 255, 1]]])
    pred = torch.tensor([[[0, 0, 3, 3, 0, 3, 3, 1]]])
    context = torch.tensor([[[0, 0, 2, 1, 1, 2, 2, 255]]])
    sample = dict(
        make_sample(0),
        gt_sem_seg=dict(data=gt),
        pred_sem_seg=dict(data=pred),
        gt_context=dict(data=context))
    names = tmp_path / 'context.json'
    names.write_text(json.dumps(['cat', 'boat', 'water']))
    file = tmp_path / 'masks.json'
    values = evaluate(
        build(
            'PseudoMaskMetric',
            pairs=[('water', 'boat'), ('boat', 'cat'), ('cat', 'dog')],
            context_classes=str(names),
            out_file=str(file)), [sample])
    # Boat: 1 hit, predicted 3 times off the ignored pixel, there twice.
    iou = [2 / 4, 1 / 2, np.nan, 1 / 4]
    np.testing.assert_allclose(values['mask/miou'], 100 * np.nanmean(iou))
    # Means of cat and boat; dog is nowhere, the background does not count.
    assert values['mask/precision'] == pytest.approx(50)
    assert values['mask/recall'] == pytest.approx(100 * 7 / 12)
    data = json.loads(file.read_text())
    assert data['kind'] == 'masks'
    assert data['miou'] == pytest.approx(np.nanmean(iou))
    assert data['per_class']['boat'] == dict(
        iou=.25, precision=pytest.approx(1 / 3), recall=.5)
    assert data['per_class']['dog'] == dict(
        iou=None, precision=None, recall=None)
    # 3 pixels of water are taken for boat; a class of boat's for cat.
    assert data['confusion_ratio'] == [
        {'of': 'water', 'as': 'boat', 'ratio': 3., 'iou': .25},
        {'of': 'boat', 'as': 'cat', 'ratio': .5, 'iou': .5},
        {'of': 'cat', 'as': 'dog', 'ratio': None, 'iou': None},
    ]
    assert values['mask/confusion_water_boat'] == 3


def test_confusion_ratio_among_dataset_classes():
    samples = make_samples()
    values = evaluate(
        build('PseudoMaskMetric', pairs=[('background', 'dog')]), samples)
    gt = np.concatenate([t.ravel() for t in truths(samples)])
    pred = np.concatenate(
        [s['pred_sem_seg']['data'].numpy().ravel() for s in samples])
    expected = (((gt == BACKGROUND) & (pred == 2)).sum() /
                ((gt == 2) & (pred == 2)).sum())
    np.testing.assert_allclose(values['mask/confusion_background_dog'],
                               expected)


def test_confusion_pairs_are_checked():
    with pytest.raises(UserError, match="'water' is not among cat, backgr"):
        evaluate(
            build('PseudoMaskMetric', pairs=[('water', 'boat')]),
            [make_sample(0)])
    with pytest.raises(UserError, match='nowhere.json: file of context'):
        build('PseudoMaskMetric', context_classes='nowhere.json')


@pytest.mark.parametrize('kind, options, key', [
    ('CAMSweepMetric', {}, 'gt_sem_seg'),
    ('PseudoMaskMetric', {}, 'gt_sem_seg'),
    ('PseudoMaskMetric',
     dict(pairs=[('water', 'boat')], context_classes=['water']),
     'gt_context'),
])
def test_truth_is_needed(kind, options, key):
    sample = make_sample(7)
    del sample[key]
    with pytest.raises(UserError, match=rf'image_7\.jpg: no {key} .*; add '):
        build(kind, **options).process({}, [sample])


def test_mask_of_another_size_is_refused():
    sample = make_sample(7)
    sample['pred_sem_seg']['data'] = torch.zeros(1, 3, 3)
    with pytest.raises(UserError, match=r'image_7\.jpg: the mask is \(3, 3'):
        build('PseudoMaskMetric').process({}, [sample])


def test_copies_and_emptiness_are_refused():
    with pytest.raises(UserError, match='round_up=False'):
        evaluate(build('CAMSweepMetric'), [make_sample(0), make_sample(0)])
    with pytest.raises(UserError, match='no images'):
        build('CAMSweepMetric').evaluate(0)


def test_second_evaluation_starts_afresh():
    metric = build('PseudoMaskMetric')
    first = evaluate(metric, make_samples()[:2])
    evaluate(metric, make_samples()[2:])
    assert evaluate(metric, make_samples()[:2]) == first


def _rank(rank, store, folder, share, queue):
    torch.set_num_threads(1)
    os.chdir(folder)
    dist.init_process_group(
        'gloo', init_method=f'file://{store}', rank=rank, world_size=2)
    samples = make_samples()[share]
    found = {}
    for kind, options in everything(folder):
        metric = build(kind, **options)
        for sample in samples[rank::2]:
            metric.process({}, [sample])
        found.update(metric.evaluate(len(samples)))
    queue.put((rank, found))
    dist.destroy_process_group()


def everything(folder):
    return [('CAMSweepMetric', {}),
            ('PseudoMaskMetric', dict(pairs=[('cat', 'dog')])),
            ('CAMWriter', dict(out_dir=f'{folder}/cam'))]


@pytest.mark.parametrize('share', [slice(0, 5), slice(0, 1)],
                         ids=['5 images', '1 image, an idle rank'])
def test_two_processes_give_the_numbers_of_one(tmp_path, share):
    alone = tmp_path / 'alone'
    expected = {}
    for kind, options in everything(alone):
        expected.update(evaluate(build(kind, **options),
                                 make_samples()[share]))
    context = multiprocessing.get_context('fork')
    queue = context.Queue()
    args = (tmp_path / 'store', tmp_path, share, queue)
    ranks = [context.Process(target=_rank, args=(i, *args)) for i in (0, 1)]
    for rank in ranks:
        rank.start()
    try:
        found = dict(queue.get(timeout=60) for _ in ranks)
    finally:
        for rank in ranks:
            rank.join(timeout=10)
            rank.kill()
    assert found == {0: expected, 1: expected}
    names = {p.name for p in (alone / 'cam').iterdir()}
    assert names == {p.name for p in (tmp_path / 'cam').iterdir()}
    assert len(names) == len(make_samples()[share]) + 1


def test_cam_writer(tmp_path):
    sample = make_sample(3, labels=(2, 0))
    sample['pred_cam']['data'] = sample['pred_cam']['data'].half()
    empty = make_sample(4, labels=())
    metric = build('CAMWriter', out_dir=str(tmp_path / 'cam'))
    assert evaluate(metric, [sample, empty]) == dict(written=2)
    maps = ClassMaps.load(tmp_path / 'cam' / 'image_3.npz')
    assert maps.labels.tolist() == [2, 0]
    assert maps.size == (14, 18)
    np.testing.assert_array_equal(maps.maps, sample['pred_cam']['data'])
    with np.load(tmp_path / 'cam' / 'image_3.npz') as file:
        assert file['cam'].dtype == np.float16
    assert ClassMaps.load(tmp_path / 'cam' / 'image_4.npz').labels.size == 0


def test_mask_writer(tmp_path):
    sample = make_sample(3)
    sample['pred_sem_seg']['data'][0, 0, 0] = 255
    metric = build('PseudoMaskWriter', out_dir=str(tmp_path / 'masks'))
    assert evaluate(metric, [sample]) == dict(written=1)
    with Image.open(tmp_path / 'masks' / 'image_3.png') as image:
        assert image.mode == 'P'
        np.testing.assert_array_equal(image, sample['pred_sem_seg']['data'][0])
        assert image.getpalette()[3:6] == voc_palette(4)[1]
    with pytest.raises(UserError, match='set out_dir.*WorkDirTestLoop'):
        evaluate(build('PseudoMaskWriter'), [sample])


def test_writer_refuses_the_folder_of_another_run(tmp_path):
    def write(**options):
        evaluate(
            build('CAMWriter', out_dir=str(tmp_path / 'cam'), **options),
            [make_sample(0)])

    write(stamp=dict(config='a'))
    write(stamp=dict(config='a'))
    with pytest.raises(UserError, match=r"cam: made with config='a', not 'b'"):
        write(stamp=dict(config='b'))
    with pytest.raises(UserError, match="dtype='float16', not 'float32'"):
        write(stamp=dict(config='a'), dtype='float32')


def test_folder_of_other_origin_is_refused(tmp_path):
    (tmp_path / 'holiday.jpg').touch()
    with pytest.raises(UserError, match='another origin.*; delete it or'):
        claim_folder(tmp_path, dict(a=1))
    assert [p.name for p in tmp_path.iterdir()] == ['holiday.jpg']


@pytest.mark.parametrize('text', ['{"a": ', '[1]', '\x00'])
def test_broken_stamp_is_refused(tmp_path, text):
    (tmp_path / '.stamp.json').write_text(text)
    with pytest.raises(UserError, match='stamp.json: not a'):
        claim_folder(tmp_path, {})


def test_claim_compares_as_json(tmp_path):
    claim_folder(tmp_path, dict(scales=(.5, 1), b=None))
    claim_folder(tmp_path, dict(b=None, scales=[.5, 1]))
    with pytest.raises(UserError, match='scales'):
        claim_folder(tmp_path, dict(scales=(1, .5), b=2, c=3)
                     | dict(b=None, c=None))


@METRICS.register_module()
class NamesOnly(FolderWriter):
    """A writer whose name does not end in Writer."""
    suffix = '.txt'

    def write(self, sample, path):
        path.write_text(path.stem)


@METRICS.register_module()
class ReWriter:
    """Neither writes nor takes a stamp."""


def test_tools_stamp_what_declares_it(tmp_path):
    kinds = ['wsss_plugins.NamesOnly', 'wsss_plugins.ReWriter',
             'wsss_plugins.PseudoInstanceWriter', 'mmseg.IoUMetric',
             'UnknownWriter', NamesOnly]
    cfg = Config(dict(
        model=dict(type='A'),
        test_dataloader=dict(dataset=dict(pipeline=[])),
        test_evaluator=[dict(type=kind) for kind in kinds]))
    stamp_writers(cfg, None)
    stamped = ['stamp' in one for one in cfg.test_evaluator]
    assert stamped == [True, False, True, False, False, True]
    writer = METRICS.build(dict(cfg.test_evaluator[0], out_dir=str(tmp_path)))
    writer.process({}, [dict(img_path='photos/b.jpg')])
    assert (tmp_path / 'b.txt').read_text() == 'b'
    alone = dict(type='wsss_plugins.NamesOnly', out_dir=str(tmp_path))
    with pytest.raises(UserError, match='made with config='):
        METRICS.build(alone).process({}, [dict(img_path='photos/c.jpg')])
