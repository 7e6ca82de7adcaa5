"""Sets of files whose values mean something else; broken samples are named."""
import json

import numpy as np
import pytest
from mmengine.logging import MMLogger
from PIL import Image

from wsss_plugins.datasets import ImageLevelDataset, ObjectCropDataset
from wsss_plugins.datasets.converters.coco_masks import write_coco_masks
from wsss_plugins.datasets.converters.extreme_points import (
    add_extreme_points,
)
from wsss_plugins.evaluation.instance_scores import mask_ap
from wsss_plugins.structures import ImageLabels, UserError


def build(root, **options):
    settings = dict(
        data_root=str(root), label_file='image_labels.json',
        ann_file='train.txt',
        data_prefix=dict(img_path='JPEGImages', saliency_path='saliency',
                         seg_map_path='SegmentationClass'))
    return ImageLevelDataset(**{**settings, **options})


def rewrite(folder, change):
    for path in sorted(folder.glob('*.png')):
        array = np.asarray(Image.open(path))
        Image.fromarray(change(array)).save(path)


def test_saliency_of_zeros_and_ones(voc_tree):
    rewrite(voc_tree / 'saliency', lambda a: (a > 0).astype(np.uint8))
    with pytest.raises(UserError, match=r'saliency: .*at most 1 .*0\.\.255'):
        build(voc_tree)
    path = voc_tree / 'saliency/pic_3.png'
    Image.fromarray(np.asarray(Image.open(path)) * 200).save(path)
    assert len(build(voc_tree)) == 4  # faint ones beside a sound one


def test_masks_of_zeros_and_255(voc_tree):
    folder = voc_tree / 'SegmentationClass'
    rewrite(folder, lambda a: np.where(a > 0, 255, 0).astype(np.uint8))
    with pytest.raises(UserError, match='only 0 .background. and 255, which '
                       'is ignored'):
        build(voc_tree)
    assert len(build(voc_tree, check='headers')) == 4


@pytest.fixture
def warnings(caplog):
    """What the logger of data sets says; it has handlers of its own."""
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)


def test_classes_that_no_image_shows(voc_tree, warnings):
    labels = ImageLabels.load(voc_tree / 'image_labels.json')
    ImageLabels(('cat', 'dog', 'elk'), labels.images).save(
        voc_tree / 'image_labels.json')
    build(voc_tree)
    assert 'no image shows 1 of 3 classes: elk' in warnings.text


def test_maps_of_an_image_as_it_is_stored(voc_tree):
    path = voc_tree / 'JPEGImages/pic_1.jpg'
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.open(path).save(path, exif=exif.tobytes())
    with pytest.raises(UserError, match=r'pic_1\.png: .*EXIF orientation'):
        build(voc_tree)


def test_an_orientation_that_the_loader_would_ignore(voc_tree):
    source = voc_tree / 'JPEGImages/pic_2.jpg'
    exif = Image.Exif()
    exif[0x0112] = 3
    Image.open(source).save(source.with_suffix('.webp'), exif=exif.tobytes())
    source.unlink()
    with pytest.raises(UserError, match=r'pic_2\.webp: OpenCV does not'):
        build(voc_tree, img_suffix=None)
    load = [dict(type='wsss_plugins.LoadUprightImage')]
    sample = build(voc_tree, img_suffix=None, pipeline=load)[2]
    assert sample['img'].shape[:2] == sample['ori_shape']


def test_a_sample_that_breaks_is_named(voc_tree):
    crop = [dict(type='wsss_plugins.LoadUprightImage'),
            dict(type='wsss_plugins.CropObjects')]
    dataset = build(voc_tree, pipeline=crop)
    with pytest.raises(UserError, match=r'pic_1\.jpg: this image of 54x43'
                       ) as (
            error):
        dataset.prepare_data(1)
    assert isinstance(error.value.__cause__, KeyError)
    path = voc_tree / 'JPEGImages/pic_1.jpg'
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(UserError, match=r'pic_1\.jpg: .*not a whole image'):
        dataset.prepare_data(1)


