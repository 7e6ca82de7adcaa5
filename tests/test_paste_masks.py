"""From logits of a crop to a mask in its image."""
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from wsss_plugins.ops.points.paste_masks import (
    crop_probability,
    paste_mask,
    paste_probability,
)


def prob(size=6):
    return torch.rand((size, size), generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize('ext', [
    (2, 1, 8, 7), (-3, -2, 5, 9), (4, 3, 15, 12), (-2, -3, 13, 14),
    (0, 0, 10, 8)])
def test_pixel_by_pixel(ext):
    """As if the whole crop were pasted into a larger image."""
    x0, y0, x1, y1 = ext
    crop = F.interpolate(
        prob()[None, None], (y1 - y0, x1 - x0), mode='bilinear')[0, 0]
    found = paste_probability(prob(), ext, (8, 10))
    assert found.shape == (8, 10)
    for y, x in np.ndindex(8, 10):
        inside = y0 <= y < y1 and x0 <= x < x1
        assert found[y, x] == (crop[y - y0, x - x0] if inside else 0)
    assert found.any()
    mask = paste_mask(prob(), ext, (8, 10), .4)
    assert mask.dtype == torch.uint8
    assert torch.equal(mask.bool(), found > .4)


def test_a_crop_beside_the_image_and_an_empty_one():
    assert not paste_mask(prob(), (20, 0, 26, 6), (8, 10)).any()
    with pytest.raises(ValueError, match='empty'):
        paste_mask(prob(), (3, 0, 3, 6), (8, 10))


def test_probability_of_a_crop():
    logits = torch.tensor([[[-1., 2.], [0., 3.]]])
    box = torch.zeros(1, 2, 2, dtype=torch.uint8)
    box[0, :, 1] = 1
    found = crop_probability(logits, box)
    torch.testing.assert_close(
        found, torch.tensor([[[0., 2.], [0., 3.]]]).sigmoid() * box)
    # The mirrored crop's first column is this one's second.
    flipped = torch.tensor([[[4., 9.], [1., 9.]]])
    found = crop_probability(logits, box, flipped)
    torch.testing.assert_close(
        found, torch.tensor([[[0., 3.], [0., 2.]]]).sigmoid() * box)
    large = crop_probability(logits.half(), torch.ones(1, 8, 8))
    assert large.dtype == torch.float32 and large.shape == (1, 8, 8)
