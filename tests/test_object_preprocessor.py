"""Color changes against Pillow and colorsys, and the batch they run in."""
import colorsys

import numpy as np
import pytest
import torch
from mmengine.structures import BaseDataElement
from PIL import Image, ImageEnhance
from scipy.ndimage import gaussian_filter

from wsss_plugins.models import ObjectDataPreprocessor
from wsss_plugins.ops.points.color_jitter import (
    adjust_brightness,
    adjust_contrast,
    adjust_hue,
    adjust_saturation,
    gaussian_blur,
    gray,
)
from wsss_plugins.registry import MODELS


def batch(count=3, side=16, seed=0):
    rng = np.random.default_rng(seed)
    return torch.from_numpy(
        rng.integers(0, 256, (count, 3, side, side), dtype=np.uint8))


def as_pillow(image):
    return Image.fromarray(image.permute(1, 2, 0).numpy())


def as_bytes(images):
    return (images * 255).permute(0, 2, 3, 1).numpy()


@pytest.mark.parametrize('adjust, enhance', [
    (adjust_brightness, ImageEnhance.Brightness),
    (adjust_contrast, ImageEnhance.Contrast),
    (adjust_saturation, ImageEnhance.Color)])
def test_adjust_is_pillows(adjust, enhance):
    images, factors = batch(), (0., .6, 1.4)
    found = adjust(images / 255, torch.tensor(factors))
    assert found.min() >= 0 and found.max() <= 1
    for image, factor, out in zip(images, factors, as_bytes(found)):
        expected = np.asarray(enhance(as_pillow(image)).enhance(factor))
        # Pillow rounds the gray and the result to 8 bits.
        assert np.abs(out - expected).max() <= 1.5
    same = adjust(images / 255, torch.ones(3))
    assert torch.allclose(same, images / 255, atol=1e-6)


def test_hue_is_colorsys():
    images = batch(3, 8).double() / 255
    images[0, :, 0, 0] = 0
    images[0, :, 0, 1] = torch.tensor([.5, .5, .5])
    images[0, :, 0, 2] = torch.tensor([1., 1., 0.])
    shifts = torch.tensor([-.1, .05, .5], dtype=torch.float64)
    found = adjust_hue(images, shifts)
    for n, shift in enumerate(shifts.tolist()):
        for y in range(8):
            for x in range(8):
                h, s, v = colorsys.rgb_to_hsv(*images[n, :, y, x].tolist())
                expected = colorsys.hsv_to_rgb((h + shift) % 1, s, v)
                assert found[n, :, y, x].tolist() == pytest.approx(
                    expected, abs=1e-12)


def test_gray_is_pillows():
    images = batch()
    for image, out in zip(images, gray(images / 255) * 255):
        expected = np.asarray(as_pillow(image).convert('L'))
        assert np.abs(out[0].numpy() - expected).max() <= .51


def test_blur_is_scipys():
    images = batch(3, 24).double() / 255
    sigmas = torch.tensor([.1, .9, 2.], dtype=torch.float64)
    found = gaussian_blur(images, sigmas)
    for image, sigma, out in zip(images, sigmas.tolist(), found):
        expected = gaussian_filter(image.numpy(), (0, sigma, sigma),
                                   mode='mirror', radius=6)
        assert np.allclose(out.numpy(), expected, atol=1e-12)
    tiny = gaussian_blur(torch.ones(1, 3, 2, 1), torch.tensor([2.]))
    assert torch.allclose(tiny, torch.ones(1, 3, 2, 1))
    assert gaussian_blur(torch.ones(0, 3, 4, 4), torch.ones(0)).shape[0] == 0


def processed(processor, images, training=True, seed=0):
    torch.manual_seed(seed)
    return processor(dict(inputs=images, data_samples=[1] * len(images)),
                     training)


def test_testing_normalizes_only():
    processor = MODELS.build(dict(type='wsss_plugins.ObjectDataPreprocessor'))
    images = batch()
    out = processed(processor, images, training=False)
    expected = (images.double() - torch.tensor(
        [123.675, 116.28, 103.53]).view(3, 1, 1)) / torch.tensor(
            [58.395, 57.12, 57.375]).view(3, 1, 1)
    for name in ('student', 'teacher'):
        assert torch.allclose(out['inputs'][name].double(), expected,
                              atol=1e-5)
        assert out['inputs'][name].dtype == torch.float32
    assert torch.equal(out['inputs']['rgb'], images / 255)
    assert out['data_samples'] == [1] * 3
    # Batches of the stock collate function are lists.
    listed = processed(processor, list(images), training=False)
    assert torch.equal(listed['inputs']['student'], out['inputs']['student'])


