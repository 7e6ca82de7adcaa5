"""Small images for the CRF of a loss, and resizing with aligned corners."""
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmcv.transforms import RandomFlip
from scipy import ndimage

from wsss_plugins.datasets.transforms import (
    MakeCRFImage,
    PackWSSSInputs,
    ZoomResize,
)
from wsss_plugins.datasets.transforms.zoom import zoom
from wsss_plugins.structures import UserError


def random_image(height, width, seed=0):
    return np.random.default_rng(seed).integers(
        0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize('size', [(41, 41), (5, 9), (30, 37), (50, 60),
                                  (2, 2)])
def test_zoom_is_scipys(size):
    image = random_image(30, 37).astype(np.float64)
    factors = (size[0] / 30, size[1] / 37, 1)
    expected = ndimage.zoom(image, factors, order=1)
    assert expected.shape[:2] == size
    np.testing.assert_allclose(zoom(image, size), expected, atol=1e-9)


@pytest.mark.parametrize('size', [(7, 9), (1, 1), (1, 4), (40, 3)])
def test_zoom_is_torchs(size):
    image = random_image(12, 16)
    expected = F.interpolate(
        torch.tensor(image).permute(2, 0, 1)[None].double(), size,
        mode='bilinear', align_corners=True)[0].permute(1, 2, 0)
    np.testing.assert_allclose(zoom(image, size), expected, atol=1e-9)


def test_zoom_of_one_pixel():
    assert (zoom(np.full((1, 1), 7, np.uint8), (3, 2)) == 7).all()


@pytest.mark.parametrize('options', [dict(size=(41, 41)), dict(stride=8)])
def test_every_eighth_pixel_of_the_paper(options):
    image = random_image(321, 321)
    small = MakeCRFImage(**options)(dict(img=image))['gt_crf_image']
    assert small.dtype == np.uint8
    np.testing.assert_array_equal(small, image[::8, ::8])


def test_stride_of_other_sizes():
    image = random_image(20, 33)
    small = MakeCRFImage(stride=8)(dict(img=image))['gt_crf_image']
    np.testing.assert_array_equal(small, image[[0, 8, 16]][:, [0, 8, 16, 24,
                                                               32]])


def test_rounds_half_to_even_and_never_wraps():
    column = np.array([0, 1, 2, 255], dtype=np.uint8)
    image = np.repeat(column[:, None, None], 3, axis=2)
    small = MakeCRFImage(size=(7, 1))(dict(img=image))['gt_crf_image']
    assert small[:, 0, 0].tolist() == [0, 0, 1, 2, 2, 128, 255]
    white = np.full((9, 9, 3), 255, dtype=np.uint8)
    small = MakeCRFImage(size=(5, 7))(dict(img=white))['gt_crf_image']
    assert (small == 255).all()


def test_does_not_share_memory_with_the_image():
    results = dict(img=random_image(9, 9))
    before = MakeCRFImage(stride=8)(results)['gt_crf_image'].copy()
    results['img'][:] = 0
    np.testing.assert_array_equal(results['gt_crf_image'], before)


def test_follows_a_flip_before_it():
    image = random_image(17, 17)
    results = RandomFlip(prob=1.)(dict(img=image.copy()))
    small = MakeCRFImage(stride=8)(results)['gt_crf_image']
    np.testing.assert_array_equal(small, image[::8, ::-1][:, ::8])


@pytest.mark.parametrize('options', [
    dict(), dict(size=(4, 4), stride=8), dict(stride=0),
    dict(size=(4, )), dict(size=(0, 4)), dict(size=(4., 4.))
])
def test_refuses_options(options):
    with pytest.raises(UserError):
        MakeCRFImage(**options)


def test_refuses_normalized_images():
    with pytest.raises(UserError, match=r'a\.jpg: the image is float32'):
        MakeCRFImage(stride=2)(
            dict(img=np.zeros((4, 4, 3), np.float32), img_path='a.jpg'))


def test_packing():
    results = MakeCRFImage(stride=8)(
        dict(img=random_image(17, 25), img_path='a.jpg', ori_shape=(17, 25)))
    results['gt_cues'] = np.zeros((4, 3, 4), dtype=np.uint8)
    results['gt_cues'][1, 2, 3] = 1
    sample = PackWSSSInputs(meta_keys=('img_path', ))(results)['data_samples']
    image = sample.gt_crf_image.data
    assert image.dtype == np.uint8 and image.shape == (3, 3, 4)
    np.testing.assert_array_equal(
        image.transpose(1, 2, 0), results['gt_crf_image'])
    cues = sample.gt_cues.data
    assert cues.dtype == torch.uint8 and cues.shape == (4, 3, 4)
    assert cues.nonzero().tolist() == [[1, 2, 3]]
    plain = PackWSSSInputs(meta_keys=())(dict(img=random_image(4, 4)))
    assert 'gt_cues' not in plain['data_samples']
    assert 'gt_crf_image' not in plain['data_samples']


def test_zoom_resize():
    image = random_image(10, 20)
    results = ZoomResize((7, 9))(dict(img=image))
    assert results['img'].dtype == np.float32
    np.testing.assert_allclose(
        results['img'], zoom(image, (7, 9)), rtol=1e-6)
    assert results['img_shape'] == (7, 9)
    assert results['scale_factor'] == (9 / 20, 7 / 10)


def test_zoom_resize_refuses():
    with pytest.raises(UserError, match='gt_seg_map'):
        ZoomResize((7, 9))(
            dict(img=random_image(4, 4), seg_fields=['gt_seg_map']))
    with pytest.raises(UserError, match='size'):
        ZoomResize((0, 9))
