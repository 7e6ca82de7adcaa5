"""The checkpoint of a network that finds words: CLIP and features of words."""
from collections.abc import Sequence

from torch import Tensor

from ...structures.words import Words
from ..heads.text_cam_head import packed_names
from ..utils.text_features import word_features
from .clip import convert_clip
from .clip_sources import clip_state


def word_checkpoint(source: str, names: Sequence[str],
                    words: Words) -> dict[str, Tensor]:
    """Weights of a :class:`wsss_plugins.TextCAMSegmentor`.

    What can be wrong with the words is found before any weight is read.

    Args:
        source (str): Weights of CLIP, see :func:`.clip_state`.
        names (Sequence[str]): Foreground classes of the data set.
        words (Words): What stands for them and for the background.

    Raises:
        UserError: If words or weights are wrong.
    """
    found = words.of_classes(names)
    weights = convert_clip(clip_state(source), source)
    encoder = weights.text_encoder()
    features = word_features(encoder, words.prompts(found))
    background = features[:0]
    if words.background:
        background = word_features(encoder, words.prompts(words.background))
    state = {f'backbone.{name}': value
             for name, value in weights.vision.items()}
    head = dict(text_features=features, background_features=background,
                logit_scale=weights.text['logit_scale'],
                words=packed_names(names))
    state.update({f'decode_head.{name}': value
                  for name, value in head.items()})
    return state
