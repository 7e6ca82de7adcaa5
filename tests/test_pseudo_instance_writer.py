"""Pseudo masks as COCO json: merging, fallbacks, ranks, kills, thresholds."""
import json

import numpy as np
import pytest
import torch

from wsss_plugins.evaluation import PseudoInstanceWriter
from wsss_plugins.structures import UserError, decode_mask

SIZE = (40, 60)


def annotation(number, box, **more):
    return dict(id=number, image_id=1 + number % 2, category_id=1,
                bbox=list(box), area=box[2] * box[3], iscrowd=0,
                extreme_points=[[1, 2]], **more)


CROWD = annotation(9, (0, 0, 30, 30), note='as it was',
                   segmentation=dict(size=list(SIZE), counts=[0, 900, 1500]))
CROWD['iscrowd'] = 1
BOXES = {3: (5, 6, 20, 15), 1: (30, 2, 25, 30), 7: (0, 0, 59, 39),
         4: (10, 10, 3, 3), 12: (50, 30, 10, 10)}


@pytest.fixture
def source(tmp_path):
    """Six objects, not in the order of their ids; one is a crowd region."""
    annotations = [annotation(n, box) for n, box in BOXES.items()]
    annotations.insert(2, CROWD)
    path = tmp_path / 'boxes.json'
    path.write_text(json.dumps(dict(
        images=[dict(id=i, file_name=f'{i}.jpg', height=SIZE[0],
                     width=SIZE[1]) for i in (1, 2)],
        annotations=annotations,
        categories=[dict(id=1, name='cat')],
        info=dict(year=2026))))
    return path