def coco(path, annotations, **more):
    path.write_text(json.dumps(dict(dict(
        images=[dict(id=3, file_name='p.png', height=30, width=40)],
        categories=[dict(id=8, name='cup'), dict(id=9, name='pen')],
        annotations=[dict(dict(
            id=i, image_id=3, category_id=8, iscrowd=0, area=144,
            bbox=[4, 5, 12, 12],
            segmentation=[[4, 5, 16, 5, 16, 17, 4, 17]]), **change)
            for i, change in enumerate(annotations)]), **more)))
    return path


def test_all_crowd(tmp_path):
    path = coco(tmp_path / 'c.json', [dict(iscrowd=1)] * 3)
    with pytest.raises(UserError, match=r'c\.json: all 3 .* \(iscrowd: 1\)'):
        add_extreme_points(path, tmp_path / 'o.json')
    with pytest.raises(UserError, match=r'c\.json: all 3 annotations are'):
        write_coco_masks(path, tmp_path / 'masks', crowd_ignored=True)
    with pytest.raises(UserError, match=r'c\.json: all 3 annotations are'):
        ObjectCropDataset(str(path), need_points=False)
    assert write_coco_masks(path, tmp_path / 'masks') == 1


def test_categories_without_objects_and_small_ones(tmp_path, warnings):
    path = coco(tmp_path / 'c.json', [{}] + [dict(bbox=[1, 1, 3, 3])] * 2)
    Image.new('RGB', (40, 30)).save(tmp_path / 'p.png')
    ObjectCropDataset(str(path), dict(img_path=str(tmp_path)),
                      need_points=False, min_box_area=100)
    assert '1 of 2 categories have no object: pen' in warnings.text
    assert 'most objects are too small' in warnings.text


@pytest.mark.parametrize('ids', [[0], [0, 5], [5, 0, 1], [-3, 0]])
def test_ids_do_not_change_the_ap(tmp_path, ids):
    objects = [
        dict(id=n, segmentation=[[4 + 11 * i, 5, 12 + 11 * i, 5, 12 + 11 * i,
                                  17, 4 + 11 * i, 17]])
        for i, n in enumerate(ids)]
    path = coco(tmp_path / 'a.json', objects)
    assert mask_ap(path, path)['ap'] == pytest.approx(1)


@pytest.mark.parametrize('change, message', [
    (dict(score='0.5'), "score is the text '0.5'"),
    (dict(score=float('nan')), 'score is'),
    (dict(iscrowd='0'), "iscrowd is the text '0'"),
    (dict(category_id=8.), 'category_id is the float 8.0'),
    (dict(image_id=None), 'image_id is null'),
    (dict(segmentation=[4, 5, 16, 5, 16, 17]), 'list of polygons'),
    (dict(segmentation=[[90, 5, 99, 5, 99, 17]]), 'outside the image'),
    (dict(segmentation=[[4, 5, 16, 5, 16, 3e9]]), 'is not within'),
    (dict(segmentation=[[4, 5, 16, 5, 16, 10**400]]), 'is not within'),
    (dict(segmentation=dict(size=[30, 40], counts=[1200, True])), 'true'),
    (dict(segmentation=dict(size=[30, 40], counts=[1199])), 'counts 1199'),
    (dict(segmentation=dict(size=[40, 30], counts=[1200])), r'\[40, 30\]'),
    (dict(segmentation='abc'), "the text 'abc'"),
])
def test_a_broken_annotation_is_named_on_both_sides(tmp_path, change,
                                                    message):
    sound = coco(tmp_path / 's.json', [{}, {}])
    path = coco(tmp_path / 'b.json', [{}, change])
    for pair in ((sound, path), (path, sound)):
        if 'score' in change and pair[0] is sound:
            continue  # ground truth has none
        with pytest.raises(UserError, match=rf'b\.json: annotation 1: .*'
                           f'{message}'):
            mask_ap(*pair)


@pytest.mark.parametrize('speck_first', [True, False])
def test_a_speck_counts_in_no_place(tmp_path, speck_first):
    square = [4, 5, 16, 5, 16, 17, 4, 17]
    parts = [[1, 1, 3, 3], square] if speck_first else [square, [1, 1, 3, 3]]
    path = coco(tmp_path / 'c.json', [dict(segmentation=parts)])
    write_coco_masks(path, tmp_path / 'masks')
    assert (np.asarray(Image.open(tmp_path / 'masks/p.png')) > 0).sum() == 144
