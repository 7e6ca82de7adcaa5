"""Writers without a folder write into the run's own."""
from types import SimpleNamespace

import numpy as np
import pytest
from mmengine.evaluator import Evaluator
from mmengine.registry import LOOPS, METRICS, DefaultScope
from mmengine.runner import Runner

from wsss_plugins.apis.launch import stamp_writers
from wsss_plugins.structures import UserError
from wsss_plugins.structures.masks import read_mask
from wsss_plugins.testing.voc_tree import make_voc_tree

LOOP = 'wsss_plugins.WorkDirTestLoop'
WRITERS = ('CAMWriter', 'PseudoMaskWriter', 'CueWriter', 'GradientMapWriter',
           'InstanceWriter', 'PseudoInstanceWriter')


def writer(name, **options):
    if name == 'PseudoInstanceWriter':
        options['ann_file'] = 'a.json'
    return METRICS.build(dict(type=f'wsss_plugins.{name}', **options))


@pytest.mark.parametrize('name', WRITERS)
def test_folder(name, tmp_path):
    metric = writer(name)
    assert metric.stamped
    with pytest.raises(UserError, match=f'{name}: set out_dir.*{LOOP}'):
        _ = metric.out_dir
    metric.work_dir = str(tmp_path)
    assert metric.out_dir == tmp_path / 'files'
    given = writer(name, out_dir=str(tmp_path / 'given'))
    given.work_dir = 'elsewhere'
    assert given.out_dir == tmp_path / 'given'


def test_json_beside_the_files_of_instances(tmp_path):
    metric = writer('InstanceWriter')
    metric.work_dir = str(tmp_path)
    assert metric.out_file == tmp_path / 'instances.json'


def test_the_loop_tells_every_metric(tmp_path):
    metrics = [writer('CAMWriter'), writer('PseudoMaskWriter')]
    loop = LOOPS.build(dict(type=LOOP), default_args=dict(
        runner=SimpleNamespace(
            work_dir=str(tmp_path), visualizer=SimpleNamespace()),
        dataloader=SimpleNamespace(dataset=SimpleNamespace(metainfo={})),
        evaluator=Evaluator(metrics)))
    assert [m.out_dir for m in loop.evaluator.metrics] == [
        tmp_path / 'files'] * 2


def masks_as_predictions(root):
    """A data set whose predictions are its ground truth."""
    return dict(
        type='wsss_plugins.ImageLevelDataset', data_root=str(root),
        ann_file='train.txt', label_file='image_labels.json',
        data_prefix=dict(
            img_path='JPEGImages', mask_path='SegmentationClass'),
        test_mode=True, pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='wsss_plugins.LoadPseudoMask'),
            dict(type='wsss_plugins.PackWSSSInputs')])


def test_a_stock_runner_writes_into_its_work_dir(tmp_path):
    root = make_voc_tree(tmp_path)
    runner = Runner(
        model=dict(type='wsss_plugins.PrecomputedModel'),
        work_dir=str(tmp_path / 'run'),
        test_dataloader=dict(
            batch_size=1, num_workers=0,
            sampler=dict(type='DefaultSampler', shuffle=False),
            dataset=masks_as_predictions(root)),
        test_evaluator=[dict(type='wsss_plugins.PseudoMaskWriter')],
        test_cfg=dict(type=LOOP), default_scope='mmseg',
        experiment_name='output_folder')
    assert runner.test() == dict(written=4)
    found = sorted((tmp_path / 'run/files').glob('*.png'))
    assert [p.stem for p in found] == [f'pic_{i}' for i in range(4)]
    for path in found:
        np.testing.assert_array_equal(
            read_mask(path), read_mask(root / 'SegmentationClass' / path.name))


class OwnWriter:
    """A writer of someone else."""
    stamped = True


def test_only_writers_are_stamped():
    METRICS.register_module('OwnWriterOfFiles', module=OwnWriter)
    with DefaultScope.overwrite_default_scope('mmseg'):
        cfg = SimpleNamespace(
            model=dict(type='a'),
            test_dataloader=SimpleNamespace(
                dataset=SimpleNamespace(pipeline=[])),
            test_evaluator=[dict(type='wsss_plugins.CAMWriter'),
                            dict(type='OwnWriterOfFiles'),
                            dict(type='wsss_plugins.CAMSweepMetric'),
                            dict(type='IoUMetric')])
        stamp_writers(cfg, None)
    assert ['stamp' in e for e in cfg.test_evaluator] == [
        True, True, False, False]
