"""Masks handed on in every format, and taken back."""
import json
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from wsss_plugins.exports import MaskItem, all_formats, load_format
from wsss_plugins.exports.brush_rle import decode_brush, encode_brush
from wsss_plugins.exports.shapes import filled, regions, without_holes
from wsss_plugins.structures import UserError

CLASSES = ('background', 'cat', 'sea lion', 'Kuh & Kalb: "ä"')
PALETTE = [[0, 0, 0], [220, 20, 60], [0, 120, 255], [9, 200, 9]]
FORMATS = sorted(all_formats())
SIZES = {'a.jpg': (60, 80), 'sub dir/b ö.png': (33, 47), 'c.jpg': (5, 6)}


def make_masks():
    """Holes, islands in holes, single pixels, diagonals, an empty mask."""
    rng = np.random.default_rng(0)
    first = np.zeros(SIZES['a.jpg'], np.uint8)
    first[5:40, 5:40] = 1
    first[10:30, 10:30] = 0
    first[14:20, 14:20] = 1  # an island in the hole
    first[22:26, 22:26] = 2  # another class in it
    first[50:55, 60:80] = 3
    first[59, 79] = first[0, 0] = 2
    noise = rng.integers(0, 4, (33, 47), dtype=np.uint8)
    return {'a.jpg': first, 'sub dir/b ö.png': noise,
            'c.jpg': np.zeros((5, 6), np.uint8)}


MASKS = make_masks()


@pytest.fixture
def items(tmp_path):
    found = []
    for number, (name, mask) in enumerate(MASKS.items()):
        path = tmp_path / 'photos' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new('RGB', mask.shape[::-1]).save(path)
        found.append(MaskItem(name, mask.shape, lambda mask=mask: mask, path,
                              'val' if number == 1 else 'train'))
    return found


def size_of(name):
    """As a workspace answers: with or without suffix."""
    for known, size in SIZES.items():
        if name in (known, known.rpartition('.')[0]):
            return size
    return None


def stems(found):
    return {name.rpartition('.')[0] or name: mask for name, mask in found}


@pytest.mark.parametrize('name', FORMATS)
def test_what_a_format_keeps_comes_back(name, items, tmp_path):
    kind = load_format(name)
    kind.save(items, tmp_path / 'out', CLASSES, PALETTE, images=True)
    back = {key.rpartition('.')[0] if '.' in key else key: mask
            for key, mask in kind.read(tmp_path / 'out', CLASSES, size_of)}
    assert set(back) == {'a', 'sub dir/b ö', 'c'}
    for key, mask in MASKS.items():
        found = back[key.rpartition('.')[0]]
        assert (found == kind.kept(mask)).all(), key
    photos = {p.name for p in (tmp_path / 'out').rglob('*')
              if p.suffix in ('.jpg',)}
    assert {'a.jpg', 'c.jpg'} <= photos


LOSSY = {('yolo', ()), ('coco', (('segmentation', 'polygons'),))}


@pytest.mark.parametrize('name, options', sorted(
    {(name, ()) for name in FORMATS} | LOSSY))
def test_what_is_lost_is_named(name, options, items, tmp_path):
    kind, options = load_format(name), dict(options)
    notes = kind.save(items, tmp_path / 'out', CLASSES, PALETTE, **options)
    holes = [line for line in notes.lines() if 'filled' in line]
    if (name, tuple(options.items())) in LOSSY:
        count = sum(len(region.holes) for mask in MASKS.values()
                    for region in regions(mask))
        assert count > 1 and holes[0].startswith(f'{count} holes')
        lost = kind.kept(MASKS['a.jpg'], **options)
        assert (lost != MASKS['a.jpg']).any()
        assert lost[23, 23] == 2  # what lies in a hole is drawn above
    else:
        assert not holes
        assert (kind.kept(MASKS['a.jpg']) == MASKS['a.jpg']).all()


