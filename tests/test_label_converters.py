import json

import numpy as np
import pytest
from PIL import Image

from wsss_plugins.datasets.converters import (
    from_coco_json,
    from_csv,
    from_label_masks,
    from_numpy,
    from_voc_xml,
    select_images,
)
from wsss_plugins.datasets.converters.coco_masks import write_coco_masks
from wsss_plugins.structures import (
    ImageLabels,
    UserError,
    read_mask,
    voc_palette,
    write_mask,
)

XML = ('<annotation><object><name>cat</name><difficult>0</difficult></object>'
       '<object><name>dog</name><difficult>1</difficult></object>'
       '</annotation>')


def test_voc_xml(tmp_path):
    (tmp_path / 'a.xml').write_text(XML)
    assert from_voc_xml(tmp_path).images['a'] == ('cat', 'dog')
    labels = from_voc_xml(tmp_path, use_difficult=False)
    assert labels.images['a'] == ('cat', )
    with pytest.raises(UserError, match="a.xml.*'cat'"):
        from_voc_xml(tmp_path, classes=('dog', ))
    with pytest.raises(UserError, match='b.xml: annotation not found'):
        from_voc_xml(tmp_path, names=['b'])
    (tmp_path / 'a.xml').write_text('<annotation>')
    with pytest.raises(UserError, match='not XML'):
        from_voc_xml(tmp_path)
    with pytest.raises(UserError, match='no XML'):
        from_voc_xml(tmp_path / 'none')


def coco(tmp_path, **changes):
    data = dict(
        images=[dict(id=7, file_name='x/a.jpg', height=6, width=8),
                dict(id=8, file_name='b.jpg', height=6, width=8)],
        categories=[dict(id=9, name='dog'), dict(id=2, name='cat')],
        annotations=[
            dict(id=1, image_id=7, category_id=9, iscrowd=0, area=16,
                 segmentation=[[0, 0, 4, 0, 4, 4, 0, 4]]),
            dict(id=2, image_id=7, category_id=2, iscrowd=0, area=4,
                 segmentation=[[0, 0, 2, 0, 2, 2, 0, 2]]),
            dict(id=3, image_id=8, category_id=2, iscrowd=1, area=12,
                 segmentation=dict(size=[6, 8], counts=[0, 12, 36]))
        ])
    data.update(changes)
    path = tmp_path / 'coco.json'
    path.write_text(json.dumps(data))
    return path


def test_coco_json(tmp_path):
    labels = from_coco_json(coco(tmp_path))
    assert labels.classes == ('cat', 'dog')
    assert labels.images == {'a': ('cat', 'dog'), 'b': ('cat', )}
    assert from_coco_json(coco(tmp_path), use_crowd=False).images['b'] == ()
    with pytest.raises(UserError, match='annotation 5'):
        from_coco_json(coco(tmp_path, annotations=[
            dict(id=5, image_id=99, category_id=2)]))
    with pytest.raises(UserError, match='twice'):
        from_coco_json(coco(tmp_path, images=[
            dict(id=1, file_name='a.jpg'), dict(id=2, file_name='a.png')]))
    path = tmp_path / 'x.json'
    path.write_text('{"images": []}')
    with pytest.raises(UserError, match='annotations, categories'):
        from_coco_json(path)
    with pytest.raises(UserError, match='cannot be read'):
        from_coco_json(tmp_path / 'none.json')


def test_coco_masks(tmp_path):
    out = tmp_path / 'masks'
    assert write_coco_masks(coco(tmp_path), out) == 2
    a = read_mask(out / 'a.png', 3)
    assert a[0, 0] == 1 and a[3, 3] == 2 and a[5, 7] == 0
    assert (read_mask(out / 'b.png') == 1).sum() == 12
    assert write_coco_masks(coco(tmp_path), out) == 0
    (out / 'a.png').write_bytes((out / 'a.png').read_bytes()[:50])
    assert write_coco_masks(coco(tmp_path), out) == 1
    crowd = tmp_path / 'crowd'
    write_coco_masks(coco(tmp_path), crowd, crowd_ignored=True)
    assert (read_mask(crowd / 'b.png') == 255).sum() == 12


