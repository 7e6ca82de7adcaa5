"""Label formats of others become image labels; mistakes are told."""
import json
import os
from pathlib import Path

import numpy as np
import pytest

from wsss_plugins.datasets.coco_classes import COCO_CLASSES
from wsss_plugins.datasets.converters.coco_json import from_coco_json
from wsss_plugins.datasets.converters.csv_labels import from_csv
from wsss_plugins.datasets.converters.label_masks import from_label_masks
from wsss_plugins.datasets.converters.numpy_labels import from_numpy
from wsss_plugins.datasets.converters.select import select_images
from wsss_plugins.datasets.converters.voc_xml import VOC_CLASSES, from_voc_xml
from wsss_plugins.structures import (
    ImageLabels,
    UserError,
    read_image_list,
    voc_palette,
    write_mask,
)
from wsss_plugins.testing.tools import run_tool

TOOL = (Path(__file__).resolve().parents[1] / 'tools' / 'dataset_converters'
        / 'image_labels.py')


def write_xml(folder, name, *objects, root='annotation'):
    folder.mkdir(exist_ok=True)
    body = ''.join(
        f'<object><name>{tag}</name><part><name>head</name></part>'
        f'{"" if hard is None else f"<difficult>{hard}</difficult>"}</object>'
        for tag, hard in objects)
    (folder / f'{name}.xml').write_text(f'<{root}>{body}</{root}>')
    return folder


# VOC XML


def test_voc_xml_counts_difficult_objects_if_told(tmp_path):
    write_xml(tmp_path / 'a', 'x', ('person', 0), ('cat', 1), ('cat', 1))
    folder = write_xml(tmp_path / 'a', 'y', ('tvmonitor', None))
    labels = from_voc_xml(folder)
    assert labels.classes == VOC_CLASSES and len(VOC_CLASSES) == 20
    assert labels.images == dict(x=('cat', 'person'), y=('tvmonitor', ))
    labels = from_voc_xml(folder, use_difficult=False)
    assert labels.images == dict(x=('person', ), y=('tvmonitor', ))
    assert list(from_voc_xml(folder, names=['y']).images) == ['y']


def test_voc_xml_of_other_classes(tmp_path):
    folder = write_xml(tmp_path / 'a', 'x', ('zebra', 0), ('cat', 0))
    assert from_voc_xml(folder).classes == ('cat', 'zebra')
    labels = from_voc_xml(folder, ['zebra', 'cat', 'dog'])
    assert labels.classes == ('zebra', 'cat', 'dog')
    with pytest.raises(UserError, match=r"x\.xml: class 'zebra' is not among"):
        from_voc_xml(folder, VOC_CLASSES)


@pytest.mark.parametrize('text, message', [
    ('<annotation>', 'not a whole XML'), ('', 'not a whole XML'),
    ('<?xml version="1.0" encoding="x-none"?><annotation/>',
     'not a whole XML'),
    ('<html/>', 'not an <annotation>'),
    ('<annotation><object><pose/></object></annotation>', 'has no name')])
def test_voc_xml_broken(tmp_path, text, message):
    (tmp_path / 'x.xml').write_text(text)
    with pytest.raises(UserError, match=rf'x\.xml: .*{message}'):
        from_voc_xml(tmp_path)


def test_voc_xml_missing(tmp_path):
    with pytest.raises(UserError, match='nowhere: no XML annotations'):
        from_voc_xml(tmp_path / 'nowhere')
    write_xml(tmp_path, 'x', ('cat', 0))
    names = ['x', *'abcdefg']
    with pytest.raises(UserError, match='7 listed images are not there: '
                       r'a, b, c, d, e, \.\.\.; fix'):
        from_voc_xml(tmp_path, names=names)


# COCO


def coco_data():
    """Three pictures: two objects, an object and a crowd, nothing."""
    return dict(
        images=[
            dict(id=7, file_name='a/one.jpg'), dict(id=3, file_name='two.jpg'),
            dict(id=5, file_name='three.jpg')
        ],
        annotations=[
            dict(id=1, image_id=7, category_id=18),
            dict(id=2, image_id=7, category_id=90, iscrowd=0),
            dict(id=3, image_id=3, category_id=90, iscrowd=1),
            dict(id=4, image_id=3, category_id=2, iscrowd=0)
        ],
        categories=[
            dict(id=90, name='hair drier'), dict(id=2, name='bicycle'),
            dict(id=18, name='dog')
        ])


