import numpy as np
import pytest
from mmengine.registry import DefaultScope
from PIL import Image

from wsss_plugins.datasets.transforms import (
    ColorJitter,
    DenseMapSpec,
    LoadDenseMap,
    LoadImageSize,
    MakePseudoMask,
    PackWSSSInputs,
    RandomPlaceCrop,
    RandomResizeLong,
    RefineClassMaps,
    Rescale,
    Resize,
)
from wsss_plugins.datasets.transforms.dense_maps import (
    register_dense_map,
)
from wsss_plugins.registry import TRANSFORMS
from wsss_plugins.structures import ClassMaps, UserError


def scene(height=40, width=60):
    """An image whose red channel is its own saliency, and a mask."""
    rng = np.random.default_rng(0)
    saliency = np.zeros((height, width), dtype=np.uint8)
    saliency[10:30, 15:45] = 200
    image = rng.integers(0, 255, (height, width, 3), dtype=np.uint8)
    image[..., 2] = saliency
    results = dict(
        img=image,
        ori_shape=(height, width),
        img_shape=(height, width),
        img_path='x.jpg',
        gt_seg_map=(saliency > 0).astype(np.uint8),
        seg_fields=['gt_seg_map'])
    register_dense_map(results, 'gt_saliency', saliency,
                       DenseMapSpec('bicubic', 0))
    return results


def check_aligned(results):
    red = results['img'][..., 2].astype(int)
    inside = red > 0
    assert (np.abs(red - results['gt_saliency'])[inside] <= 1).all()
    agree = (results['gt_saliency'] > 100) == (results['gt_seg_map'] == 1)
    assert agree.mean() > .95


def test_maps_travel_with_the_image():
    with DefaultScope.overwrite_default_scope('mmseg'):
        flip = TRANSFORMS.build(dict(type='RandomFlip', prob=1.))
        crop = TRANSFORMS.build(dict(type='RandomCrop', crop_size=(30, 30)))
    for transforms in ([RandomResizeLong(80, 80), flip,
                        RandomPlaceCrop((64, 64))],
                       [Resize(scale=(90, 60), interpolation='bicubic',
                               backend='pillow'), crop],
                       [Rescale(.5), flip], [RandomPlaceCrop((90, 20))]):
        results = scene()
        for transform in transforms:
            results = transform(results)
        assert results['gt_saliency'].shape == results['img'].shape[:2]
        check_aligned(results)


def test_soft_maps_are_not_resized_as_labels():
    results = Resize(scale=(30, 20), interpolation='bicubic',
                     backend='pillow')(scene())
    assert len(np.unique(results['gt_saliency'])) > 2
    assert set(np.unique(results['gt_seg_map'])) == {0, 1}


def test_place_crop_fills_each_map_with_its_own():
    results = RandomPlaceCrop((64, 64), img_fill=(1.5, 2.5, 3.5),
                              exact_fill=True)(scene())
    assert results['img'].dtype == np.float32
    outside = results['gt_seg_map'] == 255
    assert outside.sum() == 64 * 64 - 40 * 60
    assert (results['gt_saliency'][outside] == 0).all()
    assert (results['img'][outside] == (1.5, 2.5, 3.5)).all()


def test_rescale_rounds_half_to_even_and_caps():
    results = Rescale(.5)(scene(45, 61))
    assert results['img_shape'] == (22, 30)
    assert Rescale(1., max_long=30)(scene())['img_shape'] == (20, 30)
    assert Rescale(1.)(scene())['img_shape'] == (40, 60)
    with pytest.raises(ValueError):
        Rescale(0)
    with pytest.raises(ValueError):
        RandomResizeLong(50, 40)


def test_resize_long_draws_both_bounds():
    sides = {
        max(RandomResizeLong(9, 10)(scene())['img_shape'])
        for _ in range(40)
    }
    assert sides == {9, 10}


def test_color_jitter_changes_the_image_only():
    results = scene()
    image, saliency = results['img'].copy(), results['gt_saliency'].copy()
    results = ColorJitter(.3, .3, .3, .1)(results)
    assert results['img'].dtype == np.uint8
    assert (results['img'] != image).any()
    assert (results['gt_saliency'] == saliency).all()
    assert (ColorJitter()(scene())['img'] == image).all()
    with pytest.raises(ValueError):
        ColorJitter(hue=.6)