@pytest.mark.parametrize('name', FORMATS)
def test_ignored_pixels(name, tmp_path):
    mask = np.zeros((20, 30), np.uint8)
    mask[2:9, 3:9], mask[12:15] = 1, 255
    kind = load_format(name)
    notes = kind.save([MaskItem('a.jpg', mask.shape, lambda: mask)],
                      tmp_path / 'out', CLASSES, PALETTE)
    (_, back), = kind.read(tmp_path / 'out', CLASSES,
                           lambda name: mask.shape)
    assert (back == kind.kept(mask)).all()
    assert (255 in back) == (name == 'voc')
    assert any('255' in line for line in notes.lines()) == (name != 'voc')


def test_polygons_are_exact_and_others_agree():
    """cv2, which knows nothing of how they were made, fills the same."""
    mask = MASKS['sub dir/b ö.png']
    for region in regions(without_holes(mask)):
        ours = filled(region.polygon, mask.shape)
        wide = np.zeros((8 * 33, 8 * 47), np.uint8)
        corners = np.round(region.polygon * 8).astype(np.int32)
        cv2.fillPoly(wide, [corners], 1)
        assert (ours == (wide[4::8, 4::8] > 0)).all()


def test_pycocotools_and_datumaro_read_coco(items, tmp_path):
    import datumaro
    from pycocotools.coco import COCO
    load_format('coco').save(items, tmp_path / 'out', CLASSES, PALETTE,
                             images=True)
    coco = COCO(str(tmp_path / 'out/annotations/instances_train.json'))
    image = next(i for i in coco.imgs.values() if i['file_name'] == 'a.jpg')
    for one in coco.loadAnns(coco.getAnnIds([image['id']])):
        right = MASKS['a.jpg'] == one['category_id']
        assert (coco.annToMask(one) == right).all()
        assert one['area'] == right.sum() and not one['iscrowd']
    found = datumaro.Dataset.import_from(str(tmp_path / 'out'),
                                         'coco_instances')
    assert len(found) == 3
    item = next(one for one in found if one.id == 'a')
    areas = {a.label: int(a.image.sum()) for a in item.annotations
             if hasattr(a, 'image')}
    names = [c.name for c in found.categories()[
        datumaro.AnnotationType.label].items]
    assert {names[k]: v for k, v in areas.items()} == {
        CLASSES[c]: int((MASKS['a.jpg'] == c).sum()) for c in (1, 2, 3)}


@pytest.mark.parametrize('name, kind', [('cvat', 'cvat'),
                                        ('voc', 'voc_segmentation')])
def test_datumaro_reads_what_we_write(name, kind, tmp_path):
    import datumaro
    mask = MASKS['a.jpg']
    path = tmp_path / 'a.jpg'
    Image.new('RGB', mask.shape[::-1]).save(path)
    classes = (*CLASSES[:3], 'cow')
    load_format(name).save([MaskItem('a.jpg', mask.shape, lambda: mask, path)],
                           tmp_path / 'out', classes, PALETTE, images=True)
    found = datumaro.Dataset.import_from(str(tmp_path / 'out'), kind)
    names = [c.name for c in found.categories()[
        datumaro.AnnotationType.label].items]
    item, = found
    assert item.id == 'a'
    areas = {names[a.label]: int(a.image.sum()) for a in item.annotations
             if hasattr(a, 'image')}
    areas.pop('background', None)
    assert areas == {classes[c]: int((mask == c).sum()) for c in (1, 2, 3)}


