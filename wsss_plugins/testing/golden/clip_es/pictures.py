"""CLIP-ES from a picture and its tags to maps and masks."""
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from mmengine.registry import DefaultScope
from torch import Tensor

from wsss_plugins.models.segmentors import TextCAMSegmentor
from wsss_plugins.models.utils.text_cams import TextCAMs
from wsss_plugins.ops.attention.affinity import balancing_factors
from wsss_plugins.ops.cam.boxes import component_boxes
from wsss_plugins.ops.cam.grad_cam import damped_maps
from wsss_plugins.registry import TRANSFORMS
from wsss_plugins.testing.arrays import load_tensors
from wsss_plugins.testing.checks import Check, checks, compare, equal

from ._crf import check_crf
from ._model import config_of, kind_of, network

_ABS = dict(rtol=0, atol=1e-4)


@checks('[!bempt]*_*.npz')
def check_picture(path: Path) -> Iterator[Check]:
    """``KIND_NAME.npz``: every value from the picture to the mask."""
    data = load_tensors(path)
    model = network(path)
    image = _input(model, data, kind_of(path))
    yield compare('image_norm', image, data['image_norm'], 0, 1e-5)
    # The reference's own picture, so that errors do not add up.
    image = data['image_norm'][None]
    grid = model.backbone.grid(image)
    order = list(dict.fromkeys(data['objects'].tolist()))
    present = torch.tensor(order)
    yield equal('keys', order, data['saved_keys'].tolist())
    yield compare('pos_emb', model.backbone.positions(grid).detach(),
                  data['pos_emb_resized'], 0, 0)
    if 'block_io' in data:
        yield from _check_blocks(model, image, data)
    tokens, attentions = model.backbone.before_last(
        image, len(model.backbone.layers))
    yield compare('last_block_in', tokens[0], data['last_block_in'], **_ABS)
    block = model.backbone.last_block(tokens)
    attentions = [*attentions, block.attention]
    yield compare('attn_layers', torch.stack(attentions),
                  data['attn_layers'], 0, 1e-5)
    found = model.class_cams(block, attentions[:-1], grid, present)
    yield from _check_scores(model, found, present, data)
    yield from _check_cams(found, data)
    yield from _check_boxes(model, found, data)
    yield from _check_affinity(found, data)
    yield from _check_crf_parts(path, data)


def _input(model: TextCAMSegmentor, data: dict, kind: str) -> Tensor:
    """The picture through the config's pipeline and preprocessor."""
    resize = next(step for step in config_of(kind).test_pipeline
                  if step['type'].endswith('ResizeToPatches'))
    with DefaultScope.overwrite_default_scope('mmseg'):
        resize = TRANSFORMS.build(dict(resize))
    resized = resize(dict(img=data['img_rgb'].numpy()[..., ::-1]))['img']
    inputs = torch.from_numpy(resized.transpose(2, 0, 1).copy())
    return model.data_preprocessor(dict(inputs=[inputs]))['inputs'][0]


def _check_blocks(model: TextCAMSegmentor, image: Tensor,
                  data: dict) -> Iterator[Check]:
    inputs = []
    handles = [
        layer.register_forward_pre_hook(
            lambda module, args: inputs.append(args[0][0]))
        for layer in model.backbone.layers
    ]
    with torch.no_grad():
        model.backbone(image)
    for handle in handles:
        handle.remove()
    yield compare('block_io', torch.stack(inputs), data['block_io'], **_ABS)


def _check_scores(model: TextCAMSegmentor, found: TextCAMs, present: Tensor,
                  data: dict) -> Iterator[Check]:
    yield compare('text_rows', model.decode_head.rows(present),
                  data['text_rows'], 0, 1e-5)
    embedding = found.block.embedding.detach()
    yield compare('image_embed', embedding, data['image_embed'], **_ABS)
    yield compare('image_embed_norm', F.normalize(embedding, dim=0),
                  data['image_embed_norm'], **_ABS)
    yield compare('logits', found.logits, data['logits'], 0, 3e-4)
    yield compare('probs', found.logits.softmax(dim=0), data['probs'],
                  1e-3, 1e-12)