@pytest.fixture
def coco(tmp_path):
    path = tmp_path / 'instances.json'
    path.write_text(json.dumps(coco_data()))
    return path


def test_coco_json(coco):
    labels = from_coco_json(coco)
    assert labels.classes == ('bicycle', 'dog', 'hair drier')
    assert labels.images == dict(
        one=('dog', 'hair drier'), two=('bicycle', 'hair drier'), three=())
    assert from_coco_json(coco, use_crowd=False).images['two'] == (
        'bicycle', )
    assert set(from_coco_json(coco, key='path').images) == {
        'a/one', 'two', 'three'}
    with pytest.raises(UserError, match="key='id'; choose"):
        from_coco_json(coco, key='id')


def set_in(data, path, value):
    for key in path[:-1]:
        data = data[key]
    if value is None:
        del data[path[-1]]
    else:
        data[path[-1]] = value


@pytest.mark.parametrize('where, value, message', [
    (['images'], None, 'images is null, not a list'),
    (['categories'], {}, 'categories is the object {}, not a list'),
    (['images', 1], 5, r'images\[1\]: it is the number 5'),
    (['images', 0, 'file_name'], None, 'image 7: it has no file_name'),
    (['annotations', 2, 'image_id'], '3',
     "annotation 3: image_id is the text '3'"),
    (['annotations', 2, 'image_id'], 4,
     'annotation 3: image_id 4 is of no image'),
    (['annotations', 0, 'category_id'], 1,
     'annotation 1: category_id 1 is of no category'),
    (['images', 0, 'id'], 3, 'image 3: its id comes twice'),
    (['categories', 0, 'id'], 2, 'category 2: its id comes twice'),
    (['categories', 0, 'name'], 'dog', 'classes must be unique'),
    (['images', 1, 'file_name'], 'one.jpg', 'one file name; .*--key path')])
def test_coco_json_broken(coco, where, value, message):
    data = coco_data()
    set_in(data, where, value)
    coco.write_text(json.dumps(data))
    with pytest.raises(UserError, match=f'instances.json: .*{message}'):
        from_coco_json(coco)


@pytest.mark.parametrize('text', ['{"images": [', '[1]', '"a"', '[' * 10**5])
def test_coco_json_is_no_json(coco, text):
    coco.write_text(text)
    with pytest.raises(UserError, match='instances.json: (not JSON|no list)'):
        from_coco_json(coco)
    with pytest.raises(UserError, match='x.json: JSON file not found'):
        from_coco_json(coco.with_name('x.json'))


def test_coco_class_names():
    assert len(COCO_CLASSES) == len(set(COCO_CLASSES)) == 81
    assert COCO_CLASSES[0] == 'background'
    assert COCO_CLASSES[12] == 'stop sign'  # id 13: ids have gaps
    assert COCO_CLASSES[80] == 'toothbrush'


# Label masks


def test_label_masks(tmp_path):
    mask = np.zeros((5, 5), np.uint8)
    mask[0, :3], mask[1, 0], mask[4] = 2, 1, 255
    write_mask(tmp_path / 'x.png', mask, voc_palette(3))
    write_mask(tmp_path / 'y.png', mask * 0, voc_palette(3))
    labels = from_label_masks(tmp_path, ['cat', 'dog'])
    assert labels.images == dict(x=('cat', 'dog'), y=())
    assert from_label_masks(
        tmp_path, ['cat', 'dog'], min_pixels=2).images['x'] == ('dog', )
    assert list(from_label_masks(
        tmp_path, ['cat', 'dog'], names=['x']).images) == ['x']


def test_label_masks_errors(tmp_path):
    with pytest.raises(UserError, match='no PNG masks found'):
        from_label_masks(tmp_path, ['cat'])
    write_mask(tmp_path / 'x.png', np.full((2, 2), 2), voc_palette(3))
    with pytest.raises(UserError, match=r'x\.png: index 2 is out of range'):
        from_label_masks(tmp_path, ['cat'])
    with pytest.raises(UserError, match='1 listed images are not there: z'):
        from_label_masks(tmp_path, ['cat', 'dog'], names=['z'])
    with pytest.raises(UserError, match='min_pixels=0'):
        from_label_masks(tmp_path, ['cat', 'dog'], min_pixels=0)


# Tables

EXPECTED = {'a.b': ('cat', 'dog'), 'c': ('dog', ), 'd': ()}


@pytest.mark.parametrize('text', [
    'image,tags\na.b.jpg,cat;dog\n\nx/c.PNG,dog\nd,\n',
    '\ufeffFilename, Label\na.b,dog\na.b, cat \nc,"dog; dog"\nd,;\n',
    'image,cat,dog\na.b.jpg,1,1\r\nimages\\c.jpg,0,1\nd,0,0\n'])
