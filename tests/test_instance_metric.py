"""Masks of objects against true ones, with results worked out by hand."""
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from wsss_plugins.evaluation import InstanceIoUMetric
from wsss_plugins.evaluation.instance_scores import (
    mask_ap,
    num_parts,
    score_file,
    separated_scores,
)
from wsss_plugins.structures import UserError, encode_mask
from wsss_plugins.testing.tools import run_tool

TOOLS = Path(__file__).resolve().parents[1] / 'tools'
SIZE = (120, 120)


def box(*slices):
    """A mask of boxes (top, bottom, left, right)."""
    mask = np.zeros(SIZE, bool)
    for top, bottom, left, right in slices:
        mask[top:bottom, left:right] = True
    return mask


# Number: category, true mask, mask to measure, their IoU.
OBJECTS = {
    1: (1, box((0, 20, 0, 20)), box((0, 20, 0, 10)), .5),
    2: (1, box((0, 100, 0, 100)), box((0, 100, 0, 80)), .8),
    3: (2, box((0, 40, 0, 20), (0, 40, 30, 50)), box((0, 40, 0, 50)), .8),
    4: (2, box((50, 90, 0, 20), (50, 90, 30, 50)),
        box((50, 90, 0, 20), (50, 90, 30, 40)), .75),
    5: (3, box((0, 30, 0, 30)), None, 0.),
}


def dataset(which, crowd=True):
    """A COCO data set of the true masks (1) or those to measure (2)."""
    annotations = [
        dict(id=n, image_id=n, category_id=row[0], iscrowd=0,
             bbox=[0, 0, 9, 9], area=int(row[1].sum()),
             segmentation=encode_mask(row[which]))
        for n, row in OBJECTS.items() if row[which] is not None
    ]
    if crowd:
        annotations.append(
            dict(id=99, image_id=1, category_id=1, iscrowd=1, area=400,
                 bbox=[0, 0, 9, 9], segmentation=encode_mask(box((
                     0, 20, 0, 20)))))
    return dict(
        images=[dict(id=n, file_name=f'{n}.jpg', height=SIZE[0],
                     width=SIZE[1]) for n in OBJECTS],
        annotations=annotations,
        categories=[dict(id=n, name=name)
                    for n, name in enumerate(('cat', 'dog', 'cow', 'ox'), 1)])


@pytest.fixture
def files(tmp_path):
    paths = []
    for which, name in ((2, 'masks.json'), (1, 'truth.json')):
        paths.append(tmp_path / name)
        paths[-1].write_text(json.dumps(dataset(which)))
    return paths


def test_parts():
    assert num_parts(box()) == 0
    assert num_parts(box((3, 9, 3, 9))) == 1
    assert num_parts(box((0, 20, 0, 20), (30, 50, 0, 20))) == 2
    # 400 pixels and 9: a crumb is no part.
    assert num_parts(box((0, 20, 0, 20), (30, 33, 0, 3))) == 1
    assert num_parts(box((0, 20, 0, 20), (30, 33, 0, 3)), share=.01) == 2
    # Corners do not join.
    assert num_parts(box((0, 10, 0, 10), (10, 20, 10, 20))) == 2


def test_means(files):
    found = score_file(*files).metrics()
    assert found == {
        'miou': pytest.approx((.5 + .8 + .8 + .75 + 0) / 5),
        'class_miou': pytest.approx((.65 + .775 + 0) / 3),
        'miou_small': pytest.approx((.5 + 0.) / 2),
        'miou_medium': pytest.approx((.8 + .75) / 2),
        'miou_large': pytest.approx(.8),
        'miou_split': pytest.approx((.8 + .75) / 2),
        'miou_whole': pytest.approx((.5 + .8 + 0.) / 3),
        'split_found': .5,
        'objects': 5,
        'split': 2
    }


def test_table_names_all_classes(files):
    table = score_file(*files).table({1: 'cat', 2: 'dog', 3: 'cow', 4: 'ox'})
    assert table['cat']['iou'] == pytest.approx(.65)
    assert table['cow']['iou'] == 0. and table['ox']['iou'] is None


def test_ap_of_exact_masks_is_one(files):
    exact = mask_ap(files[1], files[1])
    assert exact['ap'] == exact['ap50'] == exact['ap75'] == 1.
    # Class 1: IoU .5 and .8, both of score 1; class 2: .8 and .75; class 3
    # is not found. At IoU .5 the first two classes are whole.
    assert mask_ap(*files)['ap50'] == pytest.approx(2 / 3, abs=1e-6)


def test_files_that_do_not_belong_together(files, tmp_path):
    other = dataset(2)
    for annotation in other['annotations']:
        annotation['id'] += 1000
    files[0].write_text(json.dumps(other))
    with pytest.raises(UserError, match='no annotation in common'):
        score_file(*files)
    del other['annotations'][0]['segmentation']
    files[0].write_text(json.dumps(other))
    with pytest.raises(UserError, match='annotation 1001: no segmentation'):
        score_file(*files)


def crop_sample(number, prob):
    return dict(ann_id=number, ext_box=(0, 0, SIZE[1], SIZE[0]),
                ori_shape=SIZE, box_area=900,
                pred_prob=torch.from_numpy(prob.astype(np.float32)))


