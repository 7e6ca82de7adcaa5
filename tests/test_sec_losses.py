"""SEC's losses against the paper's sums, written with loops in float64."""
import math

import numpy as np
import pytest
import torch

from wsss_plugins.models.losses import (
    ConstrainLoss,
    ExpandLoss,
    SeedLoss,
)
from wsss_plugins.models.losses.constrain_loss import (
    boundary_divergence,
    crf_log_probs,
    diagonal_gradient,
)
from wsss_plugins.models.losses.expand_loss import (
    _pool_all,
    expand_loss,
)
from wsss_plugins.models.losses.seed_loss import (
    seed_loss,
)
from wsss_plugins.ops.cam.rank_pooling import rank_pool, softmax_with_floor
from wsss_plugins.ops.crf.dense_crf import DenseCRF

FULL = dict(rtol=1e-9, atol=1e-12)


def case(seed=0, classes=4, size=(5, 6), images=3, scale=3.):
    """Logits, cues and tags, float64."""
    generator = torch.Generator().manual_seed(seed)
    shape = (images, classes, *size)
    logits = torch.randn(
        shape, generator=generator, dtype=torch.float64) * scale
    cues = torch.rand(shape, generator=generator) > .8
    tags = torch.rand(images, classes - 1, generator=generator) > .5
    return logits, cues, tags.double()


def same(ours, paper, logits):
    """Both functions of logits have one value and one gradient."""
    values, grads = [], []
    for function in (ours, paper):
        leaf = logits.clone().requires_grad_()
        value = function(leaf)
        value.backward()
        values.append(value.detach())
        grads.append(leaf.grad)
    torch.testing.assert_close(*values, **FULL)
    torch.testing.assert_close(*grads, **FULL)
    assert grads[0].abs().max() > 1e-4


def paper_seed(probs, cues, sides):
    total = 0.
    for p, s in zip(probs, cues):
        for side in sides:
            found = [p[c, y, x].log() for c in side
                     for y in range(p.shape[1]) for x in range(p.shape[2])
                     if s[c, y, x]]
            if found:
                total = total - sum(found) / len(found)
    return total / len(probs)


@pytest.mark.parametrize('seed', range(2))
@pytest.mark.parametrize('background', [0, 2])
@pytest.mark.parametrize('balanced', [False, True])
def test_seed(seed, background, balanced):
    logits, cues, _ = case(seed)
    cues[1] = False
    cues[2, background] = False
    foreground = [c for c in range(4) if c != background]
    sides = [foreground, [background]] if balanced else [range(4)]
    same(
        lambda x: seed_loss(
            softmax_with_floor(x), cues, balanced, background),
        lambda x: paper_seed(softmax_with_floor(x), cues, sides), logits)


def test_seed_hand_computed():
    probs = torch.tensor([.5, .25, .25]).reshape(1, 3, 1, 1).expand(
        1, 3, 1, 2)
    cues = torch.zeros(1, 3, 1, 2)
    cues[0, 0, 0, 0] = cues[0, 1, 0, 1] = 1
    loss = SeedLoss(loss_weight=2.)(probs, cues)
    assert loss['loss_seed'].item() == pytest.approx(
        math.log(2) + math.log(4))
    # Apart, the two sides are added, not averaged.
    assert SeedLoss(balanced=True)(probs, cues)[
        'loss_seed'].item() == pytest.approx(math.log(2) + math.log(4))


def test_no_cues_at_all():
    leaf = case()[0].requires_grad_()
    loss = seed_loss(softmax_with_floor(leaf), torch.zeros_like(leaf))
    loss.backward()
    assert loss.item() == 0 and (leaf.grad == 0).all()


def test_seed_takes_several_classes_at_a_pixel():
    logits, _, _ = case()
    cues = torch.ones_like(logits, dtype=torch.uint8)
    loss = seed_loss(logits.softmax(dim=1), cues)
    assert loss.item() == pytest.approx(
        -logits.log_softmax(dim=1).mean().item())


def paper_pool(values, decay):
    ordered = sorted(values.flatten(), key=lambda v: -v.item())
    weights = [decay**j for j in range(len(ordered))]
    return sum(w * v for w, v in zip(weights, ordered)) / sum(weights)


def paper_expand(probs, tags, decays, background, absent):
    total = 0.
    foreground = [c for c in range(probs.shape[1]) if c != background]
    for p, tag in zip(probs, tags):
        present, missing = [], []
        for c, tagged in zip(foreground, tag):
            if tagged:
                present.append(paper_pool(p[c], decays[0]).log())
            else:
                pooled = paper_pool(p[c], decays[1])
                missing.append(
                    pooled.log() if absent == 'log' else (1 - pooled).log())
        for terms in (present, missing):
            if terms:
                total = total - sum(terms) / len(terms)
        total = total - paper_pool(p[background], decays[2]).log()
    return total / len(probs)


