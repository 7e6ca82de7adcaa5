"""EPS' loss against the paper's own form in float64, written with loops."""
import numpy as np
import pytest
import torch

from wsss_plugins.models.losses import (
    EPSLoss,
)
from wsss_plugins.models.losses.eps_loss import (
    eps_loss,
    overlap_ratio,
    resize_saliency,
)


def paper_loss(maps, saliency, tags, tau, lam, selection='adaptive',
               background_classes=()):
    """Equations 1 to 4, image by image, with sums over named classes."""
    total = 0.
    for raw, salient, tag in zip(maps, saliency[:, 0], tags):
        probs = torch.softmax(raw, dim=0)
        foreground = torch.zeros_like(salient)
        background = probs[-1].clone()
        for c in range(len(tag)):
            if not tag[c]:
                continue
            inside = probs[c] > .5
            both = (inside & (salient > .5)).sum().item()
            ratio = both / (inside.sum().item() + 1e-4 * salient.numel())
            on_foreground = {
                'adaptive': ratio > tau,
                'naive': True,
                'predefined': c not in background_classes
            }[selection]
            if on_foreground:
                foreground = foreground + probs[c]
            else:
                background = background + probs[c]
        estimate = lam * foreground + (1 - lam) * (1 - background)
        total = total + ((salient - estimate)**2).mean()
    return total / len(maps)


def case(seed, classes=4, size=6, scale=4.):
    generator = torch.Generator().manual_seed(seed)
    maps = torch.randn(
        3, classes + 1, size, size, generator=generator).double() * scale
    saliency = torch.rand(3, 1, size, size, generator=generator).double()
    tags = (torch.rand(3, classes, generator=generator) > .4).double()
    return maps, saliency, tags


@pytest.mark.parametrize('seed', range(3))
@pytest.mark.parametrize('selection, background_classes',
                         [('adaptive', ()), ('naive', ()),
                          ('predefined', (1, 2))])
@pytest.mark.parametrize('lam', [0., .5, .9])
def test_value_and_gradient(seed, selection, background_classes, lam):
    maps, saliency, tags = case(seed)
    grads, values = [], []
    for function in (paper_loss, lambda *a: eps_loss(*a).loss):
        leaf = maps.clone().requires_grad_()
        value = function(leaf, saliency, tags, .3, lam, selection,
                         background_classes)
        value.backward()
        values.append(value.item())
        grads.append(leaf.grad)
    assert values[0] == pytest.approx(values[1], abs=1e-12)
    torch.testing.assert_close(grads[0], grads[1], rtol=1e-9, atol=1e-12)
    assert grads[0].abs().max() > 1e-4


def test_selections_differ():
    maps, saliency, tags = case(0)
    losses = {
        eps_loss(maps, saliency, tags, .9, .5, selection, classes).loss.item()
        for selection, classes in (('adaptive', ()), ('naive', ()),
                                   ('predefined', (0, )))
    }
    assert len(losses) == 3


def test_gradcheck():
    maps, saliency, tags = case(1, classes=2, size=3)
    assert torch.autograd.gradcheck(
        lambda x: eps_loss(x, saliency, tags).loss,
        maps.clone().requires_grad_())


def test_hand_computed():
    # One pixel, one tagged class with p = .8, background .2, salient: the
    # class is confident and inside, so the estimate is .5*.8 + .5*(1-.2).
    maps = torch.tensor([.8, .2]).log().reshape(1, 2, 1, 1)
    out = eps_loss(maps, torch.ones(1, 1, 1, 1), torch.ones(1, 1))
    assert out.overlap.item() == pytest.approx(1 / 1.0001)
    assert out.selected.item() is True
    assert out.loss.item() == pytest.approx(.04)
    # Not salient: the class goes to the background and explains it fully.
    out = eps_loss(maps, torch.zeros(1, 1, 1, 1), torch.ones(1, 1))
    assert out.selected.item() is False
    assert out.loss.item() == pytest.approx(0, abs=1e-12)


def test_exactly_one_half_is_not_confident():
    probs = torch.full((1, 1, 2, 2), .5)
    assert overlap_ratio(probs, torch.ones(1, 1, 2, 2)).item() == 0


def test_half_precision_computes_in_float32():
    maps, saliency, tags = case(0)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        low = eps_loss(maps.bfloat16(), saliency, tags)
    full = eps_loss(maps.bfloat16().float(), saliency, tags)
    assert low.loss.dtype == torch.float32
    assert low.loss.item() == pytest.approx(full.loss.item(), rel=1e-6)


def test_resize_modes():
    saliency = torch.arange(321.).expand(1, 1, 321, 321) / 320
    nearest = resize_saliency(saliency, (41, 41))[0, 0, 0] * 320
    stride = resize_saliency(saliency, (41, 41), 'stride')[0, 0, 0] * 320
    assert stride.tolist() == pytest.approx(list(range(0, 321, 8)))
    assert nearest.tolist() == pytest.approx(
        [int(np.floor(np.float32(i) * np.float32(321 / 41)))
         for i in range(41)])
    area = resize_saliency(torch.eye(4)[None, None], (2, 2), 'area')
    assert area[0, 0].tolist() == [[.5, 0.], [0., .5]]
    with pytest.raises(ValueError, match='stride'):
        resize_saliency(torch.zeros(1, 1, 10, 10), (6, 6), 'stride')


@pytest.mark.parametrize('options', [
    dict(tau=1.2),
    dict(lam=-.1),
    dict(selection='best'),
    dict(selection='predefined'),
    dict(background_classes=[1]),
    dict(saliency_resize='bilinear'),
])
def test_refuses_options(options):
    with pytest.raises(ValueError):
        EPSLoss(**options)


def test_module_reports_selection_rate():
    maps = torch.zeros(1, 3, 2, 2)
    maps[:, 0] = 9.
    out = EPSLoss(loss_weight=2.)(maps, torch.ones(1, 1, 16, 16),
                                  torch.tensor([[1, 1]]))
    assert out['selection_rate'].item() == .5
    plain = eps_loss(maps, torch.ones(1, 1, 16, 16), torch.tensor([[1, 1]]))
    assert out['loss_sal'].item() == pytest.approx(2 * plain.loss.item())
    with pytest.raises(ValueError, match='3 maps for 3 classes'):
        EPSLoss()(maps, torch.ones(1, 1, 2, 2), torch.ones(1, 3))
