"""Extreme points from masks, and from tables of clicks."""
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from wsss_plugins.datasets.converters.clicks_csv import convert_clicks_csv
from wsss_plugins.datasets.converters.extreme_points import (
    add_extreme_points,
    annotation_points,
    voc_extreme_points,
)
from wsss_plugins.datasets.tinyvoc import TINYVOC_CLASSES, make_tinyvoc
from wsss_plugins.ops.points.extreme_points import mask_extreme_points
from wsss_plugins.structures import (
    ObjectAnnotations,
    UserError,
    decode_mask,
    encode_mask,
)
from wsss_plugins.testing.tools import run_tool

TOOLS = Path(__file__).resolve().parents[1] / 'tools' / 'dataset_converters'
SIZE = 20, 30


def blob():
    mask = np.zeros(SIZE, dtype=bool)
    mask[4:9, 12:20] = True
    mask[9:15, 3:14] = True
    return mask


def content():
    mask = blob()
    flat = mask.ravel(order='F').astype(int)
    changes = np.flatnonzero(np.diff(flat, prepend=0))
    counts = np.diff(changes, prepend=0, append=flat.size).tolist()
    common = dict(image_id=5, category_id=1, iscrowd=0, area=999,
                  bbox=[3, 4, 17, 11], note='kept')
    return dict(
        info=dict(year=2020),
        images=[dict(id=5, file_name='a.jpg', height=20, width=30)],
        categories=[dict(id=1, name='cat')],
        annotations=[
            dict(common, id=1, segmentation=[[2, 3, 12.5, 3.2, 9, 11, 3, 8],
                                             [20, 6, 29.5, 7, 25, 19.5]]),
            dict(common, id=2, segmentation=encode_mask(mask)),
            dict(common, id=3, segmentation=dict(counts=counts,
                                                 size=list(SIZE))),
            dict(common, id=4, iscrowd=1, segmentation=encode_mask(mask)),
            dict(common, id=5, segmentation=[[1, 1, 30, 2, 30, 20, 4, 20]])])


@pytest.fixture
def source(tmp_path):
    path = tmp_path / 'instances.json'
    path.write_text(json.dumps(content()))
    return path


@pytest.mark.parametrize('strip', [False, True])
def test_points_are_added_and_nothing_else_changes(source, tmp_path, strip):
    target = tmp_path / 'points.json'
    done = add_extreme_points(source, target, strip_masks=strip)
    assert (done.objects, done.crowd, done.clipped) == (4, 1, 1)
    before, after = content(), json.loads(target.read_text())
    assert {k: v for k, v in after.items() if k != 'annotations'} == {
        k: v for k, v in before.items() if k != 'annotations'}
    for old, new in zip(before['annotations'], after['annotations']):
        if old['iscrowd']:
            assert new == old
            continue
        points = new.pop('extreme_points')
        assert all(type(v) is int for point in points for v in point)
        if strip:
            assert 'segmentation' not in new
            assert new.pop('area') == 17 * 11
            old = {k: v for k, v in old.items()
                   if k not in ('segmentation', 'area')}
        assert new == old
    stripped = ObjectAnnotations.load(target)
    assert stripped.ids.tolist() == [1, 2, 3, 5]
    assert stripped.crowd_ids == [4]


def test_points_by_hand(source, tmp_path):
    add_extreme_points(source, tmp_path / 'p.json')
    points = {a['id']: a.get('extreme_points') for a in json.loads(
        (tmp_path / 'p.json').read_text())['annotations']}
    # Parts are joined. Top (2, 3) and (12.5, 3.2) are a flat run: 14.5 // 2.
    assert points[1] == [[7, 3], [2, 3], [25, 19], [29, 7]]
    assert points[2] == points[3] == mask_extreme_points(blob()).tolist()
    # 30 and 20 are the far borders of the last pixels.
    assert points[5][3][0] == 29 and points[5][2][1] == 19
    assert points[4] is None


def test_polygons_need_no_size_and_runs_must_fit(source):
    mask = encode_mask(blob())
    assert annotation_points([[1, 2, 8, 3, 5, 9]], (0, 0), clip=False)[
        2].tolist() == [5, 9]
    with pytest.raises(UserError, match='its image is'):
        annotation_points(mask, (3, 3))


