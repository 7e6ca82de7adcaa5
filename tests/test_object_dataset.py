"""Objects from a COCO json to batches of crops."""
import copy
import json
import random

import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from PIL import Image

from wsss_plugins.datasets import (
    ObjectCropDataset,
)
from wsss_plugins.datasets.object_dataset import (
    collate_objects,
)
from wsss_plugins.datasets.transforms import (
    CropObjects,
    FlipObjects,
    JitterExtremePoints,
    PackObjects,
)
from wsss_plugins.ops.points.extreme_points import out_of_order
from wsss_plugins.structures import ObjectAnnotations, RecordShards, UserError
from wsss_plugins.testing.golden.exits.data import check_crop

SIDE = 64


def rectangle(ident, image, left, top, right, bottom, **more):
    """A filled rectangle, ends included, as an annotation."""
    middle = (left + right) // 2, (top + bottom) // 2
    return dict(
        id=ident, image_id=image, category_id=1, iscrowd=0,
        bbox=[left, top, right - left + 1, bottom - top + 1],
        extreme_points=[[middle[0], top], [left, middle[1]],
                        [middle[0], bottom], [right, middle[1]]],
        segmentation=[[left, top, right + 1, top, right + 1, bottom + 1,
                       left, bottom + 1]], **more)


def content():
    return dict(
        images=[dict(id=7, file_name='a.png', height=120, width=160),
                dict(id=3, file_name='b.png', height=90, width=80),
                dict(id=5, file_name='c.png', height=50, width=50)],
        categories=[dict(id=2, name='dog'), dict(id=1, name='cat')],
        annotations=[
            rectangle(11, 3, 10, 10, 69, 79), rectangle(12, 7, 0, 0, 99, 59),
            rectangle(13, 7, 60, 60, 159, 119), rectangle(14, 7, 5, 5, 20, 20),
            rectangle(15, 7, 50, 20, 120, 70), dict(
                rectangle(16, 3, 0, 0, 79, 89), iscrowd=1)])


@pytest.fixture
def root(tmp_path):
    rng = np.random.default_rng(0)
    data = content()
    for image in data['images']:
        pixels = rng.integers(0, 100, (image['height'], image['width'], 3),
                              np.uint8)
        for thing in data['annotations']:
            if thing['image_id'] == image['id'] and not thing['iscrowd']:
                left, top, width, height = thing['bbox']
                pixels[top:top + height, left:left + width, 0] = 220
        Image.fromarray(pixels).save(tmp_path / image['file_name'])
    (tmp_path / 'points.json').write_text(json.dumps(data))
    return tmp_path


def pipeline(margin='test', **options):
    return [dict(type='mmcv.LoadImageFromFile'),
            dict(type='wsss_plugins.CropObjects', size=SIDE, margin=margin,
                 **options),
            dict(type='wsss_plugins.PackObjects')]


def build(root, **options):
    return ObjectCropDataset(**{
        **dict(ann_file='points.json', data_root=str(root),
               data_prefix=dict(img_path=''), pipeline=pipeline()), **options})


def test_samples_are_grouped_by_image(root):
    dataset = build(root, objects_per_sample=2)
    infos = [dataset.get_data_info(i) for i in range(len(dataset))]
    found = [(info['file_name'], [o['ann_id'] for o in info['objects']])
             for info in infos]
    # 14 has 225 square pixels, 16 is a crowd; images come in their order.
    assert found == [('a.png', [12, 13]), ('a.png', [15]), ('b.png', [11])]
    assert [info['sample_name'] for info in infos] == ['7_12', '7_15', '3_11']
    assert dataset.metainfo['classes'] == ('cat', 'dog')
    assert 'segmentation' not in infos[0]['objects'][0]
    thing = infos[2]['objects'][0]
    assert thing['box'] == (10, 10, 69, 79)
    assert thing['points'].tolist() == [[39, 10], [10, 44], [39, 79], [69, 44]]


@pytest.mark.parametrize('options, left', [
    (dict(test_mode=True), [12, 13, 14, 15, 11]),
    (dict(min_box_area=0), [12, 13, 14, 15, 11]),
    (dict(min_box_area=15 * 15), [12, 13, 15, 11]),
    (dict(min_box_area=99 * 59 - 1), [12, 13]),
    (dict(min_box_area=99 * 59), []),
    (dict(min_box_area=0, min_side=50), [12, 13, 11]),
    (dict(min_box_area=0, min_side=59), [])])
def test_filters(root, options, left):
    if not left:
        with pytest.raises(UserError, match='none of 5 objects'):
            build(root, **options)
        return
    dataset = build(root, **options)
    assert [o['ann_id'] for i in range(len(dataset))
            for o in dataset.get_data_info(i)['objects']] == left


