"""Checks of PSA's golden files through the package's public parts."""
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from mmengine.registry import DefaultScope
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from torch import Tensor

from ..datasets.transforms import (
    MakeAffinityGrid,
    MakeAffinityLabel,
    RandomPlaceCrop,
)
from ..datasets.transforms.affinity_grid import set_affinity_scores
from ..models import AffinityHead
from ..models.losses.affinity_loss import AffinityLoss, affinity_terms
from ..models.segmentors.walk_segmentor import resized
from ..ops.cam.cams import merge_cams
from ..ops.cam.pseudo_mask import class_map_labels
from ..ops.walk.pairs import cells_at, other_ends, pair_labels, pair_offsets
from ..registry import MODELS
from .checks import Check, Checker, compare, equal
from .given_backbone import GivenBackbone  # noqa: F401 (registers it)
from .golden_shapes import check_psa_shapes
from .stencils import dense_affinity, radius_of, transition_power

_RADIUS = 5
_CELL = 8


def _tensors(path: Path) -> dict[str, Tensor]:
    with np.load(path, allow_pickle=False) as file:
        return {key: torch.from_numpy(file[key]) for key in file.files}


def check_indices(path: Path) -> Iterator[Check]:
    """``indices.npz``: offsets, and indices of both ends of all pairs."""
    data = _tensors(path)
    for key, golden in data.items():
        if match := re.fullmatch(r'search_dist_r(\d+)', key):
            yield compare(key, pair_offsets(int(match[1])), golden, 0, 0)
            continue
        match = re.fullmatch(r'ind_(from|to)_(?:r(\d+)_)?(\d+)x(\d+)', key)
        radius = int(match[2] or _RADIUS)
        size = int(match[3]), int(match[4])
        cells = torch.arange(size[0] * size[1]).reshape(size)
        found = cells_at(cells, (0, 0), radius) if match[1] == 'from' else (
            other_ends(cells, radius, 0))
        yield compare(key, found.flatten(), golden, 0, 0)


def check_pair_labels(data: dict[str, Tensor], label: Tensor,
                      suffix: str = '',
                      num_classes: int | None = None) -> Iterator[Check]:
    """Labels of pairs, (P, sources) in the file, of a label map (h, w)."""
    radius = radius_of(data['bg_pos' + suffix].shape[-2])
    found = pair_labels(label[None], radius, num_classes=num_classes)
    for key, values in zip(('bg_pos', 'fg_pos', 'neg'), found):
        golden = data[key + suffix]
        yield compare(key + suffix, values.flatten(2)[0].reshape(
            golden.shape), golden, 0, 0)


def check_affinity_labels(path: Path) -> Iterator[Check]:
    """``affinity_labels.npz``: labels of pairs."""
    data = _tensors(path)
    yield from check_pair_labels(data, data['label'])


def _place(image: np.ndarray, crop: np.ndarray) -> tuple[tuple[int, int], ...]:
    """Rows and columns as RandomPlaceCrop takes them, from the crop."""
    sides, canvas = image.shape[:2], crop.shape[:2]
    ranges = [
        [(place, 0) for place in range(total - side + 1)] if side < total else
        [(0, place) for place in range(side - total + 1)]
        for side, total in zip(sides, canvas)
    ]
    place = RandomPlaceCrop(canvas, (0, 0, 0))

    def error(where) -> float:
        found = place.crop(dict(img=image), *where)['img']
        return np.abs(found.astype(np.float32) - crop).sum()

    return min(((r, c) for r in ranges[0] for c in ranges[1]), key=error)


def check_la_ha_merge(path: Path) -> Iterator[Check]:
    """``la_ha_merge.npz``: CRFs of both alphas to the label of the grid."""
    with np.load(path, allow_pickle=False) as file:
        data = {key: file[key] for key in file.files}
    make = MakeAffinityLabel()
    scores = make.scores(data['cam'])
    refined = make.crf(data['img'], scores)
    for number, kind in enumerate(('la', 'ha')):
        yield compare(f'crf_in_{kind}', scores[number],
                      data[f'crf_in_{kind}'])
        # The engines differ by rounding in where a pixel's simplex is.
        yield compare(f'crf_{kind}', refined[number], data[f'crf_{kind}'],
                      1e-3, 2e-4)
    names = np.concatenate([[0], data['cam_keys'] + 1])
    crop = data['cropped_img'].transpose(1, 2, 0)
    results = dict(img=data['img'], affinity_classes=names)
    set_affinity_scores(results, refined.reshape(-1, *refined.shape[2:]))
    where = _place(data['img'], crop)
    results = RandomPlaceCrop(crop.shape[:2], (0, 0, 0)).crop(results, *where)
    yield equal('cropped_img beside the image',
                (results['img'].sum(axis=2) > 0).sum() <= crop.any(2).sum(),
                True)
    label = MakeAffinityGrid(_CELL)(results)['gt_affinity']
    slots = data['label_12x12']
    names = np.append(names, np.full(256 - len(names), 255))
    yield compare('label_12x12', label, names[slots], 0, 0)
    tensors = {k: torch.from_numpy(v) for k, v in data.items()}
    yield from check_pair_labels(tensors, torch.from_numpy(label))


