"""Features of words, by CLIP's text tower."""
import warnings
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmseg.utils import tokenizer
from torch import Tensor, nn

from ...structures import UserError

_BATCH = 64


def word_features(encoder: nn.Module,
                  prompts: Sequence[Sequence[str]]) -> Tensor:
    """Features of words, averaged over templates.

    Args:
        encoder (nn.Module): mmseg's ``CLIPTextEncoder``.
        prompts (Sequence[Sequence[str]]): Prompts of each template, the same
            words in the same order.

    Returns:
        Tensor: Of length 1, float32 (n, E), in the order of the words.

    Raises:
        UserError: If the text tower would cut a prompt off.
    """
    total = sum(_features(encoder, texts) for texts in prompts)
    return F.normalize(total / len(prompts), dim=1)


def tokens_of(texts: Sequence[str], length: int) -> Tensor:
    """Tokens of texts, int64 (n, length), padded with zeros.

    Raises:
        UserError: If a text has more tokens.
    """
    # The end has the highest number of all tokens.
    wide = tokenizer.tokenize(list(texts), 64 * length)
    counts = wide.argmax(dim=1) + 1
    for text, count in zip(texts, counts.tolist()):
        if count > length:
            raise UserError(
                f'prompt {text!r:.80} has {count} tokens, but the text tower '
                f'reads {length} and would cut it off; use fewer words')
    return wide[:, :length]


@torch.no_grad()
def _features(encoder: nn.Module, texts: Sequence[str]) -> Tensor:
    tokens = tokens_of(texts, encoder.num_pos)
    with warnings.catch_warnings():
        # mmcv warns of a mask that is one for all attentions.
        warnings.simplefilter('ignore')
        parts = [encoder.encode_text(part, normalize=True)
                 for part in tokens.split(_BATCH)]
    return torch.cat(parts)
