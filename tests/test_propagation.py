"""Scores, seeds and retrieval of EXITS."""
import pytest
import torch

from wsss_plugins.ops.points.propagation import (
    METHODS,
    contrast,
    propagate,
    transition,
    walk,
)
from wsss_plugins.ops.points.seeds import (
    PatchSets,
    Retrieved,
    hull_box,
    inward_points,
    patch_index,
    patches_in_box,
    point_targets,
    retrieve,
    seed_patches,
)

N = 36


def case(seed=0, batch=2, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randn((batch, N, N), generator=generator, dtype=dtype)
    similarity = (2 * scores).softmax(dim=2)
    chance = torch.rand((2, batch, N), generator=generator)
    foreground = chance[0] > .9
    foreground[:, 0] = True
    return similarity, foreground, (chance[1] > .6) & ~foreground


def paper(similarity, seeds, alpha, rounds):
    """The formula, entry by entry, of one crop."""
    a = similarity.clone()
    for _ in range(rounds):
        a = a / a.sum(dim=0, keepdim=True)
        a = a / a.sum(dim=1, keepdim=True)
    t, power = (a + a.T) / 2, torch.eye(N, dtype=a.dtype)
    for _ in range(alpha):
        power = power @ t
    return sum(power[j] for j in seeds.nonzero()[:, 0]) / seeds.sum()


@pytest.mark.parametrize('method', METHODS)
@pytest.mark.parametrize('alpha, rounds', [(0, 3), (1, 3), (2, 1), (9, 5)])
def test_the_formula(method, alpha, rounds):
    similarity, *seeds = case()
    found = propagate(similarity, *seeds, alpha=alpha, rounds=rounds,
                      method=method)
    for scores, chosen in zip(found, seeds):
        for number in range(2):
            torch.testing.assert_close(
                scores[number],
                paper(similarity[number], chosen[number], alpha, rounds),
                rtol=1e-11, atol=1e-14)
    difference = contrast(similarity, *seeds, alpha=alpha, rounds=rounds,
                          method=method)
    torch.testing.assert_close(difference, found[0] - found[1])


def test_transition_is_symmetric_and_its_rows_sum_to_one():
    matrix = transition(case()[0], rounds=300)
    assert torch.equal(matrix, matrix.mT)
    torch.testing.assert_close(matrix.sum(dim=2), torch.ones(2, N).double())


def test_scores_sum_to_one_and_flatten():
    similarity, *seeds = case()
    for scores in propagate(similarity, *seeds, alpha=3, rounds=300):
        torch.testing.assert_close(scores.sum(dim=1), torch.ones(2).double())
    for scores in propagate(similarity, *seeds, alpha=400, rounds=300):
        torch.testing.assert_close(
            scores, torch.full_like(scores, 1 / N), rtol=1e-7, atol=0)


@pytest.mark.parametrize('empty', [0, 1])
def test_an_empty_set_is_uniform(empty):
    similarity, *seeds = case()
    seeds[empty][0] = False
    scores = propagate(similarity, *seeds, alpha=5, rounds=1)
    torch.testing.assert_close(
        scores[empty][0], torch.full((N, ), 1 / N).double())
    torch.testing.assert_close(
        contrast(similarity, *seeds, alpha=5, rounds=1),
        scores[0] - scores[1])


def test_relabeled_patches_have_relabeled_scores():
    similarity, *seeds = case()
    order = torch.randperm(N, generator=torch.Generator().manual_seed(1))
    moved = propagate(similarity[:, order][:, :, order],
                      *(s[:, order] for s in seeds))
    for a, b in zip(moved, propagate(similarity, *seeds)):
        torch.testing.assert_close(a, b[:, order])


@pytest.mark.parametrize('method', METHODS)
def test_float32_and_autocast(method):
    similarity, *seeds = case()
    exact = contrast(similarity, *seeds, alpha=8)
    with torch.autocast('cpu', torch.bfloat16):
        found = contrast(similarity.float(), *seeds, alpha=8, method=method)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found.double(), exact, rtol=0, atol=2e-6)


def test_walk_refuses():
    similarity, *_ = case()
    with pytest.raises(ValueError, match='alpha=-1'):
        walk(torch.ones(2, 1, N), similarity, -1)
    with pytest.raises(ValueError, match="method='magic'"):
        walk(torch.ones(2, 1, N), similarity, method='magic')


POINTS = torch.tensor([[30., 10.], [8., 40.], [50., 88.], [90., 60.]])
GRID, SIZE = (6, 6), (96, 96)


def test_points_move_inward():
    moved = inward_points(POINTS, 5.)
    assert moved.tolist() == [[30, 15], [13, 40], [50, 83], [85, 60]]
    assert hull_box(POINTS).tolist() == [8, 10, 90, 88]


def test_patch_of_a_point():
    points = torch.tensor([[0., 0.], [15.9, 16.], [95.9, 95.9], [200., -3.]])
    assert patch_index(points, GRID, SIZE).tolist() == [0, 6, 35, 5]
    assert patch_index(torch.tensor([40., 10.]), (2, 4), (20, 80)) == 6


