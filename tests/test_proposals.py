"""Mask proposals: files, rules where they break, and makers."""
import json

import numpy as np
import pytest

from wsss_plugins.apis.proposal_files import make_proposals
from wsss_plugins.apis.proposers import build_proposer
from wsss_plugins.ops.proposals.levels import filter_levels
from wsss_plugins.refiners import ProposalRefiner, RefinerSample
from wsss_plugins.refiners.proposal_rules import VoteRule
from wsss_plugins.structures import ClassMaps, UserError
from wsss_plugins.structures.proposal_folder import load_proposals
from wsss_plugins.structures.proposals import MAX_PROPOSALS, Proposals
from wsss_plugins.testing.voc_tree import make_voc_tree

SIZE = (8, 10)


def rectangle(top, left, bottom, right):
    mask = np.zeros(SIZE, dtype=bool)
    mask[top:bottom, left:right] = True
    return mask


LEFT, RIGHT = rectangle(0, 0, 8, 5), rectangle(0, 5, 8, 10)
WHOLE = LEFT | RIGHT


def refine(tmp_path, masks, maps, labels=(2, 3), **options):
    Proposals.of_masks(masks, SIZE).save(tmp_path / 'a.json')
    sample = RefinerSample(
        ClassMaps(labels, np.asarray(maps, np.float32), SIZE), name='a')
    found, = ProposalRefiner(str(tmp_path), **options).refine([sample])
    return found.labels[found.maps.argmax(axis=0)]


def maps_of(*masks):
    return np.stack([mask * .9 + .05 for mask in masks])


def test_round_trip(tmp_path):
    masks = [LEFT, np.zeros(SIZE, bool), RIGHT]
    made = Proposals.of_masks(masks, SIZE, [0, 1, 2], [.5, .6, .7])
    made.save(tmp_path / 'a.json')
    found = Proposals.load(tmp_path / 'a.json', SIZE)
    # The empty one would make every score of its class undefined.
    assert found.levels.tolist() == [0, 2]
    assert found.scores.tolist() == [.5, .7]
    assert found.areas.tolist() == [40, 40]
    assert (np.concatenate(list(found.chunks())) == [LEFT, RIGHT]).all()


@pytest.mark.parametrize('rule', ['vote', 'overlap'])
def test_masks_get_the_class_below_them(tmp_path, rule):
    found = refine(tmp_path, [LEFT, RIGHT], maps_of(LEFT, RIGHT), rule=rule)
    assert (found == np.where(LEFT, 2, 3)).all()


@pytest.mark.parametrize('rule', ['vote', 'overlap'])
def test_a_mask_of_the_whole_image_takes_nothing(tmp_path, rule):
    maps = maps_of(LEFT, rectangle(0, 0, 0, 0))
    found = refine(tmp_path, [WHOLE, LEFT, RIGHT], maps, rule=rule)
    assert (found == np.where(LEFT, 2, 0)).all()


def test_a_lone_mask_has_a_score(tmp_path):
    maps = maps_of(LEFT)
    found = refine(tmp_path, [LEFT], maps, labels=(2, ))
    assert (found == np.where(LEFT, 2, 0)).all()
    published = VoteRule(rest=False).vote(
        maps, Proposals.of_masks([LEFT], SIZE))
    assert not published.painted.any()


def test_no_proposals_leave_the_cams(tmp_path):
    found = refine(tmp_path, [], maps_of(LEFT, RIGHT))
    assert (found == np.where(LEFT, 2, 3)).all()


def test_no_labels(tmp_path):
    found = refine(tmp_path, [LEFT], np.zeros((0, 2, 2)), labels=())
    assert not found.any()


def test_background_may_have_any_index(tmp_path):
    maps = maps_of(LEFT, rectangle(0, 0, 0, 0))
    for rule in ('vote', 'overlap'):
        found = refine(tmp_path, [LEFT, RIGHT], maps, labels=(0, 1),
                       rule=rule, background=2)
        assert (found == np.where(LEFT, 0, 2)).all()


