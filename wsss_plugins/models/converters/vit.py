"""Vision transformers: weights of MAE, DeiT, DINO and MAL for PatchViT."""
import math
import re
from collections.abc import Mapping

from torch import Tensor

from ...structures import UserError
from ..backbones import PatchViT
from .rename import convert_state_dict, unknown_name

_NETWORK = 'a vision transformer'
_STEM = 'patch_embed.'
_BLOCK = re.compile(r'blocks\.(\d+)\.')
_OURS = re.compile(
    r'(cls_token|pos_embed|patch_embed\.proj\.(weight|bias)|'
    r'blocks\.\d+\.(norm[12]|attn\.(qkv|proj)|mlp\.fc[12])\.(weight|bias)|'
    r'norm\.(weight|bias))')
# Classifiers, and the decoder that MAE throws away.
_UNWANTED = ('head.', 'decoder_', 'mask_token')
_MAL_PARTS = (('roi_head.', 'decode_head.roi_head.'),
              ('mask_head.', 'decode_head.mask_head.'))


def convert_vit(state: Mapping[str, Tensor],
                source: str,
                patch_embed: str = 'convstem') -> dict[str, Tensor]:
    """Weights that a :class:`PatchViT` takes of a plain transformer.

    The names are the same; what is dropped and whether all is there is the
    work.

    Args:
        state (Mapping[str, Tensor]): State dict of MAE, DeiT or DINO, bare
            or under ``model``.
        source (str): Its file, for messages.
        patch_embed (str): ``'convstem'`` (default) leaves out the one
            convolution of the patches, which the stem replaces;
            ``'linear'`` keeps it.

    Returns:
        dict[str, Tensor]: State dict of the backbone; for ``'convstem'``
        without its stem, which is trained from scratch.

    Raises:
        UserError: If the weights are not those of a plain transformer.
    """
    state = state['model'] if isinstance(state.get('model'),
                                         Mapping) else state
    sizes = _sizes(state, source)
    converted = convert_state_dict(
        state, vit_name, lambda: PatchViT(**sizes, patch_embed='linear'),
        source, _NETWORK)
    if patch_embed == 'linear':
        return converted
    return {k: v for k, v in converted.items() if not k.startswith(_STEM)}


def vit_name(name: str, source: str) -> str | None:
    """Our name of a weight: the same; None for unwanted parts.

    Raises:
        UserError: If it is no name of a plain transformer.
    """
    if name.startswith(_UNWANTED):
        return None
    if not _OURS.fullmatch(name):
        raise unknown_name(name, source, _NETWORK)
    return name


def mal_name(name: str) -> str:
    """Our name of a weight of MAL's student, in :class:`ObjectMaskNet`."""
    for theirs, ours in _MAL_PARTS:
        if name.startswith(theirs):
            return ours + name.removeprefix(theirs)
    return name


def _sizes(state: Mapping[str, Tensor], source: str) -> dict[str, int]:
    """Options of the network that the weights were made for."""
    names = ('cls_token', 'pos_embed', 'patch_embed.proj.weight',
             'blocks.0.mlp.fc1.weight')
    shapes = {}
    for name, ndim in zip(names, (3, 3, 4, 2)):
        value = state.get(name)
        if not isinstance(value, Tensor) or value.ndim != ndim:
            raise UserError(f'{source}: no weight {name!r} of {ndim} axes; '
                            'give weights of MAE, DeiT or DINO')
        shapes[name] = value.shape
    dim = shapes['cls_token'][-1]
    blocks = {int(m[1]) for m in map(_BLOCK.match, state) if m}
    return dict(
        dim=dim,
        depth=max(blocks) + 1,
        # Weights do not tell the number of heads; their shapes do not care.
        num_heads=1,
        mlp_ratio=shapes['blocks.0.mlp.fc1.weight'][0] / dim,
        patch_size=shapes['patch_embed.proj.weight'][-1],
        pos_grid=math.isqrt(shapes['pos_embed'][1] - 1))
