"""Losses of MAL and EXITS against sums written with loops, in float64."""
import pytest
import torch

from wsss_plugins.models.losses import (
    CRFConsistencyLoss,
    MILLoss,
    PointLoss,
)
from wsss_plugins.models.losses.dice import (
    dice_loss,
)
from wsss_plugins.models.losses.mil_loss import (
    mil_loss,
)
from wsss_plugins.models.losses.point_loss import (
    point_loss,
)
from wsss_plugins.ops.crf.mean_field import mean_field, window_weights

FULL = dict(rtol=1e-10, atol=1e-13)


def case(seed=0, batch=3, size=(8, 12)):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn((batch, *size), generator=generator,
                         dtype=torch.float64)
    box = torch.zeros_like(logits)
    box[:, 2:-1, 3:-2] = 1
    box[:, 2] = .5
    return logits, box


def same(ours, paper, logits):
    """Both functions of logits have one value and one gradient."""
    values, grads = [], []
    for function in (ours, paper):
        leaf = logits.clone().requires_grad_()
        value = function(leaf.sigmoid())
        value.backward()
        values.append(value.detach())
        grads.append(leaf.grad)
    torch.testing.assert_close(*values, **FULL)
    torch.testing.assert_close(*grads, **FULL)
    assert grads[0].abs().max() > 1e-4


def paper_dice(x, t):
    common = sum(a * b for a, b in zip(x.flatten(), t.flatten()))
    total = sum(a * a for a in x.flatten()) + sum(b * b for b in t.flatten())
    return 1 - 2 * common / (total + .002)


def paper_mil(x, box):
    rows = torch.stack([row.max() for row in x])
    columns = torch.stack([column.max() for column in x.T])
    return (paper_dice(rows, torch.stack([row.max() for row in box])) +
            paper_dice(columns, torch.stack([c.max() for c in box.T])))


def test_dice():
    logits, box = case()
    same(lambda x: dice_loss(x, box).sum(),
         lambda x: sum(map(paper_dice, x, box)), logits)


def test_dice_is_that_of_mmdet():
    losses = pytest.importorskip('mmdet.models.losses.dice_loss',
                                 exc_type=ImportError)
    logits, box = case()
    torch.testing.assert_close(
        dice_loss(logits.sigmoid().float(), box.float()),
        losses.dice_loss(
            logits.sigmoid().float(), box.float(), reduction='none'))


def test_dice_of_nothing():
    x = torch.zeros(2, 4, requires_grad=True)
    loss = dice_loss(x, torch.zeros(2, 4))
    loss.sum().backward()
    assert loss.tolist() == [1, 1] and (x.grad == 0).all()
    with pytest.raises(ValueError, match='does not fit'):
        dice_loss(x, torch.zeros(2, 5))


def test_mil():
    logits, box = case()
    same(lambda x: MILLoss(loss_weight=4.)(x, box)['loss_mil'],
         lambda x: 4 * sum(map(paper_mil, x, box)) / (3 + 1e-4), logits)
    same(lambda x: MILLoss(batch_eps=0.)(x, box)['loss_mil'],
         lambda x: sum(map(paper_mil, x, box)) / 3, logits)


def test_mil_of_the_box_itself_is_small():
    box = case()[1].round()
    assert (mil_loss(box, box) < 1e-3).all()


def sets(seed=1):
    generator = torch.Generator().manual_seed(seed)
    chance = torch.rand((3, 4, 6), generator=generator)
    return chance > .7, chance > .4


def paper_point(x, labels, known, downsample):
    """Patches are of 2x2 pixels, where bilinear is the mean, too."""
    total = []
    for y in range(4):
        for z in range(6):
            cell = x[2 * y:2 * y + 2, 2 * z:2 * z + 2]
            total.append(sum(cell.flatten()) / 4 * float(known[y, z]))
    return paper_dice(torch.stack(total), labels.double())