def test_metric_sweeps_thresholds(files):
    metric = InstanceIoUMetric(str(files[1]), thresholds=(.1, .5))
    for number, (_, _, guess, _) in OBJECTS.items():
        guess = box() if guess is None else guess
        # At 0.1 the whole image is taken, at 0.5 the mask.
        sample = crop_sample(number, np.where(guess, .9, .2))
        metric.process({}, [sample, sample])
    found = metric.evaluate(99)
    areas = np.array([row[1].sum() for row in OBJECTS.values()])
    assert found['objects/miou@0.5'] == pytest.approx(.57)
    assert found['objects/miou@0.1'] == pytest.approx(
        (areas / np.prod(SIZE)).mean())
    assert found['objects/miou'] == found['objects/miou@0.1']
    assert found['objects/best'] == found['objects/miou@0.5']
    assert found['objects/best_threshold'] == .5
    # Objects cut in two at that threshold, not at the first.
    assert found['objects/best_split'] == pytest.approx((.8 + .75) / 2)
    assert found['objects/best_whole'] == pytest.approx((.5 + .8 + 0.) / 3)
    assert found['objects/miou_split'] < found['objects/best_split']
    assert found['objects/objects'] == 5
    with pytest.raises(UserError, match='no objects'):
        metric.evaluate(0)


def test_metric_refuses_unknown_objects_and_thresholds(files):
    metric = InstanceIoUMetric(str(files[1]))
    with pytest.raises(UserError, match='no annotation 77'):
        metric.process({}, [crop_sample(77, box())])
    for thresholds in ((), (1., ), (-.1, )):
        with pytest.raises(UserError, match='thresholds='):
            InstanceIoUMetric('a.json', thresholds)


def separated_pickle(path, rows):
    with open(path, 'wb') as file:
        pickle.dump(rows, file)
    return path


def row_of(number):
    runs = encode_mask(OBJECTS[number][1])
    runs['counts'] = runs['counts'].encode()
    return [f'{number}.jpg', 'dog', number, [1., 2., 3., 4.], runs]


def test_separated_objects_from_the_public_list(files, tmp_path):
    source = separated_pickle(tmp_path / 'a.pkl',
                              [row_of(4), row_of(3), row_of(5)])
    out = tmp_path / 'a.json'
    assert run_tool(TOOLS / 'dataset_converters/separated_coco.py', source,
                    out) == 0
    found = separated_scores(files[0], out)
    assert found == dict(miou=pytest.approx(1.55 / 3),
                         class_miou=pytest.approx(1.55 / 3), objects=3,
                         missing=1)


class Payload:

    def __reduce__(self):
        return print, ('owned', )


@pytest.mark.parametrize('rows', [
    [], 'text', [[1, 2]], [row_of(3), row_of(3)], [[*row_of(3)[:4], None]],
    [[*row_of(3)[:4], dict(size=[120, 120], counts=b'00')]], [Payload()],
])
def test_other_pickles_are_refused(tmp_path, rows, capsys):
    source = separated_pickle(tmp_path / 'a.pkl', rows)
    status = run_tool(TOOLS / 'dataset_converters/separated_coco.py', source,
                      tmp_path / 'a.json')
    assert status == 2
    out = capsys.readouterr()
    assert 'owned' not in out.out and out.err.startswith('error: ')


@pytest.mark.parametrize('text', ['', '[]', '{"objects": []}',
                                  '{"objects": [{"id": 1}]}'])
def test_broken_lists_of_separated_objects(files, tmp_path, text):
    path = tmp_path / 'a.json'
    path.write_text(text)
    with pytest.raises(UserError, match='separated_coco'):
        separated_scores(files[0], path)


def test_measuring_as_a_command(files, tmp_path):
    out = tmp_path / 'out'
    assert run_tool(TOOLS / 'measure_objects.py', *files, out) == 0
    metrics = json.loads((tmp_path / 'out/metrics.json').read_text())
    assert metrics['objects/miou'] == pytest.approx(.57)
    assert 0 < metrics['objects/ap'] < metrics['objects/ap50'] < 1
    masks = json.loads((out / 'masks.json').read_text())
    assert masks['kind'] == 'masks'
    assert masks['per_class']['dog']['iou'] == pytest.approx(.775)


def retention(tmp_path, *words):
    return run_tool(TOOLS / 'retention.py', tmp_path / 'out', *words)


def test_retention(tmp_path, capsys):
    for name, value in (('true', .4), ('mil', .1), ('exits', .36)):
        (tmp_path / name).mkdir()
        (tmp_path / name / 'metrics.json').write_text(
            json.dumps({'coco/segm_mAP': value}))
    words = [f'{n}={tmp_path / n}' for n in ('true', 'mil', 'exits')]
    assert retention(tmp_path, *words) == 0
    metrics = json.loads((tmp_path / 'out/metrics.json').read_text())
    assert list(metrics)[-1] == 'exits/retention'
    assert metrics == {
        'true/ap': .4, 'mil/ap': .1, 'exits/ap': .36,
        'mil/retention': pytest.approx(.25),
        'exits/retention': pytest.approx(.9)
    }
    assert capsys.readouterr().out.strip().endswith('0.9000')


def test_retention_of_nothing(tmp_path, capsys):
    (tmp_path / 'metrics.json').write_text('{"coco/segm_mAP": 0.0}')
    assert retention(tmp_path, f'a={tmp_path}', f'b={tmp_path}') == 0
    metrics = json.loads((tmp_path / 'out/metrics.json').read_text())
    assert metrics['b/retention'] is None
    assert retention(tmp_path, f'a={tmp_path}/none') == 2
    assert retention(tmp_path, 'nothing') == 2
    assert 'write NAME=FOLDER' in capsys.readouterr().err
