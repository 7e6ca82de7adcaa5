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


def test_clicks(tree, tmp_path, capfd):
    out = tmp_path / 'out'
    assert label(tree, 'clicks.csv', out, '--max-iters', 8) == 0, (
        capfd.readouterr().err)
    text = capfd.readouterr().out
    assert '9 clicked objects in 5 images: cat, sea, "lion"' in text
    data = json.loads((out / 'instances.json').read_text())
    sizes = {i['id']: (i['height'], i['width']) for i in data['images']}
    for one in data['annotations']:
        mask = decode_mask(one['segmentation'], sizes[one['image_id']])
        assert mask.sum() == one['area'] > 0
    assert 'detections' in (out / 'report.html').read_text().lower()
    for part in ('generator', 'detector'):
        config = (out / part / 'config.py').read_text()
        assert str(tmp_path) not in config, part
        classes = json.loads((out / part / 'classes.json').read_text())
        assert classes['classes'] == list(NAMES.values())
    stages = {p.name for p in (out / 'work').iterdir() if p.is_dir()}
    assert {'train_mil', 'train_exits', 'masks', 'train_det',
            'det'} <= stages
    # Again: everything is there.
    assert label(tree, 'clicks.csv', out, '--max-iters', 8) == 0
    again = capfd.readouterr().out
    assert again.count('done') >= 5 or 'Iter(train)' not in again
    from mmdet.apis import inference_detector, init_detector
    model = init_detector(str(out / 'detector/config.py'),
                          str(out / 'detector/weights.pth'), device='cpu')
    assert list(model.dataset_meta['classes']) == list(NAMES.values())
    found = inference_detector(model, str(tree / 'images/1.jpg'))
    assert found.pred_instances.masks.shape[1:] == (64, 77)