BROKEN = {
    'no mask': (dict(segmentation=None), 'no segmentation'),
    'speck': (dict(segmentation=[[1, 1, 2, 2, 1, 1]]), 'degenerate'),
    'empty': (dict(segmentation=[]), 'it has no polygon'),
    'no pixel': (dict(segmentation=encode_mask(np.zeros(SIZE))),
                 'mask is empty'),
    'runs': (dict(segmentation=dict(size=[20, 30], counts='3')),
             'its RLE counts 3 pixels'),
    'far': (dict(segmentation=[[1, 1, 33, 2, 30, 20]]), 'leave the image'),
    'box': (dict(bbox=['x'] * 4), 'is not four numbers'),
    'image': (dict(image_id=9), 'image_id 9 is of no image')}


def test_all_broken_masks_come_at_once(source, tmp_path):
    data = content()
    good = data['annotations'][0]
    data['annotations'] = [
        good, *(dict(good, id=i, **change)
                for i, (change, _) in enumerate(BROKEN.values(), 10))]
    source.write_text(json.dumps(data))
    target = tmp_path / 'p.json'
    with pytest.raises(UserError) as error:
        add_extreme_points(source, target)
    lines = str(error.value).splitlines()
    assert f'{len(BROKEN)} objects have no sound mask' in lines[0]
    for i, (line, (change, text)) in enumerate(
            zip(lines[1:], BROKEN.values(), strict=True), 10):
        image = change.get('image_id', 5)
        assert line.strip().startswith(f'annotation {i} of image {image}: ')
        assert text in line
    assert not target.exists()
    done = add_extreme_points(source, target, on_problem='skip')
    assert len(done.problems) == len(BROKEN) and done.objects == 1
    assert ObjectAnnotations.load(target).ids.tolist() == [1]
    with pytest.raises(UserError, match="on_problem='x'"):
        add_extreme_points(source, target, on_problem='x')


def test_numbers_that_json_cannot_hold(source, tmp_path):
    data = content()
    data['annotations'][2]['area'] = float('nan')
    source.write_text(json.dumps(data))
    with pytest.raises(UserError, match='annotation 3: Out of'):
        add_extreme_points(source, tmp_path / 'p.json')
    assert not (tmp_path / 'p.json').exists()


def test_lvis_gets_file_names(source, tmp_path):
    data = content()
    data['images'][0] = dict(
        id=5, height=20, width=30, coco_url='http://h/val2017/00.jpg')
    for thing in data['annotations']:
        del thing['iscrowd']
    source.write_text(json.dumps(data))
    done = add_extreme_points(source, tmp_path / 'p.json')
    assert done.objects == 5 and not done.crowd
    found = ObjectAnnotations.load(tmp_path / 'p.json')
    assert found.images[0]['file_name'] == 'val2017/00.jpg'


def test_images_without_name_or_size(source, tmp_path):
    for gone, message in (('file_name', 'no file_name or coco_url'),
                          ('height', 'no height')):
        data = content()
        del data['images'][0][gone]
        source.write_text(json.dumps(data))
        with pytest.raises(UserError, match=f'image 5: it has {message}'):
            add_extreme_points(source, tmp_path / 'p.json')


@pytest.fixture(scope='module')
def tiny(tmp_path_factory):
    root = tmp_path_factory.mktemp('tiny') / 'set'
    make_tinyvoc(root, num_train=12, num_val=2, size=64, progress=False)
    return root


def test_voc_masks_give_what_coco_gives(tiny, tmp_path):
    names = (tiny / 'ImageSets/Segmentation/train.txt').read_text().split()
    done = voc_extreme_points(tiny, names, tmp_path / 'voc.json',
                              classes=TINYVOC_CLASSES[1:])
    add_extreme_points(tiny / 'annotations/instances_train.json',
                       tmp_path / 'coco.json')
    voc, coco = (ObjectAnnotations.load(tmp_path / name, keep_masks=True)
                 for name in ('voc.json', 'coco.json'))
    assert done.objects == len(voc) == len(coco) > 12
    assert [c['name'] for c in voc.categories] == list(TINYVOC_CLASSES[1:])
    assert [i['file_name'] for i in voc.images] == [
        i['file_name'] for i in coco.images]
    # VOC's masks lack the void border, which is a pixel wide.
    for k in range(len(coco.images)):
        mine, theirs = voc.image_index == k, coco.image_index == k
        assert sorted(voc.category_ids[mine]) == sorted(
            coco.category_ids[theirs])
        for box in voc.boxes[mine]:
            assert np.abs(coco.boxes[theirs] - box).max(axis=1).min() <= 3
    mask = decode_mask(voc.segmentations[0], (64, 64))
    assert mask_extreme_points(mask).tolist() == voc.points[0].tolist()


