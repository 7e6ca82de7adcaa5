"""Cues: masks, saliency, conflicts and files, against loops and golden ones.
"""
import numpy as np
import pytest
import scipy.ndimage
import torch
from PIL import Image

from wsss_plugins.ops.cam.cues import (
    assemble_cues,
    background_mask,
    foreground_masks,
    gradient_saliency,
)
from wsss_plugins.structures import Cues, GradientMap, UserError, voc_palette
from wsss_plugins.testing.golden.sec.cues import check_cues


def paint(masks, background, bg_rank):
    """Assembly by painting, pixel by pixel; -1 where nobody claims."""
    regions = [(mask.sum(), i + 1, mask) for i, mask in enumerate(masks)]
    bg_size = background.sum() if bg_rank == 'by_size' else background.size + 1
    regions.append((bg_size, 0, background))
    canvas = np.full(background.shape, -1)
    for _, label, mask in sorted(regions, key=lambda r: (-r[0], r[1])):
        canvas[mask] = label
    return canvas


class TestForeground:

    def test_by_hand(self):
        maps = torch.tensor([[[1., .2], [.21, -3.]], [[-1., -2.], [0, -5.]]])
        found = foreground_masks(maps, .2)
        # Strictly above; a map without a positive value has no mask.
        assert found[0].tolist() == [[True, False], [True, False]]
        assert not found[1].any()

    def test_scaling_and_clipping_change_nothing(self):
        torch.manual_seed(0)
        maps = torch.randn(6, 9, 7)
        maps[3] -= 10  # a class that is nowhere positive
        wanted = foreground_masks(maps, .3)
        assert (foreground_masks(maps.relu(), .3) == wanted).all()
        assert (foreground_masks(maps * 8, .3) == wanted).all()
        assert wanted[:3].any() and not wanted[3].any()

    def test_batches_are_images(self):
        maps = torch.rand(3, 4, 5, 6)
        single = torch.stack([foreground_masks(m) for m in maps])
        assert (foreground_masks(maps) == single).all()

    def test_no_class(self):
        assert foreground_masks(torch.zeros(0, 4, 5)).shape == (0, 4, 5)

    @pytest.mark.parametrize('threshold', [-.1, 1., 2.])
    def test_refuses(self, threshold):
        with pytest.raises(ValueError, match='threshold='):
            foreground_masks(torch.zeros(1, 2, 2), threshold)


class TestSaliency:

    @pytest.mark.parametrize('size', [(7, 9), (1, 5), (1, 1), (2, 2)])
    def test_is_scipys_median(self, size):
        gradients = np.random.default_rng(0).normal(size=(4, *size))
        wanted = scipy.ndimage.median_filter(
            np.abs(gradients).max(axis=0), 3, mode='reflect')
        found = gradient_saliency(torch.from_numpy(gradients))
        assert found.dtype == torch.float32
        assert (found.numpy() == wanted.astype(np.float32)).all()

    def test_batches_are_images(self):
        gradients = torch.randn(2, 3, 4, 6, 5)
        found = gradient_saliency(gradients)
        assert found.shape == (2, 3, 6, 5)
        assert (found[1, 2] == gradient_saliency(gradients[1, 2])).all()

    def test_half_precision(self):
        gradients = torch.randn(3, 6, 5).half()
        assert (gradient_saliency(gradients) ==
                gradient_saliency(gradients.float())).all()


class TestBackground:

    def test_is_the_reference_rule(self):
        saliency = np.random.default_rng(1).random((41, 41))
        bound = np.sort(saliency.ravel())[int(.1 * 41**2)]
        found = background_mask(torch.from_numpy(saliency), .1).numpy()
        assert (found == (saliency < bound)).all()
        assert found.sum() == 168

    def test_ties_make_it_fewer(self):
        saliency = torch.tensor([[0., 1.], [1., 1.]])
        assert background_mask(saliency, .5).sum() == 1
        assert not background_mask(torch.ones(4, 4), .5).any()

    def test_batches_are_images(self):
        saliency = torch.rand(3, 6, 7)
        single = torch.stack([background_mask(s, .3) for s in saliency])
        assert (background_mask(saliency, .3) == single).all()

    def test_share_of_nothing(self):
        assert not background_mask(torch.rand(5, 5), 0.).any()

    @pytest.mark.parametrize('share', [-.1, 1.])
    def test_refuses(self, share):
        with pytest.raises(ValueError, match='share='):
            background_mask(torch.zeros(2, 2), share)