@pytest.mark.parametrize('downsample', ['area', 'bilinear'])
def test_point(downsample):
    logits, box = case()
    labels, known = sets()
    empty = torch.tensor([False, True, False])
    module = PointLoss(mil_weight=.7, downsample=downsample, loss_weight=3.)

    def paper(x):
        losses = [paper_point(*row, downsample)
                  for row in zip(x, labels, known)]
        return 3 * (sum(losses) + .7 * paper_mil(x[1], box[1])) / 3

    same(lambda x: module(x, box, labels, known, empty)['loss_point'], paper,
         logits)


def test_downsampling_differs_in_what_it_reads():
    grads = {}
    labels = torch.ones(1, 2, 2, dtype=torch.bool)
    for downsample in ('area', 'bilinear'):
        x = torch.full((1, 8, 8), .5, requires_grad=True)
        point_loss(x, labels, labels, downsample).sum().backward()
        grads[downsample] = (x.grad != 0).sum().item()
    # Four of the sixteen pixels of each patch.
    assert grads == dict(area=64, bilinear=16)
    with pytest.raises(ValueError, match="downsample='nearest'"):
        PointLoss(downsample='nearest')


def test_unlabeled_patches_have_no_gradient():
    labels, known = sets()
    x = torch.full((3, 8, 12), .3, requires_grad=True)
    point_loss(x, labels, known).sum().backward()
    patches = x.grad.unfold(1, 2, 2).unfold(2, 2, 2).abs().sum(dim=(3, 4))
    assert torch.equal(patches > 0, known)


def crf_case():
    logits, box = case(size=(16, 20))
    generator = torch.Generator().manual_seed(5)
    images = torch.rand((3, 3, 32, 40), generator=generator).double() / 4
    teacher = torch.rand(logits.shape, generator=generator).double()
    return logits, box, images, teacher


def test_crf():
    logits, box, images, teacher = crf_case()
    small = torch.nn.functional.interpolate(
        images, (16, 20), mode='bilinear')
    start = (logits.sigmoid() + teacher) / 2
    target = mean_field(start, box, window_weights(small)) > .5
    assert 0 < target.float().mean() < 1
    loss = CRFConsistencyLoss(loss_weight=.5)
    same(lambda x: loss(x, box, images, teacher)['loss_crf'],
         lambda x: .5 * sum(map(paper_dice, x, target.double())) / 3, logits)
    assert torch.equal(loss.target(start, box, images), target)
    alone = CRFConsistencyLoss().target(logits.sigmoid(), box, images)
    assert not torch.equal(alone, target)


def test_crf_leaves_padding_out():
    logits, box, images, teacher = crf_case()
    valid = torch.ones_like(box, dtype=torch.bool)
    valid[..., :8] = False
    x = logits.sigmoid().requires_grad_()
    loss = CRFConsistencyLoss()(x, box, images, teacher, valid)['loss_crf']
    loss.backward()
    assert (x.grad[~valid] == 0).all() and (x.grad[valid] != 0).any()
    target = CRFConsistencyLoss().target(
        (x + teacher) / 2, box, images, valid)
    assert not (target & ~valid).any()
    torch.testing.assert_close(
        loss.detach(),
        dice_loss((x * valid).detach(), target.double()).mean())


def test_losses_are_float32_under_autocast():
    logits, box, images, teacher = (x.float() for x in crf_case())
    labels, known = (torch.rand(3, 4, 5) > .5 for _ in range(2))
    empty = torch.zeros(3, dtype=torch.bool)

    def losses(x):
        return [
            *MILLoss()(x, box).values(),
            *PointLoss()(x, box, labels, known, empty).values(),
            *CRFConsistencyLoss()(x, box, images, teacher).values()
        ]

    probs = logits.sigmoid()
    with torch.autocast('cpu', torch.bfloat16):
        found = losses(probs)
    for a, b in zip(found, losses(probs)):
        assert a.dtype == torch.float32
        torch.testing.assert_close(a, b)
    # Half precision in, sums in float32.
    assert all(x.dtype == torch.float32 for x in losses(probs.bfloat16()))