def test_many_overlapping_masks_take_little_memory():
    rng = np.random.default_rng(0)
    size = (60, 70)
    masks = []
    for _ in range(1500):
        top, left = rng.integers(0, 50, 2)
        mask = np.zeros(size, bool)
        mask[top:top + 10, left:left + 20] = True
        masks.append(mask)
    proposals = Proposals.of_masks(masks, size)
    maps = rng.random((2, *size))
    vote = VoteRule().vote(maps, proposals)
    plain = [[m[mask].mean() for mask in masks] for m in maps]
    np.testing.assert_allclose(vote.means, plain, rtol=1e-6)


def test_levels():
    inner = rectangle(0, 0, 8, 2)
    masks = np.stack([inner, RIGHT, LEFT])
    assert filter_levels(masks, [0, 1, 2]).tolist() == [2, 1]


@pytest.mark.parametrize('change, text', [
    (lambda r: dict(r, segmentation=dict(size=[9, 10], counts=[90])),
     r'image of size \[9, 10\]'),
    (lambda r: dict(r, segmentation=dict(size=[8, 10], counts=[7])),
     'counts 7 pixels'),
    (lambda r: dict(r, segmentation=None), 'has no RLE'),
    (lambda r: dict(r, level=7), 'level is the number 7'),
    (lambda r: dict(r, predicted_iou='x'), 'predicted_iou is the text'),
    (lambda r: 5, 'has no RLE')])
def test_broken_files(tmp_path, change, text):
    path = tmp_path / 'a.json'
    good = dict(segmentation=dict(size=[8, 10], counts=[0, 80]))
    path.write_text(json.dumps([good, change(good)]))
    with pytest.raises(UserError, match=text) as caught:
        load_proposals(tmp_path, 'a', SIZE)
    assert 'a.json' in str(caught.value)


def test_too_many(tmp_path):
    (tmp_path / 'a.json').write_text('[' + '0,' * MAX_PROPOSALS + '0]')
    with pytest.raises(UserError, match='more than 20000'):
        load_proposals(tmp_path, 'a', SIZE)
    with pytest.raises(UserError, match='make_proposals.py'):
        load_proposals(tmp_path, 'b', SIZE)


@pytest.mark.parametrize('options, text', [
    (dict(rule='most'), "rule='most'"), (dict(max_area=2), 'max_area=2'),
    (dict(rule='overlap', variant='x'), "variant='x'"),
    (dict(colour=1), 'colour')])
def test_wrong_options(options, text):
    with pytest.raises(UserError, match=text):
        ProposalRefiner('x', **options)


def test_makers():
    with pytest.raises(UserError, match='choose one of'):
        build_proposer('nobody')
    with pytest.raises(UserError, match='takes no weights'):
        build_proposer('superpixels', weights='x')
    with pytest.raises(UserError, match='not found'):
        build_proposer('segment-anything', weights='none.pth')


@pytest.mark.parametrize('method', ['felzenszwalb', 'slic'])
def test_superpixels_tile_the_image(method):
    pytest.importorskip('skimage', reason='superpixels need scikit-image')
    image = np.zeros((40, 60, 3), np.uint8)
    image[:, 30:] = (200, 60, 20)
    maker = build_proposer('superpixels', method=method, scales=[40],
                           min_area=1)
    masks = np.concatenate(list(maker.propose(image).chunks()))
    assert (masks.sum(axis=0) == 1).all()
    assert not any(mask[:, 30:].any() and mask[:, :30].any()
                   for mask in masks)


def test_processes_and_breaks_change_nothing(tmp_path):
    pytest.importorskip('skimage', reason='superpixels need scikit-image')
    images = make_voc_tree(tmp_path) / 'JPEGImages'
    for out, workers in ((tmp_path / 'one', 0), (tmp_path / 'two', 2)):
        make_proposals(images, out, 'superpixels', workers=workers)
    one, two = ({p.name: p.read_bytes() for p in (out / 'files').iterdir()
                 if p.suffix == '.json'}
                for out in (tmp_path / 'one', tmp_path / 'two'))
    assert len(one) == 4 and one == two
    first = sorted((tmp_path / 'one/files').glob('*.json'))[0]
    first.unlink()
    make_proposals(images, tmp_path / 'one', 'superpixels')
    assert first.read_bytes() == one[first.name]
    with pytest.raises(UserError, match='made in another way'):
        make_proposals(images, tmp_path / 'one', 'superpixels',
                       method='slic')
