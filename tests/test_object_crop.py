"""Crops of objects against drawing in the whole image."""
import numpy as np
import pytest
from PIL import Image

from wsss_plugins.ops.points.object_crop import (
    box_edges,
    box_mask,
    box_to_crop,
    crop_array,
    crop_box,
    draw_margins,
    flip_points,
    outside_strip,
    points_to_crop,
    resize_crop,
    source_index,
    valid_mask,
)

SIZE, SIDE = (30, 40), 48
BOXES = [(10., 8., 25., 20.), (0., 0., 12., 9.), (28., 20., 40., 30.),
         (0., 5., 40., 15.), (3.4, 2.6, 17.9, 22.2), (5., 0., 6., 30.)]
MODES = dict(wrap='wrap', reflect='reflect', constant='constant')


def padded(array, crop, pad):
    """numpy's own padding, far enough for every crop here."""
    reach = 100
    widths = [(reach, reach)] * 2 + [(0, 0)] * (array.ndim - 2)
    x0, y0, x1, y1 = (value + reach for value in crop)
    return np.pad(array, widths, mode=MODES[pad])[y0:y1, x0:x1]


def pillow(array):
    return np.asarray(
        Image.fromarray(array).resize((SIDE, SIDE), Image.BICUBIC))


@pytest.mark.parametrize('pad', MODES)
@pytest.mark.parametrize('crop', [(5, 5, 30, 20), (-3, -70, 47, 80),
                                  (38, 28, 60, 50), (-20, 4, -5, 9)])
def test_crop_is_numpys_padding(pad, crop):
    image = np.random.default_rng(0).integers(0, 255, (*SIZE, 3), np.uint8)
    assert np.array_equal(crop_array(image, crop, pad),
                          padded(image, crop, pad))
    assert np.array_equal(crop_array(image[..., 0], crop, pad),
                          padded(image[..., 0], crop, pad))


def test_fill_and_thin_images():
    image = np.full((1, 4, 3), 9, dtype=np.uint8)
    out = crop_array(image, (-1, -1, 5, 2), 'constant', fill=(1, 2, 3))
    assert out[0, 0].tolist() == [1, 2, 3]
    assert out[1, 1:5].tolist() == [[9] * 3] * 4
    assert crop_array(image, (0, -2, 4, 3), 'reflect').min() == 9
    with pytest.raises(ValueError, match="pad='edge'"):
        source_index(0, 3, 4, 'edge')


@pytest.mark.parametrize('pad', ['wrap', 'constant', 'reflect'])
@pytest.mark.parametrize('box', BOXES)
@pytest.mark.parametrize('margins', [.3, (1.1, 0., .05, .9)])
def test_box_mask_is_drawing_and_cropping(pad, box, margins):
    crop = crop_box(box, margins)
    full = np.zeros(SIZE, dtype=np.uint8)
    x0, y0, x1, y1 = (int(value) for value in box)
    full[y0:y1 + 1, x0:x1 + 1] = 1
    drawn = padded(full, crop, 'wrap' if pad == 'wrap' else 'constant')
    assert np.array_equal(box_mask(box, crop, SIZE, SIDE, pad),
                          pillow(drawn))


@pytest.mark.parametrize('box', BOXES)
def test_valid_mask_is_drawing_and_cropping(box):
    crop = crop_box(box, 1.)
    x0, y0, x1, y1 = crop
    # Nearest pixel of the crop, by its center.
    columns = x0 + (np.arange(SIDE) + .5) * (x1 - x0) / SIDE
    rows = y0 + (np.arange(SIDE) + .5) * (y1 - y0) / SIDE
    expected = (((rows > 0) & (rows < SIZE[0]))[:, None]
                & ((columns > 0) & (columns < SIZE[1])))
    assert np.array_equal(valid_mask(crop, SIZE, SIDE), expected)


def test_crop_by_hand():
    assert crop_box((10, 8, 25, 20)) == (7, 6, 29, 23)
    assert crop_box((10, 8, 25, 20), 0) == (10, 8, 26, 21)
    assert crop_box((0, 0, 10, 10), (1, 0, .1, .2)) == (-5, 0, 12, 12)


def test_margins_share_a_budget():
    rng = np.random.default_rng(0)
    drawn = np.stack([draw_margins(rng, (0., 1.2)) for _ in range(4000)])
    assert drawn.min() >= 0
    assert (drawn[:, :2] + drawn[:, 2:]).max() <= 1.2
    # E[m g] = 0.6 * 0.5 on every side: MAL's margin of inference.
    assert np.allclose(drawn.mean(axis=0), .3, atol=.01)
    fixed = draw_margins(rng, (1., 1.))
    assert np.allclose(fixed[:2] + fixed[2:], 1)


def test_points_follow_the_pixels():
    crop = (7, 6, 31, 22)
    image = np.zeros(SIZE, dtype=np.uint8)
    image[11, 19] = 255
    zoomed = resize_crop(crop_array(image, crop), SIDE)
    rows, columns = np.nonzero(zoomed > 100)
    x, y = points_to_crop(np.array([19, 11]), crop, SIDE)
    assert x == pytest.approx(columns.mean())
    assert y == pytest.approx(rows.mean())
    # The reference's edge, in the same crop: half a pixel beside the center.
    edges = box_to_crop((19, 11, 20, 12), crop, SIDE)
    assert np.allclose((edges[:2] + edges[2:]) / 2 - .5, (x, y))


def test_flipped_points_follow_flipped_pixels():
    points = np.array([[4., 0.], [1., 3.], [5., 9.], [8., 2.]])
    flipped = flip_points(points, 10)
    assert flipped.tolist() == [[5, 0], [1, 2], [4, 9], [8, 3]]
    assert flip_points(flipped, 10).tolist() == points.tolist()
    assert points[0, 0] == 4


def test_box_edges():
    assert box_edges((3.4, 2.6, 17.9, 22.2), SIZE).tolist() == [3, 2, 18, 23]
    assert box_edges((0, 5, 40, 30), SIZE).tolist() == [0, 5, 40, 30]


def test_outside_strip():
    crop, side = (0, 0, 20, 10), 40
    # 8 of 20 columns are left of the box: 16 of 40.
    assert outside_strip((8, 0, 19, 9), crop, SIZE, side) == 16
    assert outside_strip((0, 0, 19, 9), crop, SIZE, side) == 0
    # Padding counts only where it wraps.
    beyond, full = (-10, 0, 50, 30), (0, 0, 40, 30)
    assert outside_strip(full, beyond, SIZE, 60) == 0
    assert outside_strip(full, beyond, SIZE, 60, 'wrap') == 10


def test_resize_backends():
    image = np.random.default_rng(0).integers(0, 255, (30, 40, 3), np.uint8)
    assert np.array_equal(resize_crop(image, SIDE), pillow(image))
    ramp = np.tile(np.arange(40, dtype=np.uint8) * 6, (30, 1))
    for side in (12, 48):
        fast = resize_crop(ramp, side, 'cv2').astype(int)
        assert np.abs(fast - resize_crop(ramp, side)).max() <= 6
    with pytest.raises(ValueError, match="backend='x'"):
        resize_crop(image, 4, 'x')
