"""Checks of SEC's golden files through the package's public parts."""
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from PIL import Image
from torch import Tensor

from ..datasets.transforms import MakeCRFImage
from ..models import ConstrainLoss, ExpandLoss, SECHead, SeedLoss
from ..models.losses.constrain_loss import (
    SEC_CRF,
    boundary_divergence,
    crf_log_probs,
)
from ..models.losses.expand_loss import expand_loss
from ..ops.cam.rank_pooling import rank_pool, rank_weights, softmax_with_floor
from ..ops.crf.dense_crf import DenseCRF
from ..registry import MODELS
from ..structures import Cues
from .checks import Check, Checker, compare, equal
from .configs import config_path
from .golden_eps_cams import AveragePoolBackbone
from .golden_sec_cues import check_cues

_LOSS = dict(rtol=1e-5, atol=1e-5)
_GRADIENT = dict(rtol=1e-4, atol=1e-7)
# Values that differ by less than float32 resolves get each other's rank, and
# with it weights that differ by the decay.
_RANKED = {
    torch.float64: _GRADIENT,
    torch.float32: dict(rtol=1e-2, atol=1e-6)
}
_LATTICE = dict(rtol=0, atol=1e-4)
_EXACT = dict(rtol=0, atol=1e-3)


def _tensors(path: Path) -> dict[str, Tensor]:
    with np.load(path, allow_pickle=False) as file:
        return {key: torch.from_numpy(file[key]) for key in file.files}


def _with_inputs(path: Path, kind: str) -> tuple[dict, dict]:
    """A file, and the inputs that it was made from."""
    return _tensors(path), _tensors(
        path.with_name(path.name.replace(kind, 'inputs', 1)))


