"""CLIP's weights under the names of any of their libraries.

Names of OpenAI (and open_clip, which kept them) are what all others are
turned into; from there the two towers are ours, mmseg's transformer and
mmseg's text encoder.
"""
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from mmengine.registry import DefaultScope
from mmseg.models.text_encoder import CLIPTextEncoder
from torch import Tensor

from ...structures import UserError
from ..backbones.clip_vit import CLIPViT
from .rename import convert_state_dict, unknown_name

_NETWORK = "CLIP's ViT"
_LAYER = re.compile(r'(?:^|\.)resblocks\.(\d+)\.')
_VISION = (
    (r'visual\.class_embedding', 'cls_token'),
    (r'visual\.positional_embedding', 'pos_embed'),
    (r'visual\.proj', 'proj'),
    (r'visual\.conv1\.weight', 'patch_embed.projection.weight'),
    (r'visual\.ln_pre\.(\w+)', r'ln_pre.\1'),
    (r'visual\.ln_post\.(\w+)', r'ln1.\1'),
    (r'visual\.transformer\.resblocks\.(\d+)\.ln_([12])\.(\w+)',
     r'layers.\1.ln\2.\3'),
    (r'visual\.transformer\.resblocks\.(\d+)\.attn\.(.+)',
     r'layers.\1.attn.attn.\2'),
    (r'visual\.transformer\.resblocks\.(\d+)\.mlp\.c_fc\.(\w+)',
     r'layers.\1.ffn.layers.0.0.\2'),
    (r'visual\.transformer\.resblocks\.(\d+)\.mlp\.c_proj\.(\w+)',
     r'layers.\1.ffn.layers.1.\2'),
)
_TEXT = (
    (r'(token_embedding\.weight|positional_embedding|text_projection|'
     r'logit_scale|ln_final\.\w+)', r'\1'),
    (r'transformer\.resblocks\.(\d+)\.ln_1\.(\w+)',
     r'transformer.\1.norms.0.\2'),
    (r'transformer\.resblocks\.(\d+)\.ln_2\.(\w+)',
     r'transformer.\1.norms.1.\2'),
    (r'transformer\.resblocks\.(\d+)\.attn\.(.+)',
     r'transformer.\1.attentions.0.attn.\2'),
    (r'transformer\.resblocks\.(\d+)\.mlp\.c_fc\.(\w+)',
     r'transformer.\1.ffns.0.layers.0.0.\2'),
    (r'transformer\.resblocks\.(\d+)\.mlp\.c_proj\.(\w+)',
     r'transformer.\1.ffns.0.layers.1.\2'),
)
# Of the file, not of the network.
_NOTES = ('input_resolution', 'context_length', 'vocab_size', 'attn_mask')
# transformers' names; q, k and v are joined afterwards.
_TRANSFORMERS = (
    (r'vision_model\.embeddings\.patch_embedding\.weight',
     'visual.conv1.weight'),
    (r'vision_model\.embeddings\.class_embedding', 'visual.class_embedding'),
    (r'vision_model\.embeddings\.position_embedding\.weight',
     'visual.positional_embedding'),
    (r'vision_model\.pre_layrnorm\.', 'visual.ln_pre.'),
    (r'vision_model\.post_layernorm\.', 'visual.ln_post.'),
    (r'vision_model\.encoder\.layers\.', 'visual.transformer.resblocks.'),
    (r'visual_projection\.weight', 'visual.proj'),
    (r'text_model\.embeddings\.token_embedding\.', 'token_embedding.'),
    (r'text_model\.embeddings\.position_embedding\.weight',
     'positional_embedding'),
    (r'text_model\.final_layer_norm\.', 'ln_final.'),
    (r'text_model\.encoder\.layers\.', 'transformer.resblocks.'),
    (r'text_projection\.weight', 'text_projection'),
    (r'\.self_attn\.', '.attn.'),
    (r'\.layer_norm([12])\.', r'.ln_\1.'),
    (r'\.mlp\.fc1\.', '.mlp.c_fc.'),
    (r'\.mlp\.fc2\.', '.mlp.c_proj.'),
)
_TRANSPOSED = ('visual.proj', 'text_projection')


@dataclass(frozen=True)
class CLIPWeights:
    """Both towers.

    Attributes:
        vision (dict[str, Tensor]): Weights of a :class:`CLIPViT`.
        text (dict[str, Tensor]): Weights of mmseg's ``CLIPTextEncoder``.
        vision_sizes, text_sizes (dict[str, int]): Options of the networks.
    """
    vision: dict[str, Tensor]
    text: dict[str, Tensor]
    vision_sizes: dict[str, int]
    text_sizes: dict[str, int]

    def text_encoder(self) -> CLIPTextEncoder:
        """Mmseg's text encoder with the weights in it."""
        with DefaultScope.overwrite_default_scope('mmseg'):
            encoder = CLIPTextEncoder(
                vocabulary=[], templates=['{}'], cat_bg=False,
                **self.text_sizes)
        encoder.load_state_dict(self.text)
        return encoder.eval()


