"""RLEs against pixels."""
import json

import numpy as np
import pytest

from wsss_plugins.structures import (
    UserError,
    box_rle,
    decode_mask,
    encode_mask,
    rle_area,
    rle_iou,
    segment_rle,
)
from wsss_plugins.structures.rle import run_lengths

RNG = np.random.default_rng(0)


def blob(height=17, width=23, share=.4):
    return RNG.random((height, width)) < share


def uncompressed(mask):
    counts, value = [], 0
    run = 0
    for pixel in mask.ravel(order='F').astype(int):
        if pixel != value:
            counts.append(run)
            run, value = 0, pixel
        run += 1
    return dict(counts=[*counts, run], size=list(mask.shape))


@pytest.mark.parametrize('share', [0., .1, .5, 1.])
def test_codes_hold_the_pixels(share):
    mask = blob(share=share)
    runs = json.loads(json.dumps(encode_mask(mask)))
    assert (decode_mask(runs, mask.shape) == mask).all()
    assert (decode_mask(uncompressed(mask), mask.shape) == mask).all()
    assert rle_area(runs) == mask.sum()
    assert segment_rle(runs, mask.shape) == runs
    assert run_lengths(runs['counts']).tolist() == uncompressed(mask)['counts']


def test_polygons_are_filled():
    mask = decode_mask([[2, 3, 8, 3, 8, 7, 2, 7]], (10, 12))
    truth = np.zeros((10, 12), bool)
    truth[3:7, 2:8] = True
    assert (mask == truth).all()


def test_iou():
    for share in (.1, .5, .9):
        a, b = blob(share=share), blob()
        found = rle_iou(encode_mask(a), encode_mask(b))
        assert found == pytest.approx((a & b).sum() / (a | b).sum())
    nothing = encode_mask(np.zeros((4, 4)))
    assert rle_iou(nothing, nothing) == 0.
    assert rle_iou(nothing, encode_mask(np.ones((4, 4)))) == 0.


@pytest.mark.parametrize('box, rows, columns', [
    ((2, 3, 4, 2), (3, 5), (2, 6)),
    ((2.4, 3.5, 4, 2), (3, 6), (2, 7)),
    ((-3, -2, 5, 4), (0, 2), (0, 2)),
    ((10, 7, 50, 50), (7, 8), (10, 12)),
    ((5, 5, 0, 0), (5, 6), (5, 6)),
    ((500, 500, 3, 3), (7, 8), (11, 12)),
])
def test_boxes_are_the_pixels_they_touch(box, rows, columns):
    truth = np.zeros((8, 12), bool)
    truth[slice(*rows), slice(*columns)] = True
    assert (decode_mask(box_rle(box, (8, 12)), (8, 12)) == truth).all()


@pytest.mark.parametrize('segmentation', [
    None, [], [[1, 2]], [['a', 'b', 'c', 'd', 'e', 'f']], {},
    dict(size=[17, 23], counts='PPYo0PPYo0'), dict(size=[17, 23], counts=None),
    dict(size=[17, 23], counts='0'), dict(size=[17, 23], counts='a00'),
    dict(size=[17, 23], counts='Z'),
    dict(size=[4, 4], counts=[16]), dict(size=[17, 23], counts=[0, 999999]),
])
def test_broken_segmentations(segmentation):
    with pytest.raises(UserError, match='^annotation 7: '):
        segment_rle(segmentation, (17, 23), 'annotation 7')