def _check_cams(found: TextCAMs, data: dict) -> Iterator[Check]:
    yield compare('ln1_act', found.activations, data['ln1_act'], **_ABS)
    for name, actual in (('grads', found.gradients),
                         ('cam_weights', found.weights),
                         ('cam_raw', found.raw),
                         ('cam_relu', found.raw.relu())):
        yield _compare_each(name, actual, data[name], 5e-4)
    yield compare('cam_scaled_once', damped_maps(found.raw.relu()),
                  data['cam_scaled_once'], 0, 5e-4)
    yield compare('cam_scaled', found.cams, data['cam_scaled'], 0, 5e-4)
    yield compare('cam_fullres', _at_size(found.cams, data['cam_fullres']),
                  data['cam_fullres'], 0, 5e-4)


def _check_boxes(model: TextCAMSegmentor, found: TextCAMs,
                 data: dict) -> Iterator[Check]:
    yield compare('box_mask', found.boxes, data['box_mask'], 0, 0)
    edge = torch.tensor(found.boxes.shape[1:]).flip(0) - 1
    for owner, cam in enumerate(found.cams.numpy()):
        boxes = component_boxes(cam, model.box_threshold)
        golden = data['boxes'][data['box_owner'] == owner]
        yield boxes_agree(f'boxes of tag {owner}', boxes, golden.numpy(),
                          edge.numpy())


def boxes_agree(name: str, boxes: np.ndarray, golden: np.ndarray,
                edge: np.ndarray) -> Check:
    """Components' boxes are golden; golden others are holes within them.

    Args:
        name (str): What is compared.
        boxes (np.ndarray): Of components, (n, 4), behind the last pixel.
        golden (np.ndarray): (m, 4), cut at the last row and column; also of
            holes, and one of zeros where there is nothing.
        edge (np.ndarray): Last column and row.
    """
    cut = {tuple(np.minimum(box, [*edge, *edge]).tolist()) for box in boxes}
    golden = {tuple(box) for box in golden.tolist()}
    holes = golden - cut - {(0, 0, 0, 0)}
    inside = all(
        any(a[0] <= b[0] and a[1] <= b[1] and b[2] <= a[2] and b[3] <= a[3]
            for a in cut) for b in holes)
    return equal(name, cut <= golden and inside, True)


def _check_affinity(found: TextCAMs, data: dict) -> Iterator[Check]:
    attention = found.affinity.attention
    yield compare('attn_mean', attention, data['attn_mean'], 0, 1e-5)
    attention = data['attn_mean']
    for half, (rows, columns) in enumerate(balancing_factors(attention)):
        name = f'T{half // 2 + 1}_{("col", "row")[half % 2]}'
        yield compare(name, rows[:, None] * attention * columns, data[name],
                      0, 1e-6)
    matrix = found.affinity.matrix()
    masks = data['box_mask'].flatten(1)
    yield compare('T_sym', matrix, data['T_sym'], 0, 1e-6)
    walked = found.affinity.step(found.affinity.step(
        torch.eye(len(attention))))
    yield compare('T_sq', walked, data['T_sq'], 0, 1e-6)
    yield compare('T_masked', walked * masks[:, None], data['T_masked'],
                  0, 1e-6)
    stored = found.affinity.spread(data['cam_scaled'], data['box_mask'])
    yield _compare_each('refined from stored', stored, data['refined'], 1e-4)
    yield _compare_each('refined', found.spread, data['refined'], 1e-3)
    golden = data['refined_fullres']
    yield compare('refined_fullres from stored',
                  _at_size(damped_maps(data['refined']), golden), golden,
                  **_ABS)
    full = _at_size(found.refined, golden)
    yield compare('refined_fullres', full, golden, 0, 2e-3)
    yield compare('saved_attn_highres', full, data['saved_attn_highres'], 0,
                  2.5e-3)


def _check_crf_parts(path: Path, data: dict) -> Iterator[Check]:
    if 'crf_q' in data:
        yield from check_crf({k: v.numpy() for k, v in data.items()})


def _compare_each(name: str, actual: Tensor, golden: Tensor,
                  share: float) -> Check:
    """Compare within a share of each tag's greatest value."""
    peaks = golden.flatten(1).abs().amax(dim=1).clamp(min=1e-38)
    peaks = peaks.reshape(-1, *[1] * (golden.ndim - 1))
    return compare(name, actual / peaks, golden / peaks, 0, share)


def _at_size(maps: Tensor, golden: Tensor) -> Tensor:
    return F.interpolate(maps[None], golden.shape[1:], mode='bilinear')[0]
