"""The CRF's engines against pydensecrf, loops in float64, and each other."""
import logging
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from wsss_plugins.ops.crf import dense_crf as module
from wsss_plugins.ops.crf.dense_crf import DenseCRF
from wsss_plugins.ops.crf.unary import label_energies, score_energies
from wsss_plugins.ops.native import BUILDS, _load, build_name

native = pytest.mark.skipif(
    build_name() is None, reason='the compiled engine is not built')


def picture(height, width, seed=0):
    """A picture with edges, gradients and noise."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width]
    image = np.stack([rows * 3 + 20, columns * 2, (rows + columns) % 97])
    image[:, rows * 2 > columns + height // 3] += 90
    image = image + rng.normal(0, 8, image.shape)
    return np.ascontiguousarray(
        image.clip(0, 255).astype(np.uint8).transpose(1, 2, 0))


def unaries(labels, height, width, seed=0):
    rng = np.random.default_rng(seed)
    coarse = rng.normal(0, 1.5, (labels, -(-height // 8), -(-width // 8)))
    fine = coarse.repeat(8, axis=1).repeat(8, axis=2)[:, :height, :width]
    return (fine + rng.normal(0, .3, fine.shape)).astype(np.float32)


@native
@pytest.mark.parametrize('height, width, labels', [
    (40, 60, 2), (37, 53, 3), (41, 41, 5), (33, 21, 9), (24, 31, 21),
    (17, 19, 24), (16, 23, 26), (12, 13, 60), (1, 1, 3), (1, 50, 2)])
def test_native_equals_library(height, width, labels):
    image, energy = picture(height, width), unaries(labels, height, width)
    steps = (0, 1, 3, 10)
    ours, library = (
        DenseCRF(bi_sxy=20, backend=backend).infer(
            image[None], energy[None], steps)
        for backend in ('native', 'pydensecrf'))
    np.testing.assert_allclose(ours, library, atol=1e-4)
    assert (ours.argmax(2) == library.argmax(2)).mean() > .999
    assert ours[-1].var() > 1e-3 or height * width == 1


@native
@pytest.mark.parametrize('changed', [
    dict(pos_compat=0), dict(bi_compat=0), dict(scale=12), dict(pos_sxy=.05),
    dict(pos_sxy=.9), dict(bi_srgb=3), dict(bi_srgb=200, bi_sxy=3),
    dict(pos_compat=.5, bi_compat=40, iterations=4)])
def test_native_equals_library_for_parameters(changed):
    image, energy = picture(31, 42, seed=1), unaries(4, 31, 42, seed=2)
    ours, library = (
        DenseCRF(backend=backend, **changed).infer(image[None], energy[None])
        for backend in ('native', 'pydensecrf'))
    np.testing.assert_allclose(ours, library, atol=2e-4)


def kernel_loops(image, sxy, srgb):
    """Normalized Gaussian kernel, pair by pair, float64."""
    height, width = image.shape[:2]
    pixels = [(y, x) for y in range(height) for x in range(width)]
    kernel = np.empty((len(pixels), len(pixels)))
    for i, (y, x) in enumerate(pixels):
        for j, (v, u) in enumerate(pixels):
            square = ((y - v)**2 + (x - u)**2) / sxy**2
            if srgb:
                change = image[y, x].astype(float) - image[v, u]
                square += (change**2).sum() / srgb**2
            kernel[i, j] = np.exp(-square / 2)
    root = np.sqrt(kernel.sum(axis=1))
    return kernel / root[:, None] / root[None, :]


def mean_field_loops(image, energy, iterations):
    """The update of the paper with the default parameters of SEC."""
    smooth, look = kernel_loops(image, .25, 0), kernel_loops(image, 80 / 12,
                                                             13)
    flat = energy.reshape(len(energy), -1).astype(np.float64)

    def normalize(logits):
        exp = np.exp(logits - logits.max(axis=0))
        return exp / exp.sum(axis=0)

    probs = normalize(-flat)
    for _ in range(iterations):
        probs = normalize(-flat + 3 * probs @ smooth + 10 * probs @ look)
    return probs.reshape(energy.shape)


def test_exact_equals_loops():
    image, energy = picture(6, 7), unaries(3, 6, 7)
    expected = mean_field_loops(image, energy, 3)
    crf = DenseCRF(iterations=3, scale=12, backend='exact')
    found = crf.infer(torch.tensor(image)[None], torch.tensor(energy)[None])
    assert isinstance(found, torch.Tensor) and found.dtype == torch.float32
    np.testing.assert_allclose(found[0], expected, atol=2e-6)
    other = picture(6, 7, seed=5)
    both = crf.infer(np.stack([image, other]), np.stack([energy, energy]))
    np.testing.assert_allclose(both[0], expected, atol=2e-6)
    np.testing.assert_allclose(
        both[1], mean_field_loops(other, energy, 3), atol=2e-6)


@pytest.mark.parametrize('backend', [
    pytest.param('native', marks=native), 'pydensecrf'])
def test_is_near_the_exact_model(backend):
    image, energy = picture(24, 24), unaries(3, 24, 24)
    crf = dict(bi_sxy=8, pos_sxy=1)
    exact, ours = (
        DenseCRF(backend=name, **crf).infer(image[None], energy[None])
        for name in ('exact', backend))
    assert (exact.argmax(1) == ours.argmax(1)).mean() > .97
    assert (exact.argmax(1) != energy.argmin(0)).mean() > .02


@native
def test_tiny_deviations_use_wide_keys():
    # Only pixels of one color are coupled then, which the exact kernel says
    # too; keys of the lattice no longer fit into 64 bits.
    image = np.zeros((8, 8, 3), np.uint8)
    image[:, 4:] = 200
    energy = unaries(3, 8, 8)
    crf = dict(pos_compat=0, bi_sxy=1e4, bi_srgb=.002)
    ours, exact = (
        DenseCRF(backend=backend, **crf).infer(image[None], energy[None])
        for backend in ('native', 'exact'))
    assert (ours.argmax(1) == exact.argmax(1)).mean() == 1
    with pytest.raises(ValueError, match='deviation is too small'):
        DenseCRF(bi_srgb=1e-6, backend='native').infer(
            image[None], energy[None])


@pytest.mark.parametrize('backend', [
    pytest.param('native', marks=native), 'pydensecrf', 'exact'])
def test_unaries_snapshots_batches_and_threads(backend):
    images = np.stack([picture(14, 17, seed) for seed in range(3)])
    energies = np.stack([
        [unaries(4, 14, 17, 10 * n + u) for u in range(2)] for n in range(3)])
    crf = DenseCRF(bi_sxy=9, backend=backend)
    one_by_one = np.stack([[
        crf.infer(image[None], energy[None])[0] for energy in pair
    ] for image, pair in zip(images, energies)])
    together = crf.infer(images, energies)
    np.testing.assert_allclose(together, one_by_one, atol=2e-5)
    threads = DenseCRF(bi_sxy=9, backend=backend, threads=3)
    np.testing.assert_array_equal(threads.infer(images, energies), together)
    shots = crf.infer(images, energies, snapshots=(10, 1))
    assert shots.shape == (2, *energies.shape)
    np.testing.assert_allclose(shots[0], together, atol=1e-6)
    first = DenseCRF(bi_sxy=9, backend=backend, iterations=1)
    np.testing.assert_allclose(
        shots[1], first.infer(images, energies), atol=1e-6)


@native
@pytest.mark.parametrize('build', BUILDS)
def test_builds_agree(build, tmp_path):
    if _load(build) is None:
        pytest.skip(f'{build} is not built here')
    code = ('import sys, numpy as np\n'
            'from wsss_plugins.ops.crf.dense_crf import DenseCRF\n'
            'from wsss_plugins.ops.native import build_name\n'
            'data = np.load(sys.argv[1])\n'
            'np.savez(sys.argv[2], name=build_name(), q=DenseCRF(bi_sxy=20)'
            '.infer(data["image"], data["energy"]))\n')
    image, energy = picture(30, 45)[None], unaries(22, 30, 45)[None]
    np.savez(tmp_path / 'in.npz', image=image, energy=energy)
    done = subprocess.run(
        [sys.executable, '-c', code, 'in.npz', 'out.npz'], cwd=tmp_path,
        env=dict(os.environ, WSSS_PLUGINS_NATIVE=build), text=True,
        capture_output=True)
    if 'but this machine has' in done.stderr:
        pytest.skip(f'this processor cannot run {build}')
    assert done.returncode == 0, done.stderr
    with np.load(tmp_path / 'out.npz') as out:
        assert out['name'] == build
        ours = DenseCRF(bi_sxy=20, backend='native').infer(image, energy)
        np.testing.assert_allclose(out['q'], ours, atol=2e-5)


def test_fallback_says_so(monkeypatch, caplog):
    monkeypatch.setattr(module, 'build_name', lambda: None)
    module._say_fallback.cache_clear()
    image, energy = picture(9, 8)[None], unaries(2, 9, 8)[None]
    with caplog.at_level(logging.WARNING, 'wsss_plugins'):
        found = DenseCRF().infer(image, energy)
        DenseCRF().infer(image, energy)
    assert DenseCRF().engine == 'pydensecrf'
    assert caplog.text.count('pydensecrf runs in its place') == 1
    library = DenseCRF(backend='pydensecrf').infer(image, energy)
    np.testing.assert_array_equal(found, library)
    with pytest.raises(ImportError, match='is not built'):
        DenseCRF(backend='native').infer(image, energy)


@pytest.mark.parametrize('backend', [
    pytest.param('native', marks=native), 'pydensecrf', 'exact'])
def test_odd_input(backend):
    crf = DenseCRF(backend=backend)
    image, energy = picture(5, 6), unaries(2, 5, 6)
    only = crf.infer(image[None], energy[None, :1])
    np.testing.assert_allclose(only, 1)
    image.flags.writeable = energy.flags.writeable = False
    found = crf.infer(image[None], energy[None])
    turned = crf.infer(image[None], np.asfortranarray(energy)[None])
    np.testing.assert_array_equal(found, turned)
    double = crf.infer(image[None], energy[None].astype(np.float64))
    np.testing.assert_array_equal(found, double)
    assert crf.infer(np.zeros((1, 1, 1, 3), np.uint8),
                     np.zeros((1, 2, 1, 1))).shape == (1, 2, 1, 1)
    confident = crf.infer(image[None], 1e4 * np.sign(energy)[None])
    assert np.isfinite(confident).all()


@pytest.mark.parametrize('spoil, says', [
    (lambda i, e: (i, np.where(e == e.max(), np.nan, e)), 'not finite'),
    (lambda i, e: (i, np.where(e == e.max(), np.inf, e)), 'not finite'),
    (lambda i, e: (i[:, 1:], e), 'do not fit'),
    (lambda i, e: (i, e[:, :, 1:]), 'do not fit'),
    (lambda i, e: (i[:, :, :, :2], e), 'not uint8'),
    (lambda i, e: (i.astype(np.float32), e), 'not uint8'),
    (lambda i, e: (i, e[:, :0]), 'nothing to label'),
    (lambda i, e: (i[:0], e[:0]), 'nothing to label'),
    (lambda i, e: (i[:, :0], e[:, :, :0]), 'nothing to label')])
def test_bad_input(spoil, says):
    image, energy = spoil(picture(5, 6)[None], unaries(2, 5, 6)[None])
    for kind in (np.asarray, torch.as_tensor):
        with pytest.raises(ValueError, match=says):
            DenseCRF().infer(kind(image), kind(energy))


def test_too_large_is_said_before_it_is_tried():
    # A view: neither image nor unaries take memory here.
    image = np.broadcast_to(np.uint8(0), (1, 30000, 30000, 3))
    energy = np.broadcast_to(np.float32(0), (1, 2, 30000, 30000))
    with pytest.raises(MemoryError, match='cut it into tiles'):
        DenseCRF().infer(image, energy)
    with pytest.raises(ValueError, match='too large'):
        DenseCRF(backend='exact').infer(
            np.zeros((1, 130, 130, 3), np.uint8), np.zeros((1, 2, 130, 130)))


@pytest.mark.parametrize('name, value', [
    ('iterations', 0), ('bi_srgb', -1), ('pos_compat', -1), ('scale', 0),
    ('backend', 'fast'), ('pos_sxy', float('nan')), ('threads', 0)])
def test_bad_parameters(name, value):
    with pytest.raises(ValueError, match=name):
        DenseCRF(**{name: value})


def test_bad_snapshots():
    image, energy = picture(5, 6)[None], unaries(2, 5, 6)[None]
    for steps in ((), (-1, 3)):
        with pytest.raises(ValueError, match='snapshots'):
            DenseCRF().infer(image, energy, steps)


def test_scores():
    image = picture(9, 11)
    scores = np.random.default_rng(0).random((3, 9, 11))
    scores[0, 0, 0] = 0
    found = DenseCRF()(image, scores)
    energies = -np.log(np.clip(scores, 1e-5, 1))
    expected = DenseCRF().infer(image[None], energies[None])[0]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    with pytest.raises(ValueError, match='scores hold values'):
        DenseCRF()(image, np.where(scores > .9, np.nan, scores))


def test_label_energies():
    from pydensecrf.utils import unary_from_labels
    labels = np.random.default_rng(0).integers(0, 4, (5, 6))
    ours = label_energies(labels, 4, .7)
    library = unary_from_labels(labels, 4, .7, zero_unsure=False)
    np.testing.assert_allclose(ours.reshape(4, -1), library, atol=1e-6)
    labels[0, 0] = 255
    ours = label_energies(labels[None], 4, .7, unknown=255)
    assert ours.shape == (1, 4, 5, 6)
    np.testing.assert_allclose(ours[0, :, 0, 0], np.log(4), atol=1e-6)
    np.testing.assert_allclose(np.exp(-ours).sum(axis=1), 1, atol=1e-6)
    with pytest.raises(ValueError, match='label 255'):
        label_energies(labels, 4, .7)
    with pytest.raises(ValueError, match='certainty'):
        label_energies(labels, 4, 1.)


def test_score_energies():
    found = score_energies(np.array([0., 1e-9, .5, 1., 2.]))
    np.testing.assert_allclose(
        found, [11.512925, 11.512925, .6931472, 0, 0], atol=1e-5)
    assert found.dtype == np.float32


@native
@pytest.mark.parametrize('changed', [dict(), dict(bi_sxy=50, bi_srgb=5)])
def test_native_equals_library_on_photos(shared, changed):
    files = sorted((shared / 'data' / 'voc12mini' / 'JPEGImages').iterdir())
    for index, path in enumerate(files[::333]):
        image = np.asarray(Image.open(path).convert('RGB'))
        energy = unaries(3, *image.shape[:2], seed=index)
        ours, library = (
            DenseCRF(backend=backend, **changed).infer(
                image[None], energy[None])
            for backend in ('native', 'pydensecrf'))
        assert (ours.argmax(1) == library.argmax(1)).mean() >= .9999
        # Single pixels on the edge of a simplex may differ.
        assert np.quantile(abs(ours - library), .9999) <= 1e-4