def _leaves(inputs: dict[str, Tensor],
            dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
    """Logits that want a gradient, and their probabilities."""
    logits = inputs['logits'].to(dtype, copy=True).requires_grad_()
    probs = softmax_with_floor(logits)
    probs.retain_grad()
    return logits, probs


def _tags(inputs: dict[str, Tensor]) -> Tensor:
    """Multi-hot tags without the background's entry, (N, C - 1)."""
    return inputs['onehot'].flatten(1)[:, 1:]


def _crf_images(inputs: dict[str, Tensor]) -> Tensor:
    return _small_images(inputs).permute(0, 3, 1, 2)


def _small_images(inputs: dict[str, Tensor]) -> Tensor:
    """Images at the size of the maps, (N, h, w, 3); the size is named."""
    (images, ) = [v for k, v in inputs.items()
                  if k.startswith('image_bgr_') and v.ndim == 4]
    return images


def check_inputs(path: Path) -> Iterator[Check]:
    """``inputs.npz``: the cues' list and the small image."""
    data = _tensors(path)
    for number, masks in enumerate(data['cues']):
        rows = data[f'cue_index_{number}'].numpy()
        cues = Cues.from_rows(rows, len(masks), tuple(masks.shape[1:]))
        yield compare(f'cues {number}', cues.masks, masks, 0, 0)
        yield compare(f'cue_index_{number}', Cues(masks.numpy()).rows(), rows,
                      0, 0)
    (image, ) = [v.numpy() for k, v in data.items() if k.endswith('_first')]
    golden = _small_images(data)[0].numpy()
    small = MakeCRFImage(size=golden.shape[:2])(dict(img=image))
    yield compare('small image', small['gt_crf_image'], golden, 0, 0)
    steps = {(a - 1) / (b - 1) for a, b in zip(image.shape[:2],
                                               golden.shape[:2])}
    stride = steps.pop()
    if not steps and stride.is_integer():
        small = MakeCRFImage(stride=int(stride))(dict(img=image))
        yield compare('small image by stride', small['gt_crf_image'], golden,
                      0, 0)


def check_softmax(path: Path) -> Iterator[Check]:
    """``softmax.npz``: probabilities with a floor, and their gradient."""
    data, inputs = _with_inputs(path, 'softmax')
    logits = inputs['logits'].clone().requires_grad_()
    probs = softmax_with_floor(logits, float(data['eps']))
    probs.backward(data['upstream'])
    yield compare('probs', probs.detach(), data['probs'])
    yield compare('grad_logits', logits.grad, data['grad_logits'],
                  **_GRADIENT)


def check_seed(path: Path) -> Iterator[Check]:
    """``seed.npz``: seeding loss and gradients."""
    data, inputs = _with_inputs(path, 'seed')
    logits, probs = _leaves(inputs)
    loss = SeedLoss()(probs, inputs['cues'])['loss_seed']
    loss.backward()
    yield compare('loss', loss.detach(), data['loss'], **_LOSS)
    yield compare('grad_probs', probs.grad, data['grad_probs'], **_GRADIENT)
    yield compare('grad_logits', logits.grad, data['grad_logits'],
                  **_GRADIENT)


def check_expand(path: Path) -> Iterator[Check]:
    """``expand.npz``: pooling, the three terms and gradients."""
    data, inputs = _with_inputs(path, 'expand')
    _, probs = _leaves(inputs)
    values = probs.detach().flatten(2)
    module = ExpandLoss()
    present, background = module.decay_present, module.decay_background
    yield compare('gwrp_fg', rank_pool(values[:, 1:], present),
                  data['gwrp_fg'])
    yield compare('max_fg', rank_pool(values[:, 1:], module.decay_absent),
                  data['max_fg'])
    yield compare('gwrp_bg', rank_pool(values[:, 0], background),
                  data['gwrp_bg'])
    for key, decay in (('Z_fg', present), ('Z_bg', background)):
        yield compare(key, 1 / rank_weights(values.shape[-1], decay)[0],
                      data[key])
    terms = expand_loss(probs.detach(), _tags(inputs))
    yield compare('loss_present', terms.present, data['loss_present'],
                  **_LOSS)
    yield compare('loss_absent', terms.absent, data['loss_absent'], **_LOSS)
    yield compare('loss_bg', terms.background, data['loss_bg'], **_LOSS)
    for dtype, tolerance in _RANKED.items():
        logits, probs = _leaves(inputs, dtype)
        loss = module(probs, _tags(inputs))['loss_expand']
        loss.backward()
        yield compare(f'loss, {dtype}', loss.detach(), data['loss'], **_LOSS)
        yield compare(f'grad_probs, {dtype}', probs.grad, data['grad_probs'],
                      **tolerance)
        yield compare(f'grad_logits, {dtype}', logits.grad,
                      data['grad_logits'], **tolerance)


def check_crf_train(path: Path) -> Iterator[Check]:
    """``crf_train.npz``: the CRF of the loss, by lattice and exactly."""
    data, inputs = _with_inputs(path, 'crf_train')
    options = {**SEC_CRF, 'scale': float(data['scale_factor'])}
    images, energies = _small_images(inputs), -inputs['logits']
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
    log_q = crf_log_probs(DenseCRF(**options), _crf_images(inputs),
                          inputs['logits'])
    yield compare('log_q_clamped', log_q.exp(), data['log_q_clamped'].exp(),
                  **_LATTICE)


def check_constrain(path: Path) -> Iterator[Check]:
    """``constrain.npz``: the divergence and both kinds of gradient."""
    data, inputs = _with_inputs(path, 'constrain')
    crf_file = path.with_name(path.name.replace('constrain', 'crf_train', 1))
    logits, probs = _leaves(inputs)
    log_q = _tensors(crf_file)['log_q_clamped'].requires_grad_()
    loss = boundary_divergence(probs, log_q)
    loss.backward()
    yield compare('loss', loss.detach(), data['loss'], **_LOSS)
    yield compare('grad_probs', probs.grad, data['grad_probs'], **_GRADIENT)
    yield compare('grad_log_q', log_q.grad, data['grad_log_q'], **_GRADIENT)
    yield compare('grad_logits_q_constant', logits.grad,
                  data['grad_logits_q_constant'], **_GRADIENT)
    grads = {}
    for mode in ('none', 'legacy_diag'):
        logits, probs = _leaves(inputs)
        loss = ConstrainLoss(crf_grad=mode)(
            probs, logits, _crf_images(inputs))['loss_constrain']
        loss.backward()
        yield compare(f'loss of the module, {mode}', loss.detach(),
                      data['loss'], **_LOSS)
        grads[mode] = logits.grad
    yield compare('grad_logits_legacy_extra',
                  grads['legacy_diag'] - grads['none'],
                  data['grad_logits_legacy_extra'], **_GRADIENT)


def check_total(path: Path) -> Iterator[Check]:
    """``total.npz``: the head's three losses and their gradient."""
    data, inputs = _with_inputs(path, 'total')
    samples = []
    for tags, cues, image in zip(
            _tags(inputs), inputs['cues'], _crf_images(inputs), strict=True):
        sample = SegDataSample()
        sample.set_data(
            dict(
                gt_score=tags,
                gt_cues=PixelData(data=cues),
                gt_crf_image=PixelData(data=image)))
        samples.append(sample)
    names = ('loss_seed', 'loss_expand', 'loss_constrain')
    for dtype, tolerance in _RANKED.items():
        logits, _ = _leaves(inputs, dtype)
        head = SECHead(
            in_channels=1, num_classes=logits.shape[1], channels=1)
        losses = head.loss_by_feat(logits, samples)
        total = sum(losses[name] for name in names)
        total.backward()
        for name in names:
            yield compare(f'{name}, {dtype}', losses[name].detach(),
                          data[name], **_LOSS)
        yield compare(f'loss, {dtype}', total.detach(), data['loss'], **_LOSS)
        yield compare(f'grad_logits, {dtype}', logits.grad,
                      data['grad_logits'], **tolerance)


def check_test_time(path: Path) -> Iterator[Check]:
    """``test_time.npz``: resize to the photo, and the CRF there.

    Runs head, segmentor and test-time wrapper of the VGG16 config from the
    maps on.
    """
    data = _tensors(path)
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


CHECKERS: dict[str, Checker] = {
    'inputs*.npz': check_inputs,
    'softmax*.npz': check_softmax,
    'seed*.npz': check_seed,
    'expand*.npz': check_expand,
    'crf_train*.npz': check_crf_train,
    'constrain*.npz': check_constrain,
    'total*.npz': check_total,
    'test_time*.npz': check_test_time,
    'cues*.npz': check_cues,
}