def sample(number, value=1., side=16):
    """The box filled with a probability, the margin of the crop with none."""
    left, top, width, height = BOXES[number]
    prob = torch.zeros(side, side)
    prob[side // 4:-side // 4, side // 4:-side // 4] = value
    # A crop of twice the box, so that its middle half is the box.
    ext = (left - width // 2, top - height // 2,
           left - width // 2 + 2 * width, top - height // 2 + 2 * height)
    return dict(ann_id=number, pred_prob=prob, ext_box=ext, ori_shape=SIZE,
                box_area=width * height)


def write(source, out, numbers, values=None, **options):
    writer = PseudoInstanceWriter(str(source), str(out), **options)
    for number in numbers:
        writer.process({}, [sample(number, (values or {}).get(number, 1.))])
    return writer.evaluate(len(numbers))


def masks_of(out):
    data = json.loads((out / 'instances.json').read_text())
    return data, {
        a['id']: decode_mask(a['segmentation'], SIZE)
        for a in data['annotations']
    }


def test_masks_replace_boxes_and_nothing_else_changes(source, tmp_path):
    counts = write(source, tmp_path / 'out', BOXES, threshold=.5)
    assert counts == {'labels/masks': 5, 'labels/crowd': 1,
                      'labels/empty': 0, 'labels/left_out': 0}
    data, masks = masks_of(tmp_path / 'out')
    before = json.loads(source.read_text())
    for key in ('images', 'categories', 'info'):
        assert data[key] == before[key]
    for old, new in zip(before['annotations'], data['annotations']):
        for key in old:
            if key not in ('area', 'segmentation'):
                assert old[key] == new[key]
        assert new['area'] == masks[new['id']].sum() or new['iscrowd']
    assert CROWD in data['annotations']
    left, top, width, height = BOXES[3]
    truth = np.zeros(SIZE, bool)
    truth[top:top + height, left:left + width] = True
    inter, union = (masks[3] & truth).sum(), (masks[3] | truth).sum()
    assert inter / union > .8


def test_a_mask_is_what_exceeds_the_threshold(source, tmp_path):
    for value, empty in ((.25, [*BOXES]), (.2501, [])):
        out = tmp_path / str(value)
        write(source, out, BOXES, dict.fromkeys(BOXES, value), threshold=.25)
        summary = json.loads((out / 'labeling.json').read_text())
        assert summary['empty'] == empty


def test_objects_without_a_mask_get_their_box(source, tmp_path):
    counts = write(source, tmp_path / 'out', [3, 1, 4], {4: 0.})
    assert counts['labels/empty'] == 1 and counts['labels/left_out'] == 2
    summary = json.loads((tmp_path / 'out/labeling.json').read_text())
    assert summary['empty'] == [4] and summary['left_out'] == [7, 12]
    _, masks = masks_of(tmp_path / 'out')
    for number in (4, 7, 12):
        left, top, width, height = BOXES[number]
        truth = np.zeros(SIZE, bool)
        truth[top:top + height, left:left + width] = True
        assert (masks[number] == truth).all()


def test_objects_without_a_mask_are_dropped(source, tmp_path):
    write(source, tmp_path / 'out', [3, 1, 4], {4: 0.}, fallback='drop')
    data, _ = masks_of(tmp_path / 'out')
    assert [a['id'] for a in data['annotations']] == [3, 1, 9]


def test_a_threshold_for_each_size(source, tmp_path):
    # Areas: 300 and 9 and 100 are small, 750 too; 2301 is medium.
    write(source, tmp_path / 'out', BOXES, dict.fromkeys(BOXES, .5),
          threshold=(.6, .4, .4))
    summary = json.loads((tmp_path / 'out/labeling.json').read_text())
    assert summary['empty'] == [3, 1, 4, 12]


def test_order_ranks_and_kills_do_not_matter(source, tmp_path):
    whole = tmp_path / 'whole'
    write(source, whole, BOXES)
    bytes_of = (whole / 'instances.json').read_bytes()
    # Two ranks write into one folder; the second is cut off, then goes on.
    out = tmp_path / 'parts'
    first = PseudoInstanceWriter(str(source), str(out), shard_size=1)
    second = PseudoInstanceWriter(str(source), str(out), shard_size=1)
    for number in (12, 1, 7):
        first.process({}, [sample(number)])
    second.process({}, [sample(4)])
    assert not (out / 'instances.json').exists()
    (out / 'shards' / '.cut.abc.jsonl').write_text('{"id": 3')
    again = PseudoInstanceWriter(str(source), str(out), shard_size=2)
    again.process({}, [sample(4), sample(3)])
    again.evaluate(5)
    assert (out / 'instances.json').read_bytes() == bytes_of


def test_a_folder_of_another_model_is_refused(source, tmp_path):
    write(source, tmp_path / 'out', [3], stamp=dict(config='a'))
    with pytest.raises(UserError, match='made with config='):
        write(source, tmp_path / 'out', [3], stamp=dict(config='b'))
    with pytest.raises(UserError, match='made with thresholds='):
        write(source, tmp_path / 'out', [3], stamp=dict(config='a'),
              threshold=.3)


def test_masks_of_other_objects_are_refused(source, tmp_path):
    data = json.loads(source.read_text())
    data['annotations'] = data['annotations'][1:]
    other = tmp_path / 'other.json'
    other.write_text(json.dumps(data))
    with pytest.raises(UserError, match='1 masks are of objects'):
        write(other, tmp_path / 'out', BOXES)
    assert not (tmp_path / 'out/instances.json').exists()


@pytest.mark.parametrize('options, text', [
    (dict(threshold=1.), 'threshold=1.0'),
    (dict(threshold=(.1, .2)), 'give one number'),
    (dict(threshold=-.1), 'threshold=-0.1'),
    (dict(fallback='mask'), 'choose one of box, drop'),
    (dict(shard_size=0), 'size=0'),
])
def test_bad_options(options, text):
    with pytest.raises(UserError, match=text):
        PseudoInstanceWriter('a.json', 'out', **options)


def test_a_sample_without_prediction(source, tmp_path):
    writer = PseudoInstanceWriter(str(source), str(tmp_path / 'out'))
    one = sample(3)
    del one['pred_prob']
    with pytest.raises(UserError, match='object 3: no pred_prob'):
        writer.process({}, [one])


def test_a_box_needs_the_size_of_its_image(source, tmp_path):
    data = json.loads(source.read_text())
    del data['images'][0]['height'], data['images'][1]['height']
    source.write_text(json.dumps(data))
    with pytest.raises(UserError, match='annotation 7 has no bbox'):
        write(source, tmp_path / 'out', [3, 1])