class TestAssembly:

    @pytest.mark.parametrize('bg_rank', ['last', 'by_size'])
    @pytest.mark.parametrize('count', [0, 1, 2, 5])
    def test_is_painting(self, bg_rank, count):
        rng = np.random.default_rng(count)
        for share in (.2, .5, .9):
            masks = rng.random((count, 6, 7)) < share
            background = rng.random((6, 7)) < .4
            found = assemble_cues(
                torch.from_numpy(masks), torch.from_numpy(background),
                bg_rank).numpy()
            canvas = paint(masks, background, bg_rank)
            for label in range(count + 1):
                assert (found[label] == (canvas == label)).all()

    def test_small_wins_and_background_is_last(self):
        large = torch.tensor([[1, 1, 1, 0]]).bool()
        small = torch.tensor([[0, 1, 1, 0]]).bool()
        background = torch.tensor([[0, 0, 1, 1]]).bool()
        found = assemble_cues(torch.stack([large, small]), background)
        assert found.int().tolist() == [[[0, 0, 0, 1]], [[1, 0, 0, 0]],
                                        [[0, 1, 1, 0]]]
        # The background is no larger than the small class, but never wins
        # a tie.
        assert (assemble_cues(torch.stack([large, small]), background,
                              'by_size') == found).all()
        background = torch.tensor([[0, 0, 1, 0]]).bool()
        found = assemble_cues(
            torch.stack([large, small]), background, 'by_size')
        assert found.int().tolist() == [[[0, 0, 1, 0]], [[1, 0, 0, 0]],
                                        [[0, 1, 0, 0]]]

    def test_conflicts_may_stay(self):
        masks = torch.ones(2, 3, 3).bool()
        background = torch.ones(3, 3).bool()
        assert assemble_cues(masks, background, resolve=False).all()

    def test_batches_are_images(self):
        masks, background = torch.rand(4, 3, 5, 5) < .5, torch.rand(4, 5, 5)
        single = torch.stack([
            assemble_cues(m, b) for m, b in zip(masks, background < .5)])
        assert (assemble_cues(masks, background < .5) == single).all()

    def test_refuses(self):
        with pytest.raises(ValueError, match="bg_rank='first'"):
            assemble_cues(
                torch.ones(1, 2, 2).bool(),
                torch.ones(2, 2).bool(), 'first')


def test_golden(shared):
    checks = list(check_cues(shared / 'golden/sec/cues.npz'))
    assert len(checks) > 5
    for check in checks:
        assert check.passed and check.max_abs == 0, str(check)


def test_golden_check_can_fail(shared, tmp_path):
    with np.load(shared / 'golden/sec/cues.npz') as file:
        data = dict(file)
    data['cue_index'] = data['cue_index'][:, 1:]
    np.savez(tmp_path / 'cues.npz', **data)
    assert not all(c.passed for c in check_cues(tmp_path / 'cues.npz'))


def some_cues(classes=4, overlap=False):
    rng = np.random.default_rng(3)
    labels = rng.integers(-1, classes, (5, 7))
    masks = labels == np.arange(classes)[:, None, None]
    if overlap:
        masks = masks | (labels[::-1] == np.arange(classes)[:, None, None])
    return Cues(masks)