def test_label_masks(tmp_path):
    mask = np.zeros((4, 4))
    mask[0, :3], mask[1, 0], mask[2] = 1, 2, 255
    write_mask(tmp_path / 'a.png', mask, voc_palette(3))
    classes = ('cat', 'dog')
    assert from_label_masks(tmp_path, classes).images['a'] == classes
    assert from_label_masks(tmp_path, classes, 2).images['a'] == ('cat', )
    with pytest.raises(UserError, match='index 2'):
        from_label_masks(tmp_path, ('cat', ))


def test_numpy_labels(tmp_path):
    path = tmp_path / 'labels.npy'
    np.save(path, {'a': np.array([0, 1], np.float32)})
    assert from_numpy(path, ('cat', 'dog')).images == {'a': ('dog', )}
    with pytest.raises(UserError, match="'a'.*there are 3"):
        from_numpy(path, ('x', 'y', 'z'))
    np.save(path, {'a': np.array([0, 2])})
    with pytest.raises(UserError, match='other than 0'):
        from_numpy(path, ('cat', 'dog'))
    np.save(path, np.arange(3))
    with pytest.raises(UserError, match='not a dict'):
        from_numpy(path)


@pytest.mark.parametrize('text', [
    'image,tags\na.jpg,cat; dog\nb,dog\n',
    'image,tag\nx/a.png,cat\na.png,dog\nb.png,dog\n',
    'image,cat,dog\na.jpg,1,1\nb.jpg,0,1\n',
    '\ufeffimage,cat,dog\r\na.jpg,1,1\r\n\r\nb.jpg,0,1\r\n',
])
def test_csv(tmp_path, text):
    path = tmp_path / 'tags.csv'
    path.write_text(text, encoding='utf-8')
    labels = from_csv(path)
    assert labels == ImageLabels(('cat', 'dog'), {
        'a': ['cat', 'dog'], 'b': ['dog']})


@pytest.mark.parametrize('text, message', [
    ('', 'line 1'),
    ('image\na\n', 'line 1'),
    ('image,tags\n,cat\n', 'line 2'),
    ('image,cat,dog\na,1\n', 'line 2: 2 cells'),
    ('image,cat,dog\na,1,yes\n', "line 2: 'yes'"),
    ('image,cat,dog\na,1,0\na,0,1\n', "line 3: image 'a' comes twice"),
])
def test_bad_csv(tmp_path, text, message):
    path = tmp_path / 'tags.csv'
    path.write_text(text)
    with pytest.raises(UserError, match=message):
        from_csv(path)


def test_select():
    labels = ImageLabels(('cat', ), {'a': ['cat'], 'b': []})
    assert list(select_images(labels, ['a']).images) == ['a']
    assert len(select_images(labels, keep_empty=True).images) == 2
    with pytest.raises(UserError, match='1 images have no tags: b'):
        select_images(labels)
    with pytest.raises(UserError, match='1 listed images have no labels: z'):
        select_images(labels, ['z'])


def test_masks_agree_with_published_tags(shared):
    root = shared / 'data' / 'voc12mini'
    labels = ImageLabels.load(root / 'image_labels.json')
    names = sorted(labels.images)[:40]
    seen = from_label_masks(root / 'SegmentationClass', labels.classes,
                            names=names)
    for name in names:
        assert set(seen.images[name]) <= set(labels.images[name])


def test_coco_photos(shared, tmp_path):
    root = shared / 'data' / 'coco_mini'
    json_file = root / 'annotations' / 'instances_val2017.json'
    labels = from_coco_json(json_file)
    assert len(labels.classes) == 80
    assert write_coco_masks(json_file, tmp_path) == len(labels.images) == 50
    name = next(n for n, tags in labels.images.items() if tags)
    with Image.open(root / 'val2017' / f'{name}.jpg') as image:
        assert image.size[::-1] == read_mask(tmp_path / f'{name}.png').shape
