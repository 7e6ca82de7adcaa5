"""Regions of clicks: certain clicks, holes, and images of any size."""
import numpy as np
import pytest

from wsss_plugins.review.regions import click_region


def scene(size=(90, 120), hole=None):
    image = np.full((*size, 3), 60, np.uint8)
    image += np.random.default_rng(0).integers(0, 20, image.shape, np.uint8)
    truth = np.zeros(size, bool)
    truth[20:70, 30:90] = True
    if hole:
        truth[hole] = False
    image[truth] += np.array([120, 20, 0], np.uint8)
    return image, truth


def iou(a, b):
    return (a & b).sum() / (a | b).sum()


def test_box_is_found_with_and_without_cam():
    image, truth = scene()
    cam = np.zeros((9, 12), np.float32)
    cam[3:6, 4:8] = .3
    for given in (None, cam, np.zeros_like(cam)):
        assert iou(click_region(image, [[60, 45]], [], given), truth) > .95


def test_small_holes_are_filled_unless_clicked():
    inside = np.s_[40:48, 50:58]
    image, truth = scene(hole=inside)
    found = click_region(image, [[40, 30]], [])
    assert found[inside].mean() > .9
    found = click_region(image, [[40, 30]], [[54, 44]])
    assert found[inside].mean() < .3 and iou(found, truth) > .9


def test_negative_click_cuts_a_part_off():
    image, truth = scene()
    image[77:89, 30:90] = image[22:34, 30:90]
    image[70:77, 55:65] = image[22:29, 55:65]  # what joins them
    found = click_region(image, [[60, 45]], [[60, 84]])
    assert not found[79:88, 40:80].any() and iou(found, truth) > .85


@pytest.mark.parametrize('size', [(1, 1), (2, 900), (700, 3), (1300, 900)])
def test_any_size(size):
    rng = np.random.default_rng(1)
    image = rng.integers(0, 255, (*size, 3), dtype=np.uint8)
    found = click_region(image, [[0, 0], [9999, -5]], [])
    assert found.shape == size and found.dtype == bool


def test_image_of_one_color():
    image = np.full((40, 50, 3), 90, np.uint8)
    assert click_region(image, [[20, 20]], [[45, 5]]).shape == (40, 50)