def test_a_sample_packed(root):
    sample = build(root, keep_masks=True)[0]
    assert sample['inputs'].shape == (3, 3, SIDE, SIDE)
    assert sample['inputs'].dtype == torch.uint8
    element = sample['data_samples'][0]
    assert element.ann_id == 12 and element.image_id == 7
    assert element.category_id == 1 and element.file_name == 'a.png'
    assert element.ori_shape == (120, 160) and element.flip is False
    assert element.box == (0, 0, 99, 59) and element.box_area == 99 * 59
    # Center (49.5, 29.5), halves 49.5 and 29.5, margin 0.3, and a pixel more.
    assert element.ext_box == (-15, -9, 115, 69)
    assert element.box_mask.dtype == torch.uint8
    assert element.valid_mask.dtype == torch.bool
    assert element.points.dtype == torch.float32
    scale = SIDE / 130, SIDE / 78
    assert element.points[0].tolist() == pytest.approx(
        [(49 + 15.5) * scale[0], 9.5 * scale[1]])
    assert element.crop_box.tolist() == pytest.approx(
        [15 * scale[0], 9 * scale[1], 115 * scale[0], 69 * scale[1]])
    # The object is its box here, red in RGB, and it is where the masks say.
    assert (element.gt_mask != element.box_mask).float().mean() < .03
    red = sample['inputs'][0, 0].float()
    assert (red > 160)[element.box_mask > 0].float().mean() > .95
    # Reflected pixels look like the object but are not valid.
    assert not element.valid_mask[:, :5].any()
    assert not element.valid_mask[:5].any() and element.valid_mask[20, 20]


def test_boxes_do_without_points(root):
    data = content()
    del data['annotations'][1]['extreme_points']
    (root / 'boxes.json').write_text(json.dumps(data))
    with pytest.raises(UserError, match='annotation 12 of image 7: no extr'):
        build(root, ann_file='boxes.json')
    sample = build(root, ann_file='boxes.json', need_points=False)[0]
    assert 'points' not in sample['data_samples'][0]
    assert 'points' in sample['data_samples'][1]
    assert sample['data_samples'][0].box == (0, 0, 100, 60)


def test_loader_gives_flat_batches_whatever_the_workers(root):
    init_default_scope('mmseg')
    batches = []
    for workers in (0, 2):
        random.seed(0)
        loader = Runner.build_dataloader(
            dict(batch_size=2, num_workers=workers,
                 sampler=dict(type='DefaultSampler', shuffle=False),
                 collate_fn=dict(type='wsss_plugins.collate_objects'),
                 dataset=dict(type='wsss_plugins.ObjectCropDataset',
                              ann_file='points.json', data_root=str(root),
                              pipeline=pipeline())), seed=3)
        batches.append([batch['inputs'] for batch in loader])
    assert [len(batch) for batch in batches[0]] == [4]
    assert torch.equal(batches[0][0], batches[1][0])


def test_random_crops_follow_the_seed(root):
    dataset = build(root, pipeline=[
        *pipeline('train')[:2], dict(type='wsss_plugins.FlipObjects'),
        dict(type='wsss_plugins.PackObjects')])
    drawn = []
    for seed in (0, 0, 1):
        random.seed(seed)
        drawn.append(collate_objects([dataset[0], dataset[1]]))
    assert torch.equal(drawn[0]['inputs'], drawn[1]['inputs'])
    assert not torch.equal(drawn[0]['inputs'], drawn[2]['inputs'])
    assert len(drawn[0]['data_samples']) == len(drawn[0]['inputs']) == 4
    crops = [element.ext_box for element in drawn[0]['data_samples']]
    assert crops == [e.ext_box for e in drawn[1]['data_samples']]
    assert crops != [e.ext_box for e in drawn[2]['data_samples']]


def test_done_objects_are_left_out(root):
    shards = RecordShards(root / 'shards')
    for ident in (12, 11):
        shards.add(dict(id=ident))
    shards.flush()

    def left():
        dataset = build(root, skip_done=str(root / 'shards'), test_mode=True,
                        objects_per_sample=2)
        return [[o['ann_id'] for o in dataset.get_data_info(i)['objects']]
                for i in range(len(dataset))]
    # A sample is done as a whole, or all of it is done again.
    assert left() == [[12, 13], [14, 15]]
    for ident in (13, 14):
        shards.add(dict(id=ident))
    shards.flush()
    assert left() == [[14, 15]]
    shards.add(dict(id=15))
    shards.flush()
    assert left() == [[11]]  # one stays: loaders need a sample


