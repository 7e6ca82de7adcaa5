"""SEC's dense CRF in training and at test time."""
import tempfile
from collections.abc import Iterator
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmseg.structures import SegDataSample
from PIL import Image
from torch import Tensor

from wsss_plugins.models.losses.constrain_loss import SEC_CRF, crf_log_probs
from wsss_plugins.ops.crf.dense_crf import DenseCRF
from wsss_plugins.registry import MODELS
from wsss_plugins.testing.arrays import load_tensors
from wsss_plugins.testing.backbones import AveragePoolBackbone
from wsss_plugins.testing.checks import Check, checks, compare, equal
from wsss_plugins.testing.configs import config_path

from ._inputs import crf_images, small_images, with_inputs

_LATTICE = dict(rtol=0, atol=1e-4)
_EXACT = dict(rtol=0, atol=1e-3)


@checks('crf_train*.npz')
def check_crf_train(path: Path) -> Iterator[Check]:
    """``crf_train.npz``: the CRF of the loss, by lattice and exactly."""
    data, inputs = with_inputs(path, 'crf_train')
    options = {**SEC_CRF, 'scale': float(data['scale_factor'])}
    images, energies = small_images(inputs), -inputs['logits']
    for key, golden in data.items():
        if not key.startswith('q_'):
            continue
        exact = key.startswith('q_exact')
        crf = DenseCRF(**{
            **options, 'iterations': int(key.rpartition('iter')[2]),
            'backend': 'exact' if exact else 'auto'
        })
        yield compare(key, crf.infer(images, energies), golden,
                      **(_EXACT if exact else _LATTICE))
    log_q = crf_log_probs(DenseCRF(**options), crf_images(inputs),
                          inputs['logits'])
    yield compare('log_q_clamped', log_q.exp(), data['log_q_clamped'].exp(),
                  **_LATTICE)


@checks('test_time*.npz')
def check_test_time(path: Path) -> Iterator[Check]:
    """``test_time.npz``: resize to the image, and the CRF there.

    Runs head, segmentor and test-time wrapper of the VGG16 config from the
    maps on.
    """
    data = load_tensors(path)
    (scores, ) = [v.permute(2, 0, 1) for k, v in data.items()
                  if k.startswith('probs_') and k != 'probs_up']
    model = _segmentor(len(scores))
    sample = SegDataSample()
    size = tuple(data['image'].shape[:2])
    # Of the input nothing is used but that it was not padded.
    meta = dict(ori_shape=size, img_shape=size, padding_size=[0] * 4)
    with tempfile.TemporaryDirectory() as folder:
        meta['img_path'] = f'{folder}/golden.png'
        Image.fromarray(data['image'].numpy()).save(meta['img_path'])
        sample.set_metainfo(meta)
        segmentor = model.module
        probs = segmentor.decode_head.predict_by_feat(scores.log()[None],
                                                      [meta])
        segmentor.postprocess_result(probs, [sample])
        plain = sample.pred_sem_seg.data[0].clone()
        large = sample.seg_logits.data.clone()
        merged = model.merge_preds([[sample]])[0]
    yield compare('probs_up', large.permute(1, 2, 0), data['probs_up'])
    yield compare('q_iter10',
                  model.crf(data['image'].numpy(), large.numpy()),
                  data['q_iter10'], **_LATTICE)
    yield _compare_labels('pred_no_crf', plain, data['pred_no_crf'],
                          data['probs_up'].permute(2, 0, 1))
    yield _compare_labels('pred_crf', merged.pred_sem_seg.data[0],
                          data['pred_crf'], data['q_iter10'])
    yield equal('iterations', model.crf.iterations, 10)


def _compare_labels(name: str, actual: Tensor, golden: Tensor,
                    probs: Tensor) -> Check:
    """Compare labels but where the golden probabilities are tied."""
    best = probs.topk(2, dim=0).values
    tied = best[0] - best[1] < _LATTICE['atol']
    return compare(name, torch.where(tied, golden, actual), golden, 0, 0)


def _segmentor(num_classes: int) -> torch.nn.Module:
    """Test-time wrapper of the VGG16 config around a tiny network."""
    cfg = Config.fromfile(
        config_path('sec/sec_vgg16_1xb15-8k_voc12-321.py'))
    cfg.model.backbone = dict(type=AveragePoolBackbone)
    cfg.model.decode_head.update(
        in_channels=3, channels=1, num_classes=num_classes)
    with DefaultScope.overwrite_default_scope('mmseg'):
        return MODELS.build(dict(cfg.tta_model, module=cfg.model)).eval()