class TestFiles:

    def test_png_is_a_palette_picture(self, tmp_path):
        cues = some_cues()
        cues.save(tmp_path / 'a.png', voc_palette(4))
        with Image.open(tmp_path / 'a.png') as image:
            assert image.mode == 'P' and image.size == (7, 5)
            assert image.getpalette()[3:6] == [128, 0, 0]
            labels = np.array(image)
        assert set(np.unique(labels)) == {0, 1, 2, 3, 255}
        again = Cues.load(tmp_path / 'a.png', 4)
        assert (again.masks == cues.masks).all() and again.exclusive
        cues.save(tmp_path / 'b.png')
        assert (tmp_path / 'b.png').read_bytes() == (
            tmp_path / 'a.png').read_bytes()

    @pytest.mark.parametrize('overlap', [False, True])
    def test_npz(self, tmp_path, overlap):
        cues = some_cues(overlap=overlap)
        assert cues.exclusive != overlap
        cues.save(tmp_path / 'a.npz')
        # The suffix that was asked for is not there; the other one is.
        again = Cues.load(tmp_path / 'a.png', 4)
        assert (again.masks == cues.masks).all()
        with np.load(tmp_path / 'a.npz', allow_pickle=False) as file:
            assert file['cues'].nbytes == -(-4 * 5 * 7 // 8)

    def test_rows_are_the_public_layout(self):
        cues = some_cues(overlap=True)
        assert (cues.rows() == np.array(np.where(cues.masks))).all()
        again = Cues.from_rows(cues.rows(), 4, (5, 7))
        assert (again.masks == cues.masks).all()
        empty = Cues.from_rows(np.zeros((3, 0), int), 2, (3, 3))
        assert not empty.masks.any() and empty.rows().shape == (3, 0)

    def test_of_labels(self):
        masks = np.zeros((3, 1, 3), bool)
        masks[0, 0, 0] = masks[1, 0, 1] = masks[2, 0, 2] = True
        cues = Cues.of_labels(masks, np.array([4, 0]), 5, background=2)
        assert cues.index_map().tolist() == [[2, 4, 0]]

    @pytest.mark.parametrize('rows, text', [
        (np.zeros((2, 3), int), 'not integers'),
        (np.zeros((3, 3)), 'not integers'),
        (np.array([[4], [0], [0]]), 'class 4'),
        (np.array([[-1], [0], [0]]), 'class -1'),
        (np.array([[0], [5], [0]]), 'row 5'),
        (np.array([[0], [0], [7]]), 'column 7'),
    ])
    def test_wrong_rows(self, rows, text):
        with pytest.raises(ValueError, match=text):
            Cues.from_rows(rows, 4, (5, 7))

    @pytest.mark.parametrize('masks', [
        np.zeros((3, 3)), np.zeros((0, 3, 3)), np.full((1, 2, 2), 2)])
    def test_wrong_masks(self, masks):
        with pytest.raises(ValueError, match='cues'):
            Cues(masks)

    def test_what_a_png_cannot_hold(self, tmp_path):
        with pytest.raises(ValueError, match='two classes'):
            some_cues(overlap=True).save(tmp_path / 'a.png')
        with pytest.raises(ValueError, match='8-bit'):
            Cues(np.zeros((256, 2, 2))).save(tmp_path / 'a.png')
        with pytest.raises(ValueError, match='a.jpg'):
            some_cues().save(tmp_path / 'a.jpg')
        assert not list(tmp_path.iterdir())

    def test_reading_mistakes(self, tmp_path):
        path = tmp_path / 'a.png'
        with pytest.raises(UserError, match='a.png: cue file not found'):
            Cues.load(path, 4)
        some_cues().save(path, voc_palette(4))
        with pytest.raises(UserError, match='a.png: index 3 is out of range'):
            Cues.load(path, 3)
        some_cues().save(tmp_path / 'a.npz')
        with pytest.raises(UserError, match='delete one of them'):
            Cues.load(path, 4)
        path.unlink()
        with pytest.raises(UserError, match='cues of 4 classes'):
            Cues.load(path, 5)
        np.savez(tmp_path / 'a.npz', cues=np.zeros(3, np.uint8),
                 shape=np.array([4, 5, 7]))
        with pytest.raises(UserError, match='a.npz.*bits of cues'):
            Cues.load(path, 4)
        (tmp_path / 'a.npz').write_bytes(b'PK\x03\x04cut')
        with pytest.raises(UserError, match='a.npz: not a whole cue file'):
            Cues.load(path, 4)


class TestGradientMap:

    def test_round_trip(self, tmp_path):
        values = np.random.default_rng(0).random((4, 6)).astype(np.float32)
        GradientMap(values * 1e-20, (32, 48)).save(tmp_path / 'a.npz')
        again = GradientMap.load(tmp_path / 'a.npz')
        assert (again.values == values * 1e-20).all()
        assert again.size == (32, 48)

    def test_mistakes(self, tmp_path):
        for values, size in ((np.zeros((2, 2, 2)), (3, 3)),
                             (np.zeros((0, 2)), (3, 3)),
                             (np.full((2, 2), np.nan), (3, 3)),
                             (np.full((2, 2), -1), (3, 3)),
                             (np.zeros((2, 2)), (3, ))):
            with pytest.raises(ValueError):
                GradientMap(values, size)
        with pytest.raises(UserError, match='a.npz: file of gradient'):
            GradientMap.load(tmp_path / 'a.npz')
        np.savez(tmp_path / 'a.npz', values=np.zeros((2, 2)))
        with pytest.raises(UserError, match='not a whole file of gradient'):
            GradientMap.load(tmp_path / 'a.npz')