def test_voc_mistakes(tiny, tmp_path):
    with pytest.raises(UserError, match=r'nothing\.jpg: image not found'):
        voc_extreme_points(tiny, ['nothing'], tmp_path / 'x.json')
    root = tmp_path / 'voc'
    for folder in ('JPEGImages', 'SegmentationObject', 'SegmentationClass'):
        (root / folder).mkdir(parents=True)
    Image.new('RGB', (30, 20)).save(root / 'JPEGImages' / 'a.jpg')
    mask = Image.fromarray(blob().astype(np.uint8))
    mask.save(root / 'SegmentationObject' / 'a.png')
    Image.new('L', (30, 20)).save(root / 'SegmentationClass' / 'a.png')
    with pytest.raises(UserError, match='object 1 has no class'):
        voc_extreme_points(root, ['a'], tmp_path / 'x.json')
    Image.new('L', (30, 21)).save(root / 'SegmentationClass' / 'a.png')
    with pytest.raises(UserError, match='but their image is'):
        voc_extreme_points(root, ['a'], tmp_path / 'x.json')
    assert not (tmp_path / 'x.json').exists()


def test_tool(source, tiny, tmp_path, capsys):
    tool, target = TOOLS / 'extreme_points.py', tmp_path / 'p.json'
    assert run_tool(tool, 'coco', source, target, '--strip-masks') == 0
    assert 'objects: 4' in capsys.readouterr().out
    assert run_tool(tool, 'check', target) == 0
    assert '4 objects, of which 4 have extreme' in capsys.readouterr().out
    assert run_tool(tool, 'check', source) == 2
    assert 'error: ' in capsys.readouterr().err
    assert run_tool(tool, 'check', source, '--boxes-do') == 0
    assert 'of which 0 have' in capsys.readouterr().out
    assert run_tool(tool, 'voc', tiny,
                    tiny / 'ImageSets/Segmentation/val.txt', target,
                    '--strip-masks', '--classes', *TINYVOC_CLASSES[1:]) == 0
    assert 'segmentation' not in target.read_text()
    data = content()
    data['annotations'][1]['segmentation'] = None
    source.write_text(json.dumps(data))
    assert run_tool(tool, 'coco', source, target) == 2
    assert run_tool(tool, 'coco', source, target, '--skip-broken') == 0
    assert 'left out: annotation 2 of image 5' in capsys.readouterr().out


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / 'images'
    (folder / 'sub').mkdir(parents=True)
    Image.new('RGB', (30, 20)).save(folder / 'a.jpg')
    Image.new('RGB', (40, 50)).save(folder / 'sub' / 'b.png')
    return folder


def table(tmp_path, *lines):
    path = tmp_path / 'clicks.csv'
    path.write_text('\n'.join(lines) + '\n')
    return path


NAMED = ('image,class,x_top,y_top,x_left,y_left,x_bottom,y_bottom,x_right,'
         'y_right')
ANY = 'class,image,x1,y1,x2,y2,x3,y3,x4,y4'


def test_named_clicks(pictures, tmp_path):
    path = table(tmp_path, NAMED, 'a,dog,10,2,4,9,11,15,20,8',
                 'sub/b.png,cat,5,1,1,5,5,40.5,30,9',
                 'a.jpg,cat,10,2,4,9,11,15,30,8')
    done = convert_clicks_csv(path, pictures, tmp_path / 'p.json')
    assert (done.images, done.points, done.boxes) == (2, 3, 0)
    assert done.classes == ('cat', 'dog')
    data = json.loads((tmp_path / 'p.json').read_text())
    assert data['images'] == [
        dict(id=1, file_name='a.jpg', height=20, width=30),
        dict(id=2, file_name='sub/b.png', height=50, width=40)]
    assert data['annotations'][0] == dict(
        id=1, image_id=1, category_id=2, bbox=[4, 2, 17, 14], area=17 * 14,
        iscrowd=0, extreme_points=[[10, 2], [4, 9], [11, 15], [20, 8]])
    assert data['annotations'][1]['extreme_points'][2] == [5, 40.5]
    # A click one pixel beyond the border counts as the last one.
    assert data['annotations'][2]['extreme_points'][3] == [29, 8]
    assert len(ObjectAnnotations.load(tmp_path / 'p.json')) == 3