@pytest.mark.parametrize('seed', range(2))
@pytest.mark.parametrize('background', [0, 3])
@pytest.mark.parametrize('decays, absent', [
    ((.9, 0., .97), 'log1m'),
    ((0., 0., 0.), 'log1m'),
    ((1., 0., 1.), 'log1m'),
    ((.9, .5, .97), 'log1m'),
    ((.9, 0., .97), 'log'),
])
def test_expand(seed, background, decays, absent):
    logits, _, tags = case(seed)
    tags[0], tags[1] = 0, 1
    same(
        lambda x: expand_loss(
            softmax_with_floor(x), tags, *decays, background, absent).loss,
        lambda x: paper_expand(
            softmax_with_floor(x), tags, decays, background, absent), logits)


def test_expand_hand_computed():
    # One pixel: every pooling is the value itself.
    probs = torch.tensor([.5, .3, .2]).reshape(1, 3, 1, 1)
    out = ExpandLoss(loss_weight=3.)(probs, torch.tensor([[1, 0]]))
    terms = -math.log(.3), -math.log(1 - .2), -math.log(.5)
    assert out['loss_expand'].item() == pytest.approx(3 * sum(terms))
    assert [out[f'expand_{key}'].item() for key in (
        'present', 'absent', 'background')] == pytest.approx(terms)
    assert sum('loss' in key for key in out) == 1


@pytest.mark.parametrize('tag, empty', [(0., 'present'), (1., 'absent')])
def test_expand_without_tags_and_with_all(tag, empty):
    leaf = case()[0].requires_grad_()
    out = expand_loss(softmax_with_floor(leaf), torch.full((3, 3), tag))
    assert getattr(out, empty).item() == 0
    out.loss.backward()
    assert out.loss.isfinite() and leaf.grad.isfinite().all()


def test_one_class():
    logits, _, _ = case(classes=2)
    for tag in (0, 1):
        out = expand_loss(
            softmax_with_floor(logits), torch.full((3, 1), tag))
        assert out.loss.isfinite()


def test_expand_does_not_see_where_pixels_are():
    logits, _, tags = case()
    order = torch.randperm(30, generator=torch.Generator().manual_seed(1))
    moved = logits.flatten(2)[..., order].reshape(logits.shape)
    torch.testing.assert_close(
        expand_loss(softmax_with_floor(moved), tags).loss,
        expand_loss(softmax_with_floor(logits), tags).loss)


def test_the_misprint_rewards_absent_classes():
    logits = torch.zeros(1, 3, 2, 2, requires_grad=True)
    tags = torch.tensor([[1, 0]])
    grads = {}
    for reading in ('log1m', 'log'):
        out = expand_loss(softmax_with_floor(logits), tags, absent=reading)
        grads[reading] = torch.autograd.grad(out.absent, logits)[0][0, 2].sum()
    assert grads['log1m'] > 0 > grads['log']


def test_losses_at_the_start_of_training():
    """Uniform maps of 21 classes at 41 x 41: the values of the reference."""
    probs = softmax_with_floor(torch.zeros(2, 21, 41, 41))
    tags = torch.zeros(2, 20)
    tags[:, :2] = 1
    cues = torch.zeros(2, 21, 41, 41)
    cues[:, 3, :5] = 1
    assert seed_loss(probs, cues).item() == pytest.approx(3.0445, abs=1e-4)
    out = expand_loss(probs, tags)
    assert [term.item() for term in out] == pytest.approx(
        [3.0445, .0488, 3.0445], abs=1e-4)


class FixedCRF:
    """A CRF whose result is known."""

    def __init__(self, probs):
        self.probs = probs

    def infer(self, images, energies):
        self.images, self.energies = images, energies
        return self.probs


def fixed(probs, **options):
    loss = ConstrainLoss(**options)
    loss.crf = FixedCRF(probs)
    return loss


def images_of(logits):
    return torch.zeros(
        len(logits), 3, *logits.shape[2:], dtype=torch.uint8)


def clamped(q, least):
    """Entry by entry, as the reference says it."""
    q = torch.where(q < least, torch.full_like(q, least), q)
    return q / q.sum(dim=1, keepdim=True)


