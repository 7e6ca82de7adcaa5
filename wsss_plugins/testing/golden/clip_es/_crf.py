"""CLIP-ES' CRF and its confident masks, from stored maps."""
from collections.abc import Iterator
from functools import cache

import numpy as np
from mmengine.config import Config

from wsss_plugins.datasets.transforms import IgnoreUnsure, MakePseudoMask
from wsss_plugins.ops.crf.unary import score_energies
from wsss_plugins.refiners import HalfCRFRefiner
from wsss_plugins.refiners.base import RefinerSample
from wsss_plugins.structures import ClassMaps
from wsss_plugins.testing.checks import Check, compare, equal
from wsss_plugins.testing.configs import config_path

# Engines of the same lattice differ by rounding, after ten steps.
_LIBRARY = dict(rtol=1e-3, atol=1e-3)
_AGREEMENT = .995


@cache
def refiner() -> HalfCRFRefiner:
    """The stage's CRF with the reference's precision and colors."""
    cfg = Config.fromfile(config_path('clip_es/make_masks_clip-es_voc12.py'))
    options = dict(cfg.refiner)
    options.pop('type')
    return HalfCRFRefiner(mean_free=True, **options)


def maps_of(data: dict[str, np.ndarray]) -> ClassMaps:
    """Maps that a picture's file stores, as a CAM file of one's own."""
    full = data['saved_attn_highres']
    return ClassMaps(data['saved_keys'] + 1, full, full.shape[1:])


def mask_of(data: dict[str, np.ndarray], q: np.ndarray,
            confident: bool) -> np.ndarray:
    """Label map of probabilities, by the stage's transforms."""
    labels = np.concatenate([[0], data['saved_keys'] + 1])
    results = dict(class_maps=ClassMaps(labels, q, q.shape[1:]))
    results = MakePseudoMask()(results)
    return (IgnoreUnsure()(results) if confident else results)['pred_mask']


def check_crf(data: dict[str, np.ndarray]) -> Iterator[Check]:
    """From the stored maps to the mask with 255."""
    crf, maps = refiner(), maps_of(data)
    yield compare('crf_image', crf.seen_image(data['img_rgb']),
                  data['crf_image'], 0, 0)
    scores = crf.scores(maps.maps)
    yield compare('crf_prob_in', scores, data['crf_prob_in'], 0, 0)
    yield compare('crf_unary', score_energies(scores).reshape(len(scores), -1),
                  data['crf_unary'], 0, 0)
    refined, = crf.refine([RefinerSample(maps, data['img_rgb'])])
    yield compare('crf_q', refined.maps, data['crf_q'], **_LIBRARY)
    own = mask_of(data, refined.maps, confident=False)
    yield equal('crf_label, ours', (own == data['crf_label']).mean()
                >= _AGREEMENT, True)
    yield compare('crf_confidence', data['crf_q'].max(axis=0),
                  data['crf_confidence'], 0, 1e-6)
    for name, confident in (('crf_label', False), ('pseudo_mask', True)):
        yield compare(name, mask_of(data, data['crf_q'], confident),
                      data[name], 0, 0)
