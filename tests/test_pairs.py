"""Offsets, paths and labels of pairs, against loops."""
import numpy as np
import pytest
import torch

from wsss_plugins.ops.walk.pairs import (
    other_ends,
    pair_labels,
    pair_offsets,
    pair_paths,
    pairs_inside,
    path_order,
    pixels_at,
    source_size,
    to_full_grid,
)


@pytest.mark.parametrize('radius, count', [(2, 4), (3, 12), (5, 34),
                                           (10, 152)])
def test_offsets_are_half_a_disc(radius, count):
    offsets = [tuple(o) for o in pair_offsets(radius).tolist()]
    assert len(offsets) == len(set(offsets)) == count
    disc = {(y, x) for y in range(-radius, radius + 1)
            for x in range(-radius, radius + 1) if 0 < x * x + y * y
            < radius * radius}
    assert disc == set(offsets) | {(-y, -x) for y, x in offsets}
    assert not set(offsets) & {(-y, -x) for y, x in offsets}


def test_radius_too_small():
    with pytest.raises(ValueError, match='radius=1'):
        pair_offsets(1)


@pytest.mark.parametrize('radius', [3, 5])
def test_paths_keep_near_the_line(radius):
    for (dy, dx), path in zip(pair_offsets(radius), pair_paths(radius)):
        cells = {tuple(c) for c in path.tolist()}
        length = np.hypot(dy, dx)
        for y in range(-1, dy + 2):
            for x in range(min(dx, 0) - 1, max(dx, 0) + 2):
                box = 0 <= y <= dy and min(dx, 0) <= x <= max(dx, 0)
                off = abs(dy * x - dx * y) / length
                assert ((y, x) in cells) == (box and off < 1 - 1e-9)
        assert tuple(path[0]) == (dy, dx) and tuple(path[-1]) == (0, 0)
    lengths = np.array([len(p) for p in pair_paths(radius)])[
        path_order(radius)]
    assert (np.diff(lengths) >= 0).all()


def test_views_and_full_grid():
    maps = torch.arange(9 * 12.).reshape(1, 9, 12)
    radius, size = 4, (9, 12)
    ends = other_ends(maps, radius, 1)
    for number, (dy, dx) in enumerate(pair_offsets(radius)):
        view = pixels_at(maps, (dy, dx), radius)
        assert torch.equal(ends[:, number], view)
        assert view[0, 0, 0] == maps[0, dy, 3 + dx]
    full = to_full_grid(ends, size, radius)
    assert full.shape == (1, len(pair_offsets(radius)), 9, 12)
    assert torch.equal(full[:, :, :6, 3:9], ends)
    assert full.sum() == ends.sum()
    assert to_full_grid(full, size, radius) is full
    with pytest.raises(ValueError, match='offsets of radius'):
        to_full_grid(full[:, 1:], size, radius)
    with pytest.raises(ValueError, match='not of a map'):
        to_full_grid(full, (9, 13), radius)


def test_a_map_without_pairs():
    with pytest.raises(ValueError, match="border='padded'"):
        source_size((4, 20), 5)
    inside = pairs_inside((1, 3), 5)
    assert inside.sum() == 3
    assert pairs_inside((1, 1), 5).sum() == 0


def loop_labels(label, radius, border, ignore=255, background=0):
    """Counts of the three kinds, by loops over pixels."""
    height, width = label.shape
    counts = dict(bg=0, fg=0, neg=0)
    reach = radius - 1
    for y in range(height):
        for x in range(width):
            source = (y < height - reach and reach <= x < width - reach)
            if border == 'reference' and not source:
                continue
            for dy, dx in pair_offsets(radius):
                yy, xx = y + dy, x + dx
                if not (0 <= yy < height and 0 <= xx < width):
                    continue
                a, b = label[y, x], label[yy, xx]
                if ignore in (a, b):
                    continue
                kind = 'neg' if a != b else (
                    'bg' if a == background else 'fg')
                counts[kind] += 1
    return counts


@pytest.mark.parametrize('border', ['reference', 'padded'])
@pytest.mark.parametrize('background', [0, 2])
def test_labels_against_loops(border, background):
    rng = np.random.default_rng(0)
    label = rng.choice([0, 1, 2, 255], size=(2, 7, 11)).astype(np.uint8)
    found = pair_labels(torch.from_numpy(label), 3, border, background)
    for number, one in enumerate(label):
        counts = loop_labels(one, 3, border, background=background)
        for kind, count in counts.items():
            assert getattr(found, kind)[number].sum() == count, kind
    stacked = torch.stack(list(found)).sum(dim=0)
    assert stacked.max() == 1


def test_unknown_classes_are_ignored():
    label = torch.full((1, 6, 9), 7, dtype=torch.uint8)
    assert pair_labels(label, 3).fg.all()
    found = pair_labels(label, 3, num_classes=7)
    assert not any(part.any() for part in found)
    found = pair_labels(label * 0, 3)
    assert found.bg.all() and not found.fg.any() and not found.neg.any()
    with pytest.raises(ValueError, match='border='):
        pair_labels(label, 3, 'none')
