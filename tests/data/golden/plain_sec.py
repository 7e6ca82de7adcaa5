"""SEC's losses and CRF written out in float64, apart from the package.

The program behind the small files of ``sec``; ``make.py`` first compares it
with the full files, whose numbers agree with the original implementation.
"""
import numpy as np
import pydensecrf.densecrf as dcrf
import torch

EPS = 1e-4
DECAY_PRESENT, DECAY_BACKGROUND = .996, .999


def floored_softmax(logits):
    probs = logits.softmax(dim=1) + EPS
    return probs / probs.sum(dim=1, keepdim=True)


def leaves(inputs):
    logits = torch.from_numpy(inputs['logits']).double().requires_grad_()
    probs = floored_softmax(logits)
    probs.retain_grad()
    return logits, probs


def softmax_file(inputs, upstream):
    logits, probs = leaves(inputs)
    probs.backward(torch.from_numpy(upstream).double())
    return dict(eps=np.float64(EPS), upstream=upstream,
                probs=probs.detach(), grad_logits=logits.grad)


def seed_loss(probs, cues):
    cues = torch.from_numpy(cues).double()
    return -((cues * probs.log()).sum(dim=(1, 2, 3)) /
             cues.sum(dim=(1, 2, 3))).mean()


def with_gradients(inputs, loss_of):
    logits, probs = leaves(inputs)
    loss = loss_of(logits, probs)
    loss.backward()
    return dict(loss=loss.detach(), grad_probs=probs.grad,
                grad_logits=logits.grad)


def rank_weights(count, decay):
    weights = decay**torch.arange(count, dtype=torch.float64)
    return weights, weights.sum()


def rank_pool(values, decay):
    weights, total = rank_weights(values.shape[-1], decay)
    ranked = values.sort(dim=-1, descending=True).values
    return (ranked * weights).sum(dim=-1) / total


def expand_terms(probs, onehot):
    flat = probs.flatten(2)
    present = torch.from_numpy(onehot).flatten(1)[:, 1:] > .5
    pooled, most = rank_pool(flat[:, 1:], DECAY_PRESENT), flat[:, 1:].amax(-1)
    background = rank_pool(flat[:, 0], DECAY_BACKGROUND)

    def mean(values, chosen):
        return ((values * chosen).sum(dim=1) / chosen.sum(dim=1)).mean()

    return dict(
        gwrp_fg=pooled, max_fg=most, gwrp_bg=background,
        Z_fg=rank_weights(flat.shape[-1], DECAY_PRESENT)[1],
        Z_bg=rank_weights(flat.shape[-1], DECAY_BACKGROUND)[1],
        loss_present=-mean(pooled.log(), present),
        loss_absent=-mean((1 - most).log(), ~present),
        loss_bg=-background.log().mean())


def expand_loss(probs, onehot):
    terms = expand_terms(probs, onehot)
    return terms['loss_present'] + terms['loss_absent'] + terms['loss_bg']


def expand_file(inputs):
    _, probs = leaves(inputs)
    terms = expand_terms(probs.detach(), inputs['onehot'])
    return terms | with_gradients(
        inputs, lambda _, p: expand_loss(p, inputs['onehot']))


def lattice_crf(image, energies, iterations, scale):
    labels, height, width = energies.shape
    crf = dcrf.DenseCRF2D(width, height, labels)
    crf.setUnaryEnergy(
        np.ascontiguousarray(energies.reshape(labels, -1), np.float32))
    crf.addPairwiseGaussian(sxy=3 / scale, compat=3)
    crf.addPairwiseBilateral(sxy=80 / scale, srgb=13, compat=10,
                             rgbim=np.ascontiguousarray(image))
    return np.array(crf.inference(iterations)).reshape(energies.shape)


def exact_crf(image, logits, iterations, scale):
    """Mean field with whole kernels, symmetrically normalized."""
    labels, height, width = logits.shape
    places = np.stack(np.mgrid[:height, :width]).reshape(2, -1) * scale
    colors = image.reshape(-1, 3).T.astype(np.float64)

    def kernel(features):
        square = ((features[:, :, None] - features[:, None])**2).sum(axis=0)
        values = np.exp(-square / 2)
        root = 1 / np.sqrt(values.sum(axis=1) + 1e-20)
        return root[:, None] * values * root

    pairs = 10 * kernel(np.concatenate([places / 80, colors / 13])) + (
        3 * kernel(places / 3))
    unary = logits.reshape(labels, -1).astype(np.float64)
    state = unary
    for _ in range(iterations + 1):
        probs = np.exp(state - state.max(axis=0))
        probs /= probs.sum(axis=0)
        state = unary + probs @ pairs
    return probs.reshape(logits.shape)


def crf_file(inputs, images, scale=12.):
    both = list(zip(images, inputs['logits']))
    q = {steps: np.stack([lattice_crf(i, -z, steps, scale) for i, z in both])
         for steps in (1, 10)}
    exact = np.stack([exact_crf(i, z, 10, scale) for i, z in both])
    clamped = np.maximum(q[10].astype(np.float64), EPS)
    clamped /= clamped.sum(axis=1, keepdims=True)
    return dict(scale_factor=np.float64(scale), q_iter1=q[1], q_iter10=q[10],
                q_exact_kernel_iter10=exact, log_q_clamped=np.log(clamped))


def divergence(probs, log_q):
    pixels = probs.shape[0] * probs.shape[2] * probs.shape[3]
    return (log_q.exp() * (log_q - probs.log())).sum() / pixels


def constrain_file(inputs, log_q):
    logits, probs = leaves(inputs)
    log_q = torch.from_numpy(log_q).double().requires_grad_()
    loss = divergence(probs, log_q)
    loss.backward()
    extra = (1 - log_q.detach().exp()) * log_q.grad
    return dict(loss=loss.detach(), grad_probs=probs.grad,
                grad_log_q=log_q.grad, grad_logits_q_constant=logits.grad,
                grad_logits_legacy_extra=extra)


def total_file(inputs, log_q):
    logits, probs = leaves(inputs)
    losses = dict(
        loss_seed=seed_loss(probs, inputs['cues']),
        loss_expand=expand_loss(probs, inputs['onehot']),
        loss_constrain=divergence(probs, torch.from_numpy(log_q).double()))
    total = sum(losses.values())
    total.backward()
    return {k: v.detach() for k, v in losses.items()} | dict(
        loss=total.detach(), grad_logits=logits.grad)


def corner_resize(maps, size):
    """Bilinear resizing of (h, w, C) with aligned corners."""
    for axis, length in enumerate(size):
        last = maps.shape[axis] - 1
        where = np.linspace(0, last, length)
        low = np.minimum(where.astype(int), last - 1)
        share = (where - low).reshape([-1 if a == axis else 1
                                       for a in range(3)])
        maps = (1 - share) * maps.take(low, axis) + share * maps.take(
            low + 1, axis)
    return maps


def test_time_file(probs, image):
    large = corner_resize(probs.astype(np.float64), image.shape[:2])
    scores = large.astype(np.float32).transpose(2, 0, 1)
    q = lattice_crf(image, -np.log(np.maximum(scores, 1e-5)), 10, 1.)
    return {f'probs_{len(probs)}': probs, 'probs_up': large, 'image': image,
            'q_iter10': q, 'pred_no_crf': scores.argmax(0).astype(np.uint8),
            'pred_crf': q.argmax(0).astype(np.uint8)}
