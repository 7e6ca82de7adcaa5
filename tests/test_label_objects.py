"""From a table of clicks or boxes to masks, a detector and a page."""
import json
from pathlib import Path

import pytest

from wsss_plugins.structures import decode_mask
from wsss_plugins.testing.object_tree import make_object_tree
from wsss_plugins.testing.tools import run_tool

ROOT = Path(__file__).resolve().parents[1]
NAMES = {1: 'cat', 2: 'sea, "lion"'}


@pytest.fixture(scope='module')
def tree(tmp_path_factory):
    root = make_object_tree(tmp_path_factory.mktemp('objects'))
    data = json.loads((root / 'points.json').read_text())
    files = {one['id']: one['file_name'] for one in data['images']}
    clicks = ['image,class,x_top,y_top,x_left,y_left,x_bottom,y_bottom,'
              'x_right,y_right']
    boxes = ['image,class,x_min,y_min,x_max,y_max']
    for one in data['annotations']:
        if one['iscrowd']:
            continue
        name = NAMES[one['category_id']].replace('"', '""')
        head = f'{files[one["image_id"]]},"{name}"'
        points = sum(one['extreme_points'], [])
        left, top, width, height = one['bbox']
        clicks.append(','.join([head, *map(str, points)]))
        boxes.append(f'{head},{left},{top},{left + width - 1},'
                     f'{top + height - 1}')
    (root / 'clicks.csv').write_text('\n'.join(clicks) + '\n')
    (root / 'boxes.csv').write_text('\n'.join(boxes) + '\n')
    return root


def label(tree, table, out, *words):
    return run_tool(ROOT / 'tools/label_objects.py', tree / 'images',
                    tree / table, out, *words)


def truth_of(tree, path, names=('0.jpg', '3.jpg')):
    """Masks of two of the images, in another order of classes."""
    data = json.loads((tree / 'truth.json').read_text())
    data['images'] = [i for i in data['images'] if i['file_name'] in names]
    ids = {i['id'] for i in data['images']}
    data['annotations'] = [dict(a, category_id=3 - a['category_id'])
                           for a in data['annotations']
                           if a['image_id'] in ids and not a['iscrowd']]
    data['categories'] = [dict(id=3 - i, name=name)
                          for i, name in NAMES.items()]
    path.write_text(json.dumps(data))
    return path


@pytest.fixture(scope='module')
def done(tree, tmp_path_factory):
    """Folder of a whole run on clicks, without ground truth."""
    out = tmp_path_factory.mktemp('run') / 'out'
    assert label(tree, 'clicks.csv', out, '--max-iters', 8) == 0
    return out


def test_clicks(tree, done, tmp_path):
    data = json.loads((done / 'instances.json').read_text())
    sizes = {i['id']: (i['height'], i['width']) for i in data['images']}
    assert len(data['images']) == 5 and len(data['annotations']) == 9
    for one in data['annotations']:
        mask = decode_mask(one['segmentation'], sizes[one['image_id']])
        assert mask.sum() == one['area'] > 0
    page = (done / 'report.html').read_text()
    assert page.count('<img') >= 20 and 'class="alarm"' not in page
    assert (done / 'work/train_exits').is_dir()
    assert (done / 'work/det/found.segm.json').is_file()
    for part in ('generator', 'detector'):
        config = (done / part / 'config.py').read_text()
        assert str(done) not in config and str(tree) not in config, part
        classes = json.loads((done / part / 'classes.json').read_text())
        assert classes['classes'] == list(NAMES.values())


def test_what_is_done_is_not_done_again(tree, done, capfd):
    stages = {path: path.stat().st_mtime_ns
              for path in (done / 'work').glob('*/done.json')}
    (done / 'configs/own_objects/mal.py').write_text('# mine\n')
    assert label(tree, 'clicks.csv', done, '--max-iters', 8) == 0
    assert len(stages) == 5 and stages == {
        path: path.stat().st_mtime_ns for path in stages}
    assert 'mal.py: kept, since it was edited' in capfd.readouterr().out


def test_mmdet_itself_opens_the_detector(tree, done):
    from mmdet.apis import inference_detector, init_detector
    model = init_detector(str(done / 'detector/config.py'),
                          str(done / 'detector/weights.pth'), device='cpu')
    assert list(model.dataset_meta['classes']) == list(NAMES.values())
    found = inference_detector(model, str(tree / 'images/1.jpg'))
    assert found.pred_instances.masks.shape[1:] == (64, 77)


def test_boxes_with_a_generator_and_known_masks(tree, done, tmp_path, capfd):
    truth = truth_of(tree, tmp_path / 'known.json')
    status = label(
        tree, 'boxes.csv', tmp_path / 'out', '--max-iters', 8, '--truth',
        truth, '--generator', done / 'generator/config.py',
        done / 'generator/weights.pth')
    text, error = capfd.readouterr()
    assert status == 0, error
    assert '2 images with known masks are left out' in text
    out = tmp_path / 'out'
    data = json.loads((out / 'instances.json').read_text())
    names = {i['file_name'] for i in data['images']}
    assert names == {'1.jpg', '2.jpg', '4.jpg'}
    metrics = json.loads((out / 'work/det/metrics.json').read_text())
    assert 'coco/segm_mAP' in metrics
    assert 'mask AP50' in (out / 'report.html').read_text()
    assert not (out / 'work/train_mil').exists()


@pytest.mark.parametrize('words, text', [
    (('--max-iters', 2), 'give 8 or more'),
    (('--minutes', 0), 'give more than 0'),
    (('--threshold', 1), 'from 0 to below 1'),
    (('--generator', 'a.py', 'b.pth'), 'a.py: not found'),
    (('--classes', 'cat'), "unknown class 'sea"),
])
def test_bad_options(words, text, tree, tmp_path, capsys):
    assert label(tree, 'clicks.csv', tmp_path / 'out', *words) == 2
    assert text in capsys.readouterr().err


def test_bad_files(tree, tmp_path, capsys):
    every = [f'{i}.jpg' for i in range(5)]
    truth = truth_of(tree, tmp_path / 'all.json', every)
    for table, words, text in (
            ('none.csv', (), 'none.csv'),
            ('points.json', ('--truth', tree / 'points.json'), 'has no mask'),
            ('clicks.csv', ('--truth', truth), 'of some images only')):
        assert label(tree, table, tmp_path / 'out', *words) == 2
        error = capsys.readouterr().err
        assert text in error, error
    assert run_tool(ROOT / 'tools/label_objects.py', tmp_path / 'none',
                    tree / 'clicks.csv', tmp_path / 'out') == 2
    assert 'folder of images not found' in capsys.readouterr().err
    assert not (tmp_path / 'out/work').exists()