def _head(data: dict[str, Tensor]) -> AffinityHead:
    """The head with the weights of a file."""
    names = ('w_f8_3', 'w_f8_4', 'w_f8_5')
    head = AffinityHead(
        in_channels=[data[n].shape[1] for n in names],
        branch_channels=[data[n].shape[0] for n in names],
        num_classes=2)
    with torch.no_grad():
        for name, branch in zip(names, head.branches):
            branch.weight.copy_(data[name])
        head.fuse.weight.copy_(data['w_f9'])
    return head


def _features(data: dict[str, Tensor]) -> tuple[Tensor, ...]:
    return data['conv4'], data['conv5'], data['conv6']


def check_affinity_head(path: Path) -> Iterator[Check]:
    """``affinity_head.npz``: features, affinities, losses, gradient."""
    data = _tensors(path)
    head = _head(data)
    size = tuple(data['label'].shape)
    affinity = head.affinity(head(_features(data)), 'reference')
    yield compare('aff', affinity.detach().flatten(2), data['aff'], 1e-4)
    yield compare('aff_dense',
                  dense_affinity(affinity[0].detach(), size, head.radius),
                  data['aff_dense'], 1e-4)
    flat = {k: v[0] for k, v in data.items() if k in ('bg_pos', 'fg_pos',
                                                      'neg')}
    yield from check_pair_labels(flat, data['label'])
    labels = pair_labels(data['label'][None], head.radius)
    terms = affinity_terms(affinity, labels)
    for key, value in zip(('l_bg', 'l_fg', 'l_neg'), terms):
        yield compare(key, value.detach(), data[key], 1e-4)
    loss = sum(AffinityLoss()(affinity, labels).values())
    loss.backward()
    yield compare('loss', loss.detach(), data['loss'], 1e-4)
    yield compare('grad_f9', head.fuse.weight.grad, data['grad_f9'], 1e-4)


def check_infer_aff(path: Path) -> Iterator[Check]:
    """``infer_aff.npz``: from features and class maps to the label."""
    data = _tensors(path)
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
    model.decode_head = _head(data).eval()
    model.backbone.features = _features(data)
    size = tuple(data['cam'].shape[1:])
    sample = SegDataSample(metainfo=dict(img_shape=size, ori_shape=size))
    labels = data['cam_keys'] + 1
    sample.set_data(
        dict(pred_cam=PixelData(data=data['cam']), pred_cam_label=labels))
    with torch.no_grad():
        pooled = model.cell_scores(data['cam'], _CELL)
        model.predict(torch.zeros(1, 3, *size), [sample])
        affinity = model.decode_head.affinity(
            model.decode_head(_features(data)), model.border)[0]
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


def check_cam_merge(path: Path) -> Iterator[Check]:
    """``cam_merge.npz``: eight views to class maps and a mask."""
    data = _tensors(path)
    size = tuple(data['size'].tolist())
    present = data['label'].nonzero()[:, 0]
    views = [data[f'raw{i}'][present] for i in range(8)]
    merged = merge_cams(views, [i % 2 == 1 for i in range(8)], size)
    yield compare('norm_cam', merged, data['norm_cam'], 1e-4)
    mask = class_map_labels(merged.numpy(), present.numpy() + 1, size, .2)
    yield compare('pred', mask, data['pred'], 0, 0)


CHECKERS: dict[str, Checker] = {
    'indices*.npz': check_indices,
    'affinity_labels*.npz': check_affinity_labels,
    'la_ha_merge*.npz': check_la_ha_merge,
    'affinity_head*.npz': check_affinity_head,
    'infer_aff*.npz': check_infer_aff,
    'cam_merge*.npz': check_cam_merge,
    'state_dict_shapes*.json': check_psa_shapes,
}