def test_done_files_are_left_out(root, tmp_path):
    done = dict(folder=str(tmp_path / 'files'), suffix='.png')
    dataset = build(root, test_mode=True, objects_per_sample=1)
    names = [dataset.get_data_info(i)['sample_name']
             for i in range(len(dataset))]
    (tmp_path / 'files').mkdir()
    for name in names[1:]:
        (tmp_path / f'files/{name}.png').write_bytes(b'done')
    (tmp_path / f'files/{names[2]}.png').write_bytes(b'')  # of a full disk
    dataset = build(root, test_mode=True, objects_per_sample=1,
                    skip_done=done)
    assert [dataset.get_data_info(i)['sample_name']
            for i in range(len(dataset))] == [names[0], names[2]]


@pytest.mark.parametrize('wrong', [dict(folder='x'), 7])
def test_wrong_places_of_done_objects(root, wrong):
    with pytest.raises(UserError, match='skip_done=.*suffix'):
        build(root, skip_done=wrong)


def test_mistakes_of_images_and_annotations_come_at_once(root):
    (root / 'a.png').unlink()
    Image.new('RGB', (81, 90)).save(root / 'b.png')
    data = content()
    data['annotations'][3]['extreme_points'] = [[1, 2]] * 5
    (root / 'points.json').write_text(json.dumps(data))
    with pytest.raises(UserError) as error:
        build(root)
    lines = str(error.value).splitlines()
    assert 'points.json: 3 problems' in lines[0] and len(lines) == 4
    assert lines[1].startswith('  annotation 14 of image 7: ')
    assert lines[2].startswith('  image 3: ')
    assert 'is 81x90, but the json says 80x90 (of annotations 11)' in lines[2]
    assert lines[3].startswith('  image 7: ') and 'not found' in lines[3]
    assert lines[3].endswith('(of annotations 12, 13, 15)')
    with pytest.raises(UserError, match='2 problems'):
        build(root, check='exists')
    with pytest.raises(UserError, match='1 problems'):
        build(root, check='none')
    assert len(build(root, on_problem='skip', check='exists')) == 1
    with pytest.raises(UserError, match='none of 4 objects'):
        build(root, on_problem='skip')
    with pytest.raises(UserError, match='read as 81x90'):
        build(root, check='none', on_problem='skip')[1]


@pytest.mark.parametrize('options', [
    dict(check='some'), dict(on_problem='hide'), dict(objects_per_sample=0)])
def test_wrong_options(root, options):
    with pytest.raises(UserError, match=next(iter(options))):
        build(root, **options)


BROKEN = {
    'outside': (dict(extreme_points=[[39, 10], [-4, 44], [39, 79], [69, 44]]),
                r'points outside the image \(80x90\): left \[-4'),
    'order': (dict(extreme_points=[[39, 79], [10, 44], [39, 10], [69, 44]]),
              'wrong order: another lies beyond top, bottom'),
    'one place': (dict(extreme_points=[[39, 10]] * 4),
                  'empty box: points left and right coincide'),
    'empty box': (dict(bbox=[10, 10, 0, 5]), 'empty bbox'),
    'no box': (dict(bbox='x'), 'bbox=.x. is not four numbers'),
    'five points': (dict(extreme_points=[[1, 2]] * 5), 'not four pairs'),
    'text': (dict(extreme_points=[['1', 2]] * 4), 'not four pairs'),
    'no image': (dict(image_id=99), 'image_id 99 is of no image'),
    'no class': (dict(category_id=9), 'category_id 9 is of no category'),
    'list class': (dict(category_id=[1]), r'category_id is the list \[1\]'),
    'huge': (dict(bbox=[1, 1, 2**40, 3]), 'not four numbers'),
    'huge id': (dict(id=2**80), 'its id does not fit'),
    'twice': (dict(id=15), 'its id comes twice'),
    'polygon': (dict(segmentation=[[1, 1, 2, 2, 1, 1]]), 'degenerate'),
    'odd': (dict(segmentation=[[1, 1, 2, 2, 1]]), 'not pairs of numbers'),
    'no points': (dict(extreme_points=None), 'no extreme_points'),
}


@pytest.mark.parametrize('name', BROKEN)
def test_annotation_mistakes(root, name):
    change, message = BROKEN[name]
    data = content()
    data['annotations'].append(data['annotations'].pop(0))
    data['annotations'][-1].update(change)
    path = root / 'broken.json'
    path.write_text(json.dumps(data))
    with pytest.raises(UserError, match=message) as error:
        ObjectAnnotations.load(path)
    ident = change.get('id', 11)
    image = change.get('image_id', 3)
    assert f'annotation {ident} of image {image}: ' in str(error.value)
    left = ObjectAnnotations.load(path, on_problem='skip')
    assert left.ids.tolist() == [12, 13, 14, 15] and left.problems