def paper_constrain(probs, q):
    total = 0.
    for b, y, x in np.ndindex(len(q), *q.shape[2:]):
        for c in range(q.shape[1]):
            total = total + q[b, c, y, x] * (
                q[b, c, y, x] / probs[b, c, y, x]).log()
    return total / (q.numel() // q.shape[1])


@pytest.mark.parametrize('min_prob', [1e-4, .05])
def test_constrain(min_prob):
    logits, _, _ = case(1)
    crf = case(2, scale=6.)[0].softmax(dim=1)
    assert (crf < min_prob).any()
    loss = fixed(crf, min_prob=min_prob)
    same(
        lambda x: loss(softmax_with_floor(x), x, images_of(x))[
            'loss_constrain'],
        lambda x: paper_constrain(
            softmax_with_floor(x), clamped(crf, min_prob)), logits)


def test_crf_takes_negative_logits_and_images_with_channels_last():
    logits, _, _ = case(1)
    images = torch.arange(3 * 3 * 30).reshape(3, 3, 5, 6).to(torch.uint8)
    loss = fixed(logits.softmax(dim=1))
    loss(softmax_with_floor(logits), logits, images)
    torch.testing.assert_close(loss.crf.energies, -logits.float())
    assert not loss.crf.energies.requires_grad
    assert torch.equal(loss.crf.images.permute(0, 3, 1, 2), images)


def test_no_loss_where_network_and_crf_agree():
    logits, _, _ = case(1)
    probs = softmax_with_floor(logits)
    leaf = probs.clone().requires_grad_()
    loss = boundary_divergence(leaf, probs.log())
    loss.backward()
    assert loss.item() == pytest.approx(0, abs=1e-12)
    # The gradient by p is -Q / (p N n), the same everywhere.
    torch.testing.assert_close(leaf.grad,
                               torch.full_like(probs, -1 / (3 * 30)))


def test_legacy_gradient():
    logits, _, _ = case(1)
    crf = case(2)[0].softmax(dim=1)
    grads, values = {}, []
    for mode in ('none', 'legacy_diag'):
        leaf = logits.clone().requires_grad_()
        out = fixed(crf, crf_grad=mode, loss_weight=2.)(
            softmax_with_floor(leaf), leaf, images_of(leaf))
        out['loss_constrain'].backward()
        values.append(out['loss_constrain'].item())
        grads[mode] = leaf.grad
    assert values[0] == pytest.approx(values[1], rel=1e-12)
    # What autograd says of log Q, times 1 - Q.
    log_q = clamped(crf, 1e-4).log().requires_grad_()
    boundary_divergence(softmax_with_floor(logits), log_q).backward()
    extra = (1 - log_q.detach().exp()) * log_q.grad
    torch.testing.assert_close(grads['legacy_diag'] - grads['none'],
                               2 * extra, rtol=1e-8, atol=1e-12)
    torch.testing.assert_close(
        diagonal_gradient(softmax_with_floor(logits), log_q.detach()), extra)
    assert extra.abs().max() > 1e-4


def exact_mean_field(image, logits, crf):
    """Mean field with explicit kernels between all pairs of pixels."""
    height, width = image.shape[:2]
    places = [(y, x) for y in range(height) for x in range(width)]

    def kernel(sxy, srgb):
        matrix = np.empty((len(places), len(places)))
        for i, (y, x) in enumerate(places):
            for j, (v, u) in enumerate(places):
                value = ((y - v)**2 + (x - u)**2) / sxy**2
                if srgb:
                    color = image[y, x].astype(float) - image[v, u]
                    value += (color**2).sum() / srgb**2
                matrix[i, j] = math.exp(-value / 2)
        degree = 1 / np.sqrt(matrix.sum(axis=1))
        return degree[:, None] * matrix * degree

    pairwise = crf.bi_compat * kernel(
        crf.bi_sxy / crf.scale, crf.bi_srgb) + crf.pos_compat * kernel(
            crf.pos_sxy / crf.scale, None)
    unary = logits.reshape(len(logits), -1)
    scores = unary
    for _ in range(crf.iterations + 1):
        probs = np.exp(scores - scores.max(axis=0))
        probs /= probs.sum(axis=0)
        scores = unary + probs @ pairwise
    return probs.reshape(logits.shape)


def test_crf_of_the_loss_is_an_exact_mean_field():
    logits, _, _ = case(5, size=(4, 5), images=2)
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(
        0, 256, (2, 3, 4, 5), generator=generator).to(torch.uint8)
    images[:, :, :, 2:] //= 8
    crf = DenseCRF(
        iterations=4, bi_srgb=40, pos_sxy=9, scale=12, backend='exact')
    expected = np.stack([
        exact_mean_field(image.permute(1, 2, 0).numpy(), z.numpy(), crf)
        for image, z in zip(images, logits)
    ])
    found = crf_log_probs(crf, images, logits, 1e-4)
    np.testing.assert_allclose(
        found.exp().numpy(), clamped(torch.tensor(expected), 1e-4).numpy(),
        atol=1e-5)
    plain = logits.softmax(dim=1)
    assert (found.exp() - plain).abs().max() > .1


@pytest.mark.parametrize('backend', ['auto', 'exact'])
def test_constrain_pulls_pixels_to_their_color(backend):
    """A pixel of one side that looks like the other side changes sides."""
    images = torch.zeros(1, 3, 12, 12, dtype=torch.uint8)
    images[..., 6:] = 200
    logits = torch.zeros(1, 2, 12, 12)
    logits[:, 0, :, :7] = 2.
    logits[:, 1, :, 7:] = 2.
    logits.requires_grad_()
    probs = softmax_with_floor(logits)
    out = ConstrainLoss(crf=dict(scale=6, backend=backend))(
        probs, logits, images)
    out['loss_constrain'].backward()
    # Column 6 is called class 0 but has the color of class 1.
    assert (logits.grad[0, 0, :, 6] > 0).all()
    assert (logits.grad[0, 0, :, :6] < 0).all()


def test_default_crf_is_the_papers():
    crf = ConstrainLoss().crf
    assert (crf.iterations, crf.pos_compat, crf.pos_sxy, crf.bi_compat,
            crf.bi_sxy, crf.bi_srgb, crf.scale) == (10, 3, 3, 10, 80, 13, 12)
    assert ConstrainLoss(crf=dict(scale=4)).crf.bi_sxy == 80


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_half_precision_computes_in_float32(dtype):
    logits, cues, tags = case()
    half = logits.to(dtype)
    crf = case(2)[0].softmax(dim=1).float()

    def losses(x):
        probs = softmax_with_floor(x)
        return torch.stack([
            SeedLoss()(probs, cues)['loss_seed'],
            ExpandLoss()(probs, tags)['loss_expand'],
            fixed(crf, crf_grad='legacy_diag')(
                probs, x, images_of(x))['loss_constrain']
        ])

    leaf = half.clone().requires_grad_()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        low = losses(leaf)
    assert low.dtype == torch.float32
    torch.testing.assert_close(low, losses(half.float()), rtol=1e-6, atol=0)
    low.sum().backward()
    assert leaf.grad.dtype == dtype and leaf.grad.isfinite().all()


def test_loss_gradcheck():
    logits, cues, tags = case(classes=3, size=(2, 3), images=2)
    crf = case(2, classes=3, size=(2, 3), images=2)[0].softmax(dim=1)

    def losses(x):
        p = softmax_with_floor(x)
        return (SeedLoss()(p, cues)['loss_seed'],
                ExpandLoss()(p, tags)['loss_expand'],
                fixed(crf)(p, x, images_of(x))['loss_constrain'])

    assert torch.autograd.gradcheck(losses, logits.requires_grad_())


@pytest.mark.parametrize('build', [
    lambda: ExpandLoss(decay_present=1.2),
    lambda: ExpandLoss(decay_background=-.1),
    lambda: ExpandLoss(absent='max'),
    lambda: ConstrainLoss(min_prob=0.),
    lambda: ConstrainLoss(crf_grad='full'),
    lambda: ConstrainLoss(crf=dict(scale=0)),
])
def test_refuses_options(build):
    with pytest.raises(ValueError):
        build()


def test_refuses_shapes():
    probs = torch.full((2, 3, 4, 4), 1 / 3)
    image = torch.zeros(2, 3, 4, 4, dtype=torch.uint8)
    with pytest.raises(ValueError, match='cues'):
        SeedLoss()(probs, torch.zeros(2, 3, 4, 5))
    with pytest.raises(ValueError, match='2 foreground classes'):
        ExpandLoss()(probs, torch.zeros(2, 3))
    with pytest.raises(ValueError, match='uint8'):
        ConstrainLoss()(probs, probs, image.float())
    with pytest.raises(ValueError, match='uint8'):
        ConstrainLoss()(probs, probs, image[..., :3])
    with pytest.raises(ValueError, match='probabilities'):
        ConstrainLoss()(probs[:, :2], probs, image)


@pytest.mark.parametrize('decay', [0., .9, 1.])
def test_pooling_all_classes_is_pooling_the_chosen(decay):
    """Devices that must not be asked pool all: same values, same gradient."""
    generator = torch.Generator().manual_seed(0)
    values = torch.rand(3, 4, 30, generator=generator, dtype=torch.float64)
    chosen = torch.tensor([[1, 0, 1, 0], [0, 0, 0, 0], [1, 1, 1, 1]]) > 0
    grads = []
    for pool in (lambda leaf: rank_pool(leaf[chosen], decay),
                 lambda leaf: _pool_all(leaf, chosen, decay)[chosen]):
        leaf = values.clone().requires_grad_()
        pooled = pool(leaf)
        pooled.log().sum().backward()
        grads.append((pooled.detach(), leaf.grad))
    for found, expected in zip(grads[1], grads[0]):
        assert torch.equal(found, expected)