def test_training_changes_the_student_only():
    processor = ObjectDataPreprocessor()
    images = batch(64)
    out = processed(processor, images)['inputs']
    again = processed(processor, images)['inputs']
    other = processed(processor, images, seed=1)['inputs']
    clean = processed(processor, images, training=False)['inputs']
    assert torch.equal(out['teacher'], clean['teacher'])
    assert torch.equal(out['student'], again['student'])
    assert not torch.equal(out['student'], other['student'])
    assert torch.allclose(processor.normalize(out['rgb']), out['student'])
    assert out['rgb'].min() >= 0 and out['rgb'].max() <= 1
    assert images.dtype == torch.uint8  # the batch itself is untouched
    # Left alone: neither jittered nor gray nor blurred, 0.5 * 0.8 * 0.5.
    untouched = (out['rgb'] == images / 255).flatten(1).all(dim=1)
    assert .05 < untouched.float().mean() < .4


def is_gray(images):
    spread = images.amax(dim=1) - images.amin(dim=1)
    return (spread < 1e-6).flatten(1).all(dim=1)


def test_shares_of_the_changes():
    images = batch(400, 6)
    only_gray = ObjectDataPreprocessor(jitter=None, blur=None)
    gray_now = is_gray(processed(only_gray, images)['inputs']['rgb'])
    assert .13 < gray_now.float().mean() < .27
    only_blur = ObjectDataPreprocessor(
        jitter=None, gray_prob=0, blur=dict(sigma=(1., 1.), prob=.5))
    rgb = processed(only_blur, images)['inputs']['rgb']
    changed = (rgb != images / 255).flatten(1).any(dim=1)
    assert .4 < changed.float().mean() < .6
    expected = gaussian_blur(images[changed] / 255,
                             torch.ones(int(changed.sum())))
    assert torch.allclose(rgb[changed], expected, atol=1e-6)


@pytest.mark.parametrize('name, low, high', [
    ('brightness', .6, 1.4), ('contrast', .6, 1.4), ('saturation', .8, 1.2)])
def test_range_of_the_jitter(name, low, high):
    images = torch.full((500, 3, 2, 2), 100, dtype=torch.uint8)
    images[:, 0, 0], images[:, 2, 1] = 140, 60
    amount = round(high - 1, 6)
    processor = ObjectDataPreprocessor(
        jitter={name: amount}, gray_prob=0, blur=None)
    rgb = processed(processor, images)['inputs']['rgb']
    if name == 'brightness':
        factors = rgb[:, 1, 0, 0] / (100 / 255)
    else:  # spread of brightness, or of colors, scales with the factor
        part = gray if name == 'contrast' else (lambda x: x[:, :1] - x[:, 1:2])
        spread = [part(x)[:, 0, 0, 0] - part(x)[:, 0, 1, 0]
                  for x in (rgb, images / 255)]
        factors = spread[0] / spread[1]
    assert factors.min() >= low - 1e-3 and factors.max() <= high + 1e-3
    assert factors.min() < low + .05 and factors.max() > high - .05


def test_jitter_orders_differ_between_images():
    images = batch(1).repeat(200, 1, 1, 1)
    processor = ObjectDataPreprocessor(
        jitter=dict(brightness=.4, contrast=.4), gray_prob=0, blur=None)
    torch.manual_seed(0)
    found = set()
    torch.rand(200)  # which are jittered: all
    brightness, contrast = (torch.rand(200) * .8 + .6 for _ in range(2))
    rgb = processed(processor, images)['inputs']['rgb']
    floats = images / 255
    for first in (True, False):
        expected = floats
        for step in ((True, False) if first else (False, True)):
            expected = (adjust_brightness(expected, brightness) if step
                        else adjust_contrast(expected, contrast))
        same = (rgb - expected).abs().flatten(1).amax(dim=1) < 1e-5
        found.add(bool(same.any()) and not bool(same.all()))
        share = same.float().mean()
        assert .3 < share < .7
    assert found == {True}


def test_samples_go_along():
    sample = BaseDataElement(metainfo=dict(ann_id=3))
    sample.set_data(dict(box_mask=torch.ones(4, 4)))
    out = ObjectDataPreprocessor()(
        dict(inputs=batch(1), data_samples=[sample]))
    assert out['data_samples'][0].ann_id == 3


@pytest.mark.parametrize('options, message', [
    (dict(jitter=dict(color=1)), r"unknown \['color'\]"),
    (dict(jitter=dict(hue=.6)), 'hue at most 0.5'),
    (dict(jitter=dict(contrast=-1)), 'at least 0'),
    (dict(jitter=dict(prob=2)), 'jitter.prob=2'),
    (dict(gray_prob=-1), 'gray_prob=-1'),
    (dict(blur=dict(sigma=(0, 1))), 'above 0'),
    (dict(blur=dict(radius=1)), 'it takes sigma'),
    (dict(blur=dict(prob=2)), 'blur.prob=2')])
def test_wrong_options(options, message):
    with pytest.raises(ValueError, match=message):
        ObjectDataPreprocessor(**options)