def test_yolo_as_ultralytics_reads_it(items, tmp_path):
    """Its rules: data.yaml beside images/ and labels/, corners in [0, 1]."""
    import yaml
    load_format('yolo').save(items, tmp_path / 'out', CLASSES, PALETTE,
                             images=True)
    data = yaml.safe_load((tmp_path / 'out/data.yaml').read_text())
    assert data['names'] == dict(enumerate(CLASSES[1:]))
    for key in ('train', 'val'):
        folder = tmp_path / 'out' / data['path'] / data[key]
        photos = [p for p in folder.rglob('*') if p.is_file()]
        assert photos
        for photo in photos:
            label = str(photo).replace('/images/', '/labels/')
            rows = Path(label).with_suffix('.txt').read_text().splitlines()
            for row in rows:
                values = [float(v) for v in row.split()]
                assert values[0] in data['names'] and len(values) >= 7
                assert len(values) % 2 == 1
                assert min(values[1:]) >= 0 and max(values[1:]) <= 1


def test_labelme_file(items, tmp_path):
    load_format('labelme').save(items, tmp_path / 'out', CLASSES, PALETTE)
    data = json.loads((tmp_path / 'out/sub dir/b ö.json').read_text())
    assert data['imagePath'] == 'b ö.png' and data['imageData'] is None
    kinds = {shape['shape_type'] for shape in data['shapes']}
    assert kinds == {'polygon', 'mask'}
    for shape in data['shapes']:
        if shape['shape_type'] == 'mask':
            (x0, y0), (x1, y1) = shape['points']
            assert 0 <= x0 <= x1 < 47 and 0 <= y0 <= y1 < 33


@pytest.mark.parametrize('kind', FORMATS)
def test_zip(kind, items, tmp_path):
    load_format(kind).save(items, tmp_path / 'out.zip', CLASSES, PALETTE)
    with zipfile.ZipFile(tmp_path / 'out.zip') as file:
        assert file.testzip() is None and file.namelist()
        file.extractall(tmp_path / 'un')
    assert len(list(load_format(kind).read(tmp_path / 'un', CLASSES,
                                           size_of))) == 3


def test_targets(items, tmp_path):
    kind = load_format('voc')
    kind.save(items, tmp_path / 'new' / 'out', CLASSES, PALETTE)
    with pytest.raises(UserError, match='is not empty'):
        kind.save(items, tmp_path / 'new' / 'out', CLASSES, PALETTE)
    (tmp_path / 'file').write_text('x')
    with pytest.raises(UserError, match='is a file'):
        kind.save(items, tmp_path / 'file', CLASSES, PALETTE)
    assert not [p for p in tmp_path.iterdir() if 'partial' in p.name]
    with pytest.raises(UserError, match="'bmp' is unknown; choose one of co"):
        load_format('bmp')


@pytest.mark.parametrize('name', FORMATS)
def test_unknown_classes_are_refused(name, items, tmp_path):
    kind = load_format(name)
    kind.save(items, tmp_path / 'out', CLASSES, PALETTE)
    other = [c.replace('sea lion', 'walrus') for c in CLASSES]
    with pytest.raises(UserError, match="unknown classes 'sea lion'; the cla"):
        list(kind.read(tmp_path / 'out', other, size_of))


# What label_studio_sdk.converter.brush.mask2rle (2.1.2) makes of the mask.
_OF_LABEL_STUDIO = [
    0, 0, 0, 96, 57, 27, 254, 31, 0, 143, 254, 48, 8, 255, 237, 128, 91, 255,
    195, 96, 0]


def test_brush_rle_of_label_studio():
    mask = np.zeros((4, 6), bool)
    mask[1:3, 2:5] = True
    mask[1, 3] = False
    assert (decode_brush(_OF_LABEL_STUDIO, mask.shape) == mask).all()


def test_brush_rle_round_trip():
    rng = np.random.default_rng(1)
    for shape in ((1, 1), (7, 5), (300, 200)):
        mask = rng.random(shape) > .5
        assert (decode_brush(encode_brush(mask), shape) == mask).all()
    whole = np.ones((300, 300), bool)
    assert decode_brush(encode_brush(whole), whole.shape).all()
    for bad in ([], [0] * 20, encode_brush(whole)[:-1]):
        with pytest.raises(ValueError):
            decode_brush(bad, whole.shape)