def convert_clip(state: Mapping[str, Tensor], source: str) -> CLIPWeights:
    """Weights of both towers from a whole CLIP.

    Args:
        state (Mapping[str, Tensor]): State dict of OpenAI, open_clip or
            transformers; of any floating point type.
        source (str): Its file, for messages.

    Raises:
        UserError: If weights are missing, unknown or of another network.
    """
    state = openai_names(state, source)
    vision_sizes, text_sizes = _sizes(state, source)
    parts = {True: {}, False: {}}
    for name, value in state.items():
        parts[name.startswith('visual.')][name] = value
    # Ours have axes for the batch.
    for name, axes in (('visual.class_embedding', 2),
                       ('visual.positional_embedding', 1)):
        shape = (1, ) * axes + parts[True][name].shape
        parts[True][name] = parts[True][name].reshape(shape)
    vision = convert_state_dict(parts[True], _rule(_VISION),
                                lambda: CLIPViT(**vision_sizes), source,
                                f'{_NETWORK}, its vision tower')
    text = convert_state_dict(parts[False], _rule(_TEXT),
                              lambda: _blank_text(text_sizes), source,
                              f'{_NETWORK}, its text tower')
    return CLIPWeights(vision, text, vision_sizes, text_sizes)


def openai_names(state: Mapping[str, Tensor],
                 source: str) -> dict[str, Tensor]:
    """Give weights of any library OpenAI's names and layouts.

    Raises:
        UserError: If they are no whole CLIP with a vision transformer.
    """
    state = {
        name.removeprefix('text.'): value for name, value in state.items()
        if name.rpartition('.')[2] not in (*_NOTES, 'position_ids')
    }
    if any(name.startswith('vision_model.') for name in state):
        state = _of_transformers(state)
    if 'visual.conv1.weight' not in state or not any(
            name.startswith('visual.transformer.') for name in state):
        raise UserError(
            f'{source}: no vision transformer of CLIP in it ('
            f'{", ".join(list(state)[:3])}, ...); give weights of OpenAI, '
            'open_clip or transformers, such as ViT-B-16.pt')
    if 'token_embedding.weight' not in state:
        raise UserError(f'{source}: a vision tower without text tower; give '
                        'the whole CLIP, or words could not be read')
    return state


def _of_transformers(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    renamed = {}
    for name, value in state.items():
        for pattern, new in _TRANSFORMERS:
            name = re.sub(pattern, new, name)
        renamed[name] = value.T if name in _TRANSPOSED else value
    joined = {}
    for name, value in renamed.items():
        found = re.fullmatch(r'(.+\.attn\.)([qkv])_proj\.(weight|bias)', name)
        if not found:
            joined[name] = value
            continue
        parts = [renamed.get(f'{found[1]}{x}_proj.{found[3]}') for x in 'qkv']
        if all(part is not None for part in parts):
            joined[f'{found[1]}in_proj_{found[3]}'] = torch.cat(parts)
    return joined


def _rule(patterns: tuple[tuple[str, str], ...]):
    def rule(name: str, source: str) -> str:
        for pattern, new in patterns:
            if re.fullmatch(pattern, name):
                return re.sub(pattern, new, name)
        raise unknown_name(name, source, _NETWORK)

    return rule


def _blank_text(sizes: dict[str, int]) -> CLIPTextEncoder:
    with DefaultScope.overwrite_default_scope('mmseg'):
        return CLIPTextEncoder(
            vocabulary=[], templates=['{}'], cat_bg=False, **sizes)


def _sizes(state: Mapping[str, Tensor],
           source: str) -> tuple[dict[str, int], dict[str, int]]:
    """Options of both networks, read from the shapes."""
    shapes = {}
    for name, axes in (('visual.conv1.weight', 4), ('visual.proj', 2),
                       ('visual.positional_embedding', 2),
                       ('token_embedding.weight', 2), ('text_projection', 2),
                       ('positional_embedding', 2)):
        value = state.get(name)
        if not isinstance(value, Tensor) or value.ndim != axes:
            raise UserError(f'{source}: no weight {name!r} of {axes} axes; '
                            'give the weights of a whole CLIP')
        shapes[name] = value.shape
    width = shapes['visual.conv1.weight'][0]
    vision = dict(
        embed_dims=width,
        num_layers=_depth(state, 'visual.'),
        patch_size=shapes['visual.conv1.weight'][-1],
        pos_grid=math.isqrt(shapes['visual.positional_embedding'][0] - 1),
        out_dims=shapes['visual.proj'][1])
    vocabulary, width = shapes['token_embedding.weight']
    text = dict(
        total_vocab_size=vocabulary,
        context_length=shapes['positional_embedding'][0],
        embed_dims=width,
        output_dims=shapes['text_projection'][1],
        num_layers=_depth(state, 'transformer.'),
        num_heads=max(width // 64, 1))
    return vision, text


def _depth(state: Mapping[str, Tensor], prefix: str) -> int:
    found = [int(_LAYER.search(name)[1]) for name in state
             if name.startswith(prefix) and _LAYER.search(name)]
    return max(found, default=-1) + 1
