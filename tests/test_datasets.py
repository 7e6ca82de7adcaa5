import numpy as np
import pytest
from PIL import Image

from wsss_plugins.datasets import ImageLevelDataset, TinyVOCDataset
from wsss_plugins.structures import (
    ImageLabels,
    UserError,
    voc_palette,
    write_mask,
)


def build(root, **options):
    settings = dict(
        data_root=str(root),
        label_file='image_labels.json',
        ann_file='train.txt',
        data_prefix=dict(
            img_path='JPEGImages',
            saliency_path='saliency',
            seg_map_path='SegmentationClass'))
    settings.update(options)
    return ImageLevelDataset(**settings)


def test_sample(voc_tree):
    dataset = build(voc_tree)
    assert len(dataset) == 4
    assert dataset.metainfo['classes'] == ('background', 'cat', 'dog')
    sample = dataset.get_data_info(1)
    assert sample['sample_name'] == 'pic_1'
    assert sample['gt_label'] == [1] and sample['num_foreground'] == 2
    assert sample['saliency_path'] == str(voc_tree / 'saliency/pic_1.png')


def test_all_images_of_the_labels_or_of_the_folder(voc_tree):
    assert len(build(voc_tree, ann_file='')) == 4
    metainfo = dict(classes=('background', 'cat', 'dog'))
    folder = build(
        voc_tree, ann_file='', label_file=None, metainfo=metainfo)
    assert len(folder) == 4 and 'gt_label' not in folder.get_data_info(0)


def test_any_suffix(voc_tree):
    source = voc_tree / 'JPEGImages/pic_0.jpg'
    Image.open(source).save(source.with_suffix('.png'))
    source.unlink()
    paths = [
        build(voc_tree, img_suffix=None).get_data_info(i)['img_path']
        for i in range(2)
    ]
    assert [p[-4:] for p in paths] == ['.png', '.jpg']


def test_paths_from_the_working_directory(voc_tree, monkeypatch):
    monkeypatch.chdir(voc_tree.parent)
    dataset = build(
        voc_tree,
        data_prefix=dict(
            img_path='JPEGImages', saliency_path='./voc/saliency'))
    assert dataset.get_data_info(0)['saliency_path'] == str(
        voc_tree / 'saliency/pic_0.png')


def test_finished_images_are_left_out(voc_tree, tmp_path):
    for name in ('pic_0', 'pic_2'):
        (tmp_path / f'{name}.npz').write_bytes(b'done')
    (tmp_path / '.pic_1.half.npz').write_bytes(b'half')
    (tmp_path / 'pic_3.npz').touch()  # empty: a kill or a full disk
    done = dict(folder=str(tmp_path), suffix='.npz')
    left = build(voc_tree, skip_done=done)
    names = [left.get_data_info(i)['sample_name'] for i in range(len(left))]
    assert names == ['pic_1', 'pic_3']
    for name in ('pic_1', 'pic_3'):
        (tmp_path / f'{name}.npz').write_bytes(b'done')
    assert len(build(voc_tree, skip_done=done)) == 1


def missing_image(root):
    (root / 'JPEGImages/pic_2.jpg').unlink()


def truncated_image(root):
    path = root / 'JPEGImages/pic_2.jpg'
    path.write_bytes(path.read_bytes()[:300])


def missing_saliency(root):
    (root / 'saliency/pic_2.png').unlink()


def other_saliency_size(root):
    Image.new('L', (9, 9)).save(root / 'saliency/pic_2.png')


def unknown_class(root):
    text = (root / 'image_labels.json').read_text()
    (root / 'image_labels.json').write_text(text.replace('"dog"', '"wolf"', 1))


def untagged(root):
    labels = ImageLabels.load(root / 'image_labels.json')
    ImageLabels(labels.classes,
                dict(labels.images, pic_2=())).save(root / 'image_labels.json')


def index_out_of_range(root):
    size = Image.open(root / 'JPEGImages/pic_2.jpg').size[::-1]
    write_mask(root / 'SegmentationClass/pic_2.png',
               np.full(size, 77), voc_palette(78))


def empty_list(root):
    (root / 'train.txt').write_text('\n')


def no_list(root):
    (root / 'train.txt').unlink()


@pytest.mark.parametrize('damage, message', [
    (missing_image, r'pic_2\.jpg: img not found'),
    (truncated_image, r'pic_2\.jpg: image is not a whole image'),
    (missing_saliency, r'pic_2\.png: saliency map not found'),
    (other_saliency_size, r'pic_2\.png: saliency map is 9x9'),
    (unknown_class, "'dog'|'wolf'"),
    (untagged, "'pic_2'.*no labels"),
    (index_out_of_range, r'pic_2\.png: index 77'),
    (empty_list, r'train\.txt: no image names'),
    (no_list, r'train\.txt: list of images not found'),
])
def test_damage_is_named_before_training(voc_tree, damage, message):
    build(voc_tree)
    damage(voc_tree)
    with pytest.raises(UserError, match=message) as error:
        build(voc_tree)
    assert '\n' not in str(error.value)


def test_untagged_can_be_allowed(voc_tree):
    untagged(voc_tree)
    dataset = build(voc_tree, allow_unlabeled=True)
    assert dataset.get_data_info(2)['gt_label'] == []


def test_known_classes_must_hold_the_tags(voc_tree):
    with pytest.raises(UserError, match="'dog'"):
        TinyVOCDataset(
            data_root=str(voc_tree),
            label_file='image_labels.json',
            data_prefix=dict(img_path='JPEGImages'))


def test_named_classes_have_colors(voc_tree):
    names = ('background', 'cat', 'dog')
    info = build(voc_tree, metainfo=dict(classes=names)).metainfo
    assert [list(c) for c in info['palette']] == [
        list(c) for c in voc_palette(3)]
    own = [[1, 2, 3]] * 3
    info = build(voc_tree, metainfo=dict(classes=names, palette=own)).metainfo
    assert info['palette'] == own


def test_no_classes_and_bad_check(voc_tree):
    with pytest.raises(UserError, match='no classes'):
        build(voc_tree, label_file=None)
    with pytest.raises(UserError, match="check='some'"):
        build(voc_tree, check='some')
