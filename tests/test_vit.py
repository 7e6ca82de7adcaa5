"""The transformer, its similarity, and weights of other projects."""
import math

import pytest
import torch
import torch.nn.functional as F

from wsss_plugins.models import ObjectMaskNet, PatchViT
from wsss_plugins.models.converters.vit import convert_vit, mal_name
from wsss_plugins.models.converters.weight_files import (
    load_weights,
    save_weights,
)
from wsss_plugins.structures import UserError


def vit(**options):
    torch.manual_seed(0)
    sizes = dict(dim=16, depth=3, num_heads=4, patch_size=8, pos_grid=4)
    return PatchViT(**{**sizes, **options}).eval()


def images(batch=2, height=32, width=48):
    generator = torch.Generator().manual_seed(1)
    return torch.randn((batch, 3, height, width), generator=generator)


def by_hand(model, x, heads):
    """Weights of attention of all layers, (B, heads, n, n), and the end."""
    weights = []
    for block in model.blocks:
        q, k, v = (
            part.unflatten(2, (heads, -1)).transpose(1, 2)
            for part in block.attn.qkv(block.norm1(x)).chunk(3, dim=2))
        attention = (q @ k.mT / math.sqrt(q.shape[-1])).softmax(dim=3)
        weights.append(attention)
        mixed = (attention @ v).transpose(1, 2).flatten(2)
        x = x + block.attn.proj(mixed)
        hidden = F.gelu(block.mlp.fc1(block.norm2(x)))
        x = x + block.mlp.fc2(hidden)
    return weights, model.norm(x)


@torch.no_grad()
def test_by_hand():
    model, x = vit(), images()
    tokens = model.tokens(x)
    weights, end = by_hand(model, tokens, 4)
    torch.testing.assert_close(model.encode(x), end)
    (found, ) = model(x)
    assert found.shape == (2, 16, 4, 6)
    torch.testing.assert_close(found[1, :, 2, 3], end[1, 1 + 2 * 6 + 3])
    for layers in ((0, ), (2, ), (-1, ), (0, 2), (-2, -1)):
        truth = sum(weights[i].mean(dim=1)[:, 1:, 1:] for i in layers)
        torch.testing.assert_close(
            model.similarity(x, layers), truth / len(layers))


@torch.no_grad()
def test_similarity_does_not_know_the_order_of_heads():
    model, x = vit(depth=1), images()
    before = model.similarity(x)
    attn = model.blocks[0].attn
    order = torch.tensor([2, 0, 3, 1])
    for parameter in (attn.qkv.weight, attn.qkv.bias):
        heads = parameter.view(3, 4, 4, *parameter.shape[1:])
        parameter.copy_(heads[:, order].reshape(parameter.shape))
    torch.testing.assert_close(model.similarity(x), before)


@torch.no_grad()
def test_similarity_runs_no_further_than_needed():
    model, x = vit(), images()
    before = model.similarity(x, (1, ))
    for parameter in [*model.blocks[2].parameters(),
                      *model.blocks[1].mlp.parameters()]:
        parameter.fill_(float('nan'))
    assert torch.equal(model.similarity(x, (1, )), before)
    with pytest.raises(ValueError, match='3 blocks'):
        model.similarity(x, (3, ))


@torch.no_grad()
@pytest.mark.parametrize('kind', ['scale', 'size'])
def test_positions(kind):
    model = vit(pos_resize=kind)
    assert model.positions((4, 4)) is model.pos_embed
    found = model.positions((6, 9))
    assert found.shape == (1, 55, 16)
    planes = model.pos_embed[:, 1:].view(1, 4, 4, 16).permute(0, 3, 1, 2)
    options = dict(
        size=dict(size=(6, 9)),
        scale=dict(scale_factor=(6.1 / 4, 9.1 / 4)))[kind]
    truth = F.interpolate(planes, mode='bicubic', **options)
    torch.testing.assert_close(found[0, 1:], truth[0].flatten(1).T)
    assert torch.equal(found[:, :1], model.pos_embed[:, :1])


@pytest.mark.parametrize('kind', ['convstem', 'linear'])
def test_gradients_with_and_without_checkpoints(kind):
    grads = []
    for with_cp in (False, True):
        model = vit(patch_embed=kind, with_cp=with_cp).train()
        model(images())[0].square().sum().backward()
        grads.append([p.grad for p in model.parameters()])
    for a, b in zip(*grads):
        torch.testing.assert_close(a, b)
        assert a.isfinite().all()
    assert sum((g.abs().max() > 0).item() for g in grads[0]) >= len(
        grads[0]) - 1


def test_refusals():
    for options, words in (
        (dict(patch_embed='x'), "patch_embed='x'"),
        (dict(pos_resize='x'), "pos_resize='x'"),
        (dict(num_heads=3), 'num_heads=3'),
        (dict(patch_size=12), 'patch_size=12')):
        with pytest.raises(ValueError, match=words):
            vit(**options)
    with pytest.raises(ValueError, match='multiples of the patch'):
        vit()(images(height=33))


def plain_weights(**options):
    return vit(patch_embed='linear', **options).state_dict()


def test_convert():
    state = plain_weights()
    extra = {
        'head.weight': torch.zeros(2, 16), 'mask_token': torch.zeros(1),
        'decoder_blocks.0.norm1.weight': torch.zeros(3)
    }
    converted = convert_vit({'model': {**state, **extra}}, 'x.pth')
    model = vit()
    missing, unknown = model.load_state_dict(converted, strict=False)
    assert not unknown
    assert missing and all(k.startswith('patch_embed.') for k in missing)
    assert torch.equal(model.pos_embed, state['pos_embed'])
    whole = convert_vit(state, 'x.pth', 'linear')
    assert whole.keys() == state.keys()


def test_convert_refuses():
    state = plain_weights()
    with pytest.raises(UserError, match="'layer1.weight' does not belong"):
        convert_vit({**state, 'layer1.weight': torch.zeros(1)}, 'x.pth')
    with pytest.raises(UserError, match="no weight 'cls_token'"):
        convert_vit({'conv.weight': torch.zeros(1)}, 'x.pth')
    del state['blocks.1.attn.proj.bias']
    with pytest.raises(UserError, match='x.pth.*attn.proj.bias is missing'):
        convert_vit(state, 'x.pth')


def test_converted_weights_are_loaded(tmp_path):
    path = str(tmp_path / 'vit.pth')
    torch.save(dict(model=plain_weights()), tmp_path / 'mae.pth')
    save_weights(
        convert_vit(load_weights(tmp_path / 'mae.pth'), 'mae.pth'), path)
    model = vit(init_cfg=dict(type='Pretrained', checkpoint=path))
    torch.nn.init.zeros_(model.pos_embed)
    model.init_weights()
    assert torch.equal(model.pos_embed, plain_weights()['pos_embed'])


def test_names_of_mal():
    model = ObjectMaskNet(
        dict(type='wsss_plugins.PatchViT', dim=16, depth=1, num_heads=2),
        dict(type='wsss_plugins.MALMaskDecoder', in_channels=16, channels=4))
    ours = set(model.state_dict())
    for name in ('backbone.norm.bias', 'roi_head.mlp2.weight',
                 'mask_head.convs.3.conv.bias'):
        assert mal_name(name) in ours
