"""Doubts about masks: each by hand, and their sum."""
import numpy as np
import pytest

from wsss_plugins.structures import ClassMaps
from wsss_plugins.workspace.doubts.area import ExtremeArea
from wsss_plugins.workspace.doubts.base import Doubt, Evidence, Reason
from wsss_plugins.workspace.doubts.contrast import LowContrast
from wsss_plugins.workspace.doubts.disagreement import Disagreement
from wsss_plugins.workspace.doubts.labels import DoubtedLabel, UnlabeledClass
from wsss_plugins.workspace.doubts.missing import MissingLabel
from wsss_plugins.workspace.suspicion import all_doubts, total

CLASSES = ('background', 'leaf', 'stem')


def evidence(final, cam=None, labels=(1, ), maps=None, scores=None):
    final = np.array(final, np.uint8)
    cam = final if cam is None else np.array(cam, np.uint8)
    maps = np.ones((len(labels), 2, 2)) if maps is None else np.array(maps)
    return Evidence(
        'pic', labels, CLASSES,
        ClassMaps(np.array(labels), maps.astype(np.float32), final.shape),
        dict(final=final, cam=cam, segmentor=final), scores)


def test_masks_that_disagree():
    image = evidence([[1, 1, 0, 0]], [[0, 1, 1, 255]])
    reason = Disagreement().reason(image)
    # Without the ignored pixel: 1 of 3.
    assert reason.score == pytest.approx(2 / 3)
    assert reason.text == 'the two masks of leaf overlap by 33%'
    two = evidence([[1, 1, 2, 2]], [[1, 1, 2, 0]], labels=(1, 2))
    reason = Disagreement().reason(two)
    assert reason.score == pytest.approx(.25) and 'stem' in reason.text
    assert Disagreement().reason(evidence([[0]], labels=())) is None


def test_labels_that_are_gone():
    image = evidence([[1, 1, 0, 0]], labels=(1, 2))
    reason = MissingLabel().reason(image)
    assert reason.score == .5 and reason.text == 'stem is not in the mask'
    assert MissingLabel().reason(evidence([[1, 0]])) is None


def test_what_the_classifier_says():
    scores = np.array([np.nan, .05, .9])
    image = evidence([[1]], scores=scores)
    doubted = DoubtedLabel().reason(image)
    assert doubted.score == pytest.approx(.75) and 'leaf (5%)' in doubted.text
    more = UnlabeledClass().reason(image)
    assert more.score == pytest.approx(.5) and 'stem (90%)' in more.text
    fine = evidence([[1]], labels=(1, 2), scores=np.array([np.nan, .9, .9]))
    assert DoubtedLabel().reason(fine) is None
    assert UnlabeledClass().reason(fine) is None
    assert DoubtedLabel().reason(evidence([[1]])) is None


def test_rare_areas():
    areas = np.zeros((20, 3))
    areas[:, 1] = np.linspace(.2, .4, 20)
    doubt = ExtremeArea()
    doubt.learn(areas, [(1, )] * 20)
    usual = doubt.reason(evidence([[1, 1, 1, 0, 0, 0, 0, 0, 0, 0]]))
    rare = doubt.reason(evidence([[1] * 10]))
    assert usual.score < .01 and rare.score == 1
    assert rare.text == 'leaf covers 100% of the image, where 30% is usual'
    assert doubt.reason(evidence([[2]], labels=(2, ))) is None


def test_contrast():
    sharp = LowContrast().reason(evidence([[1]], maps=[[[1, 0], [0, .9]]]))
    vague = LowContrast().reason(evidence([[1]], maps=[[[1, .4], [.3, .5]]]))
    assert sharp.score == 0 and vague.score == .75
    empty = LowContrast().reason(evidence([[1]], maps=[[[0, 0], [0, 0]]]))
    assert empty.score == 1


def test_sum_of_doubts():
    weights = dict(a=1., b=.5)
    assert total([], weights) == 0
    assert total([Reason('a', .5, ''), Reason('b', 1., '')],
                 weights) == pytest.approx(.75)
    kinds = [doubt.kind for doubt in all_doubts()]
    assert len(kinds) == len(set(kinds)) >= 6
    assert all(isinstance(d, Doubt) and 0 < d.weight <= 1
               for d in all_doubts())
