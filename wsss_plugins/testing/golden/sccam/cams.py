"""SC-CAM's CAMs and the masks made from them."""
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from wsss_plugins.evaluation import CAMWriter
from wsss_plugins.ops.cam.confusion import (
    confusion_matrix,
    scores_from_confusion,
)
from wsss_plugins.ops.cam.pseudo_mask import class_map_labels
from wsss_plugins.registry import MODELS
from wsss_plugins.structures import ClassMaps
from wsss_plugins.testing.arrays import load_arrays
from wsss_plugins.testing.backbones import AveragePoolBackbone
from wsss_plugins.testing.checks import Check, checks, compare, equal
from wsss_plugins.testing.configs import config_path

_CONFIG = 'sccam/sccam_resnet38_1xb16-81k_voc12-224.py'
_HALF = 1e-3  # relative step of float16
_TIE = 2e-5  # scores that rounding may bring into another order


@checks('cam_infer*.npz')
def check_infer(path: Path) -> Iterator[Check]:
    """``cam_infer*.npz``: from the network's maps to labels and files.

    The views of the file go through the test-time wrapper of the config, as
    the network would give them.
    """
    data = load_arrays(path)
    for kind in ('parent', 'sub'):
        sample = _merged(data, kind)
        maps = sample.pred_cam.data
        classes = data['classes']
        golden = data['norm_cam_parent' if kind == 'parent' else 'merged_sub']
        yield equal(f'{kind}: classes', sample.pred_cam_label.tolist(),
                    (classes + 1).tolist())
        yield compare(f'{kind}: maps', maps, golden[classes])
        size = tuple(data['size'].tolist())
        mask = class_map_labels(maps.numpy(), sample.pred_cam_label.numpy(),
                                size, float(data['th']))
        clear = _clear(golden, float(data['th']))
        yield equal(f'{kind}: most pixels have no tie', clear.mean() > .99,
                    True)
        yield compare(f'seg_{kind}', mask[clear], data[f'seg_{kind}'][clear],
                      0, 0)
        yield compare(f'miou_{kind}', _miou(mask, data['gt'], len(golden)),
                      data[f'miou_{kind}'])
        if kind == 'sub':
            yield compare('winning sub-category', _winner(sample, data),
                          np.zeros(maps.shape))
        else:
            yield from _check_file(sample, data)


def _merged(data: dict, kind: str) -> SegDataSample:
    """All views through the wrapper, merged at every pixel."""
    num_fg, num_sub = len(data['raw_parent_0']), int(data['K'])
    cfg = Config.fromfile(config_path(_CONFIG)).model
    cfg.backbone = dict(type=AveragePoolBackbone)
    cfg.decode_head.num_sub = num_sub
    cfg.decode_head.parent.update(in_channels=3, num_classes=num_fg + 1)
    if kind == 'sub':
        cfg.type = 'wsss_plugins.SubCategoryCAMSegmentor'
    with DefaultScope.overwrite_default_scope('mmseg'):
        wrapper = MODELS.build(
            dict(
                type='wsss_plugins.CAMTTAModel',
                module=cfg,
                out_size='image'))
    height, width = data['size'].tolist()
    labels = torch.zeros(num_fg)
    labels[data['classes']] = 1
    views = []
    while f'raw_{kind}_{len(views)}' in data:
        view = SegDataSample(
            metainfo=dict(
                ori_shape=(height, width),
                img_shape=(height, width),
                img_path='golden.png',
                flip=len(views) % 2 == 1))
        raw = torch.from_numpy(data[f'raw_{kind}_{len(views)}'])
        view.set_data(
            dict(
                gt_score=labels,
                pred_score=labels,
                cam_view=PixelData(data=raw)))
        views.append(view)
    return wrapper.merge_preds([views])[0]


def _clear(golden: np.ndarray, threshold: float) -> np.ndarray:
    """Pixels whose best score, background included, leads by a margin."""
    background = np.full((1, *golden.shape[1:]), threshold)
    ordered = np.sort(np.concatenate([background, golden]), axis=0)
    return ordered[-1] - ordered[-2] > _TIE


def _winner(sample: SegDataSample, data: dict) -> np.ndarray:
    """How far the named sub-category's map is below the greatest."""
    num_sub = int(data['K'])
    maps = data['norm_cam_sub'].reshape(-1, num_sub, *data['size'])
    maps = maps[data['classes']]
    named = np.take_along_axis(maps, sample.pred_sub.data.numpy()[:, None], 1)
    return maps.max(axis=1) - named[:, 0]


def _check_file(sample: SegDataSample, data: dict) -> Iterator[Check]:
    """The CAM file holds scores, where the reference's holds 0 and 255."""
    with tempfile.TemporaryDirectory() as folder:
        writer = CAMWriter(folder)
        writer.process({}, [sample.to_dict()])
        maps = ClassMaps.load(Path(folder) / 'golden.npz')
    golden = data['norm_cam_parent']
    for label, scores in zip(data['classes'].tolist(), maps.maps):
        yield compare(f'file, class {label}', scores, golden[label], _HALF,
                      1e-6)
        defect = data.get(f'reference_saved_cam_{label}')
        if defect is None:
            continue
        yield equal(f'file, class {label}, is not the defect',
                    bool(scores.max() <= 1), True)
        cut = np.where(golden[label] > float(data['th']), 255., 0.)
        yield compare(f'defect of class {label} is a cut of the same map',
                      cut, defect, 0, 0)


def _miou(mask: np.ndarray, gt: np.ndarray, num_fg: int) -> float:
    """Mean over classes that the ground truth shows."""
    matrix = confusion_matrix(gt, mask, num_fg + 1)
    iou = scores_from_confusion(matrix)['iou']
    return iou[matrix.sum(axis=1) > 0].mean()
