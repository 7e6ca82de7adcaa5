"""MAL's mean field against loops over pixels, in float64."""
import math

import pytest
import torch

from wsss_plugins.ops.crf.mean_field import (
    _iterate_all,
    mean_field,
    whole_window,
    window_offsets,
    window_weights,
)


def case(seed=0, size=(7, 9), batch=2, noise=.1):
    generator = torch.Generator().manual_seed(seed)
    images = noise * torch.randn(
        (batch, 3, *size), generator=generator, dtype=torch.float64)
    probs = torch.rand((batch, *size), generator=generator).double()
    box = torch.zeros_like(probs)
    box[:, 1:-1, 2:-1] = 1
    box[:, 1] = .5
    return images, probs, box


def neighbors(y, x, size, window, dilation):
    reach = window // 2
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            there = y + dy * dilation, x + dx * dilation
            if 0 <= there[0] < size[0] and 0 <= there[1] < size[1]:
                yield there


def by_pixel(image, probs, box, window, dilation, zeta, iterations,
             valid=None, eps=1e-6):
    """The reference's rule, a pixel at a time."""
    size = probs.shape
    state = (probs * box).clamp(.1, .9)
    for _ in range(iterations):
        new = state.clone()
        for y in range(size[0]):
            for x in range(size[1]):
                first = other = 0.
                for there in neighbors(y, x, size, window, dilation):
                    gap = (image[:, y, x] - image[:, there[0], there[1]])
                    k = math.exp(-float((gap**2).sum()) / (2 * zeta**2))
                    if valid is not None and there != (y, x) and not (
                            valid[y, x] and valid[there]):
                        k = 0.
                    first -= k * math.log(state[there])
                    other -= k * math.log(1 - state[there])
                e1 = math.exp(-first) * float(box[y, x])
                e0 = math.exp(-other)
                new[y, x] = min(.9, max(.1, e1 / (eps + e1 + e0)))
        state = new
    return state


@pytest.mark.parametrize('window, dilation, zeta', [
    (3, 1, .1), (3, 2, .2), (5, 1, .05), (5, 3, .06), (1, 1, .1)])
def test_by_pixel(window, dilation, zeta):
    images, probs, box = case()
    weights = window_weights(images, window, dilation, zeta)
    found = mean_field(probs, box, weights, window, dilation, iterations=4)
    for number in range(2):
        truth = by_pixel(images[number], probs[number], box[number], window,
                         dilation, zeta, 4)
        torch.testing.assert_close(found[number], truth, rtol=1e-9,
                                   atol=1e-10)
    assert found.std() > .05


def test_padding_says_nothing():
    images, probs, box = case()
    valid = torch.rand(2, 7, 9, generator=torch.Generator().manual_seed(3))
    valid = valid > .3
    weights = window_weights(images, valid=valid)
    found = mean_field(probs, box, weights, iterations=3)
    for number in range(2):
        truth = by_pixel(images[number], probs[number], box[number], 3, 1,
                         .1, 3, valid[number])
        torch.testing.assert_close(found[number], truth, rtol=1e-9,
                                   atol=1e-10)
    # Colors of the padding change nothing.
    images += 7. * ~valid[:, None]
    other = mean_field(probs, box, window_weights(images, valid=valid),
                       iterations=3)
    torch.testing.assert_close(found, other)


@pytest.mark.parametrize('window, dilation', [(3, 1), (5, 2)])
def test_whole_windows(window, dilation):
    images, *_ = case()
    weights = window_weights(images, window, dilation)
    whole = whole_window(weights, window, dilation)
    reach = window // 2
    cells = [(dy * dilation, dx * dilation)
             for dy in range(-reach, reach + 1)
             for dx in range(-reach, reach + 1)]
    assert cells[len(cells) // 2 + 1:] == window_offsets(window, dilation)
    for plane, (dy, dx) in enumerate(cells):
        for y, x in ((0, 0), (3, 4), (6, 8)):
            there = y + dy, x + dx
            inside = 0 <= there[0] < 7 and 0 <= there[1] < 9
            gap = (images[:, :, y, x] - images[:, :, there[0], there[1]]
                   if inside else images.new_full((2, 3), 100.))
            truth = (-gap.square().sum(dim=1) / .02).exp()
            torch.testing.assert_close(whole[:, plane, y, x], truth)


def test_a_window_larger_than_the_map():
    images, probs, box = case(size=(3, 4))
    weights = window_weights(images, 5, 2)
    found = mean_field(probs, box, weights, 5, 2, iterations=2)
    truth = by_pixel(images[0], probs[0], box[0], 5, 2, .1, 2)
    torch.testing.assert_close(found[0], truth)


def scene():
    """A plain square in a plain box, and texture."""
    images = torch.zeros(2, 3, 32, 32)
    images[0, :, 8:24, 8:24] = 1
    images[1] = torch.randn(
        (3, 32, 32), generator=torch.Generator().manual_seed(0)) / 10
    probs = torch.full((2, 32, 32), .4)
    probs[:, 10:22, 10:20] = .8
    box = torch.zeros_like(probs)
    box[:, 6:26, 6:26] = 1
    return images, probs, box


def test_it_grows_to_the_border_and_stays_in_the_box():
    images, probs, box = scene()
    masks = mean_field(probs, box, window_weights(images)) > .5
    truth = torch.zeros(32, 32, dtype=torch.bool)
    truth[8:24, 8:24] = True
    assert not (masks[0] & ~truth).any()
    assert not (probs[0][~masks[0]] > .5).any()
    assert masks[0].sum() > (probs[0] > .5).sum()
    assert not (masks & (box == 0)).any()


def test_a_stop_gives_the_same_masks_and_samples_stop_alone():
    images, probs, box = scene()
    weights = window_weights(images)
    full = mean_field(probs, box, weights)
    stopped = mean_field(probs, box, weights, stop=1e-4)
    assert torch.equal(full > .5, stopped > .5)
    for number in range(2):
        part = slice(number, number + 1)
        alone = mean_field(probs[part], box[part], weights[part], stop=1e-4)
        assert torch.equal(alone, stopped[part])
    # It does stop: fewer iterations are another number.
    assert not torch.equal(full[0], mean_field(probs, box, weights,
                                               stop=1e-1)[0])


def test_no_gradient_and_no_change_of_inputs():
    images, probs, box = scene()
    kept = probs.clone(), box.clone()
    probs.requires_grad_()
    found = mean_field(probs, box, window_weights(images), iterations=2)
    assert not found.requires_grad
    assert torch.equal(probs, kept[0]) and torch.equal(box, kept[1])


@pytest.mark.parametrize('options, words', [
    (dict(window=4), 'window=4'), (dict(dilation=0), 'dilation=0'),
    (dict(limits=(0., .9)), 'limits'), (dict(limits=(.9, .1)), 'limits')])
def test_refusals(options, words):
    images, probs, box = scene()
    with pytest.raises(ValueError, match=words):
        mean_field(probs, box, window_weights(images), **options)


@pytest.mark.parametrize('stop', [None, 1e-4, 1e-1])
def test_other_devices_get_the_same_without_being_asked(stop, monkeypatch):
    """Where samples cannot leave the batch they stop changing instead."""
    images, probs, box = case(batch=3)
    weights = window_weights(images, 3, 2, .5)
    expected = mean_field(probs, box, weights, stop=stop)
    monkeypatch.setattr('wsss_plugins.ops.crf.mean_field._iterate',
                        _iterate_all)
    found = mean_field(probs, box, weights, stop=stop)
    assert torch.equal(found, expected)
