"""EPS' CAMs, pseudo masks and their scores."""
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from mmcv.transforms import Compose
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import DefaultScope
from torch import Tensor

import wsss_plugins.testing.backbones  # noqa: F401 (registers one)
from wsss_plugins.ops.cam.cams import seed_scores
from wsss_plugins.ops.cam.confusion import (
    confusion_matrix,
    scores_from_confusion,
)
from wsss_plugins.ops.cam.pseudo_mask import class_map_labels
from wsss_plugins.registry import MODELS, TRANSFORMS
from wsss_plugins.testing.arrays import load_arrays
from wsss_plugins.testing.checks import Check, checks, compare, equal
from wsss_plugins.testing.configs import config_path

_EPS = 'eps/eps_resnet38_1xb8-20k_voc12-448.py'
_CAM = 'cam/cam_resnet38_1xb8-20k_voc12-448.py'


@checks('infer_*.npz')
def check_infer(path: Path) -> Iterator[Check]:
    """``infer_*.npz``: multi-scale CAMs, masks and CRF scores.

    Runs the test-time pipeline and wrapper of the VOC configs around a tiny
    network with the file's weights.
    """
    data = load_arrays(path)
    is_eps = len(data['weight']) > len(data['label'])
    cfg = Config.fromfile(config_path(_EPS if is_eps else _CAM))
    num_classes = len(data['label']) + 1
    cfg.model.backbone = dict(type='wsss_plugins.AveragePoolBackbone')
    cfg.model.decode_head.update(
        in_channels=data['weight'].shape[1], num_classes=num_classes)
    sample, views = _run_tta(cfg, data)
    for number, view in enumerate(views):
        golden = data[f'pass_{number}'][:num_classes - 1]
        if is_eps:
            raw = torch.from_numpy(data[f'pass_{number}'])
            golden = raw.softmax(dim=0)[:num_classes - 1].numpy()
        yield compare(f'pass_{number}', view, golden, 1e-4, 1e-5)
    labels = sample.pred_cam_label.numpy()
    maps = sample.pred_cam.data
    foreground = MODELS.build(dict(cfg.model.decode_head)).foreground
    yield equal('keys', labels.tolist(),
                [foreground[key] for key in data['keys'].tolist()])
    yield compare('cam', maps, data['cam'])
    size = tuple(sample.ori_shape[:2])
    mask = class_map_labels(maps.numpy(), labels, size, float(data['thr']))
    yield compare('pred', mask, data['pred'], 0, 0)
    if 'crf_score_alpha4' in data:
        yield compare('crf_score_alpha4', seed_scores(maps, alpha=4.),
                      data['crf_score_alpha4'])
        yield equal('crf_keys', [0, *labels.tolist()],
                    data['crf_keys'].tolist())


def _run_tta(cfg: Config, data: dict) -> tuple[object, list[Tensor]]:
    """Merged sample, and the maps of each view before merging."""
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(
            dict(cfg.tta_model, module=cfg.model, out_size='image'))
        with torch.no_grad():
            model.module.decode_head.conv_seg.weight.copy_(
                torch.from_numpy(data['weight']))
        model.eval()
        # The image is in the file, not on disk: leave out the loading.
        pipeline = Compose(
            [TRANSFORMS.build(t) for t in cfg.tta_pipeline[1:]])
    packed = pipeline(
        dict(
            img=np.ascontiguousarray(data['image'][..., ::-1]),
            img_path='golden.png',
            ori_shape=data['image'].shape[:2],
            img_shape=data['image'].shape[:2],
            gt_label=np.flatnonzero(data['label']),
            num_foreground=len(data['label'])))
    seen = []
    merge = model.merge_preds

    def spy(data_samples_list):
        seen.extend(view.cam_view.data for view in data_samples_list[0])
        return merge(data_samples_list)

    model.merge_preds = spy
    with torch.no_grad():
        sample = model.test_step(pseudo_collate([packed]))[0]
    return sample, seen


@checks('evaluate*.npz')
def check_evaluate(path: Path) -> Iterator[Check]:
    """``evaluate.npz``: histogram, IoU, precision and recall of a set."""
    data = load_arrays(path)
    num_classes = len(data['hist'])
    matrix = np.zeros((num_classes, num_classes + 1), dtype=np.int64)
    number = 0
    while f'gt_{number}' in data:
        matrix += confusion_matrix(data[f'gt_{number}'],
                                   data[f'pred_{number}'], num_classes)
        number += 1
    # The reference drops pixels that are predicted as no class.
    counted = matrix[:, :num_classes]
    scores = scores_from_confusion(counted)
    hits, there = np.diag(counted), counted.sum(axis=1)
    yield compare('hist', counted, data['hist'], 0, 0)
    yield compare('tp', hits, data['tp'], 0, 0)
    yield compare('fn', there - hits, data['fn_called_TN'], 0, 0)
    yield compare('fp', counted.sum(axis=0) - hits, data['fp'], 0, 0)
    for key in ('iou', 'precision', 'recall'):
        yield compare(key, scores[key], data[key])
    yield compare('miou', np.nanmean(scores['iou']), data['miou'])
    yield compare('acc', hits.sum() / counted.sum(), data['acc'])
    weights = there / there.sum()
    yield compare('fwavacc', np.nansum(weights * scores['iou']),
                  data['fwavacc'])