def test_all_mistakes_come_at_once(root):
    data = content()
    for thing, name in zip(data['annotations'],
                           ('outside', 'order', 'no image', 'no points')):
        thing.update(BROKEN[name][0])
    data['images'][2]['height'] = 0
    path = root / 'broken.json'
    path.write_text(json.dumps(data))
    with pytest.raises(UserError) as error:
        ObjectAnnotations.load(path)
    lines = str(error.value).splitlines()
    assert '5 problems' in lines[0] and len(lines) == 6
    assert '1 objects have no extreme_points: add them with' in lines[0]
    assert [line.split(':')[0].strip() for line in lines[1:]] == [
        'image 5', 'annotation 13 of image 99', 'annotation 14 of image 7',
        'annotation 11 of image 3', 'annotation 12 of image 7']


def test_a_file_without_points_says_how_to_add_them(root):
    data = content()
    for thing in data['annotations']:
        del thing['extreme_points']
    path = root / 'plain.json'
    path.write_text(json.dumps(data))
    with pytest.raises(UserError, match='none of 5 objects has extreme_poi'):
        ObjectAnnotations.load(path)
    assert not ObjectAnnotations.load(path, need_points=False
                                      ).has_points.any()
    with pytest.raises(UserError, match="on_problem='hide'"):
        ObjectAnnotations.load(path, on_problem='hide')


def test_the_border_is_clipped_and_thin_objects_pass(root):
    data = content()
    data['annotations'][0]['extreme_points'][3][0] = 80
    data['annotations'][3].update(
        bbox=[5, 5, 1, 16],
        extreme_points=[[5, 5], [5, 9], [5, 20], [5, 9]])
    path = root / 'edge.json'
    path.write_text(json.dumps(data))
    found = ObjectAnnotations.load(path)
    assert found.points[0, 3, 0] == 79 and found.boxes[0, 2] == 79
    assert found.boxes[3].tolist() == [5, 5, 5, 20]
    with pytest.raises(UserError, match='points outside'):
        ObjectAnnotations.load(path, clip=0.)


def test_lvis_images_are_found_by_url(root):
    data = content()
    for image in data['images']:
        image['coco_url'] = f'http://x.y/train/{image.pop("file_name")}'
    path = root / 'lvis.json'
    path.write_text(json.dumps(data))
    assert [image['file_name'] for image in ObjectAnnotations.load(
        path).images] == ['train/a.png', 'train/b.png', 'train/c.png']


def objects_of(image, box, points):
    return dict(img=image, img_path='x', img_id=1,
                objects=[dict(ann_id=1, category_id=1, box=box,
                              points=points)])


def bright_points():
    """An image whose bright pixels are its extreme points."""
    image = np.zeros((60, 80, 3), dtype=np.uint8)
    points = np.array([[40, 12], [21, 30], [35, 47], [66, 25]], float)
    for x, y in points.astype(int):
        image[y - 1:y + 2, x - 1:x + 2] = 255
    return image, (21., 12., 66., 47.), points


@pytest.mark.parametrize('flips', [0, 1, 2])
@pytest.mark.parametrize('margin', ['test', 'train'])
def test_points_and_boxes_follow_the_pixels(flips, margin):
    random.seed(4)
    results = CropObjects(size=256, margin=margin)(
        objects_of(*bright_points()))
    for _ in range(flips):
        results = FlipObjects(prob=1.)(results)
    packed = PackObjects()(results)
    element, image = packed['data_samples'][0], packed['inputs'][0, 0]
    assert element.flip is (flips == 1)
    names = dict(zip(('top', 'left', 'bottom', 'right'), element.points))
    assert not out_of_order(element.points.numpy())
    for x, y in names.values():
        assert image[int(y), int(x)] > 200
        near = image[int(y) - 14:int(y) + 15, int(x) - 14:int(x) + 15] > 127
        rows, columns = np.nonzero(near.numpy())
        assert abs(rows.mean() - 14 - (y.item() - int(y) - .5)) < .6
        assert abs(columns.mean() - 14 - (x.item() - int(x) - .5)) < .6
    x0, y0, x1, y1 = element.crop_box.tolist()
    rows, columns = np.nonzero(element.box_mask.numpy())
    assert abs(rows.min() - y0) <= 1 and abs(rows.max() + 1 - y1) <= 1
    assert abs(columns.min() - x0) <= 1 and abs(columns.max() + 1 - x1) <= 1
    assert x0 < names['left'][0] < x1 and y0 < names['bottom'][1] < y1