def test_csv(tmp_path, text):
    (tmp_path / 't.csv').write_text(text, encoding='utf-8', newline='')
    labels = from_csv(tmp_path / 't.csv')
    assert labels.classes == ('cat', 'dog') and labels.images == EXPECTED
    labels = from_csv(tmp_path / 't.csv', ['dog', 'cow', 'cat'])
    assert labels.classes == ('dog', 'cow', 'cat')
    assert labels.images['a.b'] == ('dog', 'cat')


@pytest.mark.parametrize('text, message', [
    ('', 'line 1: expected a header'),
    ('\n\na.jpg,cat\n', 'line 3: expected a header'),
    ('image\na\n', 'line 1: expected a header'),
    ('image,tags\n', 'no lines after the header'),
    ('image,tags\na,cat,dog\n', "line 2: 3 cells .* 'a'"),
    ('image,tags\na,"cat\ndog"\n,cat\n', "line 4: 2 cells .* ''"),
    ('image,cat,dog\na,1\n', 'line 2: 2 cells'),
    ('image,cat,dog\na,1,0\nb,1,often\n', "line 3: 'often' is neither"),
    ('image,cat\na,dog\n', "line 2: 'dog' is neither"),
    ('image,cat\na,1\n\na,1\n', "line 4: image 'a' comes twice"),
    ('image,tags\na.jpg,cat\na.png,cat\n',
     "line 3: 'a.png' and 'a.jpg' are both named 'a'"),
    ('image,cat,cat\na,1,1\n', 'line 1: classes must be unique'),
    ('image,tags\na,background\n', 'classes must be unique and without'),
    ('image,tags\na,"cat\n', 'not a CSV file'),
    ('image,tags\na,caf\udce9\n', 'not a whole table .*UTF-8')])
def test_csv_broken(tmp_path, text, message):
    path = tmp_path / 't.csv'
    path.write_bytes(text.encode('utf-8', 'surrogateescape'))
    with pytest.raises(UserError, match=f't.csv: {message}'):
        from_csv(path)
    with pytest.raises(UserError, match='u.csv: table not found'):
        from_csv(tmp_path / 'u.csv')


def test_csv_unknown_class(tmp_path):
    (tmp_path / 't.csv').write_text('image,tags\na,cow\n')
    with pytest.raises(UserError, match="t.csv: image 'a' is labeled 'cow'"):
        from_csv(tmp_path / 't.csv', ['cat'])


# cls_labels.npy


def save_npy(path, value):
    np.save(path, value)
    return path


def test_numpy_labels(tmp_path):
    path = save_npy(tmp_path / 'c.npy', {
        'a': np.array([1, 0, 1], np.float32), 'b': np.zeros(3, bool)})
    labels = from_numpy(path, ['x', 'y', 'z'])
    assert labels.classes == ('x', 'y', 'z')
    assert labels.images == dict(a=('x', 'z'), b=())
    with pytest.raises(UserError, match=r'shape \(3,\), but there are 20'):
        from_numpy(path)


@pytest.mark.parametrize('value, message', [
    ({}, 'holds dict'), (np.zeros(3), 'holds ndarray'),
    ([1], 'holds ndarray'),
    ({3: np.zeros(2)}, 'image 3 is named by the number 3'),
    ({'a': ['1', 0]}, "image 'a' has a list"),
    ({'a': np.array(['1', '0'])}, 'not a vector of numbers'),
    ({'a': np.array([.5, 0])}, 'values other than 0 and 1'),
    ({'a': np.array([np.nan, 0])}, 'values other than 0 and 1'),
    ({'a': np.zeros((1, 2))}, r'shape \(1, 2\)'),
    ({'a': os.system}, 'not plain data')])
def test_numpy_labels_broken(tmp_path, value, message):
    path = save_npy(tmp_path / 'c.npy', value)
    with pytest.raises(UserError, match=f'c.npy: .*{message}'):
        from_numpy(path, ['x', 'y'])


# Lists, and the command lines


def test_select_images():
    images = dict(a=['x'], b=[], c=['x'])
    labels = ImageLabels(('x', ), images)
    assert list(select_images(labels, ['c', 'a']).images) == ['c', 'a']
    with pytest.raises(UserError, match='1 images have no label: b; .*empty'):
        select_images(labels)
    assert select_images(labels, keep_empty=True) == labels
    with pytest.raises(UserError, match='2 listed images .* d, e; fix'):
        select_images(labels, ['a', 'd', 'e'])


