"""Components, centroids and instances (IRNet Sec. 5.1)."""
import numpy as np
import pytest
import torch
from scipy import ndimage

from wsss_plugins.ops.cam.components import connected_components
from wsss_plugins.ops.walk.displacement import (
    cluster_centroids,
    find_centroids,
    split_instances,
)


@pytest.mark.parametrize('seed, share', [(0, .3), (1, .5), (2, .6), (3, .8)])
def test_components_of_one_label_against_scipy(seed, share):
    mask = np.random.default_rng(seed).random((23, 31)) < share
    wanted, count = ndimage.label(mask)
    found = connected_components(mask)
    assert found.max() == count
    assert (found == wanted).all()


def test_components_of_several_labels():
    labels = np.array([[1, 1, 2], [0, 1, 2], [2, 0, 1]])
    assert connected_components(labels).tolist() == [[1, 1, 2], [0, 1, 2],
                                                     [3, 0, 4]]
    spiral = np.zeros((9, 9), int)
    spiral[::2] = 1
    spiral[1, 8] = spiral[3, 0] = spiral[5, 8] = spiral[7, 0] = 1
    assert connected_components(spiral).max() == 1
    for empty in (np.zeros((3, 4)), np.zeros((0, 4))):
        assert not connected_components(empty).any()
    assert (connected_components(np.ones((2, 2))) == 1).all()
    with pytest.raises(ValueError, match='are not'):
        connected_components(np.zeros(3))


def towards(size, centers):
    """A field to the nearest of some places."""
    rows, columns = torch.meshgrid(
        *(torch.arange(s, dtype=torch.float32) for s in size), indexing='ij')
    places = torch.stack([rows, columns])
    ways = torch.tensor(centers, dtype=torch.float32)[:, :, None, None] - (
        places)
    nearest = ways.square().sum(dim=1).argmin(dim=0)
    return ways.gather(0, nearest[None, None].expand(1, 2, -1, -1))[0], nearest


def test_centroids_of_a_field_to_two_places():
    centers = [(4., 5.), (11., 20.)]
    field, nearest = towards((16, 26), centers)
    found = find_centroids(field / 3)
    wanted = torch.tensor(centers).T[:, nearest].long()
    assert (found - wanted).abs().max() <= 1
    clusters = cluster_centroids(found, field, 2.5)
    assert len(clusters) == 2
    assert (clusters.sum(dim=0) == 1).all()
    for cluster, number in zip(clusters, (0, 1)):
        assert (cluster == (nearest == number)).float().mean() > .97


def test_a_field_of_nothing_is_one_cluster():
    field = torch.zeros(2, 5, 7)
    found = find_centroids(field)
    rows, columns = np.mgrid[:5, :7]
    assert (found[0].numpy() == rows).all()
    assert (found[1].numpy() == columns).all()
    assert cluster_centroids(found, field).shape == (1, 5, 7)


def test_cells_do_not_leave_the_map():
    found = find_centroids(torch.full((2, 5, 7), 100.))
    assert (found[0] == 4).all() and (found[1] == 6).all()
    # All are strong, so there is no calm region; they are one cluster.
    assert cluster_centroids(found, torch.full((2, 5, 7), 100.)).all()


@pytest.mark.parametrize('field, text', [
    (torch.zeros(3, 4, 4), 'is not'),
    (torch.full((2, 4, 4), float('nan')), 'not finite')])
def test_bad_fields(field, text):
    with pytest.raises(ValueError, match=text):
        find_centroids(field)


def test_instances_are_pieces_of_winning_maps():
    winner = np.array([[1, 1, 0, 2], [0, 0, 0, 2], [1, 0, 2, 0]])
    scores = np.random.default_rng(0).random((2, 3, 4)).astype(np.float32)
    masks, owner, best = split_instances(scores, winner, min_area=2)
    assert owner.tolist() == [0, 0, 1, 1]
    assert [m.sum() for m in masks] == [2, 1, 2, 1]
    assert best.tolist() == [
        scores[0, 0, :2].max(), 0., scores[1, :2, 3].max(), 0.]
    masks, owner, best = split_instances(scores, np.zeros((3, 4), int))
    assert masks.shape == (0, 3, 4) and not len(owner) and not len(best)
