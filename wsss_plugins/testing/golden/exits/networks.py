"""MAL's transformer, decoder and names of weights."""
import json
from collections.abc import Iterator
from pathlib import Path

import torch
from mmengine.config import Config
from torch import Tensor

from wsss_plugins.models import MALMaskDecoder, PatchViT
from wsss_plugins.models.converters.vit import convert_vit, mal_name
from wsss_plugins.registry import MODELS
from wsss_plugins.testing.arrays import load_tensors
from wsss_plugins.testing.checks import Check, checks, compare, equal
from wsss_plugins.testing.configs import config_path

_CLOSE = dict(rtol=0, atol=1e-5)
_MODEL = '_base_/models/mal_vitb.py'
_WEIGHT = 'w/'


def _split(path: Path) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Arrays and weights of a file."""
    data = load_tensors(path)
    weights = {
        key.removeprefix(_WEIGHT): data.pop(key)
        for key in list(data) if key.startswith(_WEIGHT)
    }
    return data, weights


@checks('mal_decoder*.npz')
@torch.no_grad()
def check_decoder(path: Path) -> Iterator[Check]:
    """``mal_decoder.npz``: logits for sizes of objects, and without."""
    data, weights = _split(path)
    boxes, maps = data['bbox'], data['spatial_feat']
    tokens = data['feat'][:, 1:].mT.unflatten(2, tuple(maps.shape[2:]))
    yield compare('spatial_feat', tokens, maps, 0, 0)
    areas = ((boxes[:, 2] - boxes[:, 0]) *
             (boxes[:, 3] - boxes[:, 1])).tolist()
    channels, in_channels = weights['roi_head.mlp1.weight'].shape
    for kind, adaptive in (('adjust', True), ('noadjust', False)):
        decoder = MALMaskDecoder(
            in_channels, channels, size_adaptive=adaptive)
        decoder.load_state_dict(weights)
        found = decoder((maps, ), areas)
        golden = data[f'seg_logits_{kind}'][:, 0]
        # The reference has no logits where an area equals a bound.
        holes = torch.tensor([
            adaptive and area in decoder.areas for area in areas])
        yield compare(f'seg_logits_{kind}', found[~holes], golden[~holes],
                      **_CLOSE)
        if adaptive:
            above = decoder((maps, ), [area + 1 for area in areas])
            yield compare('areas equal to a bound are above it',
                          found[holes], above[holes], 0, 0)


@checks('mal_vit_*.npz')
@torch.no_grad()
def check_vit(path: Path) -> Iterator[Check]:
    """``mal_vit_*.npz``: tokens, features, similarities, positions."""
    data, weights = _split(path)
    dim = weights['cls_token'].shape[-1]
    depth, _, heads = data['attn_layers'].shape[:3]
    vit = PatchViT(dim, depth, heads)
    vit.load_state_dict(weights)
    images = data['x']
    yield compare('tokens_in', vit.tokens(images), data['tokens_in'],
                  **_CLOSE)
    yield compare('out', vit.encode(images), data['out'], **_CLOSE)
    (maps, ) = vit(images)
    yield compare('out as a map', maps.flatten(2).mT, data['out'][:, 1:],
                  **_CLOSE)
    golden = data['sim_mean_heads_nocls']
    for layer in range(depth):
        yield compare(f'similarity of layer {layer}',
                      vit.similarity(images, (layer, )), golden[layer],
                      **_CLOSE)
        own = data['attn_layers'][layer].mean(dim=1)[:, 1:, 1:]
        yield compare(f'attn_layers {layer}',
                      vit.similarity(images, (layer - depth, )), own,
                      **_CLOSE)
    yield compare('similarity of all layers',
                  vit.similarity(images, tuple(range(depth))),
                  golden.mean(dim=0), **_CLOSE)
    for key, positions in data.items():
        if key.startswith('pos_embed_'):
            size, _, rest = key.removeprefix('pos_embed_').partition('_')
            vit.pos_resize = 'size' if rest.startswith('size') else 'scale'
            found = vit.positions(tuple(map(int, size.split('x'))))
            yield compare(key, found[..., :positions.shape[-1]], positions,
                          **_CLOSE)


@checks('mal_vitb_state_dict_shapes*.json')
def check_shapes(path: Path) -> Iterator[Check]:
    """Names and shapes of the ViT-B of the config, and what MAE lacks."""
    golden = json.loads(path.read_text())
    network = Config.fromfile(config_path(_MODEL)).model.network
    with torch.device('meta'):
        model = MODELS.build(network)
        plain = PatchViT(patch_embed='linear').state_dict()
    shapes = {k: list(v.shape) for k, v in model.state_dict().items()}
    names = {mal_name(name): name for name in golden['shapes']}
    yield equal('names', sorted(shapes), sorted(names))
    yield equal('shapes', shapes, {
        name: golden['shapes'][theirs] for name, theirs in names.items()})
    for key, part in (('total', model), ('backbone', model.backbone)):
        yield equal(f'params_{key}',
                    sum(p.numel() for p in part.parameters()),
                    golden[f'params_{key}'])
    taken = {f'backbone.{name}' for name in convert_vit(plain, str(path))}
    lacking = [theirs for ours, theirs in names.items() if ours not in taken]
    yield equal('not_in_mae_checkpoint', sorted(lacking),
                sorted(golden['not_in_mae_checkpoint']))