@pytest.mark.parametrize('text, message', [
    ('', 'no image names'), ('a\nb\na\n', '1 images come twice: a')])
def test_lists(tmp_path, text, message):
    path = tmp_path / 'l.txt'
    path.write_text('a b\n\n c\r\n')
    assert read_image_list(path) == ['a b', 'c']
    path.write_text(text)
    with pytest.raises(UserError, match=f'l.txt: {message}'):
        read_image_list(path)
    with pytest.raises(UserError, match='m.txt: list of images not found'):
        read_image_list(tmp_path / 'm.txt')


def test_tool_round_trips(tmp_path, capsys):
    """Labels through masks, XML, CSV and npy come out the same."""
    tags = dict(a=('cat', ), b=('cat', 'sofa'))
    write_xml(tmp_path / 'xml', 'a', ('cat', 0))
    write_xml(tmp_path / 'xml', 'b', ('sofa', 0), ('cat', 1))
    (tmp_path / 't.csv').write_text('image,tags\na,cat\nb,cat;sofa\n')
    np.save(tmp_path / 'c.npy', {
        name: np.isin(VOC_CLASSES, found).astype(np.float32)
        for name, found in tags.items()})
    for name, found in tags.items():
        mask = np.zeros((3, 3), np.uint8)
        mask[0, :len(found)] = [1 + VOC_CLASSES.index(t) for t in found]
        write_mask(tmp_path / 'masks' / f'{name}.png', mask, voc_palette(21))
    for command, source in (('voc-xml', 'xml'), ('csv', 't.csv'),
                            ('npy', 'c.npy'), ('masks', 'masks')):
        output = tmp_path / f'{command}.json'
        assert not run_tool(TOOL, command,
                            tmp_path / source, output, '--classes', 'voc')
        labels = ImageLabels.load(output)
        assert labels.images == tags and labels.classes == VOC_CLASSES
    capsys.readouterr()
    assert not run_tool(TOOL, 'info', output)
    lines = capsys.readouterr().out.splitlines()
    assert lines[7] == '       2  cat' and lines[17] == '       1  sofa'
    assert lines[-1] == '       2  images' and len(lines) == 21


def test_tool_coco(coco, tmp_path, capsys):
    output = tmp_path / 'l.json'
    assert not run_tool(TOOL, 'coco', coco, output)
    assert '1 images have no object and are left out' in (
        capsys.readouterr().out)
    assert sorted(ImageLabels.load(output).images) == ['one', 'two']
    assert not run_tool(TOOL, 'coco', coco, output,
                        '--keep-empty', '--no-crowd')
    assert ImageLabels.load(output).images == dict(
        one=('dog', 'hair drier'), two=('bicycle', ), three=())
    (tmp_path / 'l.txt').write_text('three\n')
    assert run_tool(TOOL, 'coco', coco, output,
                    '--list', tmp_path / 'l.txt') == 2
    error = capsys.readouterr().err
    assert error.startswith('error: ') and error.count('\n') == 1
    assert 'instances.json: 1 images have no label: three' in error
    assert len(ImageLabels.load(output).images) == 3  # as it was


def test_tool_asks_for_classes_of_masks(tmp_path, capsys):
    assert run_tool(TOOL, 'masks', tmp_path,
                    tmp_path / 'l.json') == 2
    assert 'error: masks: --classes is missing' in capsys.readouterr().err


# Real photos


def test_real_voc(shared):
    folder = shared / 'data/voc12mini'
    if not folder.is_dir():
        pytest.skip('no voc12mini beside the repository')
    labels = ImageLabels.load(folder / 'image_labels.json')
    assert labels.classes == VOC_CLASSES
    names = sorted(labels.images)[::10]
    seen = from_label_masks(
        folder / 'SegmentationClass', VOC_CLASSES, names=names)
    for name in names:
        assert set(seen.images[name]) <= set(labels.images[name]), name


def test_labels_as_a_table_and_back(tmp_path):
    labels = ImageLabels(('cow', 'a, b'), {
        'one': ('a, b', ), 'none': (), 'ünï 2': ('cow', )})
    labels.save(tmp_path / 'labels.json')
    tool = TOOL.with_name('label_table.py')
    table = tmp_path / 'labels.csv'
    assert run_tool(tool, tmp_path / 'labels.json', table) == 0
    assert from_csv(table, ('cow', 'a, b')).images == labels.images