def test_sets_part_the_crop():
    sets = seed_patches(POINTS[None], hull_box(POINTS)[None], GRID, SIZE, 16.)
    foreground, background, box = (s[0] for s in sets)
    assert foreground.nonzero()[:, 0].tolist() == [7, 13, 22, 27]
    assert torch.equal(box, ~background)
    assert (foreground & background).sum() == 0
    # The centers of the outermost patches are at 8 and 88: x0 holds them.
    inside = patches_in_box(hull_box(POINTS)[None], GRID, SIZE)[0]
    assert inside.view(GRID).any(dim=0).tolist() == [True] * 6
    assert inside.view(GRID).any(dim=1).tolist() == [False] + [True] * 5


def test_a_seed_beyond_the_centers_is_foreground():
    points = torch.tensor([[48., 20.], [44., 48.], [48., 70.], [95., 48.]])
    box = torch.tensor([[44., 26., 86., 70.]])
    sets = seed_patches(points[None], box, GRID, SIZE, 0.)
    assert not patches_in_box(box, GRID, SIZE)[0, 9]
    assert sets.foreground[0, 9] and sets.box[0, 9]
    assert not sets.background[0, 9]


def test_points_may_share_a_patch():
    points = torch.tensor([[20., 18.], [18., 20.], [60., 62.], [62., 60.]])
    sets = seed_patches(points[None], hull_box(points)[None], GRID, SIZE, 4.)
    assert sets.foreground.sum() == 2


def test_mirrored_crops_have_mirrored_seeds():
    mirrored = POINTS[[0, 3, 2, 1]].clone()
    mirrored[:, 0] = 96 - mirrored[:, 0]
    sets = [
        seed_patches(p[None], hull_box(p)[None], GRID, SIZE, 16.)
        for p in (POINTS, mirrored)
    ]
    for a, b in zip(*sets):
        assert torch.equal(a.view(GRID).flip(1), b.view(GRID))


def test_padding_is_no_background():
    valid = torch.ones(1, N, dtype=torch.bool)
    valid[:, :2] = False
    box = hull_box(POINTS)[None]
    whole = seed_patches(POINTS[None], box, GRID, SIZE)
    found = seed_patches(POINTS[None], box, GRID, SIZE, valid=valid)
    assert torch.equal(found.background, whole.background & valid)
    assert whole.background[0, :2].all()
    assert torch.equal(found.box, whole.box)


def test_thresholds_are_in_units_of_a_patch():
    score = torch.tensor([[1., .5, .49, 0, -.49, -.5, -1, 3]]) / 8
    box = torch.tensor([[True] * 7 + [False]])
    found = retrieve(score, box)
    assert found.foreground[0].tolist() == [True, True] + [False] * 6
    assert found.background[0].tolist() == [False] * 5 + [True, True, False]
    found = retrieve(score, box, 2., -2.)
    assert not any(s.any() for s in found)
    valid = torch.arange(8)[None] > 0
    assert retrieve(score, box, valid=valid).foreground.sum() == 1


def test_thresholds_in_deviations():
    score = torch.tensor([[3., -1, 1, -3, 100], [3., -1, 1, -3, 100]])
    score[1] *= 1e-5
    box = torch.tensor([[True] * 4 + [False]] * 2)
    # The deviation of 3, -1, 1, -3 is the root of 5, about 2.24.
    for tau, count in ((1.34, 1), (1.35, 0), (.44, 2), (.45, 1)):
        found = retrieve(score, box, tau, -tau, unit='std')
        for sets in found:
            assert sets.sum(dim=1).tolist() == [count, count]
    for level in (0., .3):
        flat = retrieve(
            torch.full((1, 5), level), box[:1], .1, -.1, unit='std')
        assert not any(s.any() for s in flat)
    with pytest.raises(ValueError, match="unit='x'"):
        retrieve(score, box, unit='x')


def test_deviations_are_from_the_mean_or_from_zero():
    # Mean 1, deviation 2: in the box 3, -1, 3, -1.
    score = torch.tensor([[3., -1, 3, -1, 50]])
    box = torch.tensor([[True] * 4 + [False]])
    for unit, high, low in (('std', 1., -1.), ('spread', 1.5, -.5)):
        found = retrieve(score, box, high, low, unit=unit)
        assert found.foreground[0].tolist() == [True, False] * 2 + [False]
        assert found.background[0].tolist() == [False, True] * 2 + [False]
        missed = retrieve(score, box, high + .01, low - .01, unit=unit)
        assert not any(s.any() for s in missed)
    # What all scores have in common says nothing, but for 'spread'.
    shifted = retrieve(score + 7, box, 1., -1., unit='std')
    assert torch.equal(shifted.background, found.background)
    assert not retrieve(score + 7, box, unit='spread').background.any()


def test_seeds_win():
    def sets(*indices):
        out = torch.zeros(1, 6, dtype=torch.bool)
        out[0, list(indices)] = True
        return out

    seeds = PatchSets(sets(0, 1), sets(4, 5), sets(0, 1, 2, 3))
    labels, known = point_targets(seeds, Retrieved(sets(2), sets(1, 3)))
    assert torch.equal(labels, sets(0, 1, 2))
    assert torch.equal(known, sets(0, 1, 2, 3, 4, 5))
    labels, known = point_targets(seeds, Retrieved(sets(), sets()))
    assert torch.equal(labels, sets(0, 1))
    assert torch.equal(known, sets(0, 1, 4, 5))