def test_load_dense_map(tmp_path):
    gray = np.random.default_rng(0).integers(0, 255, (6, 8), dtype=np.uint8)
    Image.fromarray(gray).save(tmp_path / 'gray.png')
    Image.fromarray(np.stack([gray] * 3, 2)).save(tmp_path / 'rgb.png')
    for name in ('gray.png', 'rgb.png'):
        results = dict(ori_shape=(6, 8), saliency_path=str(tmp_path / name))
        assert (LoadDenseMap()(results)['gt_saliency'] == gray).all()
    with pytest.raises(UserError, match='8x6 pixels'):
        LoadDenseMap()(dict(
            ori_shape=(7, 8), img_path='x',
            saliency_path=str(tmp_path / 'gray.png')))
    absent = dict(ori_shape=(6, 8), saliency_path=str(tmp_path / 'no.png'))
    with pytest.raises(UserError, match=r'no\.png'):
        LoadDenseMap()(dict(absent))
    zeros = LoadDenseMap(missing='zeros')(dict(absent))
    assert not zeros['gt_saliency'].any()
    with pytest.raises(UserError, match='saliency_path'):
        LoadDenseMap()(dict(ori_shape=(6, 8)))


def test_size_without_pixels(tmp_path):
    """Upright, as OpenCV gives it; then a refiner has no image."""
    path = tmp_path / 'x.jpg'
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    Image.new('RGB', (60, 40)).save(path, exif=exif)
    results = LoadImageSize().transform(dict(img_path=str(path)))
    assert results['ori_shape'] == results['img_shape'] == (60, 40)
    assert 'img' not in results
    register_dense_map(results, 'gt_saliency',
                       np.full((60, 40), 255, dtype=np.uint8),
                       DenseMapSpec('bicubic', 0))
    packed = PackWSSSInputs().transform(dict(results))
    assert set(packed) == {'data_samples'}
    assert float(packed['data_samples'].gt_saliency.data.min()) == 1
    results['class_maps'] = ClassMaps(np.array([1]), np.ones((1, 3, 2)),
                                      (60, 40))
    refine = RefineClassMaps(
        dict(type='wsss_plugins.DenseCRFRefiner', alpha=4))
    with pytest.raises(UserError, match='list LoadImageFromFile'):
        refine.transform(results)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(UserError, match='x.jpg'):
        LoadImageSize().transform(dict(img_path=str(path)))


def test_pack():
    results = dict(
        scene(), gt_label=[1], num_foreground=3, sample_name='x',
        class_maps=ClassMaps([2], np.ones((1, 5, 7)), (40, 60)))
    sample = PackWSSSInputs()(results)['data_samples']
    assert sample.gt_score.tolist() == [0, 1, 0]
    assert sample.gt_label.tolist() == [1]
    assert sample.gt_saliency.data.shape == (1, 40, 60)
    assert sample.gt_saliency.data.max().item() == pytest.approx(200 / 255)
    assert sample.pred_cam.data.shape == (1, 5, 7)
    assert sample.pred_cam_label.tolist() == [2]
    assert sample.sample_name == 'x'
    results['gt_saliency'] = results['gt_saliency'][:-1]
    with pytest.raises(UserError, match='gt_saliency'):
        PackWSSSInputs()(results)


def test_refine_and_mask():
    maps = np.full((1, 40, 60), .15, dtype=np.float32)
    maps[0, 12:28, 18:42] = .9
    results = dict(scene(), class_maps=ClassMaps([4], maps, (40, 60)))
    results['img'] = np.repeat(results['gt_saliency'][..., None], 3, axis=2)
    plain = MakePseudoMask(.2)(dict(results))['pred_mask']
    assert set(np.unique(plain)) == {0, 4} and (plain == 4).sum() == 16 * 24
    refine = RefineClassMaps(
        dict(type='wsss_plugins.DenseCRFRefiner', threshold=.3,
             crf=dict(bi_sxy=20, bi_srgb=5)))
    refined = MakePseudoMask()(refine(results))['pred_mask']
    # The CRF grows the mask to the border that the image shows.
    assert ((refined == 4) == (results['gt_seg_map'] == 1)).mean() > .98
