"""MAL's mask decoder."""
import pytest
import torch
import torch.nn.functional as F

from wsss_plugins.models import MALMaskDecoder

SMALL, MIDDLE, LARGE = 500., 5000., 50000.


def decoder(**options):
    torch.manual_seed(0)
    return MALMaskDecoder(6, 5, **options).eval()


def maps(batch=3, side=8):
    generator = torch.Generator().manual_seed(1)
    return torch.randn((batch, 6, side, side), generator=generator)


def paper(model, x, zoom, side):
    """Of one crop, from its weights."""
    key = model.roi_head
    k = key.mlp2(key.mlp1(x.mean(dim=(1, 2))).relu())
    v = x[None]
    if zoom != 1:
        v = F.interpolate(v, scale_factor=zoom, mode='bilinear')
    for number, unit in enumerate(model.mask_head.convs):
        if number == 3:
            v = F.interpolate(v, scale_factor=2, mode='bilinear')
        v = F.conv2d(v, unit.conv.weight, unit.conv.bias, padding=1).relu()
    logits = sum(k[c] * v[:, c] for c in range(len(k)))
    return F.interpolate(logits[None], (side, side), mode='bilinear')[0, 0]


@torch.no_grad()
def test_by_hand():
    model, x = decoder(), maps()
    found = model((None, x), [LARGE, SMALL, MIDDLE])
    assert found.shape == (3, 32, 32)
    for row, image, zoom in zip(found, x, (2., .5, 1.)):
        torch.testing.assert_close(row, paper(model, image, zoom, 32))
    model = decoder(size_adaptive=False)
    for row, image in zip(model((x, ), []), x):
        torch.testing.assert_close(row, paper(model, image, 1., 64))


@torch.no_grad()
@pytest.mark.parametrize('bound, other', [(32.**2, MIDDLE),
                                          (96.**2, LARGE)])
def test_a_bound_belongs_to_the_larger_size(bound, other):
    model, x = decoder(), maps(1)
    found = model((x, ), [bound])
    assert torch.equal(found, model((x, ), [other]))
    assert not torch.equal(found, model((x, ), [bound - 1]))
    assert found.abs().max() > 0


@torch.no_grad()
def test_neighbors_in_the_batch_change_nothing():
    model, x = decoder(), maps(4)
    areas = [MIDDLE, LARGE, SMALL, LARGE]
    whole = model((x, ), areas)
    for number in range(4):
        alone = model((x[number:number + 1], ), areas[number:number + 1])
        torch.testing.assert_close(whole[number], alone[0])


def test_all_weights_have_a_gradient():
    model = decoder()
    model((maps(), ), [SMALL, MIDDLE, LARGE]).square().sum().backward()
    assert all(p.grad.abs().max() > 0 for p in model.parameters())


def test_refusals():
    with pytest.raises(ValueError, match='2 areas for 3 crops'):
        decoder()((maps(), ), [1., 2.])
    with pytest.raises(ValueError, match='upsample_before=4'):
        decoder(upsample_before=4)