def test_clicks_in_any_order(pictures, tmp_path):
    path = table(tmp_path, ANY, 'dog,a,20,8,10,2,11,15,4,9')
    convert_clicks_csv(path, pictures, tmp_path / 'p.json',
                       classes=['cat', 'dog'])
    thing = json.loads((tmp_path / 'p.json').read_text())['annotations'][0]
    assert thing['extreme_points'] == [[10, 2], [4, 9], [11, 15], [20, 8]]
    assert thing['category_id'] == 2


def test_boxes_and_clicks_in_one_table(pictures, tmp_path):
    path = table(tmp_path, ANY + ',x_min,y_min,x_max,y_max',
                 'dog,a,,,,,,,,,3,4,12,13',
                 'dog,a,20,8,10,2,11,15,4,9,,,,')
    done = convert_clicks_csv(path, pictures, tmp_path / 'p.json')
    assert (done.points, done.boxes) == (1, 1)
    thing = json.loads((tmp_path / 'p.json').read_text())['annotations'][0]
    assert thing['bbox'] == [3, 4, 10, 10] and 'extreme_points' not in thing
    found = ObjectAnnotations.load(tmp_path / 'p.json', need_points=False)
    assert found.has_points.tolist() == [False, True]


def test_click_mistakes_come_at_once(pictures, tmp_path):
    path = table(tmp_path, NAMED, 'c,dog,10,2,4,9,11,15,20,8',
                 'a,dog,10,2,4,9,11,15,20,x', 'a,dog,10,2,4,9,11,15,35,8',
                 'a,,10,2,4,9,11,15,20,8', 'a,dog,10,15,4,9,11,2,20,8',
                 'a,dog,1,2', 'a,dog,,,,,,,,', 'a,dog,5,5,5,5,5,5,5,5',
                 'a,dog,10,2,4,9,11,15,nan,8')
    with pytest.raises(UserError) as error:
        convert_clicks_csv(path, pictures, tmp_path / 'p.json')
    lines = [line.strip() for line in str(error.value).splitlines()]
    assert '9 problems' in lines[0]
    for number, (line, text) in enumerate(zip(lines[1:], (
            'image not found', "'x' is not a number", 'outside the image',
            "unknown class ''", 'wrong order: another point lies beyond top, '
            'bottom', '4 cells, but the header has 10', 'no coordinates',
            'empty box', "'nan' is not a number"), strict=True), 2):
        assert line.startswith(f'line {number}: ') and text in line
    assert not (tmp_path / 'p.json').exists()
    path = table(tmp_path, ANY, 'dog,a,20,8,10,2,11,15,12,9')
    with pytest.raises(UserError, match=r'click \[12.0, 9.0\] is extreme in'):
        convert_clicks_csv(path, pictures, tmp_path / 'p.json')


@pytest.mark.parametrize('header, message', [
    ('image,x1', "0 columns named 'class'"), ('class,x1', 'columns named'),
    ('image,class,x1,y1', 'neither the columns'),
    ('image,class,class', 'come twice')])
def test_wrong_headers(pictures, tmp_path, header, message):
    path = table(tmp_path, header, 'a,b')
    with pytest.raises(UserError, match=message):
        convert_clicks_csv(path, pictures, tmp_path / 'p.json')


def test_clicks_tool(pictures, tmp_path, capsys):
    path = table(tmp_path, NAMED, 'a,dog,10,2,4,9,11,15,20,8')
    tool, target = TOOLS / 'clicks_csv.py', tmp_path / 'p.json'
    assert run_tool(tool, path, pictures, target, '--classes', 'cat',
                    'dog') == 0
    assert '1 objects with extreme points' in capsys.readouterr().out
    assert json.loads(target.read_text())['annotations'][0][
        'category_id'] == 2
    assert run_tool(tool, path, pictures, target, '--classes', 'cat') == 2
    assert "unknown class 'dog'" in capsys.readouterr().err
    with pytest.raises(UserError, match='no header and lines'):
        convert_clicks_csv(table(tmp_path, NAMED), pictures, target)
