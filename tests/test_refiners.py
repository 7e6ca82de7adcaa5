"""The protocol of refiners: needs, chains, and who refuses what."""
import numpy as np
import pytest

from wsss_plugins.datasets.transforms import RefineClassMaps
from wsss_plugins.refiners import (
    DenseCRFRefiner,
    FinalCRFRefiner,
    GCNRefiner,
    Refiner,
    RefinerChain,
    RefinerSample,
)
from wsss_plugins.refiners.base import build_refiner
from wsss_plugins.registry import REFINERS
from wsss_plugins.structures import ClassMaps, UserError

SIZE = (12, 16)
DENSE = dict(type='wsss_plugins.DenseCRFRefiner', alpha=2.)
FINAL = dict(type='wsss_plugins.FinalCRFRefiner')
GCN = dict(type='wsss_plugins.GCNRefiner', num_classes=4)


@REFINERS.register_module()
class HalvingRefiner(Refiner):
    """Needs nothing."""

    def refine(self, samples):
        return [ClassMaps(s.maps.labels, s.maps.maps / 2, s.maps.size)
                for s in samples]


@REFINERS.register_module()
class ForegroundRefiner(Refiner):
    """Must not see the background."""
    foreground_only = True

    def refine(self, samples):
        for sample in samples:
            assert 0 not in sample.maps.labels
        return [sample.maps for sample in samples]


@REFINERS.register_module()
class NoRefiner:
    """Has the method, but declares nothing."""

    def refine(self, samples):
        return [sample.maps for sample in samples]


def sample(labels=(1, 3), seed=0):
    rng = np.random.default_rng(seed)
    maps = rng.random((len(labels), 6, 8)).astype(np.float32)
    image = rng.integers(0, 256, (*SIZE, 3), np.uint8)
    return RefinerSample(ClassMaps(np.array(labels, int), maps, SIZE), image,
                         name='a')


@pytest.mark.parametrize('kind, needs', [
    (DenseCRFRefiner, ('image', )), (FinalCRFRefiner, ('image', )),
    (GCNRefiner, ('image', 'features', 'affinity')), (HalvingRefiner, ())])
def test_needs_are_declared(kind, needs):
    assert issubclass(kind, Refiner)
    assert kind.__new__(kind).needs == needs


def test_a_chain_needs_the_union_and_is_a_refiner():
    halving = dict(type='wsss_plugins.HalvingRefiner')
    assert RefinerChain([]).needs == RefinerChain([halving]).needs == ()
    inner = dict(type='wsss_plugins.RefinerChain', refiners=[halving, GCN])
    chain = build_refiner(dict(
        type='wsss_plugins.RefinerChain', refiners=[DENSE, inner]))
    assert chain.needs == ('image', 'features', 'affinity')
    assert [type(part) for part in chain.parts] == [
        DenseCRFRefiner, HalvingRefiner, GCNRefiner]


def test_a_chain_is_its_refiners_in_order():
    both = [sample(), sample((2, ), seed=1)]
    found = RefinerChain([DENSE, FINAL]).refine(both)
    for one, refined in zip(both, found):
        first, = build_refiner(DENSE).refine([one])
        second, = build_refiner(FINAL).refine(
            [RefinerSample(first, one.image)])
        np.testing.assert_array_equal(refined.maps, second.maps)
        assert refined.labels.tolist() == [0, *one.maps.labels]
    assert RefinerChain([FINAL]).refine([]) == []


def test_the_background_is_taken_away_where_it_may_not_be():
    chain = [dict(type=f'wsss_plugins.{name}Refiner')
             for name in ('Halving', 'Foreground')]
    found, = RefinerChain(chain).refine([sample((0, 2))])
    assert found.labels.tolist() == [2]
    assert found.maps.max() == 1
    kept, = RefinerChain(chain).refine([sample((1, 2))])
    np.testing.assert_array_equal(kept.maps, sample((1, 2)).maps.maps / 2)


def test_no_class_is_all_background():
    for config in (DENSE, FINAL):
        found, = build_refiner(config).refine([sample(())])
        assert found.labels.tolist() == [0] and (found.maps == 1).all()


def test_data_workers_give_the_image_only():
    results = dict(img=sample().image[..., ::-1], class_maps=sample().maps)
    chain = dict(type='wsss_plugins.RefinerChain', refiners=[DENSE, FINAL])
    refined = RefineClassMaps(chain)(dict(results))['class_maps']
    wanted, = build_refiner(chain).refine([sample()])
    np.testing.assert_array_equal(refined.maps, wanted.maps)
    halved = RefineClassMaps(dict(type='wsss_plugins.HalvingRefiner'))(
        dict(class_maps=sample().maps))['class_maps']
    np.testing.assert_array_equal(halved.maps, sample().maps.maps / 2)
    for config in (GCN, dict(chain, refiners=[DENSE, GCN])):
        with pytest.raises(UserError, match='RefineClassMaps: GCNRefiner '
                           'needs features and affinity.*IRSegmentor'):
            RefineClassMaps(config)


def test_messages():
    with pytest.raises(UserError, match='a: DenseCRFRefiner makes a backgro'):
        build_refiner(DENSE).refine([sample((0, 1))])
    with pytest.raises(UserError, match='a: the maps hold no background'):
        build_refiner(FINAL).refine([sample()])
    with pytest.raises(UserError, match='derive NoRefiner from'):
        build_refiner(dict(type='wsss_plugins.NoRefiner'))
    with pytest.raises(UserError, match='one of them'):
        DenseCRFRefiner(alpha=1., threshold=.2)