def test_channels_are_packed_as_told():
    image = np.random.default_rng(0).integers(0, 255, (60, 80, 3), np.uint8)
    results = CropObjects(size=32, margin='test')(
        objects_of(image, (10., 12., 60., 50.), None))
    crop = results['objects'][0]['crop']
    for flip in (0, 1):
        for to_rgb in (True, False):
            packed = PackObjects(to_rgb)(FlipObjects(flip)(dict(results)))
            expected = crop[:, ::-1] if flip else crop
            expected = expected[..., ::-1] if to_rgb else expected
            assert np.array_equal(packed['inputs'][0].permute(1, 2, 0),
                                  expected)


def test_outside_strip_is_drawn_for():
    image, box, points = bright_points()
    for seed in range(30):
        random.seed(seed)
        out = CropObjects(size=64, outside_patch=8)(
            objects_of(image, box, points))['objects'][0]
        x0, y0, x1, y1 = out['crop_box']
        assert max(x0, y0, 64 - x1, 64 - y1) >= 8
    # Nothing is outside a box that fills its image: it ends all the same.
    out = CropObjects(size=64, outside_patch=8)(objects_of(
        image, (0., 0., 80., 60.), None))['objects'][0]
    assert out['crop_points'] is None


def test_pads():
    image, box = np.full((20, 20, 3), 9, np.uint8), (0., 0., 12., 12.)
    crops = {}
    for pad in ('wrap', 'reflect', 'constant'):
        for margin in ('train', 'test'):
            cropper = CropObjects(size=48, margin=margin, pad=pad)
            crops[pad, margin] = cropper.crop_object(
                image, dict(box=box), (-12, -12, 12, 12))
    assert crops['wrap', 'train']['valid_mask'].all()
    assert crops['wrap', 'train']['box_mask'][:12, :12].sum() == 10 * 10
    assert crops['wrap', 'test']['box_mask'][:24].sum() == 0
    for pad in ('reflect', 'constant'):
        valid = crops[pad, 'train']['valid_mask']
        assert valid.sum() == 24 * 24 and valid[24:, 24:].all()
    assert crops['constant', 'test']['crop'][0, 0].tolist() == [104, 116, 124]
    assert crops['reflect', 'test']['crop'].max() == 9


@pytest.mark.parametrize('options', [
    dict(margin='x'), dict(pad='x'), dict(backend='x')])
def test_wrong_crop_options(options):
    with pytest.raises(ValueError, match="='x'; choose one"):
        CropObjects(**options)
    with pytest.raises(ValueError, match=r'prob=2 is not in \[0, 1\]'):
        FlipObjects(2)


@pytest.mark.parametrize('noise', ['uniform', 'normal', 'mask'])
def test_click_noise(noise):
    image = np.zeros((60, 80, 3), np.uint8)
    thing = rectangle(1, 1, 20, 10, 60, 50)
    before = objects_of(image, (20., 10., 60., 50.),
                        np.array(thing['extreme_points'], float))
    before['objects'][0]['segmentation'] = thing['segmentation']
    random.seed(0)
    after = JitterExtremePoints(3, noise)(copy.deepcopy(before))
    moved = after['objects'][0]
    assert not np.array_equal(moved['points'], before['objects'][0]['points'])
    assert moved['box'] == (*moved['points'].min(axis=0),
                            *moved['points'].max(axis=0))
    assert np.abs(np.subtract(moved['box'], (20, 10, 60, 50))).max() < 12
    if noise == 'mask':
        del before['objects'][0]['segmentation']
        with pytest.raises(UserError, match='annotation 1 has no segmen'):
            JitterExtremePoints(3, noise)(before)
    with pytest.raises(ValueError, match='amount=-1'):
        JitterExtremePoints(-1)


def test_golden_crops(shared):
    checks = list(check_crop(shared / 'golden' / 'exits' / 'mal_crop.npz'))
    assert len(checks) == 5 * 8 and all(check.passed for check in checks)


@pytest.mark.parametrize('key', ['test0_ext', 'test3_mask_wrappad',
                                 'train2_margins', 'train4_image'])
def test_golden_finds_a_wrong_value(shared, tmp_path, key):
    with np.load(shared / 'golden' / 'exits' / 'mal_crop.npz') as file:
        data = {name: file[name] for name in file.files}
    data[key] = data[key] + 5
    np.savez(tmp_path / 'mal_crop.npz', **data)
    assert [check.name for check in check_crop(tmp_path / 'mal_crop.npz')
            if not check.passed] == [key]
