"""A classifier of words: features of texts in place of learned weights."""
import json

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor

from ...registry import MODELS
from ...structures import UserError, foreground_indices, num_foreground

_VARIABLE = ('text_features', 'background_features', 'words')


@MODELS.register_module()
class TextCAMHead(BaseModule):
    """Scores of an image's embedding for the words of classes.

    The words' features lie in the checkpoint, which
    ``tools/model_converters/clip.py`` writes, so that no text tower is
    needed. There is nothing to train.

    Args:
        num_classes (int): Classes of the data set, background included.
        embed_dims (int): Size of the embeddings. Defaults to 512.
        background (int): Dataset class index of the background.
        bg_threshold (float): Background threshold of masks. Defaults to 0.5,
            which is CLIP-ES' background score ``1 - max``.
        align_corners (bool): For mmseg. Defaults to False.
        init_cfg (dict, optional): Config of initial weights.
    """

    def __init__(self,
                 num_classes: int,
                 embed_dims: int = 512,
                 background: int = 0,
                 bg_threshold: float = .5,
                 align_corners: bool = False,
                 init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg)
        self.num_classes = self.out_channels = num_classes
        self.embed_dims = embed_dims
        self.num_foreground = num_foreground(num_classes)
        self.foreground = foreground_indices(num_classes, background)
        self.background = background
        self.bg_threshold = bg_threshold
        self.align_corners = align_corners
        self.register_buffer(
            'text_features', torch.zeros(self.num_foreground, embed_dims))
        self.register_buffer(
            'background_features', torch.zeros(0, embed_dims))
        self.register_buffer('logit_scale', torch.zeros(()))
        self.register_buffer('words', torch.zeros(0, dtype=torch.uint8))

    @property
    def class_names(self) -> list[str]:
        """Foreground classes whose words the features are of."""
        return json.loads(bytes(self.words.tolist()) or b'[]')

    def rows(self, present: Tensor) -> Tensor:
        """Features that compete for an image, (K + M, E).

        Args:
            present (Tensor): Foreground indices of the image's classes,
                int64 (K,). The background words follow them.
        """
        return torch.cat([self.text_features[present],
                          self.background_features])

    def logits(self, embedding: Tensor, rows: Tensor) -> Tensor:
        """Scaled cosines.

        Args:
            embedding (Tensor): Of an image, (E,).
            rows (Tensor): Features of words, (n, E).

        Returns:
            Tensor: (n,).
        """
        embedding = F.normalize(embedding, dim=0)
        return self.logit_scale.exp() * (
            F.normalize(rows, dim=1) @ embedding)

    def probabilities(self, embedding: Tensor) -> Tensor:
        """Of all foreground classes, (C,), against each other and the
        background words.
        """
        every = torch.arange(self.num_foreground, device=embedding.device)
        logits = self.logits(embedding, self.rows(every))
        return logits.softmax(dim=0)[:self.num_foreground]

    def _load_from_state_dict(self, state_dict: dict, prefix: str,
                              *args) -> None:
        """Take the sizes of the file, but for the number of classes."""
        for name in _VARIABLE:
            value = state_dict.get(prefix + name)
            if value is None:
                continue
            if name == 'text_features' and len(value) != self.num_foreground:
                raise UserError(
                    f'the checkpoint has words for {len(value)} classes, but '
                    f'the data set has {self.num_foreground}; make it for '
                    'these with tools/model_converters/clip.py')
            if name != 'words' and value.shape[1] != self.embed_dims:
                raise UserError(
                    f'the checkpoint is of a CLIP whose embeddings have '
                    f'{value.shape[1]} numbers, but the model has embed_dims='
                    f'{self.embed_dims}; convert the weights that the config '
                    'is for, or fix the sizes of its backbone and head')
            setattr(self, name, torch.empty_like(
                value, device=getattr(self, name).device))
        super()._load_from_state_dict(state_dict, prefix, *args)


def packed_names(names: list[str] | tuple[str, ...]) -> Tensor:
    """Names as a tensor, which a checkpoint of weights can hold, uint8."""
    text = json.dumps(list(names)).encode()
    return torch.tensor(list(text), dtype=torch.uint8)
