"""PSA's random walk."""
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from mmengine.registry import DefaultScope
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from torch import Tensor

import wsss_plugins.testing.backbones  # noqa: F401 (registers one)
from wsss_plugins.models.utils.resizing import resized
from wsss_plugins.registry import MODELS
from wsss_plugins.testing.arrays import load_tensors
from wsss_plugins.testing.checks import Check, checks, compare, equal
from wsss_plugins.testing.stencils import dense_affinity, transition_power

from ._head import affinity_head, features

_CELL = 8


@checks('infer_aff*.npz')
def check_infer_aff(path: Path) -> Iterator[Check]:
    """``infer_aff.npz``: from features and CAMs to the label."""
    data = load_tensors(path)
    steps = 2**int(data['logt'])
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(
            dict(
                type='wsss_plugins.AffinitySegmentor',
                backbone=dict(type='wsss_plugins.GivenBackbone'),
                decode_head=dict(
                    type='wsss_plugins.AffinityHead', in_channels=[1, 1, 1],
                    num_classes=2),
                alpha=float(data['alpha']),
                walk=dict(beta=float(data['beta']), steps=steps))).eval()
    model.decode_head = affinity_head(data).eval()
    model.backbone.features = features(data)
    size = tuple(data['cam'].shape[1:])
    sample = SegDataSample(metainfo=dict(img_shape=size, ori_shape=size))
    labels = data['cam_keys'] + 1
    sample.set_data(
        dict(pred_cam=PixelData(data=data['cam']), pred_cam_label=labels))
    with torch.no_grad():
        pooled = model.pooled_scores(data['cam'], _CELL)
        model.predict(torch.zeros(1, 3, *size), [sample])
        affinity = model.decode_head.affinity(
            model.decode_head(features(data)), model.border)[0]
    yield from _walk_checks(data, affinity, model, steps)
    slots = sample.pred_cam_label
    golden = data['cam_pooled_21']
    yield compare('cam_pooled_21', pooled, golden[slots], 1e-4)
    absent = np.setdiff1d(np.arange(len(golden)), slots)
    yield equal('absent classes', float(golden[absent].abs().sum()), 0.)
    walked = sample.pred_cam.data
    vectors = data['rw_vec'][slots].reshape(walked.shape)
    yield compare('rw_vec', walked, vectors, 1e-4, 2e-5)
    whole = resized(walked, [_CELL * side for side in walked.shape[1:]])
    yield compare('cam_rw_up', whole, data['cam_rw_up'], 1e-4, 2e-5)
    yield compare('pred', sample.pred_sem_seg.data[0], data['pred'], 0, 0)


def _walk_checks(data: dict[str, Tensor], affinity: Tensor,
                 model: torch.nn.Module, steps: int) -> Iterator[Check]:
    size, radius = tuple(data['conv4'].shape[2:]), model.decode_head.radius
    beta = model.walk['beta']
    yield compare('affinity_dense', dense_affinity(affinity, size, radius),
                  data['affinity_dense'], 1e-4)
    yield compare('T', transition_power(affinity, size, radius, beta, 1),
                  data['T'], 1e-4)
    yield compare(f'T{steps}',
                  transition_power(affinity, size, radius, beta, steps),
                  data[f'T{steps}'], 1e-4,
                  2e-5 * float(data[f'T{steps}'].max()))
