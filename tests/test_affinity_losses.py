"""Losses and heads of pairs against loops in 64 bits: values, gradients."""
import math

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from wsss_plugins.models import AffinityLoss, DisplacementLoss
from wsss_plugins.ops.walk.pairs import pair_labels, pair_offsets
from wsss_plugins.registry import MODELS
from wsss_plugins.structures import UserError

RADIUS, EPS = 3, 1e-5


def random_labels(size, batch=2, classes=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    label = torch.randint(0, classes + 1, (batch, *size),
                          generator=generator)
    return torch.where(label == classes, 255, label)


def pairs(size, radius, border):
    """Both ends of all pairs, and the place of each in a stencil."""
    reach = radius - 1
    height, width = size
    for plane, (dy, dx) in enumerate(pair_offsets(radius).tolist()):
        for y in range(height):
            for x in range(width):
                if border == 'reference':
                    if y >= height - reach or not (
                            reach <= x < width - reach):
                        continue
                    place = (plane, y, x - reach)
                else:
                    place = (plane, y, x)
                if y + dy < height and 0 <= x + dx < width:
                    yield (y, x), (y + dy, x + dx), place


def kind_of(label, here, there):
    first, second = int(label[here]), int(label[there])
    if 255 in (first, second):
        return None
    if first != second:
        return 'neg'
    return 'fg' if first else 'bg'


def averaged(sums, counts):
    return {key: sums[key] / (counts[key] + EPS) for key in sums}


def affinity_oracle(affinity, label, border):
    """Mean cross entropies by loops; affinity has a gradient."""
    sums = dict.fromkeys(('bg', 'fg', 'neg'), affinity.new_zeros(()))
    counts = dict.fromkeys(sums, 0)
    for one, values in zip(label, affinity):
        for here, there, place in pairs(one.shape, RADIUS, border):
            kind = kind_of(one, here, there)
            if kind is None:
                continue
            value = values[place]
            error = -(1 + EPS - value).log() if kind == 'neg' else -(
                value + EPS).log()
            sums[kind] = sums[kind] + error
            counts[kind] += 1
    return averaged(sums, counts)


@pytest.mark.parametrize('border', ['reference', 'padded'])
def test_affinity_loss(border):
    size = (5, 8)
    label = random_labels(size)
    labels = pair_labels(label, RADIUS, border)
    values = torch.rand(labels.bg.shape, dtype=torch.float64,
                        generator=torch.Generator().manual_seed(1))
    ours = values.clone().requires_grad_()
    theirs = values.clone().requires_grad_()
    found = AffinityLoss(.2, .3, .4)(ours, labels)
    wanted = affinity_oracle(theirs, label, border)
    total = (.2 * wanted['bg'] + .3 * wanted['fg'] + .4 * wanted['neg'])
    for key, weight in (('bg', .2), ('fg', .3), ('neg', .4)):
        torch.testing.assert_close(found[f'loss_aff_{key}'],
                                   weight * wanted[key])
    sum(found.values()).backward()
    total.backward()
    torch.testing.assert_close(ours.grad, theirs.grad)


def displacement_oracle(field, label, border):
    sums = dict(fg=field.new_zeros(()), bg=field.new_zeros(()))
    counts = dict(fg=0, bg=0)
    for one, values in zip(label, field):
        for here, there, _ in pairs(one.shape, RADIUS, border):
            kind = kind_of(one, here, there)
            if kind not in sums:
                continue
            change = values[:, here[0], here[1]] - values[:, there[0],
                                                         there[1]]
            offset = change.new_tensor(
                [there[0] - here[0], there[1] - here[1]])
            wanted = offset if kind == 'fg' else 0 * offset
            sums[kind] = sums[kind] + (change - wanted).abs().sum()
            counts[kind] += 2
    return averaged(sums, counts)


@pytest.mark.parametrize('border', ['reference', 'padded'])
def test_displacement_loss(border):
    size = (6, 9)
    label = random_labels(size, seed=2)
    labels = pair_labels(label, RADIUS, border)
    values = torch.randn((2, 2, *size), dtype=torch.float64,
                         generator=torch.Generator().manual_seed(3))
    ours = values.clone().requires_grad_()
    theirs = values.clone().requires_grad_()
    found = DisplacementLoss(.5, .25)(ours, labels, RADIUS, border)
    wanted = displacement_oracle(theirs, label, border)
    torch.testing.assert_close(found['loss_dp_fg'], .5 * wanted['fg'])
    torch.testing.assert_close(found['loss_dp_bg'], .25 * wanted['bg'])
    sum(found.values()).backward()
    (.5 * wanted['fg'] + .25 * wanted['bg']).backward()
    torch.testing.assert_close(ours.grad, theirs.grad)


def test_nothing_known_gives_zero():
    labels = pair_labels(torch.full((1, 6, 9), 255), RADIUS)
    affinity = torch.rand(labels.bg.shape, requires_grad=True)
    found = AffinityLoss()(affinity, labels)
    assert all(value == 0 for value in found.values())
    sum(found.values()).backward()
    assert (affinity.grad == 0).all()


def test_affinities_of_another_shape():
    labels = pair_labels(torch.zeros(1, 6, 9), RADIUS)
    with pytest.raises(ValueError, match='differ in shape'):
        AffinityLoss()(torch.rand(1, 2, 3, 4), labels)


def build(**config):
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmseg'):
        return MODELS.build(config)


def affinity_head(**options):
    return build(type='wsss_plugins.AffinityHead', in_channels=[4, 6],
                 branch_channels=[3, 5], num_classes=3, radius=RADIUS,
                 **options)


def ir_head(**options):
    return build(type='wsss_plugins.IRHead', in_channels=[4, 4, 6],
                 strides=[4, 8, 16], edge_channels=8, dp_channels=[8, 8, 16],
                 dp_joint_channels=16, num_classes=3, radius=RADIUS,
                 **options)


def samples(label):
    found = []
    for one in label:
        sample = SegDataSample(metainfo=dict(img_path='x.jpg'))
        sample.set_data(
            dict(gt_affinity=PixelData(data=one[None].to(torch.uint8))))
        found.append(sample)
    return found


@pytest.mark.parametrize('border', ['reference', 'padded'])
@pytest.mark.parametrize('reduction', ['mean', 'sum'])
def test_affinity_head(border, reduction):
    head = affinity_head(border=border, reduction=reduction).double()
    label = random_labels((6, 9))
    maps = [torch.rand(2, 4, 6, 9, dtype=torch.float64),
            torch.rand(2, 6, 3, 5, dtype=torch.float64)]
    features = head(maps)
    assert features.shape == (2, 8, 6, 9)
    kept = features.detach().clone().requires_grad_()
    losses = head.loss_by_feat(kept, samples(label))
    sum(losses.values()).backward()

    theirs = features.detach().clone().requires_grad_()
    scale = 8 if reduction == 'mean' else 1
    planes = torch.stack([
        torch.stack([
            _affinity_of(one, dy, dx, scale)
            for dy, dx in pair_offsets(RADIUS).tolist()
        ]) for one in theirs
    ])
    if border == 'reference':
        reach = RADIUS - 1
        planes = planes[..., :6 - reach, reach:9 - reach]
    wanted = affinity_oracle(planes, label, border)
    torch.testing.assert_close(losses['loss_aff_fg'], .25 * wanted['fg'])
    torch.testing.assert_close(losses['loss_aff_neg'], .5 * wanted['neg'])
    total = (wanted['bg'] + wanted['fg']) / 4 + wanted['neg'] / 2
    total.backward()
    torch.testing.assert_close(kept.grad, theirs.grad)


def _affinity_of(features, dy, dx, scale):
    """Affinity of each cell to that at an offset; 0 outside."""
    moved = torch.full_like(features, math.inf)
    height, width = features.shape[1:]
    rows = slice(0, height - dy)
    columns = slice(max(0, -dx), min(width, width - dx))
    moved = features.new_zeros((height, width))
    other = features[:, dy:, max(0, dx):width + min(0, dx)]
    distance = (features[:, rows, columns] - other).abs().sum(dim=0)
    moved[rows, columns] = (-distance / scale).exp()
    return moved


def test_ir_head_losses_and_frozen_parts():
    head = ir_head().double()
    label = random_labels((9, 13))
    maps = [torch.rand(2, 4, 9, 13, dtype=torch.float64),
            torch.rand(2, 4, 5, 7, dtype=torch.float64),
            torch.rand(2, 6, 3, 4, dtype=torch.float64)]
    out = head.train()(maps)
    assert out.edge.shape == (2, 1, 9, 13)
    assert out.displacement.shape == (2, 2, 9, 13)
    losses = head.loss_by_feat(out, samples(label))
    assert set(losses) == {'loss_aff_bg', 'loss_aff_fg', 'loss_aff_neg',
                           'loss_dp_fg', 'loss_dp_bg'}
    wanted = displacement_oracle(out.displacement, label, 'reference')
    torch.testing.assert_close(losses['loss_dp_fg'], .5 * wanted['fg'])
    # Each branch learns from its own losses only.
    (losses['loss_dp_fg'] + losses['loss_dp_bg']).backward()
    assert all(p.grad is None for p in head.edge.parameters())
    head.displacement.mean.fill_(3.)
    torch.testing.assert_close(
        head.eval()(maps).displacement, out.displacement.detach() - 3)


def test_boundaries_only():
    head = ir_head(displacement=False)
    maps = [torch.rand(1, 4, 9, 13), torch.rand(1, 4, 5, 7),
            torch.rand(1, 6, 3, 4)]
    out = head(maps)
    assert out.displacement is None
    losses = head.loss_by_feat(out, samples(random_labels((9, 13), 1)))
    assert set(losses) == {'loss_aff_bg', 'loss_aff_fg', 'loss_aff_neg'}


def test_classes_beyond_the_data_set_are_ignored():
    head = affinity_head()
    features = torch.rand(1, 8, 6, 9)
    label = torch.zeros((1, 6, 9), dtype=torch.long)
    label[..., 5:] = 3
    losses = head.loss_by_feat(features, samples(label))
    assert losses['loss_aff_neg'] == 0 and losses['loss_aff_fg'] == 0
    assert losses['loss_aff_bg'] > 0


def test_labels_that_are_missing_or_of_another_grid():
    head = affinity_head()
    with pytest.raises(UserError, match='x.jpg: no affinity label'):
        head.loss_by_feat(torch.rand(1, 8, 6, 9), [
            SegDataSample(metainfo=dict(img_path='x.jpg'))])
    with pytest.raises(UserError, match='5x8, but the feature map is '
                       '6x9'):
        head.loss_by_feat(torch.rand(1, 8, 6, 9),
                          samples(random_labels((5, 8), 1)))


@pytest.mark.parametrize('make, options, text', [
    (affinity_head, dict(reduction='max'), 'reduction='),
    (affinity_head, dict(border='none'), 'border='),
    (build, dict(type='wsss_plugins.AffinityHead', in_channels=[4, 6],
                 branch_channels=[3], num_classes=3), 'branch_channels='),
    (build, dict(type='wsss_plugins.IRHead', in_channels=[4, 6],
                 strides=[4, 6], dp_channels=[8, 8], num_classes=3),
     'strides='),
    (build, dict(type='wsss_plugins.IRHead', in_channels=[4, 6],
                 strides=[4, 8], num_classes=3), 'dp_channels='),
])
def test_mistakes(make, options, text):
    with pytest.raises((UserError, ValueError), match=text):
        make(**options)


@pytest.mark.parametrize('config, momentum, lr', [
    ('psa/aff_resnet38_1xb8-11k_voc12-448', 5e-4, .1),
    ('psa/aff_resnet38-momentum_1xb8-11k_voc12-448', .9, .01),
    ('irn/irn_resnet50_1xb32-1k_voc12-512', 1e-4, .1)])
def test_the_optimizer_slip_is_an_option(repo_root, config, momentum, lr):
    cfg = Config.fromfile(repo_root / f'configs/{config}.py')
    optimizer = cfg.optim_wrapper.optimizer
    assert (optimizer.momentum, optimizer.lr) == (momentum, lr)


@pytest.mark.parametrize('name, border', [
    ('aff_resnet38_1xb8-11k_voc12-448', 'reference'),
    ('aff_resnet38-padded_1xb8-11k_voc12-448', 'padded')])
def test_the_border_defect_is_an_option(repo_root, name, border):
    cfg = Config.fromfile(repo_root / f'configs/psa/{name}.py')
    assert cfg.model.border == border
    assert cfg.model.decode_head.get('border', 'reference') == border
